//! What was measured.

use crate::clock::Time;
use crate::machine::{self, Machine};

/// A kernel at a number of limbs.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub kernel: &'static str,
    pub limbs: usize,
    pub time: Time,
}

impl Row {
    pub fn milliseconds(&self) -> f64 {
        self.time.median * 1e3
    }
}

/// Bytes of a switching key for the highest level.
#[derive(Clone, Copy, Debug)]
pub struct KeyBytes {
    pub at_rest: usize,
    pub expanded: usize,
}

/// One parameter set on one number of threads.
#[derive(Clone, Debug)]
pub struct Section {
    pub set: &'static str,
    pub threads: usize,
    /// Seconds before and after the others.
    pub yardstick: [f64; 2],
    /// Share of all cores that other programs took meanwhile.
    pub others: Option<f64>,
    pub rows: Vec<Row>,
    pub keys: KeyBytes,
}

impl Section {
    /// The yardstick of these minutes, in seconds.
    pub fn yard(&self) -> f64 {
        self.yardstick.iter().sum::<f64>() / 2.0
    }

    pub fn yards(&self, row: &Row) -> f64 {
        row.time.median / self.yard()
    }

    /// The time of the same row.
    pub fn same(&self, row: &Row) -> Option<f64> {
        let found = self.rows.iter().find(|r| (r.kernel, r.limbs) == (row.kernel, row.limbs));
        found.map(|r| r.time.median)
    }
}

/// Everything.
#[derive(Debug)]
pub struct Report {
    pub machine: Machine,
    pub load_at_end: String,
    pub peak_bytes: Option<u64>,
    pub sections: Vec<Section>,
}

impl Report {
    pub fn new(machine: Machine) -> Self {
        Self { machine, load_at_end: String::new(), peak_bytes: None, sections: Vec::new() }
    }

    /// The section of one thread.
    pub fn single(&self, set: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.set == set && section.threads == 1)
    }

    /// Notes the state of the machine at the end.
    pub fn finish(&mut self) {
        self.load_at_end = machine::load();
        self.peak_bytes = machine::peak_bytes();
    }
}

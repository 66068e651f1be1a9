//! The figures of a plan as a list: what snapshots hold, and what comparisons set side by side.

use super::{Report, bytes, time};
use hep_plan::summary::Counts;

/// What a figure counts, which decides how it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
    /// Bits, with a fraction.
    Bits,
    /// Seconds.
    Seconds,
}

/// A figure: how it is called everywhere, what it counts, and where it stands in a report.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Name.
    pub name: &'static str,
    /// Unit.
    pub unit: Unit,
    value: fn(&Report) -> Option<f64>,
}

macro_rules! figures {
    ($($name:literal $unit:ident |$report:ident| $value:expr;)*) => {
        &[$(Figure { name: $name, unit: Unit::$unit, value: |$report| $value }),*]
    };
}

/// All figures of a plan, in the order in which they are shown.
pub const FIGURES: &[Figure] = figures! {
    "levels" Count |r| count(r.total.levels);
    "rotations" Count |r| count(r.total.rotations);
    "hoisted rotations" Count |r| count(r.total.rotations_hoisted);
    "relinearizations" Count |r| count(r.total.relinearizations);
    "key switches" Count |r| count(r.total.rotations + r.total.relinearizations);
    "ciphertext products" Count |r| count(r.total.ct_products);
    "plaintext products" Count |r| count(r.total.pt_products);
    "rescales" Count |r| count(r.total.rescales);
    "bootstraps" Count |r| count(r.total.bootstraps);
    "ring (log2 N)" Count |r| count(r.ring_log2);
    "modulus (log2 Q)" Bits |r| Some(r.log2_q);
    "modulus (log2 QP)" Bits |r| Some(r.log2_qp);
    "security bits" Bits |r| Some(r.security_bits);
    "precision bits" Bits |r| Some(r.predicted_precision_bits);
    "key digits" Count |r| Some(r.digits as f64);
    "rotation keys" Count |r| Some(r.rotation_keys as f64);
    "keys at rest" Bytes |r| Some(r.eval_key_bytes as f64);
    "keys in memory" Bytes |r| Some(r.eval_key_memory as f64);
    "upload ciphertexts" Count |r| Some(r.upload_ciphertexts as f64);
    "upload" Bytes |r| Some(r.upload_bytes as f64);
    "result" Bytes |r| Some(r.result_bytes as f64);
    "peak memory" Bytes |r| Some(r.predicted_peak_bytes as f64);
    "seconds, 1 thread" Seconds |r| seconds(r, true);
    "seconds, all cores" Seconds |r| seconds(r, false);
};

/// The counts of a part of the program, by the names of the same figures.
pub const PART: [&str; 7] = [
    "levels",
    "rotations",
    "hoisted rotations",
    "relinearizations",
    "ciphertext products",
    "plaintext products",
    "rescales",
];

impl Figure {
    /// The figure of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Figure> {
        FIGURES.iter().find(|figure| figure.name == name)
    }

    /// Its value in a report, where the report has it.
    #[must_use]
    pub fn of(&self, report: &Report) -> Option<f64> {
        (self.value)(report)
    }
}

impl Unit {
    /// A value as people read it.
    #[must_use]
    pub fn show(self, value: f64) -> String {
        match self {
            Unit::Count => format!("{value:.0}"),
            Unit::Bytes => bytes(value as u64),
            Unit::Bits => format!("{value:.1}"),
            Unit::Seconds => time::number(value),
        }
    }

    /// A value as files keep it: what people see must not hide a change.
    #[must_use]
    pub fn keep(self, value: f64) -> String {
        match self {
            Unit::Count | Unit::Bytes => format!("{value:.0}"),
            Unit::Bits => format!("{value:.2}"),
            Unit::Seconds => format!("{value:.3}"),
        }
    }
}

/// The counts of a part, in the order of [`PART`].
#[must_use]
pub fn part(counts: &Counts) -> [u32; 7] {
    [
        counts.levels,
        counts.rotations,
        counts.rotations_hoisted,
        counts.relinearizations,
        counts.ct_products,
        counts.pt_products,
        counts.rescales,
    ]
}

fn count(value: u32) -> Option<f64> {
    Some(f64::from(value))
}

/// Predicted seconds on one thread, or on all of more than one core.
fn seconds(report: &Report, single: bool) -> Option<f64> {
    let runs = &report.seconds.as_ref()?.runs;
    runs.iter().find(|run| (run.threads == 1) == single).map(|run| run.total)
}

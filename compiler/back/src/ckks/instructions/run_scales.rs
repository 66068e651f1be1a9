//! Scales as numbers, in every run of the loop that repeats.
//!
//! A loop variable arrives in the first run at the scale that it has before the loop, and in each other at the scale that the run before
//! handed it on at; everything else follows run by run.

use crate::ckks::graph::{Program, Region};
use crate::ckks::scale::{Form, Numbers};
use hep_plan::refresh::result_scale;
use hep_plan::{Params, Scale};

/// The scales of a schedule under parameters.
pub struct RunScales<'a> {
    program: &'a Program,
    params: &'a Params,
    scale_bits: u32,
    refreshed: Scale,
    /// For each loop variable the scale that it arrives at, by the runs before.
    arrivals: Vec<Vec<f64>>,
}

impl<'a> RunScales<'a> {
    /// Of a schedule.
    #[must_use]
    pub fn of(program: &'a Program, params: &'a Params, scale_bits: u32) -> Self {
        let refreshed = params.refresh.first().map_or(Scale(f64::NAN), |shape| result_scale(shape, params));
        let mut scales = Self { program, params, scale_bits, refreshed, arrivals: Vec::new() };
        let Some(repeats) = &program.repeats else { return scales };
        let form = |id| program.scales.resolve(&program.graph.node(id).scale);
        let first = repeats.carried.iter().map(|carried| vec![scales.fixed(&form(carried.init)).0]);
        let mut arrivals: Vec<Vec<f64>> = first.collect();
        scales.with(|numbers| {
            let next: Vec<_> =
                repeats.carried.iter().map(|carried| form(carried.next).by_run(numbers)).collect();
            for run in 0..repeats.runs {
                let arrived = |of: u32| Scale(arrivals[of as usize][run as usize]);
                let handed_on: Vec<f64> = next.iter().map(|form| form.at(run, arrived).0).collect();
                arrivals.iter_mut().zip(handed_on).for_each(|(all, scale)| all.push(scale));
            }
        });
        scales.arrivals = arrivals;
        scales
    }

    /// Bits by which the scale of a loop variable moves over all runs, at most. Where nothing brings it back it moves on and on.
    #[must_use]
    pub fn spread(&self) -> f64 {
        let spread = |scales: &Vec<f64>| {
            let bits = || scales.iter().map(|scale| scale.log2());
            bits().fold(f64::NEG_INFINITY, f64::max) - bits().fold(f64::INFINITY, f64::min)
        };
        self.arrivals
            .iter()
            .map(spread)
            .fold(0.0, |most: f64, bits| if bits > most || bits.is_nan() { bits } else { most })
    }

    fn with<T>(&self, then: impl FnOnce(&Numbers<'_>) -> T) -> T {
        let prime =
            |depth: u32| self.params.q.get(self.program.level(depth).0 as usize).copied().unwrap_or(1);
        then(&Numbers {
            bits: self.scale_bits,
            prime: &prime,
            refreshed: self.refreshed,
            tables: &self.program.tables,
            run: 0,
            arrival: &|_| Scale(f64::NAN),
        })
    }

    /// A scale that is the same in all runs.
    pub fn fixed(&self, resolved: &Form) -> Scale {
        self.with(|numbers| Scale(resolved.value(numbers)))
    }

    /// A scale in every run, where it differs; after the loop by the runs before.
    pub fn by_run(&self, resolved: &Form, region: Region) -> Option<Vec<f64>> {
        if !resolved.is_of_run() {
            return None;
        }
        let entries = match region {
            Region::After => self.program.runs() + 1,
            Region::Before | Region::Body => self.program.runs(),
        };
        Some(self.with(|numbers| {
            let form = resolved.by_run(numbers);
            let arrived = |run: u32| move |of: u32| Scale(self.arrivals[of as usize][run as usize]);
            (0..entries).map(|run| form.at(run, arrived(run)).0).collect()
        }))
    }
}

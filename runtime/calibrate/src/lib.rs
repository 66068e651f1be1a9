//! Measures this machine and fits a cost table to it.
//!
//! Whole operations are timed on each ring, in two shapes of key switching and at two levels; every one of them is a linear
//! equation for the seconds of the steps that it is composed of ([`hep_plan::cost`]). The fit is the table, and what is left over
//! says how well the composition describes this machine.
//!
//! Refreshes are measured as a whole ([`refresh`]).

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

mod clock;
mod error;
mod fit;
mod measure;
pub mod refresh;
#[cfg(test)]
mod tests;

pub use error::CalibrateError;
pub use measure::{Operation, Probe, probe};

use clock::Clock;
use hep_params::limits::MAX_LOG_N;
use hep_plan::cost::{CostTable, MachineName, RingCosts, VERSION};
use hep_server::executor::{Options, pool};
use hep_server::machine;

/// Rings that a table has unless others are asked for.
pub const RINGS: std::ops::RangeInclusive<u32> = 12..=16;
/// Rings that can be measured.
pub const MEASURABLE: std::ops::RangeInclusive<u32> = 10..=MAX_LOG_N;

/// The table of this machine with what it was fitted to.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// The table.
    pub table: CostTable,
    /// The operations measured on each ring.
    pub operations: Vec<(u32, Vec<Operation>)>,
}

/// Measures the rings given (ascending, each once) on one thread, and their gain on all cores. `tell` hears of each ring before it
/// is measured.
///
/// # Errors
/// A ring that cannot be measured, or a system without threads.
pub fn calibrate(
    rings: &[u32],
    quick: bool,
    tell: &mut dyn FnMut(u32),
) -> Result<Calibration, CalibrateError> {
    check(rings)?;
    let clock = Clock::new(quick);
    let cores = Options::default().threads;
    let (one, all) = (on(1)?, on(cores)?);
    let mut table = CostTable { version: VERSION, machine: name(cores), rings: Vec::new() };
    let mut measured = Vec::new();
    for &log_n in rings {
        tell(log_n);
        let operations = one.install(|| measure::operations(&clock, log_n))?;
        let (seconds, fit_error) = fit::units(&operations);
        let serial_share = match cores {
            1 => 0.0,
            _ => measure::serial_share(&clock, log_n, &one, &all)?,
        };
        table.rings.push(RingCosts { log_n, seconds, serial_share, fit_error });
        measured.push((log_n, operations));
    }
    Ok(Calibration { table, operations: measured })
}

fn check(rings: &[u32]) -> Result<(), CalibrateError> {
    match rings.iter().find(|ring| !MEASURABLE.contains(ring)) {
        Some(ring) => Err(CalibrateError::Ring(*ring)),
        None if rings.is_empty() => Err(CalibrateError::NoRings),
        None => Ok(()),
    }
}

fn name(cores: usize) -> MachineName {
    let cpu = machine::cpu().unwrap_or_else(|| "unknown processor".into());
    MachineName { cpu, isa: machine::active_instruction_set().into(), cores }
}

fn on(threads: usize) -> Result<rayon::ThreadPool, CalibrateError> {
    Ok(pool(Options { threads, memory: None })?)
}

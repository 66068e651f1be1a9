//! What the server's operations cost.
//!
//! An operation at any level, with any digits, is a number of limb-sized steps ([`Work`]); a [`CostTable`] holds the seconds of a
//! step on some machine, per ring degree. One composition serves everybody: the compiler compares parameters by it, `explain`
//! predicts seconds, the executor weighs its progress, and `hep calibrate` fits the table to measured operations.
#![warn(clippy::wildcard_enum_match_arm)]

mod plan;
mod table;
mod work;

pub use plan::{Estimate, estimate, instruction_work};
pub use table::{CostTable, CostTableError, MachineName, RingCosts, Units, VERSION};
pub use work::{Shape, Work};

/// Seconds on one thread to have a byte of a key in memory: half of a key is read, the other half expanded from its seed, which
/// takes about 4 ns a residue.
pub const SECONDS_PER_KEY_BYTE: f64 = 0.3e-9;

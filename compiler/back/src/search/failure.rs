//! Why no parameters are found.

use crate::ckks::ScheduleError;
use crate::evidence::Known;
use crate::slot::LowerError;
use crate::slot::graph::MAX_WORK;
use hep_plan::Part;
use hep_plan::magnitude::{apart, bytes};
use hep_tensor as tensor;
use thiserror::Error;

/// A message must stay this many bits away from wrapping around on sample data.
pub(super) const HEADROOM_BITS: f64 = 4.0;

/// Levels on the longest chain of products.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Before the loop.
    pub before: u32,
    /// In the iteration with the most.
    pub iteration: u32,
}

/// Why no parameters were found.
#[derive(Debug, Error)]
pub enum ParamsFailure {
    /// The program has no packed form.
    #[error(transparent)]
    Lower(#[from] LowerError),
    /// The program has no schedule.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// A forced ring outside the table.
    #[error("ring degree 2^{0} is not supported: choose 12 to 17")]
    Ring(u32),
    /// The modulus is too small for the depth.
    #[error(
        "{}{levels} levels of {scale_bits} bits need a modulus of {needed:.0} bits with its special primes; {bound} allows {allowed:.0} at N = 2^{log_n}, {}{missing} {} too few", at_least(*scheduled), at_least(*scheduled), if *missing == 1 { "level" } else { "levels" }
    )]
    Depth {
        /// Largest ring tried.
        log_n: u32,
        /// Levels needed: those of the schedule, or else at least those of products, without what brings summands to one scale, and
        /// of a long loop those of its first iterations.
        levels: u32,
        /// Whether they are those of a schedule.
        scheduled: bool,
        /// Scale of the least demanding attempt.
        scale_bits: u32,
        /// Bits needed.
        needed: f64,
        /// What sets the limit.
        bound: &'static str,
        /// Bits allowed.
        allowed: f64,
        /// Levels that do not fit.
        missing: u32,
        /// What the levels are for.
        spent: Spent,
    },
    /// More is computed than is looked through for a schedule.
    #[error("written out, the program computes {work} slots of vectors; {MAX_WORK} are the most")]
    Work {
        /// Slots of all operations.
        work: usize,
    },
    /// There was no time to find out, where a time was set.
    #[error("there was no time to look for parameters")]
    OutOfTime,
    /// The result would be too rough.
    #[error("predicted precision is {} bits {}, {} are asked for", apart(*found, *wanted).0, reference(output, *relative), apart(*found, *wanted).1)]
    Precision {
        /// Bits predicted.
        found: f64,
        /// Bits asked for.
        wanted: f64,
        /// The output that has them.
        output: String,
        /// Whether they are bits of its largest element; else they are bits after the point.
        relative: bool,
    },
    /// The evaluation keys do not fit their budget, however rotations are composed.
    #[error("the fewest keys found take {}, the budget has {}", bytes(*needed), bytes(*budget))]
    Keys {
        /// Bytes of the fewest keys.
        needed: u64,
        /// Bytes allowed.
        budget: u64,
    },
    /// A value outgrows the modulus.
    #[error(
        "a value leaves only {found:.1} bits of the modulus free on {}, {HEADROOM_BITS} are needed", judged_by(*known)
    )]
    Headroom {
        /// Bits free.
        found: f64,
        /// The value.
        at: Option<Tight>,
        /// Where its size comes from.
        known: Known,
    },
}

/// A value that is too large for its modulus.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tight {
    /// What it is for in the tensor graph.
    pub origin: tensor::NodeId,
    /// The part that it is in.
    pub part: Part,
    /// Its largest slot.
    pub largest: f64,
    /// The largest slot that there is room for.
    pub room: f64,
}

/// What stands before levels that were counted without a schedule.
pub fn at_least(scheduled: bool) -> &'static str {
    if scheduled { "" } else { "at least " }
}

fn judged_by(known: Known) -> &'static str {
    match known {
        Known::Assumed => "sample data",
        Known::Declared => "sample data in the declared ranges",
        Known::Measured => "these data",
    }
}

/// Which bits of an output are meant.
pub fn reference(output: &str, relative: bool) -> String {
    format!("{} of `{output}`", if relative { "of the largest element" } else { "after the point" })
}

impl ParamsFailure {
    /// Whether fewer iterations might do: refreshes do instead.
    pub(super) fn is_of_length(&self) -> bool {
        match self {
            Self::Depth { .. } | Self::Precision { .. } | Self::Headroom { .. } | Self::Work { .. } => true,
            Self::Schedule(error) => matches!(error, ScheduleError::Deep(_) | ScheduleError::Unroll(_)),
            Self::Lower(_) | Self::Ring(_) | Self::OutOfTime | Self::Keys { .. } => false,
        }
    }

    /// What is told where refreshes do not help: that there was no time to find out, else why they were asked for.
    pub(super) fn or(self, before: Self) -> Self {
        if matches!(self, Self::OutOfTime) { self } else { before }
    }

    /// How near an attempt came: the nearest is reported.
    pub(super) fn rank(&self) -> f64 {
        match self {
            ParamsFailure::Precision { found, .. } => 1000.0 + found,
            ParamsFailure::Headroom { found, .. } => *found,
            // Nothing but the keys is in the way.
            ParamsFailure::Keys { needed, .. } => 2000.0 - (*needed as f64).log2(),
            _ => f64::NEG_INFINITY,
        }
    }
}

/// The failure that is told of two: that of the smallest upload, or of fewer keys.
pub(super) fn nearer(known: Option<ParamsFailure>, other: ParamsFailure, first: bool) -> ParamsFailure {
    match (known, other) {
        (Some(ParamsFailure::Keys { needed, budget }), ParamsFailure::Keys { needed: other, .. }) => {
            ParamsFailure::Keys { needed: needed.min(other), budget }
        }
        (Some(known), _) if !first => known,
        (_, other) => other,
    }
}

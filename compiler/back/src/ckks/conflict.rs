//! Why arithmetic has no levels and scales as it is.

use super::scale::Form;
use super::unroll::UnrollError;
use hep_tensor as tensor;
use hep_tensor::dag::NodeId;
use thiserror::Error;

/// Why a program cannot be scheduled.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ScheduleError {
    /// The loop has no written-out form.
    #[error(transparent)]
    Unroll(#[from] UnrollError),
    /// More levels than any modulus for the ring has.
    #[error("the program needs {0} levels")]
    Deep(u32),
    /// Two ciphertexts of different scale meet in a sum and no operation before them can take up the difference.
    #[error("two summands have different scales and no level is left to match them")]
    Scale {
        /// The sum in the tensor graph.
        origin: tensor::NodeId,
    },
}

/// Two terms of a sum with different scales.
#[derive(Clone, Copy)]
pub(super) struct Mismatch {
    /// The sum.
    pub at: NodeId,
    /// The term that differs from the first: the number of a product, or 1.
    pub term: usize,
    /// The sum in the tensor graph.
    pub origin: tensor::NodeId,
}

/// How many mismatches are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    /// The first.
    First,
    /// All of them.
    All,
}

/// Why arithmetic has no schedule as it is.
pub(super) enum ScaleConflict {
    /// The terms of sums have different scales.
    Sums {
        /// The first such sum.
        first: Mismatch,
        /// Others, if all were looked for.
        others: Vec<Mismatch>,
    },
    /// Numbers move a scale too far.
    Drift {
        /// The first such scale.
        scale: Form,
        /// What it is for in the tensor graph.
        origin: tensor::NodeId,
    },
    /// It has none in any case.
    Other(ScheduleError),
}

impl From<ScaleConflict> for ScheduleError {
    fn from(misfit: ScaleConflict) -> Self {
        match misfit {
            ScaleConflict::Sums { first: Mismatch { origin, .. }, .. }
            | ScaleConflict::Drift { origin, .. } => Self::Scale { origin },
            ScaleConflict::Other(error) => error,
        }
    }
}

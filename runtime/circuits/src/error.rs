//! Why a refresh is refused.

use hep_ckks::CkksError;
use hep_params::{Packing, RefreshError};
use thiserror::Error;

use crate::phase::Phase;

/// Why a refresh was refused.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum CircuitError {
    /// An operation of it cannot be done.
    #[error(transparent)]
    Ckks(#[from] CkksError),
    /// The shape does not fit the parameters.
    #[error(transparent)]
    Shape(#[from] RefreshError),
    /// The parameters do not announce a refresh of this shape, which is what tables of them are made for.
    #[error("refresh: the parameters have no refresh of this shape")]
    UnknownShape,
    /// Another number of vectors than the shape packs.
    #[error("refresh: {packing:?} takes {wanted}, got {found}")]
    Vectors {
        /// The packing.
        packing: Packing,
        /// How many it takes.
        wanted: usize,
        /// How many were given.
        found: usize,
    },
    /// Another scale than the tables were made for.
    #[error("refresh: the operand has the scale {found:e}, the tables are made for {wanted:e}")]
    Scale {
        /// Of the operand.
        found: f64,
        /// Of the tables.
        wanted: f64,
    },
    /// It was stopped before a phase.
    #[error("refresh: stopped before {0:?}")]
    Stopped(Phase),
}

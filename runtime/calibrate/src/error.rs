//! Why a machine cannot be measured.

use super::MEASURABLE;
use hep_circuits::CircuitError;
use hep_ckks::{CkksError, ParameterError};
use hep_plan::primes::TooFewPrimes;
use hep_plan::refresh::ChainError;
use hep_ring::RingError;
use hep_server::executor::RunError;
use thiserror::Error;

/// Why a calibration failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// A ring that cannot be measured.
    #[error(
        "ring 2^{0} cannot be measured; give rings from {start} to {end}",
        start = MEASURABLE.start(),
        end = MEASURABLE.end()
    )]
    Ring(u32),
    /// No rings at all.
    #[error("there is no ring to measure; leave the rings out, or give one")]
    NoRings,
    /// No primes for the measurement.
    #[error("the measurement finds no parameters: {0}")]
    Primes(#[from] TooFewPrimes),
    /// No tables for the measurement.
    #[error("the measurement finds no parameters: {0}")]
    Parameters(#[from] ParameterError),
    /// No transforms for the measurement.
    #[error("the measurement finds no parameters: {0}")]
    Tables(#[from] RingError),
    /// An operation failed.
    #[error("an operation fails: {0}")]
    Scheme(#[from] CkksError),
    /// A set of refreshes has no parameters.
    #[error("the measurement finds no parameters: {0}")]
    Chain(#[from] ChainError),
    /// A refresh failed.
    #[error("a refresh fails: {0}")]
    Refresh(#[from] CircuitError),
    /// No threads.
    #[error(transparent)]
    Threads(#[from] RunError),
}

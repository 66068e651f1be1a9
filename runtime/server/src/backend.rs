//! What the executor needs from an implementation of the server's operations.
//!
//! The same plan runs on every backend: [`ckks`] on ciphertexts, [`clear`] on plain vectors of slots by the one meaning that
//! [`hep_plan::isa`] gives to every operation. Levels, scales and parts of a plan are checked before it runs.
#![warn(clippy::wildcard_enum_match_arm)]

pub mod ckks;
pub mod clear;

use hep_circuits::CircuitError;
use hep_ckks::CkksError;
use hep_format::container::FileError;
use hep_plan::SlotVector;
use hep_plan::isa::Op;
use hep_plan::server::{Reg, ValueInfo};
use thiserror::Error;

/// Why an operation failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BackendError {
    /// The scheme.
    #[error(transparent)]
    Scheme(#[from] CkksError),
    /// Reading an input.
    #[error(transparent)]
    File(Box<FileError>),
    /// An operand that does not fit; clear computation only.
    #[error("{0}")]
    Misfit(String),
    /// A value that is refreshed beyond what its refresh was made for; clear computation only.
    #[error(
        "a value of {found:.3e} is refreshed by what is made for values up to {bound:.3e}; beyond that a refresh gives other values: give it a wider range in the program"
    )]
    Bound {
        /// The largest magnitude.
        found: f64,
        /// That of the shape.
        bound: f64,
    },
    /// A refresh.
    #[error(transparent)]
    Circuit(CircuitError),
    /// It was asked to stop.
    #[error("stopped")]
    Stopped,
    /// An input that was not given.
    #[error("ciphertext {block} of input {input} was not given")]
    MissingInput {
        /// Number of the input.
        input: usize,
        /// Number of the ciphertext.
        block: usize,
    },
}

impl From<CircuitError> for BackendError {
    fn from(error: CircuitError) -> Self {
        if matches!(error, CircuitError::Stopped(_)) { Self::Stopped } else { Self::Circuit(error) }
    }
}

impl From<FileError> for BackendError {
    fn from(error: FileError) -> Self {
        BackendError::File(Box::new(error))
    }
}

/// Level, scale and number of parts that a value has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Level.
    pub level: usize,
    /// Scale.
    pub scale: f64,
    /// Polynomials: 1 for plaintexts, 2 or 3 for ciphertexts.
    pub parts: usize,
}

impl From<ValueInfo> for Shape {
    fn from(info: ValueInfo) -> Self {
        let parts = info.kind.polynomials().0;
        Self { level: info.level.0 as usize, scale: info.scale.0, parts }
    }
}

/// The server's operations. All are deterministic; none depends on the number of threads.
pub trait Backend: Sync {
    /// An encrypted value.
    type Cipher: Clone + Send + Sync;
    /// An encoded public vector.
    type Plain: Send + Sync;

    /// Ciphertext `block` of input number `input`.
    ///
    /// # Errors
    /// When it is missing.
    fn input(&self, input: usize, block: usize) -> Result<Self::Cipher, BackendError>;

    /// Encodes a vector.
    ///
    /// # Errors
    /// When it does not fit.
    fn encode(&self, vector: &SlotVector, info: ValueInfo) -> Result<Self::Plain, BackendError>;

    /// The results of an operation that reads ciphertexts, with nothing that is looked up by the run; `results` is what the plan says of
    /// them in that run. Loop variables and choices between ciphertexts are the executor's.
    ///
    /// # Errors
    /// Operands that do not fit, or no key.
    fn compute(
        &self,
        op: &Op<&Self::Plain>,
        ciphers: &[&Self::Cipher],
        results: &[ValueInfo],
    ) -> Result<Vec<Self::Cipher>, BackendError>;

    /// Level, scale and parts of a ciphertext.
    fn shape(&self, a: &Self::Cipher) -> Shape;

    /// Level and scale of a plaintext.
    fn plain_shape(&self, p: &Self::Plain) -> Shape;

    /// Declares the scale of a ciphertext to be the plan's, which differs by rounding only.
    ///
    /// # Errors
    /// A scale that is no positive number.
    fn set_scale(&self, a: &mut Self::Cipher, scale: f64) -> Result<(), BackendError>;

    /// Sees every ciphertext that an instruction has made, by the number of its value, before anything reads it.
    fn made(&self, _reg: Reg, _value: &mut Self::Cipher) {}

    /// Sees a ciphertext that goes on under the number of another value: one that a loop carries, or that was chosen.
    fn passed_on(&self, _reg: Reg, _value: &Self::Cipher) {}
}

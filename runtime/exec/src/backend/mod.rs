//! What the executor needs from an implementation of the server's operations.
//!
//! The same plan runs on every backend: [`ckks`] on ciphertexts, [`clear`] on plain vectors of slots. Levels and scales are
//! tracked by both, so that a plan that is wrong in them fails on both.

pub mod ckks;
pub mod clear;

use crate::container::FileError;
use hep_ckks::CkksError;
use hep_plan::server::Reg;
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
    /// An input that was not given.
    #[error("ciphertext {block} of input {input} was not given")]
    MissingInput {
        /// Number of the input.
        input: usize,
        /// Number of the ciphertext.
        block: usize,
    },
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

/// A product with a rotation: a ciphertext, the step, and what it is multiplied by.
pub type RotatedProduct<'a, B> = (&'a <B as Backend>::Cipher, i64, &'a <B as Backend>::ExtendedPlain);

/// The server's operations. All are deterministic; none depends on the number of threads.
pub trait Backend: Sync {
    /// An encrypted value.
    type Cipher: Clone + Send + Sync;
    /// An encoded public vector.
    type Plain: Send + Sync;
    /// An encoded public vector that can be multiplied before the division by the special modulus.
    type ExtendedPlain: Send + Sync;

    /// Ciphertext `block` of input number `input`.
    ///
    /// # Errors
    /// When it is missing.
    fn input(&self, input: usize, block: usize) -> Result<Self::Cipher, BackendError>;
    /// Encodes a vector.
    ///
    /// # Errors
    /// When it does not fit.
    fn encode(&self, values: &[f64], level: usize, scale: f64) -> Result<Self::Plain, BackendError>;
    /// Encodes a vector for [`Backend::rotated_products`].
    ///
    /// # Errors
    /// When it does not fit.
    fn encode_extended(
        &self,
        values: &[f64],
        level: usize,
        scale: f64,
    ) -> Result<Self::ExtendedPlain, BackendError>;
    /// a + b
    ///
    /// # Errors
    /// Operands that do not fit; likewise below.
    fn add(&self, a: &Self::Cipher, b: &Self::Cipher) -> Result<Self::Cipher, BackendError>;
    /// a − b
    ///
    /// # Errors
    /// Operands that do not fit.
    fn sub(&self, a: &Self::Cipher, b: &Self::Cipher) -> Result<Self::Cipher, BackendError>;
    /// −a
    ///
    /// # Errors
    /// Operands that do not fit.
    fn negate(&self, a: &Self::Cipher) -> Result<Self::Cipher, BackendError>;
    /// a + p
    ///
    /// # Errors
    /// Operands that do not fit.
    fn add_plain(&self, a: &Self::Cipher, p: &Self::Plain) -> Result<Self::Cipher, BackendError>;
    /// a − p
    ///
    /// # Errors
    /// Operands that do not fit.
    fn sub_plain(&self, a: &Self::Cipher, p: &Self::Plain) -> Result<Self::Cipher, BackendError>;
    /// Σ a∘p, not rescaled.
    ///
    /// # Errors
    /// Operands that do not fit.
    fn sum_mul_plain(&self, terms: &[(&Self::Cipher, &Self::Plain)]) -> Result<Self::Cipher, BackendError>;
    /// Σ a∘b in three parts at `level`, not rescaled.
    ///
    /// # Errors
    /// Operands that do not fit.
    fn sum_mul(
        &self,
        terms: &[(&Self::Cipher, &Self::Cipher)],
        level: usize,
    ) -> Result<Self::Cipher, BackendError>;
    /// Three parts to two.
    ///
    /// # Errors
    /// Operands that do not fit, or no key.
    fn relinearize(&self, a: &Self::Cipher) -> Result<Self::Cipher, BackendError>;
    /// Divides by the highest prime.
    ///
    /// # Errors
    /// Operands that do not fit.
    fn rescale(&self, a: &Self::Cipher) -> Result<Self::Cipher, BackendError>;
    /// Three parts to two, divided by the highest prime.
    ///
    /// # Errors
    /// Operands that do not fit, or no key.
    fn relinearize_rescale(&self, a: &Self::Cipher) -> Result<Self::Cipher, BackendError>;
    /// Forgets primes.
    ///
    /// # Errors
    /// A higher level.
    fn drop_to_level(&self, a: &Self::Cipher, level: usize) -> Result<Self::Cipher, BackendError>;
    /// The same ciphertext at another scale, which multiplies it by old/new.
    ///
    /// # Errors
    /// A scale that is no positive number.
    fn reread(&self, a: &Self::Cipher, scale: f64) -> Result<Self::Cipher, BackendError>;
    /// One rotation per step; slot `i + step` moves to slot `i`.
    ///
    /// # Errors
    /// Operands that do not fit, or no key.
    fn rotate_many(&self, a: &Self::Cipher, steps: &[i64]) -> Result<Vec<Self::Cipher>, BackendError>;
    /// The sum of ciphertexts, each rotated by its step.
    ///
    /// # Errors
    /// Operands that do not fit, or no key.
    fn sum_rotations(&self, terms: &[(&Self::Cipher, i64)]) -> Result<Self::Cipher, BackendError>;
    /// Each Σ p∘rot(a, step), rescaled.
    ///
    /// # Errors
    /// Operands that do not fit, or no key.
    fn rotated_products(
        &self,
        sums: &[&[RotatedProduct<'_, Self>]],
    ) -> Result<Vec<Self::Cipher>, BackendError>;

    /// Level, scale and parts of a ciphertext.
    fn shape(&self, a: &Self::Cipher) -> Shape;
    /// Level and scale of a plaintext.
    fn plain_shape(&self, p: &Self::Plain) -> Shape;
    /// The same of an extended one.
    fn extended_shape(&self, p: &Self::ExtendedPlain) -> Shape;
    /// Declares the scale of a ciphertext to be the plan's, which differs by rounding only.
    ///
    /// # Errors
    /// A scale that is no positive number.
    fn set_scale(&self, a: &mut Self::Cipher, scale: f64) -> Result<(), BackendError>;

    /// Sees every ciphertext that an instruction has made, by the number of its value, before anything reads it.
    fn made(&self, _reg: Reg, _value: &mut Self::Cipher) {}
}

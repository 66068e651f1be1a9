//! What a role can fail with.

use crate::container::FileError;
use crate::entropy::EntropyError;
use crate::executor::RunError;
use crate::prepared::PreparedError;
use hep_ckks::CkksError;
use hep_plan::host::HostError;
use hep_plan::ranges::Outside;
use thiserror::Error;

/// Why a role could not do its work.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The plan.
    #[error(transparent)]
    Plan(#[from] PreparedError),
    /// The server's program.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The operating system gives no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// Encryption, decryption or key generation.
    #[error("the scheme refuses: {0}")]
    Scheme(#[from] CkksError),
    /// The owner's program.
    #[error("the owner's preparation of the data fails: {0}")]
    Host(#[from] HostError),
    /// Data of another shape than the plan was made for.
    #[error(
        "the data `{name}` have shape {found:?}, but the plan was made for {expected:?}; compile a plan for these data"
    )]
    DataShape {
        /// Name of the tensor.
        name: String,
        /// Shape given.
        found: Vec<usize>,
        /// Shape planned.
        expected: Vec<usize>,
    },
    /// A value outside of its declared range.
    #[error("{0}; the plan relies on it: compile a program that declares the range of these data")]
    Range(#[from] Outside),
    /// A tensor to encrypt that is of another shape than its layout.
    #[error("the prepared tensor `{name}` cannot be encrypted: {reason}")]
    Prepared {
        /// Name of the tensor.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Ciphertexts that do not fit an output's layout.
    #[error("the result `{name}` does not fill its layout; the plan is damaged, compile it again")]
    Layout {
        /// Name of the output.
        name: String,
    },
    /// A value of the run that would wrap around its modulus on the owner's data, or is no number.
    #[error("error[H0503]: {0}")]
    Room(Box<crate::rehearsal::NoRoom>),
    /// Data on which the results would be less precise than the plan promises.
    #[error("error[H0502]: {0}")]
    Imprecise(Box<crate::rehearsal::Imprecise>),
}

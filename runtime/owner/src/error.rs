//! What a role can fail with.

use crate::entropy::EntropyError;
use hep_ckks::CkksError;
use hep_format::PreparedError;
use hep_format::container::FileError;
use hep_plan::host::HostError;
use hep_plan::number::shown;
use hep_plan::ranges::Outside;
use hep_server::executor::RunError;
use std::path::PathBuf;
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
    /// What was decrypted does not carry the noise of a result.
    #[error(
        "the result `{name}` {}: its noise has a deviation of {}, and {} is predicted; {}",
        noise_means(*measured, *predicted),
        shown(*measured),
        shown(*predicted),
        noise_help(*measured, *predicted)
    )]
    Noise {
        /// Name of the output.
        name: String,
        /// Root mean square of the imaginary parts.
        measured: f64,
        /// Deviation that the plan predicts.
        predicted: f64,
    },
    /// What was decrypted is far beyond what is expected.
    #[error(
        "the result `{name}` holds {}, and numbers of up to {} are expected; look for damaged files (⟨info FILE⟩), and for data in other units than the plan was compiled for",
        shown(*found),
        shown(*expected)
    )]
    Magnitude {
        /// Name of the output.
        name: String,
        /// A number found.
        found: f64,
        /// The largest expected.
        expected: f64,
    },
    /// A result of a file that cannot be one.
    #[error("{path}: {source}", path = path.display())]
    Result {
        /// The file.
        path: PathBuf,
        /// What is wrong with what it holds.
        source: Box<Error>,
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
    /// A grid that is coarser than all numbers of a result.
    #[error("nothing of the result `{name}` is left on so coarse a grid; keep more bits")]
    Erased {
        /// Name of the output.
        name: String,
    },
    /// A model that is worse than none on the data it is trained on.
    #[error(
        "error[H0317]: training diverges on these data: the errors of the model are {} times as large as the targets; \
         look at ⟨check PROGRAM⟩ with ⟨data = FILE⟩, the same ⟨rows⟩ and ⟨label⟩, which tries what helps",
        shown(*ratio)
    )]
    Diverges {
        /// Root mean square of the errors over that of the targets.
        ratio: f64,
    },
    /// Data on which the results would be less precise than the plan promises.
    #[error("error[H0502]: {0}")]
    Imprecise(Box<crate::rehearsal::Imprecise>),
}

impl From<hep_server::Error> for Error {
    /// For a process that plays all roles.
    fn from(error: hep_server::Error) -> Self {
        match error {
            hep_server::Error::File(file) => Self::File(file),
            hep_server::Error::Run(run) => Self::Run(run),
        }
    }
}

/// Noise beyond the predicted one by more is no matter of the data: nothing that was computed as planned has it.
const GARBAGE: f64 = 65536.0;

fn noise_means(measured: f64, predicted: f64) -> &'static str {
    if measured < predicted {
        "is nothing that was computed on ciphertexts"
    } else if measured < predicted * GARBAGE {
        "is less precise than the plan promises"
    } else {
        "cannot come from this plan, these keys and these data"
    }
}

fn noise_help(measured: f64, predicted: f64) -> &'static str {
    if measured > predicted && measured < predicted * GARBAGE {
        "data larger than those the plan was made for and scores outside the range of an approximation do this (⟨check PROGRAM⟩ with ⟨data = FILE⟩ finds them): ⟨decrypt⟩ with ⟨round = BITS⟩ takes what is right at fewer bits"
    } else {
        "look for damaged files (⟨info FILE⟩), and run the plan again"
    }
}

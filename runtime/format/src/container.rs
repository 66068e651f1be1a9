//! One file format for everything that is kept: plans, keys, ciphertexts, the owner's state.
//!
//! A file is a [safetensors](https://github.com/huggingface/safetensors) file whose string metadata is a [`Stamp`]: what the
//! file is, the format version, under which parameters, plan and keys it was made, whether that is insecure, and a BLAKE3
//! digest of every tensor. The first entry of the metadata is a digest of the rest of the header, so that a single
//! flipped bit anywhere is found. Digests find accidents; they are no signatures.
//!
//! Invariants: equal contents give equal bytes; a file appears under its name only when it is complete; reading
//! allocates nothing that the length of the file does not justify.

mod content;
mod error;
mod mapped;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use content::kind;
pub use error::FileError;
pub use mapped::Mapped;
pub use read::{File, TensorInfo};
pub use write::{TensorSpec, Writer};

use std::fmt;

/// Version of the container; a reader refuses others.
pub const CONTAINER_VERSION: u32 = 3;

/// Longest header that is read, in bytes: some hundred bytes per tensor, and a plan has some thousand tensors at most.
pub(crate) const MAX_HEADER_BYTES: u64 = 16 << 20;

/// The header begins so, followed by the digest of everything after it.
pub const HEADER_START: &str = r#"{"__metadata__":{"header_blake3":""#;

/// Name of the metadata entry that holds the digest of a tensor.
pub fn digest_key(tensor: &str) -> String {
    format!("blake3/{tensor}")
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A compiled program.
    Plan,
    /// The owner's secret key.
    SecretKey,
    /// The key anybody may encrypt with.
    PublicKey,
    /// Keys the server computes with.
    EvaluationKeys,
    /// Encrypted training data, from the owner.
    Inputs,
    /// An encrypted model, from the server.
    Outputs,
    /// What the owner keeps to decrypt and predict.
    OwnerState,
    /// What a training that is not at its end goes on with, from the server.
    Checkpoint,
}

impl FileKind {
    const ALL: [FileKind; 8] = [
        FileKind::Plan,
        FileKind::SecretKey,
        FileKind::PublicKey,
        FileKind::EvaluationKeys,
        FileKind::Inputs,
        FileKind::Outputs,
        FileKind::OwnerState,
        FileKind::Checkpoint,
    ];

    /// Name in the metadata.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            FileKind::Plan => "plan",
            FileKind::SecretKey => "secret-key",
            FileKind::PublicKey => "public-key",
            FileKind::EvaluationKeys => "evaluation-keys",
            FileKind::Inputs => "encrypted-inputs",
            FileKind::Outputs => "encrypted-outputs",
            FileKind::OwnerState => "owner-state",
            FileKind::Checkpoint => "checkpoint",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The role command that makes such files, for advice in messages.
    #[must_use]
    pub fn made_by(self) -> &'static str {
        match self {
            FileKind::Plan => "hep compile",
            FileKind::SecretKey | FileKind::PublicKey | FileKind::EvaluationKeys => "hep keygen",
            FileKind::Inputs | FileKind::OwnerState => "hep encrypt",
            FileKind::Outputs | FileKind::Checkpoint => "hep run",
        }
    }
}

impl FileKind {
    /// What it is, in a sentence.
    #[must_use]
    pub const fn described(self) -> &'static str {
        match self {
            FileKind::Plan => "a plan",
            FileKind::SecretKey => "a secret key",
            FileKind::PublicKey => "a public key",
            FileKind::EvaluationKeys => "a set of evaluation keys",
            FileKind::Inputs => "encrypted training data",
            FileKind::Outputs => "an encrypted model",
            FileKind::OwnerState => "an owner's state",
            FileKind::Checkpoint => "a checkpoint",
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.described())
    }
}

/// Why a file gives no protection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Insecure {
    /// The parameters lie below 128 bits.
    pub parameters: bool,
    /// The randomness came from a seed that can be guessed.
    pub seed: bool,
}

impl Insecure {
    /// Whether any reason holds.
    #[must_use]
    pub fn any(self) -> bool {
        self.parameters || self.seed
    }

    /// Reasons of either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { parameters: self.parameters || other.parameters, seed: self.seed || other.seed }
    }

    /// Form in the metadata.
    #[must_use]
    pub fn name(self) -> &'static str {
        match (self.parameters, self.seed) {
            (false, false) => "no",
            (true, false) => "parameters",
            (false, true) => "seed",
            (true, true) => "parameters and seed",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [(false, false), (true, false), (false, true), (true, true)]
            .into_iter()
            .map(|(parameters, seed)| Self { parameters, seed })
            .find(|flags| flags.name() == name)
    }
}

/// What a file is and under what it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// What it is.
    pub kind: FileKind,
    /// [`hep_plan::Params::fingerprint`] of the parameters.
    pub parameters: String,
    /// [`crate::files::plan_fingerprint`] of the plan.
    pub plan: String,
    /// Whether it protects nothing.
    pub insecure: Insecure,
    /// Random name of the key set, in hex; empty for plans.
    pub keys: String,
    /// Digest of the encrypted inputs that a model or an owner's state belongs to, in hex; empty for plans and keys.
    pub upload: String,
    /// JSON that depends on the kind.
    pub details: String,
}

impl Stamp {
    /// Metadata entries in the order in which they are written.
    fn entries(&self) -> Vec<(String, String)> {
        [
            ("kind", self.kind.name()),
            ("version", &CONTAINER_VERSION.to_string()),
            ("parameters", &self.parameters),
            ("plan", &self.plan),
            ("insecure", self.insecure.name()),
            ("keys", &self.keys),
            ("upload", &self.upload),
            ("details", &self.details),
        ]
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .to_vec()
    }
}

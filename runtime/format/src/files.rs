//! What is in the files that hold no secret: plans, public and evaluation keys, ciphertexts.

mod checkpoint;
mod ciphertexts;
mod info;
mod keys;
mod plan;
mod server_keys;

pub use checkpoint::{Checkpoint, load_checkpoint, write_checkpoint};
pub use ciphertexts::{CiphertextFile, save_outputs, write_inputs, write_outputs};
pub use info::{Info, info};
pub use keys::{
    EVALUATION_KEYS, EvaluationKeyFile, KeyWriter, PUBLIC_KEY, load_evaluation_keys, load_public_key,
    open_keys, write_public_key,
};
pub use plan::{load_plan, plan_fingerprint, save_plan, write_plan};
pub use server_keys::{key_form, server_keys};

use crate::container::{FileError, FileKind, Insecure, Stamp};
use crate::prepared::Prepared;
use std::path::Path;

/// Which keys and data a file belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Random name of the key set, in hex.
    pub keys: String,
    /// Digest of the encrypted inputs, in hex; empty for keys.
    pub upload: String,
    /// Whether what was made protects nothing.
    pub insecure: Insecure,
}

/// What a file of this kind says of itself.
#[must_use]
pub fn stamp(prepared: &Prepared, kind: FileKind, origin: &Origin, details: &serde_json::Value) -> Stamp {
    Stamp {
        kind,
        parameters: prepared.parameters().to_string(),
        plan: prepared.fingerprint().to_string(),
        insecure: origin.insecure.or(prepared.insecure()),
        keys: origin.keys.clone(),
        upload: origin.upload.clone(),
        details: details.to_string(),
    }
}

/// Which keys and data a file belongs to, as it says.
#[must_use]
pub fn origin(stamp: &Stamp) -> Origin {
    Origin { keys: stamp.keys.clone(), upload: stamp.upload.clone(), insecure: stamp.insecure }
}

/// A complaint of the scheme about what a file holds.
pub fn refused(path: &Path) -> impl FnOnce(hep_ckks::CkksError) -> FileError {
    let path = path.to_path_buf();
    move |e| FileError::damaged(&path, e.to_string())
}

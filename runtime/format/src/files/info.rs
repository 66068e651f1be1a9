//! What a file is, for people.

use crate::container::{File, FileError, FileKind, Insecure};
use std::path::{Path, PathBuf};

/// What a file is, under what it was made, and how large its parts are.
#[derive(Clone, Debug, PartialEq)]
pub struct Info {
    /// The file.
    pub path: PathBuf,
    /// What it is.
    pub kind: FileKind,
    /// Fingerprint of the parameters.
    pub parameters: String,
    /// Fingerprint of the plan.
    pub plan: String,
    /// Name of the key set; empty for plans.
    pub keys: String,
    /// Name of the encrypted data it belongs to; empty for plans and keys.
    pub upload: String,
    /// Whether it protects nothing.
    pub insecure: Insecure,
    /// Length in bytes.
    pub bytes: u64,
    /// What else the kind records, as JSON.
    pub details: serde_json::Value,
    /// Name, type, shape and bytes of every tensor, by name.
    pub tensors: Vec<(String, String, Vec<usize>, u64)>,
}

/// Reads and verifies a file of any kind.
///
/// # Errors
/// A file that is damaged or not of this format.
pub fn info(path: &Path) -> Result<Info, FileError> {
    let file = File::open_any(path)?;
    let stamp = file.stamp();
    let tensors = file.tensors().iter();
    Ok(Info {
        path: path.to_path_buf(),
        kind: stamp.kind,
        parameters: stamp.parameters.clone(),
        plan: stamp.plan.clone(),
        keys: stamp.keys.clone(),
        upload: stamp.upload.clone(),
        insecure: stamp.insecure,
        bytes: file.len(),
        details: serde_json::from_str(&stamp.details)
            .map_err(|_| file.damaged("its details are unreadable"))?,
        tensors: tensors
            .map(|(n, t)| (n.clone(), t.dtype.to_string(), t.shape.clone(), t.len() as u64))
            .collect(),
    })
}

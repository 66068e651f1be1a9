//! The secret key: one byte per coefficient, in a file for its owner alone that is never replaced.

use hep_ckks::SecretKey;
use hep_format::Prepared;
use hep_format::container::{FileError, FileKind, TensorSpec, Writer};
use hep_format::files::{Origin, open_keys, origin, refused, stamp};
use hep_format::place::{Output, folder};
use safetensors::Dtype;
use serde_json::json;
use std::path::Path;

/// Name of the secret key in its directory.
pub const SECRET_KEY: &str = "secret.key";

/// Writes the secret key, which is not in place yet.
///
/// # Errors
/// When the disk is full.
pub fn write_secret_key(
    prepared: &Prepared,
    key: &SecretKey,
    origin: &Origin,
    out: Output,
) -> Result<Output, FileError> {
    let bytes = key.to_bytes();
    let stamp = stamp(prepared, FileKind::SecretKey, origin, &json!({}));
    let spec = TensorSpec::bytes("secret", bytes.len());
    let mut writer = Writer::create(out, stamp, vec![spec])?;
    writer.bytes(&bytes)?;
    writer.complete()
}

/// Reads a secret key for the parameters of a plan.
///
/// # Errors
/// A damaged file, another kind, other parameters, a file that others can read.
pub fn load_secret_key(prepared: &Prepared, path: &Path) -> Result<(SecretKey, Origin), FileError> {
    let file = open_keys(prepared, path, FileKind::SecretKey)?;
    file.require_private()?;
    require_own_folder(path)?;
    let bytes = file.tensor("secret", Dtype::U8, &[prepared.context().degree()])?;
    let key = SecretKey::from_bytes(prepared.context(), bytes).map_err(refused(path))?;
    file.check_unchanged()?;
    Ok((key, origin(file.stamp())))
}

/// Refuses a folder for a secret key in which everybody can give files other names. In one like `/tmp` only who owns them can.
///
/// # Errors
/// [`FileError::OpenFolder`].
pub fn require_own_folder(secret_key: &Path) -> Result<(), FileError> {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    let folder = folder(secret_key);
    let mode = std::fs::metadata(folder).map_err(FileError::io(folder, "read"))?.mode() & 0o7777;
    if mode & 0o002 != 0 && mode & STICKY == 0 {
        return Err(FileError::OpenFolder { path: folder.to_path_buf(), mode });
    }
    Ok(())
}

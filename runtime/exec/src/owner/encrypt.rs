//! Preparing and encrypting the training data.

use crate::container::{File, FileError, FileKind};
use crate::entropy::Entropy;
use crate::error::Error;
use crate::executor::RunError;
use crate::files::{Names, Origin, OwnerState, SECRET_KEY, load_secret_key, save_inputs, save_state};
use crate::memory::available_bytes;
use crate::prepared::Prepared;
use crate::rehearsal::{Uploads, rehearse};
use hep_ckks::{Ciphertext, SecretKey, encrypt_secret};
use hep_plan::Tensor;
use hep_plan::plan::CipherInput;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use zeroize::Zeroizing;

/// What the owner sends, and what the owner keeps.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// One list of fresh ciphertexts per input of the plan.
    pub inputs: Vec<Vec<Ciphertext>>,
    /// What decryption and prediction need.
    pub state: OwnerState,
    /// Names of keys and data.
    pub origin: Origin,
}

/// Rehearses the plan on the raw data and encrypts the uploads under the secret key.
/// `data` are named as in [`hep_plan::plan::DataSpec`]; `names` are kept for whoever uses the model.
///
/// # Errors
/// As [`rehearse`] and [`encrypt_rehearsed`].
pub fn encrypt_in_memory(
    prepared: &Prepared,
    secret: &SecretKey,
    keys: &Origin,
    data: &BTreeMap<String, Tensor>,
    names: impl Into<Names>,
    entropy: Entropy,
) -> Result<Upload, Error> {
    encrypt_rehearsed(prepared, secret, keys, rehearse(prepared, data)?.uploads, names, entropy)
}

/// Encrypts what was rehearsed.
///
/// # Errors
/// Too little memory, values that do not fit the modulus.
pub fn encrypt_rehearsed(
    prepared: &Prepared,
    secret: &SecretKey,
    keys: &Origin,
    uploads: Uploads,
    names: impl Into<Names>,
    entropy: Entropy,
) -> Result<Upload, Error> {
    let plan = prepared.plan();
    // Both parts of every ciphertext and the slots they come from are in memory together.
    let degree = prepared.context().degree() as u64;
    let needed = 2 * plan.upload_bytes() + 4 * degree * plan.upload_ciphertexts() as u64;
    if let Some(available) = available_bytes().filter(|&available| needed > available) {
        return Err(RunError::Memory { needed, available }.into());
    }
    let Uploads { packed, state, outlook } = uploads;
    let blocks: Vec<(&CipherInput, Vec<f64>)> = plan
        .inputs
        .iter()
        .zip(packed)
        .flat_map(|(input, blocks)| blocks.into_iter().map(move |block| (input, block)))
        .collect();
    let fresh: Vec<Ciphertext> = blocks
        .par_iter()
        .enumerate()
        .map(|(number, (input, vector))| {
            let plain = prepared.context().encode(vector, input.scale.0, input.level.0 as usize)?;
            let plain = Zeroizing::new(plain);
            let mut generator = entropy.generator("encryption", number as u64)?;
            Ok(encrypt_secret(prepared.context(), secret, &plain, &mut generator)?)
        })
        .collect::<Result<_, Error>>()?;
    let mut insecure = keys.insecure;
    insecure.seed |= entropy.is_insecure();
    let origin = Origin { keys: keys.keys.clone(), upload: digest(prepared, keys, &fresh), insecure };
    let mut fresh = fresh.into_iter();
    let inputs = plan.inputs.iter().map(|i| fresh.by_ref().take(i.layout.ciphertexts()).collect()).collect();
    Ok(Upload { inputs, state: OwnerState { tensors: state, names: names.into(), outlook }, origin })
}

/// A name for the encrypted data. Ciphertexts are public and random, so nothing follows from it.
fn digest(prepared: &Prepared, keys: &Origin, ciphertexts: &[Ciphertext]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("hep 2026 name of an upload");
    hasher.update(prepared.fingerprint().as_bytes()).update(keys.keys.as_bytes());
    for ciphertext in ciphertexts {
        for word in ciphertext.parts().iter().take(1).flat_map(|part| part.as_slice()) {
            hasher.update(&word.to_le_bytes());
        }
    }
    hasher.finalize().to_hex()[..32].to_string()
}

/// [`encrypt_in_memory`] between files: the secret key from a directory, the ciphertexts to `out`, the state to `state_out`.
/// The state of an earlier encryption is kept under another name.
///
/// # Errors
/// As [`encrypt_in_memory`], and files.
pub fn encrypt(
    prepared: &Prepared,
    keys_directory: &Path,
    data: &BTreeMap<String, Tensor>,
    names: impl Into<Names>,
    out: &Path,
    state_out: &Path,
    seed: Option<u64>,
) -> Result<Origin, Error> {
    let (secret, keys) = load_secret_key(prepared, &keys_directory.join(SECRET_KEY))?;
    let upload = encrypt_in_memory(prepared, &secret, &keys, data, names, Entropy::new(seed))?;
    set_aside(state_out, &upload.origin.upload)?;
    save_state(prepared, &upload.state, &upload.origin, state_out)?;
    save_inputs(prepared, &upload.inputs, &upload.origin, out)?;
    Ok(upload.origin)
}

/// Renames the state of an earlier encryption to `NAME.UPLOAD`: without it, what comes back for those data could not
/// be decrypted any more.
fn set_aside(state: &Path, upload: &str) -> Result<(), FileError> {
    if !state.exists() {
        return Ok(());
    }
    let earlier = File::open(state, FileKind::OwnerState)?.stamp().upload.clone();
    if earlier == upload {
        return Ok(());
    }
    let mut name = state.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}", earlier.get(..8).unwrap_or("earlier")));
    std::fs::rename(state, state.with_file_name(name)).map_err(FileError::io(state, "rename"))
}

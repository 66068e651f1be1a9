//! Preparing and encrypting the training data.

use crate::container::{File, FileError, FileKind};
use crate::entropy::Entropy;
use crate::error::Error;
use crate::executor::RunError;
use crate::files::{Origin, OwnerState, SECRET_KEY, load_secret_key, save_inputs, save_state};
use crate::memory::available_bytes;
use crate::prepared::Prepared;
use hep_ckks::{Ciphertext, SecretKey, encrypt_secret};
use hep_plan::Tensor;
use hep_plan::plan::CipherInput;
use hep_plan::ranges::enforce;
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

/// Runs the owner's program on the raw data, packs its results and encrypts them under the secret key.
/// `data` are named as in [`hep_plan::plan::DataSpec`]; `classes` are the names of the classes by number.
///
/// # Errors
/// Data of another shape than planned, labels out of range, values that are not finite, outside of their declared range, or
/// do not fit the modulus.
pub fn encrypt_in_memory(
    prepared: &Prepared,
    secret: &SecretKey,
    keys: &Origin,
    data: &BTreeMap<String, Tensor>,
    classes: Vec<String>,
    entropy: Entropy,
) -> Result<Upload, Error> {
    let plan = prepared.plan();
    for (name, expected) in [
        (&plan.data.features, vec![plan.data.rows, plan.data.columns]),
        (&plan.data.labels, vec![plan.data.rows]),
    ] {
        if let Some(tensor) = data.get(name).filter(|tensor| tensor.shape != expected) {
            return Err(Error::DataShape { name: name.clone(), found: tensor.shape.clone(), expected });
        }
    }
    // Both parts of every ciphertext and the slots they come from are in memory together.
    let degree = prepared.context().degree() as u64;
    let needed = 2 * plan.upload_bytes() + 4 * degree * plan.upload_ciphertexts() as u64;
    if let Some(available) = available_bytes().filter(|&available| needed > available) {
        return Err(RunError::Memory { needed, available }.into());
    }
    enforce(&plan.ranges, data)?;
    let mut computed = plan.owner.run_finite(data)?;
    enforce(&plan.ranges, &computed)?;
    let mut packed: Vec<(&CipherInput, Vec<f64>)> = Vec::new();
    for input in &plan.inputs {
        let vectors =
            computed.get(&input.name).map_or_else(|| Err("it was not computed".into()), |t| pack(input, t));
        let vectors = vectors.map_err(|reason| Error::Prepared { name: input.name.clone(), reason })?;
        packed.extend(vectors.into_iter().map(|vector| (input, vector)));
    }
    let fresh: Vec<Ciphertext> = packed
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
    let tensors = plan.state.iter().filter_map(|name| Some((name.clone(), computed.remove(name)?))).collect();
    Ok(Upload { inputs, state: OwnerState { tensors, classes }, origin })
}

fn pack(input: &CipherInput, tensor: &Tensor) -> Result<Vec<Vec<f64>>, String> {
    let shapes = || format!("it has shape {:?}, its layout {:?}", tensor.shape, input.layout.shape);
    input.layout.pack(tensor).ok_or_else(shapes)
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
    classes: Vec<String>,
    out: &Path,
    state_out: &Path,
    seed: Option<u64>,
) -> Result<Origin, Error> {
    let (secret, keys) = load_secret_key(prepared, &keys_directory.join(SECRET_KEY))?;
    let upload = encrypt_in_memory(prepared, &secret, &keys, data, classes, Entropy::new(seed))?;
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

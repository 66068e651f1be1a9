//! Preparing and encrypting the training data.

use crate::entropy::Entropy;
use crate::error::Error;
use crate::files::{Names, OwnerState, SECRET_KEY, load_secret_key, state_name, write_state};
use crate::rehearsal::{Uploads, rehearse};
use hep_ckks::{Ciphertext, SecretKey, encrypt_secret};
use hep_format::Prepared;
use hep_format::container::{File, FileError, FileKind};
use hep_format::files::{Origin, write_inputs};
use hep_format::place::{FolderLock, Named, Output, PlaceError};
use hep_plan::Tensor;
use hep_plan::plan::CipherInput;
use hep_server::executor::RunError;
use hep_server::memory::{addresses_are_fewest, available_bytes};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
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
        let addresses = addresses_are_fewest();
        return Err(RunError::Memory { needed, available, addresses }.into());
    }
    let Uploads { packed, state, outlook, .. } = uploads;
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

/// Where the owner's state goes.
#[derive(Debug)]
pub enum StatePlace {
    /// Beside the keys, under the name of its upload ([`state_name`]).
    ByUpload(Output),
    /// Where the owner wants it.
    Named(Output),
}

impl StatePlace {
    /// Claims a place in the directory of the keys.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn beside(keys_directory: &Path) -> Result<Self, PlaceError> {
        Output::claim_in(keys_directory, "owner.state", FileKind::OwnerState).map(Self::ByUpload)
    }

    /// Where the owner wants it. What is encrypted anew is never the data that an earlier state belongs to, unless a seed repeats it.
    ///
    /// # Errors
    /// When the state of other data is there.
    pub fn named(place: Output, seeded: bool) -> Result<Self, FileError> {
        let path = place.path();
        if !seeded && path.metadata().is_ok_and(|m| m.is_file() && m.len() > 0) {
            return Err(FileError::OtherState { path: path.to_path_buf() });
        }
        Ok(Self::Named(place))
    }
}

/// [`encrypt_in_memory`] between files: the secret key from a directory, the ciphertexts to `out`. Returns also where the
/// state is.
///
/// # Errors
/// As [`encrypt_in_memory`], and files; the state of other data is never replaced.
pub fn encrypt(
    prepared: &Prepared,
    keys_directory: &Path,
    data: &BTreeMap<String, Tensor>,
    names: impl Into<Names>,
    out: Output,
    state: StatePlace,
    seed: Option<u64>,
) -> Result<(Origin, PathBuf), Error> {
    let (secret, keys) = load_secret_key(prepared, &keys_directory.join(SECRET_KEY))?;
    let upload = encrypt_in_memory(prepared, &secret, &keys, data, names, Entropy::new(seed))?;
    let state = match state {
        StatePlace::Named(place) => place,
        StatePlace::ByUpload(place) => {
            place.named(&state_name(&upload.origin.upload)).map_err(FileError::from)?
        }
    };
    let (path, folder) = (state.path().to_path_buf(), state.folder());
    let mut state = write_state(prepared, &upload.state, &upload.origin, state)?;
    let mut inputs = write_inputs(prepared, &upload.inputs, &upload.origin, out)?;
    state.sync().and_then(|()| inputs.sync()).map_err(FileError::from)?;
    // First, since an upload is worth nothing without it; nor is it worth anything without its upload.
    let new = place_state(state, &folder, &upload.origin.upload)?.is_some();
    inputs.finish().map_err(|error| {
        if new {
            let _ = std::fs::remove_file(&path);
        }
        FileError::from(error)
    })?;
    Ok((upload.origin, path))
}

/// Puts a state in place unless that of other data is there, whose results could not be decrypted any more. Where there was none
/// before, a signal removes it as long as what is returned lives.
fn place_state(state: Output, folder: &Path, upload: &str) -> Result<Option<Named>, FileError> {
    let _lock = FolderLock::take(folder)?;
    let path = state.path().to_path_buf();
    let there = path.metadata().is_ok_and(|m| m.is_file() && m.len() > 0);
    if there && File::open(&path, FileKind::OwnerState)?.stamp().upload != upload {
        return Err(FileError::OtherState { path });
    }
    // A link of the owner's own stays: what it points at is no new file.
    let new = path.symlink_metadata().is_err().then(|| Named::new(&path));
    state.finish()?;
    Ok(new)
}

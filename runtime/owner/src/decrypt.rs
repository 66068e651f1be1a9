//! Decrypting the model.
//!
//! A decrypted CKKS value carries noise that depends on the secret key (Li and Micciancio, Eurocrypt 2021). What is returned is
//! rounded to the precision that the plan promises, so that whoever sees it sees no noise below that.

use crate::error::Error;
use crate::files::{OwnerState, SECRET_KEY, load_secret_key, load_state, state_name};
use crate::plausible::{self, Noise};
use crate::rehearsal::Outlook;
use hep_ckks::{Ciphertext, SecretKey};
use hep_format::Prepared;
use hep_format::container::{FileError, FileKind};
use hep_format::files::{CiphertextFile, Origin};
use hep_plan::{Tensor, normalize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The model, and what was kept for using it.
#[derive(Clone, Debug, PartialEq)]
pub struct Decrypted {
    /// The revealed tensors by name.
    pub revealed: BTreeMap<String, Tensor>,
    /// The owner's state from encrypting.
    pub state: OwnerState,
    /// Names of keys and data.
    pub origin: Origin,
}

/// Decrypts, unpacks and rounds the results, one list of ciphertexts per output of the plan, and multiplies them back by the
/// powers of two that the uploads were divided by.
///
/// # Errors
/// Ciphertexts of other parameters, too few, or what cannot be a result: its noise or its numbers are far from what is
/// expected.
pub fn reveal(
    prepared: &Prepared,
    secret: &SecretKey,
    outputs: &[Vec<Ciphertext>],
    outlook: &Outlook,
) -> Result<BTreeMap<String, Tensor>, Error> {
    reveal_rounded(prepared, secret, outputs, outlook, None)
}

/// [`reveal`], rounded to `round` bits after the point where more would hold.
fn reveal_rounded(
    prepared: &Prepared,
    secret: &SecretKey,
    outputs: &[Vec<Ciphertext>],
    outlook: &Outlook,
    round: Option<f64>,
) -> Result<BTreeMap<String, Tensor>, Error> {
    let context = prepared.context();
    let mut revealed = BTreeMap::new();
    for (number, (output, ciphertexts)) in prepared.plan().outputs.iter().zip(outputs).enumerate() {
        let (name, expected) = (&output.name, outlook.of(number));
        let bits = outlook.rounded_bits(number, output, round);
        let mut slots: Vec<Vec<f64>> = Vec::with_capacity(ciphertexts.len());
        for (block, ciphertext) in ciphertexts.iter().enumerate() {
            let plain = Zeroizing::new(hep_ckks::decrypt(context, secret, ciphertext)?);
            let (values, imaginary) = context.decode_with_noise(&plain);
            let least = prepared.plan().params.least_deviation(ciphertext.scale());
            let noise = Noise::of(&imaginary, &output.layout.support(block));
            plausible::noise((name, expected), least, noise, round.map(|_| bits))?;
            slots.push(values);
        }
        let unpacked = output.layout.unpack(&slots);
        let mut tensor = unpacked.ok_or_else(|| Error::Layout { name: output.name.clone() })?;
        plausible::magnitude((name, expected), &tensor.data)?;
        tensor.data.iter_mut().for_each(|value| *value = rounded(*value, bits));
        if expected.largest > 0.0 && tensor.max_abs() == 0.0 {
            return Err(Error::Erased { name: name.clone() });
        }
        normalize::multiply(&mut tensor, &output.units, &outlook.exponents);
        revealed.insert(output.name.clone(), tensor);
    }
    Ok(revealed)
}

/// How the noise of every ciphertext of a result compares with its prediction: the measured deviation over the predicted
/// one, by output. For judging predictions; [`reveal`] refuses what is far from 1.
///
/// # Errors
/// Ciphertexts of other parameters.
pub fn noise_ratios(
    prepared: &Prepared,
    secret: &SecretKey,
    outputs: &[Vec<Ciphertext>],
    outlook: &Outlook,
) -> Result<Vec<(String, f64)>, Error> {
    let context = prepared.context();
    let mut ratios = Vec::new();
    for ((output, ciphertexts), expected) in
        prepared.plan().outputs.iter().zip(outputs).zip(&outlook.expected)
    {
        for (block, ciphertext) in ciphertexts.iter().enumerate() {
            let plain = Zeroizing::new(hep_ckks::decrypt(context, secret, ciphertext)?);
            let (_, imaginary) = context.decode_with_noise(&plain);
            let measured = Noise::of(&imaginary, &output.layout.support(block)).measured();
            ratios.push((output.name.clone(), measured / expected.deviation));
        }
    }
    Ok(ratios)
}

/// The nearest multiple of 2^−⌊bits⌋.
fn rounded(value: f64, bits: f64) -> f64 {
    // Beyond these, the grid is finer or coarser than any double.
    let grid = (-bits.floor().clamp(-1000.0, 1000.0)).exp2();
    let steps = value / grid;
    // A double that is a multiple of the grid already, or far beyond 2^53 steps.
    if steps.is_finite() { steps.round() * grid } else { value }
}

/// Where the state of a result is, which encryption wrote beside the keys under the name of the upload.
///
/// # Errors
/// A damaged result, one of another plan or of other keys, or no such state.
pub fn find_state(prepared: &Prepared, keys_directory: &Path, results: &Path) -> Result<PathBuf, FileError> {
    let (file, ..) = opened(prepared, keys_directory, results)?;
    let path = keys_directory.join(state_name(&file.origin().upload));
    if path.exists() { Ok(path) } else { Err(FileError::NoState { path }) }
}

/// A result and the secret key it is encrypted under, with the key's name.
fn opened<'a>(
    prepared: &'a Prepared,
    keys_directory: &Path,
    results: &Path,
) -> Result<(CiphertextFile<'a>, SecretKey, Origin), FileError> {
    let file = CiphertextFile::open(prepared, results, FileKind::Outputs)?;
    let (secret, keys) = load_secret_key(prepared, &keys_directory.join(SECRET_KEY))?;
    let advice = "use the key directory that the data were encrypted with";
    file.file().require("keys", &file.origin().keys, &keys.keys, advice)?;
    Ok((file, secret, keys))
}

/// [`reveal`] between files. The state must come from the same encryption as the model. With `round`, no number keeps more
/// than so many bits after the point; what the plan promises is never exceeded.
///
/// # Errors
/// Damaged files, or files that do not belong together.
pub fn decrypt(
    prepared: &Prepared,
    keys_directory: &Path,
    state: &Path,
    results: &Path,
    round: Option<f64>,
) -> Result<Decrypted, Error> {
    let (file, secret, keys) = opened(prepared, keys_directory, results)?;
    let origin = file.origin();
    let (state, state_origin) = load_state(prepared, state)?;
    let advice = "use the owner's state that was written together with these data";
    file.file().require("data", &origin.upload, &state_origin.upload, advice)?;
    let revealed = reveal_rounded(prepared, &secret, &file.load_all()?, &state.outlook, round)
        .map_err(|source| Error::Result { path: results.to_path_buf(), source: Box::new(source) })?;
    file.file().check_unchanged()?;
    // A mark that was lost on the way is found again.
    let insecure = origin.insecure.or(keys.insecure).or(state_origin.insecure).or(prepared.insecure());
    Ok(Decrypted { revealed, state, origin: Origin { insecure, ..origin } })
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn values_are_rounded_to_the_grid() {
        assert_eq!(rounded(0.3, 2.9), 0.25);
        assert_eq!(rounded(-0.3, 1.0), -0.5);
        assert_eq!(rounded(5.0, -2.0), 4.0);
        assert_eq!(rounded(0.3, 1e9), 0.3);
        assert_eq!(rounded(1e300, 60.0), 1e300);
        assert!(rounded(f64::NAN, 10.0).is_nan());
    }
}

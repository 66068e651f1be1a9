//! Decrypting the model.
//!
//! A decrypted CKKS value carries noise that depends on the secret key (Li and Micciancio, Eurocrypt 2021). What is returned is
//! rounded to the precision that the plan promises, so that whoever sees it sees no noise below that.

use crate::container::FileKind;
use crate::error::Error;
use crate::files::{CiphertextFile, Origin, OwnerState, SECRET_KEY, load_secret_key, load_state};
use crate::prepared::Prepared;
use hep_ckks::{Ciphertext, SecretKey};
use hep_plan::{Tensor, normalise};
use std::collections::BTreeMap;
use std::path::Path;
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
/// Ciphertexts of other parameters, or too few.
pub fn reveal(
    prepared: &Prepared,
    secret: &SecretKey,
    outputs: &[Vec<Ciphertext>],
    exponents: &[i32],
) -> Result<BTreeMap<String, Tensor>, Error> {
    let context = prepared.context();
    let mut revealed = BTreeMap::new();
    for (output, ciphertexts) in prepared.plan().outputs.iter().zip(outputs) {
        let slots: Vec<Vec<f64>> = ciphertexts
            .iter()
            .map(|ciphertext| {
                let plain = Zeroizing::new(hep_ckks::decrypt(context, secret, ciphertext)?);
                Ok(context.decode(&plain))
            })
            .collect::<Result<_, Error>>()?;
        let unpacked = output.layout.unpack(&slots);
        let mut tensor = unpacked.ok_or_else(|| Error::Layout { name: output.name.clone() })?;
        tensor.data.iter_mut().for_each(|value| *value = rounded(*value, output.precision_bits));
        normalise::multiply(&mut tensor, &output.units, exponents);
        revealed.insert(output.name.clone(), tensor);
    }
    Ok(revealed)
}

/// The nearest multiple of 2^−⌊bits⌋.
fn rounded(value: f64, bits: f64) -> f64 {
    // Beyond these, the grid is finer or coarser than any double.
    let grid = (-bits.floor().clamp(-1000.0, 1000.0)).exp2();
    let steps = value / grid;
    // A double that is a multiple of the grid already, or far beyond 2^53 steps.
    if steps.is_finite() { steps.round() * grid } else { value }
}

/// [`reveal`] between files. The state must come from the same encryption as the model.
///
/// # Errors
/// Damaged files, or files that do not belong together.
pub fn decrypt(
    prepared: &Prepared,
    keys_directory: &Path,
    state: &Path,
    results: &Path,
) -> Result<Decrypted, Error> {
    let file = CiphertextFile::open(prepared, results, FileKind::Outputs)?;
    let (secret, keys) = load_secret_key(prepared, &keys_directory.join(SECRET_KEY))?;
    let origin = file.origin();
    file.file().require(
        "keys",
        &origin.keys,
        &keys.keys,
        "use the key directory that the data were encrypted with",
    )?;
    let (state, state_origin) = load_state(prepared, state)?;
    let advice = "use the owner's state that was written together with these data";
    file.file().require("data", &origin.upload, &state_origin.upload, advice)?;
    let revealed = reveal(prepared, &secret, &file.load_all()?, &state.exponents)?;
    Ok(Decrypted { revealed, state, origin })
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

//! Fresh ciphertexts of which only what must be sent is kept: half of each, and a seed of the other half.

use hep_ckks::{Buffer, Ciphertext, Poly};
use hep_format::Prepared;
use hep_server::backend::BackendError;
use hep_server::backend::ckks::InputSource;

/// An upload that stays in memory while it is used.
pub struct Seeded<'a> {
    prepared: &'a Prepared,
    inputs: Vec<Vec<Half>>,
}

/// A fresh ciphertext without its uniform part.
struct Half {
    level: usize,
    scale: f64,
    part: Buffer,
    seed: [u8; 32],
}

impl<'a> Seeded<'a> {
    /// Of fresh ciphertexts, one list for every input.
    #[must_use]
    pub fn new(prepared: &'a Prepared, inputs: Vec<Vec<Ciphertext>>) -> Self {
        let half = |fresh: Ciphertext| Half {
            level: fresh.level(),
            scale: fresh.scale(),
            part: Buffer::copy_of(fresh.parts().first().map_or(&[], Poly::as_slice)),
            seed: fresh.seed().copied().unwrap_or_default(),
        };
        // One after the other: each whole one is gone before the next is copied.
        let inputs = inputs.into_iter().map(|blocks| blocks.into_iter().map(half).collect()).collect();
        Self { prepared, inputs }
    }
}

impl InputSource for Seeded<'_> {
    fn load(&self, input: usize, block: usize) -> Result<Ciphertext, BackendError> {
        let missing = BackendError::MissingInput { input, block };
        let half = self.inputs.get(input).and_then(|blocks| blocks.get(block)).ok_or(missing)?;
        let context = self.prepared.context();
        Ok(Ciphertext::from_seeded(context, half.level, half.scale, half.part.clone(), half.seed)?)
    }
}

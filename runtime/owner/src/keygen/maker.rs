//! Makes keys of the server one by one.

use crate::entropy::Entropy;
use crate::error::Error;
use hep_ckks::{Galois, SecretKey, SparseSecret, SwitchingKey};
use hep_format::Prepared;
use hep_format::files::key_form;
use hep_plan::Level;
use hep_plan::isa::Key;
use hep_plan::plan::ServerKey;
use hep_plan::refresh::RefreshKey;
use rand_chacha::ChaCha20Rng;

/// What the keys of a set are made of. Every key has a generator of its own, so that the order of generation does not matter.
pub(super) struct Maker<'a> {
    prepared: &'a Prepared,
    secret: &'a SecretKey,
    /// What ciphertexts are under while a refresh raises their modulus; forgotten when the set is made.
    sparse: SparseSecret,
    entropy: Entropy,
}

impl<'a> Maker<'a> {
    pub(super) fn new(
        prepared: &'a Prepared,
        secret: &'a SecretKey,
        entropy: Entropy,
    ) -> Result<Self, Error> {
        let mut generator = entropy.generator("sparse secret", 0)?;
        let sparse = SparseSecret::generate(prepared.context(), &mut generator);
        Ok(Self { prepared, secret, sparse, entropy })
    }

    /// A key for ciphertexts up to a level.
    pub(super) fn make(&self, key: ServerKey, level: Level) -> Result<SwitchingKey, Error> {
        match key {
            ServerKey::Operation(key) => self.of_operation(key, level.0 as usize),
            ServerKey::Refresh(key) => self.of_refresh(key, level.0 as usize),
        }
    }

    fn of_operation(&self, key: Key, level: usize) -> Result<SwitchingKey, Error> {
        let Self { prepared, secret, .. } = self;
        let context = prepared.context();
        Ok(match key {
            Key::Relinearization => {
                let mut generator = self.generator("relinearization key", 0)?;
                SwitchingKey::relinearization(context, secret, level, &mut generator)?
            }
            Key::Conjugation => {
                let mut generator = self.generator("conjugation key", 0)?;
                SwitchingKey::automorphism(context, secret, context.conjugation(), level, &mut generator)?
            }
            Key::Rotation(step) => {
                let mut generator = self.generator("rotation key", step.0)?;
                SwitchingKey::rotation(context, secret, i64::from(step.0), level, &mut generator)?
            }
        })
    }

    fn of_refresh(&self, key: RefreshKey, level: usize) -> Result<SwitchingKey, Error> {
        let Self { prepared, secret, sparse, .. } = self;
        let context = prepared.context();
        let rotation = |step: u32| context.rotation(i64::from(step));
        let automorphism = |galois: Galois, mut generator: ChaCha20Rng| {
            let at = (key_form(prepared, ServerKey::Refresh(key)), level);
            SwitchingKey::automorphism_of(context, secret, galois, at, &mut generator)
        };
        Ok(match key {
            RefreshKey::ToSparse => {
                let mut generator = self.generator("key to the sparse secret", 0)?;
                SwitchingKey::to_sparse(context, secret, sparse, &mut generator)?
            }
            RefreshKey::Raise(step) => {
                let mut generator = self.generator("key from the sparse secret", step)?;
                SwitchingKey::from_sparse(context, sparse, secret, (rotation(step), level), &mut generator)?
            }
            RefreshKey::Low(step) => automorphism(
                rotation(step),
                self.generator("rotation key at the bottom of a refresh", step)?,
            )?,
            RefreshKey::Top(step) => {
                automorphism(rotation(step), self.generator("rotation key at the top of a refresh", step)?)?
            }
            RefreshKey::Conjugation => {
                automorphism(context.conjugation(), self.generator("conjugation key of a refresh", 0)?)?
            }
            RefreshKey::Relinearization => {
                let mut generator = self.generator("relinearization key of a refresh", 0)?;
                SwitchingKey::relinearization(context, secret, level, &mut generator)?
            }
        })
    }

    fn generator(&self, purpose: &str, index: u32) -> Result<ChaCha20Rng, Error> {
        Ok(self.entropy.generator(purpose, u64::from(index))?)
    }
}

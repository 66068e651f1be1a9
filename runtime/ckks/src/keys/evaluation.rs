//! The keys that a server holds.

use std::collections::BTreeMap;

use super::switching::SwitchingKey;
use crate::context::Galois;

/// Relinearization key and keys of automorphisms; nothing in here is secret.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EvaluationKeys {
    /// Made by [`SwitchingKey::relinearization`].
    pub relinearization: Option<SwitchingKey>,
    /// Made by [`SwitchingKey::automorphism`], those of rotations by [`SwitchingKey::rotation`]: by their automorphisms
    /// ([`crate::Context::rotation`]).
    pub galois: BTreeMap<Galois, SwitchingKey>,
}

impl EvaluationKeys {
    /// Memory taken by all keys.
    pub fn bytes_expanded(&self) -> usize {
        self.relinearization.iter().chain(self.galois.values()).map(SwitchingKey::bytes_expanded).sum()
    }
}

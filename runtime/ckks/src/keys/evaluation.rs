//! The keys that a server holds.

use std::collections::BTreeMap;

use super::switching::SwitchingKey;

/// Relinearisation and rotation keys; nothing in here is secret.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EvaluationKeys {
    /// Made by [`SwitchingKey::relinearization`].
    pub relinearization: Option<SwitchingKey>,
    /// Made by [`SwitchingKey::rotation`], by step in 0..slots (see [`crate::Context::normalize_step`]).
    pub rotations: BTreeMap<i64, SwitchingKey>,
}

impl EvaluationKeys {
    /// Memory taken by all keys.
    pub fn bytes_expanded(&self) -> usize {
        self.relinearization.iter().chain(self.rotations.values()).map(SwitchingKey::bytes_expanded).sum()
    }
}

//! Automorphisms that were used before.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use hep_ring::automorphism::NttPermutation;

/// Permutations kept at most, N/2 bytes each: 32 MiB for N = 2^16.
const KEPT: usize = 1024;

/// Permutations of transformed values by Galois element, made when they are first asked for.
#[derive(Debug)]
pub(crate) struct Permutations {
    log_n: u32,
    known: Mutex<BTreeMap<u64, Arc<NttPermutation>>>,
}

impl Permutations {
    pub(crate) fn new(log_n: u32) -> Self {
        Self { log_n, known: Mutex::default() }
    }

    /// That of X → X^g, for an odd g.
    pub(crate) fn get(&self, galois_element: u64) -> Arc<NttPermutation> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&galois_element) {
            return Arc::clone(found);
        }
        let made = Arc::new(NttPermutation::new(self.log_n, galois_element));
        let mut known = known();
        while known.len() >= KEPT {
            known.pop_first();
        }
        known.insert(galois_element, Arc::clone(&made));
        made
    }
}

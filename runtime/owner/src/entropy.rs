//! Where randomness comes from: the operating system, or a seed for tests and examples.

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use thiserror::Error;
use zeroize::Zeroizing;

const CONTEXT: &str = "hep 2026 reproducible randomness from a seed";

/// The operating system gives no randomness.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the operating system gives no randomness: {0}; nothing was generated")]
pub struct EntropyError(String);

/// A source of generators.
///
/// ```
/// use hep_owner::Entropy;
/// use rand_core::Rng;
///
/// // A seed can be guessed: what is made from it is marked.
/// let seeded = Entropy::new(Some(7));
/// assert!(seeded.is_insecure() && !Entropy::new(None).is_insecure());
/// let draw = |purpose| Ok::<_, hep_owner::EntropyError>(seeded.generator(purpose, 0)?.next_u64());
/// assert_eq!(draw("upload")?, draw("upload")?);
/// assert_ne!(draw("upload")?, draw("keys")?);
/// # Ok::<(), hep_owner::EntropyError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entropy {
    /// The operating system, once per generator.
    System,
    /// Everything follows from a number that can be guessed: for tests, no protection.
    Seeded(u64),
}

impl Entropy {
    /// The seed if there is one, else the operating system.
    #[must_use]
    pub fn new(seed: Option<u64>) -> Self {
        seed.map_or(Entropy::System, Entropy::Seeded)
    }

    /// Whether what is generated can be guessed.
    #[must_use]
    pub fn is_insecure(self) -> bool {
        matches!(self, Entropy::Seeded(_))
    }

    /// A generator for one use. Under a seed, generators of different purposes or indices are independent, and
    /// equal ones are equal in every run.
    ///
    /// # Errors
    /// When the operating system has no randomness.
    pub fn generator(self, purpose: &str, index: u64) -> Result<ChaCha20Rng, EntropyError> {
        let mut key = Zeroizing::new([0; 32]);
        match self {
            Entropy::System => getrandom::fill(key.as_mut()).map_err(|e| EntropyError(e.to_string()))?,
            Entropy::Seeded(seed) => {
                let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
                // Fixed lengths first, so that no two (seed, index, purpose) are written alike.
                hasher.update(&seed.to_le_bytes()).update(&index.to_le_bytes()).update(purpose.as_bytes());
                key.copy_from_slice(hasher.finalize().as_bytes());
            }
        }
        Ok(ChaCha20Rng::from_seed(*key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng;

    #[test]
    fn seeds_purposes_and_indices_separate_generators() {
        let first = |entropy: Entropy, purpose, index| entropy.generator(purpose, index).unwrap().next_u64();
        let base = first(Entropy::Seeded(1), "a", 0);
        assert_eq!(base, first(Entropy::Seeded(1), "a", 0));
        assert_ne!(base, first(Entropy::Seeded(2), "a", 0));
        assert_ne!(base, first(Entropy::Seeded(1), "b", 0));
        assert_ne!(base, first(Entropy::Seeded(1), "a", 1));
        assert_ne!(first(Entropy::System, "a", 0), first(Entropy::System, "a", 0));
    }
}

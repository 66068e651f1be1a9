//! The keys of a refresh.

use std::collections::BTreeMap;

#[cfg(feature = "secret")]
use hep_ckks::{CkksError, Context, SecretKey, SparseSecret};
use hep_ckks::{EvaluationKeys, Galois, SwitchingKey};

#[cfg(feature = "secret")]
use crate::refresh::Refresh;

/// All keys that a server computes with; nothing in here is secret.
#[derive(Debug, Default)]
pub struct ServerKeys {
    /// Those of single operations.
    pub evaluation: EvaluationKeys,
    /// Those of refreshes, where there are any.
    pub refresh: Option<RefreshKeys>,
}

impl ServerKeys {
    /// Memory taken by all of them.
    pub fn bytes_expanded(&self) -> usize {
        self.evaluation.bytes_expanded() + self.refresh.as_ref().map_or(0, RefreshKeys::bytes_expanded)
    }
}

impl From<EvaluationKeys> for ServerKeys {
    fn from(evaluation: EvaluationKeys) -> Self {
        Self { evaluation, refresh: None }
    }
}

/// All keys that refreshes work with; nothing in here is secret.
#[derive(Debug)]
pub struct RefreshKeys {
    /// From the secret key to the sparse secret, modulo q_0·p_0.
    pub to_sparse: SwitchingKey,
    /// From the image of the sparse secret under each automorphism of the raise to the secret key.
    pub raise: BTreeMap<Galois, SwitchingKey>,
    /// Rotations at the bottom, modulo a few special primes.
    pub low: EvaluationKeys,
    /// Rotations, conjugation and relinearization at the top.
    pub top: EvaluationKeys,
}

impl RefreshKeys {
    /// Samples them. The sparse secret is forgotten with the end of this function.
    ///
    /// # Errors
    /// [`CkksError::OtherContext`] for a secret of another ring.
    #[cfg(feature = "secret")]
    pub fn generate<R: rand_core::CryptoRng + ?Sized>(
        ctx: &Context,
        secret: &SecretKey,
        refresh: &Refresh,
        rng: &mut R,
    ) -> Result<Self, CkksError> {
        let sparse = SparseSecret::generate(ctx, rng);
        let to_sparse = SwitchingKey::to_sparse(ctx, secret, &sparse, rng)?;
        let mut raise = BTreeMap::new();
        for galois in refresh.raised().automorphisms() {
            let at = (galois, refresh.raised().level());
            raise.insert(galois, SwitchingKey::from_sparse(ctx, &sparse, secret, at, rng)?);
        }
        let (mut low, mut top) = (EvaluationKeys::default(), EvaluationKeys::default());
        let (rotations, level) = refresh.top_rotations(ctx);
        for (keys, rotations) in [(&mut low, refresh.low_rotations()), (&mut top, rotations)] {
            for (step, at) in rotations {
                let galois = ctx.rotation(step);
                keys.galois.insert(galois, SwitchingKey::automorphism_of(ctx, secret, galois, at, rng)?);
            }
        }
        let conjugation = ctx.conjugation();
        top.galois.insert(conjugation, SwitchingKey::automorphism(ctx, secret, conjugation, level, rng)?);
        let sine_level = refresh.shape().sine_level(ctx.max_level());
        top.relinearization = Some(SwitchingKey::relinearization(ctx, secret, sine_level, rng)?);
        Ok(Self { to_sparse, raise, low, top })
    }

    /// Their number: at the top, of the raise, at the bottom (with the one to the sparse secret).
    pub fn counts(&self) -> [usize; 3] {
        let top = self.top.galois.len() + usize::from(self.top.relinearization.is_some());
        [top, self.raise.len(), self.low.galois.len() + 1]
    }

    /// Memory taken by all of them.
    pub fn bytes_expanded(&self) -> usize {
        let single = self.raise.values().chain([&self.to_sparse]).map(SwitchingKey::bytes_expanded);
        single.sum::<usize>() + self.low.bytes_expanded() + self.top.bytes_expanded()
    }
}

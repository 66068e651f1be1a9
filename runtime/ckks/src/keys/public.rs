//! The public encryption key.

use hep_ring::{Buffer, sample};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::secret::SecretKey;
use super::small::{small_to_limb, subtract_product};
use crate::context::Context;
use crate::error::CkksError;
use crate::poly::{Poly, validate_residues};

const SEED_DOMAIN: &str = "ckks public key";

/// An encryption of zero at the top level: b = −a·s + e with a uniform, expanded from a seed.
#[derive(Debug, Clone, PartialEq)]
pub struct PublicKey {
    seed: [u8; 32],
    a: Poly,
    b: Poly,
}

impl PublicKey {
    /// Samples a public key of `sk`.
    pub fn generate<R: CryptoRng + ?Sized>(ctx: &Context, sk: &SecretKey, rng: &mut R) -> Self {
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let error = Zeroizing::new(sample::gaussian(rng, ctx.degree()));
        let a = expand(ctx, &seed);
        let b = Poly::written(ctx.degree(), ctx.max_level() + 1, |i, limb| {
            small_to_limb(ctx, &error, i, limb);
            subtract_product(ctx.field(i), limb, a.limb(i), sk.limb(i));
        });
        Self { seed, a, b }
    }

    /// Rebuilds a key from its seed and its stored half, checking sizes and ranges.
    pub fn from_parts(ctx: &Context, seed: [u8; 32], b: Buffer) -> Result<Self, CkksError> {
        validate_residues("public key", 0, &b, ctx.degree(), ctx.q_moduli())?;
        Ok(Self { seed, a: expand(ctx, &seed), b: Poly::from_buffer(ctx.degree(), b) })
    }

    /// The seed of the uniform half.
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The half that must be stored.
    pub fn b(&self) -> &Poly {
        &self.b
    }

    /// The uniform half.
    pub(crate) fn a(&self) -> &Poly {
        &self.a
    }
}

fn expand(ctx: &Context, seed: &[u8; 32]) -> Poly {
    Poly::written(ctx.degree(), ctx.max_level() + 1, |i, limb| {
        sample::uniform_into(seed, SEED_DOMAIN, 0, i as u64, ctx.modulus(i), limb);
    })
}

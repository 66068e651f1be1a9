//! Making the public key.

use hep_ring::sample;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::key::{SecretKey, subtract_product};
use crate::context::Context;
use crate::error::CkksError;
use crate::keys::{PublicKey, expand_public, small_to_limb};
use crate::poly::Poly;

impl PublicKey {
    /// Samples a public key of `sk`.
    ///
    /// **Level:** that of all primes; it encrypts plaintexts of every level.
    ///
    /// # Errors
    /// [`CkksError::OtherContext`] for a secret of another ring.
    pub fn generate<R: CryptoRng + ?Sized>(
        ctx: &Context,
        sk: &SecretKey,
        rng: &mut R,
    ) -> Result<Self, CkksError> {
        if !sk.matches(ctx) {
            return Err(CkksError::OtherContext { operation: "public key" });
        }
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let error = Zeroizing::new(sample::gaussian(rng, ctx.degree()));
        let a = expand_public(ctx, &seed);
        let b = Poly::written(ctx.degree(), ctx.max_level() + 1, |i, limb| {
            small_to_limb(ctx, &error, i, limb);
            subtract_product(ctx.field(i), limb, a.limb(i), sk.limb(i));
        });
        Ok(Self { seed, a, b })
    }
}

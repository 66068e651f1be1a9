//! Making the keys that switch.

use std::sync::Arc;

use hep_ring::{Buffer, sample};
use rand_core::CryptoRng;
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::key::{SecretKey, subtract_product};
use crate::context::{Context, Galois};
use crate::error::CkksError;
use crate::keys::{SwitchingKey, expand, small_to_limb};

impl SwitchingKey {
    /// The key that brings a product of two ciphertexts back to two parts, up to `level`.
    ///
    /// **Level:** works for ciphertexts up to `level`; its size grows with the square of that.
    ///
    /// # Errors
    /// [`CkksError::BadLevel`], or [`CkksError::OtherContext`] for a secret of another ring.
    pub fn relinearization<R: CryptoRng + ?Sized>(
        ctx: &Context,
        sk: &SecretKey,
        level: usize,
        rng: &mut R,
    ) -> Result<Self, CkksError> {
        check("relinearization key", ctx, sk, level)?;
        let square = |index: usize, out: &mut [u64]| sk.square_limb(ctx.field(index), index, out);
        Ok(Self::generate(ctx, sk, &square, level, rng))
    }

    /// The key for rotations by `step` slots to the left (negative: to the right), up to `level`.
    ///
    /// **Level:** works for ciphertexts up to `level`; its size grows with the square of that.
    ///
    /// # Errors
    /// [`CkksError::BadLevel`], or [`CkksError::OtherContext`] for a secret of another ring.
    pub fn rotation<R: CryptoRng + ?Sized>(
        ctx: &Context,
        sk: &SecretKey,
        step: i64,
        level: usize,
        rng: &mut R,
    ) -> Result<Self, CkksError> {
        Self::automorphism(ctx, sk, ctx.rotation(step), level, rng)
    }

    /// The key for an automorphism, up to `level`.
    ///
    /// **Level:** works for ciphertexts up to `level`; its size grows with the square of that.
    ///
    /// # Errors
    /// [`CkksError::BadLevel`], or [`CkksError::OtherContext`] for a secret of another ring.
    pub fn automorphism<R: CryptoRng + ?Sized>(
        ctx: &Context,
        sk: &SecretKey,
        galois: Galois,
        level: usize,
        rng: &mut R,
    ) -> Result<Self, CkksError> {
        check("key of an automorphism", ctx, sk, level)?;
        let target = sk.under(ctx, ctx.inverse(galois));
        let source = |index: usize, out: &mut [u64]| out.copy_from_slice(sk.limb(index));
        Ok(Self::generate(ctx, &target, &source, level, rng))
    }

    /// From the secret that `source(index, limb)` writes (transformed, modulo prime number `index`) to `target`.
    fn generate<R: CryptoRng + ?Sized>(
        ctx: &Context,
        target: &SecretKey,
        source: &(dyn Fn(usize, &mut [u64]) + Sync),
        level: usize,
        rng: &mut R,
    ) -> Self {
        let (n, limbs) = (ctx.degree(), ctx.extended_limbs(level));
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let errors: Vec<Zeroizing<Vec<i8>>> =
            (0..ctx.digits(level)).map(|_| Zeroizing::new(sample::gaussian(rng, n))).collect();
        let a = expand(ctx, level, &seed);
        let mut b = Buffer::recycled(a.len());
        b.par_chunks_exact_mut(n).zip(a.par_chunks_exact(n)).enumerate().for_each(|(k, (b, a))| {
            let (digit, position) = (k / limbs, k % limbs);
            let index = ctx.extended_index(level, position);
            let field = ctx.field(index);
            small_to_limb(ctx, &errors[digit], index, b);
            subtract_product(field, b, a, target.limb(index));
            if ctx.digit(level, digit).limbs().contains(&position) {
                let mut scaled = Zeroizing::new(Buffer::recycled(n));
                source(index, &mut scaled);
                field.scale(&mut scaled, ctx.special(index));
                field.add_assign(b, &scaled);
            }
        });
        Self { level, degree: n, limb_count: limbs, seed, b: Arc::new(b), a: Arc::new(a) }
    }
}

impl Context {
    /// What undoes an automorphism: the group of odd numbers modulo 2N has the exponent N/2.
    pub(super) fn inverse(&self, galois: Galois) -> Galois {
        self.galois(galois.element().wrapping_pow(self.slots() as u32 - 1))
    }
}

fn check(operation: &'static str, ctx: &Context, sk: &SecretKey, level: usize) -> Result<(), CkksError> {
    ctx.moduli_at(operation, level)?;
    if sk.matches(ctx) { Ok(()) } else { Err(CkksError::OtherContext { operation }) }
}

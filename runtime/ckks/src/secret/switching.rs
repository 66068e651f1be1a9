//! Making the keys that switch.

use std::sync::Arc;

use hep_ring::{Buffer, sample};
use rand_core::CryptoRng;
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::key::{SecretKey, subtract_product};
use crate::context::{Context, Galois};
use crate::error::CkksError;
use crate::keys::{KeyForm, SwitchingKey, expand, small_to_limb};

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
        Self::generate(ctx, &|index| sk.limb(index), &square, (KeyForm::Full, level), rng)
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
        Self::automorphism_of(ctx, sk, galois, (KeyForm::Full, level), rng)
    }

    /// The same of another form, for ciphertexts that are switched with it.
    ///
    /// **Level:** works for ciphertexts up to `level`.
    ///
    /// # Errors
    /// As [`Self::automorphism`], or [`CkksError::OtherContext`] for special primes that the context has no tables for.
    pub fn automorphism_of<R: CryptoRng + ?Sized>(
        ctx: &Context,
        sk: &SecretKey,
        galois: Galois,
        (form, level): (KeyForm, usize),
        rng: &mut R,
    ) -> Result<Self, CkksError> {
        check("key of an automorphism", ctx, sk, level)?;
        let target = sk.under(ctx, ctx.inverse(galois));
        let source = |index: usize, out: &mut [u64]| out.copy_from_slice(sk.limb(index));
        Self::generate(ctx, &|index| target.limb(index), &source, (form, level), rng)
    }

    /// From the secret that `source(index, limb)` writes (transformed, modulo prime number `index`) to the one whose limbs `target(index)`
    /// has. A key of the form [`KeyForm::Whole`] switches P'·s', others P'·g_d·s'.
    pub(super) fn generate<'t, R: CryptoRng + ?Sized>(
        ctx: &Context,
        target: &(dyn Fn(usize) -> &'t [u64] + Sync),
        source: &(dyn Fn(usize, &mut [u64]) + Sync),
        (form, level): (KeyForm, usize),
        rng: &mut R,
    ) -> Result<Self, CkksError> {
        let other = CkksError::OtherContext { operation: "switching key" };
        let basis = form.basis(ctx, level).ok_or(other.clone())?;
        let special = ctx.special(basis.special).ok_or(other)?;
        let (n, limbs, digits) = (ctx.degree(), basis.limbs(), form.digits(ctx, level));
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let errors: Vec<Zeroizing<Vec<i8>>> =
            (0..digits).map(|_| Zeroizing::new(sample::gaussian(rng, n))).collect();
        let a = expand(ctx, basis, digits, &seed);
        let mut b = Buffer::recycled(a.len());
        b.par_chunks_exact_mut(n).zip(a.par_chunks_exact(n)).enumerate().for_each(|(k, (b, a))| {
            let (digit, position) = (k / limbs, k % limbs);
            let index = basis.index(position);
            let field = ctx.field(index);
            small_to_limb(ctx, &errors[digit], index, b);
            subtract_product(field, b, a, target(index));
            let own = form == KeyForm::Whole || ctx.digit(level, digit).limbs().contains(&position);
            if own && basis.in_q(position) {
                let mut scaled = Zeroizing::new(Buffer::recycled(n));
                source(index, &mut scaled);
                field.scale(&mut scaled, special.product(index));
                field.add_assign(b, &scaled);
            }
        });
        Ok(Self { form, level, degree: n, limb_count: limbs, seed, b: Arc::new(b), a: Arc::new(a) })
    }
}

impl Context {
    /// What undoes an automorphism: the group of odd numbers modulo 2N has the exponent N/2.
    pub(super) fn inverse(&self, galois: Galois) -> Galois {
        self.galois(galois.element().wrapping_pow(self.slots() as u32 - 1))
    }
}

pub(super) fn check(
    operation: &'static str,
    ctx: &Context,
    sk: &SecretKey,
    level: usize,
) -> Result<(), CkksError> {
    ctx.moduli_at(operation, level)?;
    if sk.matches(ctx) { Ok(()) } else { Err(CkksError::OtherContext { operation }) }
}

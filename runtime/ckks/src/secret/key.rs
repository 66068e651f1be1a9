//! The secret key.

use hep_ring::{Buffer, Field, automorphism, sample};
use rand_core::CryptoRng;
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::context::{Context, Galois};
use crate::error::CkksError;
use crate::keys::small_to_limb;

/// A uniform ternary secret s.
///
/// Overwritten with zeros on drop. Deliberately neither `Clone`, `Debug` nor serializable: the only way out is
/// [`SecretKey::to_bytes`].
pub struct SecretKey {
    /// s, coefficients in {−1, 0, 1}.
    coefficients: Zeroizing<Vec<i8>>,
    /// s modulo every prime (q, then P), transformed, limb-major.
    transformed: Zeroizing<Buffer>,
}

impl SecretKey {
    /// Samples a new secret.
    pub fn generate<R: CryptoRng + ?Sized>(ctx: &Context, rng: &mut R) -> Self {
        Self::from_coefficients(ctx, Zeroizing::new(sample::ternary(rng, ctx.degree())))
    }

    /// The coefficients, one byte each (0, 1, or 255 for −1): N bytes.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.coefficients.iter().map(|&c| c as u8).collect())
    }

    /// Reads what [`SecretKey::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`CkksError::BadLength`], or [`CkksError::BadSecretCoefficient`].
    pub fn from_bytes(ctx: &Context, bytes: &[u8]) -> Result<Self, CkksError> {
        if bytes.len() != ctx.degree() {
            let (what, expected, unit) = ("secret key", ctx.degree(), "bytes");
            return Err(CkksError::BadLength { what, expected, found: bytes.len(), unit });
        }
        if let Some(index) = bytes.iter().position(|b| !matches!(b, 0 | 1 | 255)) {
            return Err(CkksError::BadSecretCoefficient { index });
        }
        Ok(Self::from_coefficients(ctx, Zeroizing::new(bytes.iter().map(|&b| b as i8).collect())))
    }

    /// s under an automorphism.
    pub(super) fn under(&self, ctx: &Context, galois: Galois) -> Self {
        let mut coefficients = Zeroizing::new(vec![0; self.coefficients.len()]);
        automorphism::apply_to_signed(&self.coefficients, galois.element(), &mut coefficients);
        let permutation = ctx.permutation(galois);
        let mut transformed = Zeroizing::new(Buffer::recycled(self.transformed.len()));
        transformed
            .par_chunks_exact_mut(ctx.degree())
            .enumerate()
            .for_each(|(index, limb)| permutation.apply(self.limb(index), limb));
        Self { coefficients, transformed }
    }

    /// s modulo prime number `index`, transformed.
    pub(super) fn limb(&self, index: usize) -> &[u64] {
        let n = self.coefficients.len();
        &self.transformed[index * n..(index + 1) * n]
    }

    /// s² modulo prime number `index`, transformed.
    pub(super) fn square_limb(&self, field: &Field, index: usize, out: &mut [u64]) {
        field.sum_of_products(&[(self.limb(index), self.limb(index))], out);
    }

    /// Whether the key belongs to a context of these dimensions.
    pub(super) fn matches(&self, ctx: &Context) -> bool {
        self.coefficients.len() == ctx.degree() && self.transformed.len() == ctx.degree() * prime_count(ctx)
    }

    fn from_coefficients(ctx: &Context, coefficients: Zeroizing<Vec<i8>>) -> Self {
        let mut transformed = Zeroizing::new(Buffer::recycled(ctx.degree() * prime_count(ctx)));
        transformed
            .par_chunks_exact_mut(ctx.degree())
            .enumerate()
            .for_each(|(index, limb)| small_to_limb(ctx, &coefficients, index, limb));
        Self { coefficients, transformed }
    }
}

/// out ← out − a·s for a secret s.
pub(super) fn subtract_product(field: &Field, out: &mut [u64], a: &[u64], s: &[u64]) {
    let mut product = Zeroizing::new(Buffer::recycled(out.len()));
    field.sum_of_products(&[(a, s)], &mut product);
    field.sub_assign(out, &product);
}

/// The number of all primes.
fn prime_count(ctx: &Context) -> usize {
    ctx.max_level() + 1 + ctx.special_len()
}

//! Keys that re-encrypt a product or a rotated ciphertext under the secret key.

use std::fmt;
use std::sync::Arc;

use hep_ring::{Buffer, sample};
use rayon::prelude::*;

use crate::basis::Basis;
use crate::context::Context;
use crate::error::CkksError;
use crate::poly::validate_residues;

const SEED_DOMAIN: &str = "ckks switching key";

/// The special primes of a switching key, and how it takes polynomials apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyForm {
    /// Modulo Q_level·P, in the digits of the parameters.
    Full,
    /// Modulo Q_level and so many of the special primes, which is enough for the digits of a low level.
    Low {
        /// The first so many primes of P.
        special: usize,
    },
    /// Modulo Q_level·p_0 in one digit, for polynomials that are far smaller than Q_level.
    Whole,
}

impl KeyForm {
    /// The primes of such a key; `None` where the context has no tables for them.
    pub(crate) fn basis(self, ctx: &Context, level: usize) -> Option<Basis> {
        let special = match self {
            Self::Full => ctx.special_len(),
            Self::Low { special } => special,
            Self::Whole => 1,
        };
        ctx.special(special).map(|set| ctx.basis_with(level, set.count))
    }

    /// Its digits.
    pub(crate) fn digits(self, ctx: &Context, level: usize) -> usize {
        if self == Self::Whole { 1 } else { ctx.digits(level) }
    }
}

/// A hybrid switching key from a secret s' to a secret s, for ciphertexts up to a level.
///
/// Digit d of the primes D_d (consecutive groups of `digit_limbs`) has a pair (b_d, a_d) modulo Q_level·P (or less of P, see
/// [`KeyForm`]) with
/// b_d + a_d·s = P·g_d·s' + e_d, where g_d is 1 modulo the primes of D_d and 0 modulo all others. As g_d does not depend on the
/// level, a key works at all levels up to its own. The a_d are uniform and expanded from a seed.
///
/// Relinearization uses s' = s². A rotation φ uses a key from s to φ^(−1)(s): the ciphertext is switched *before* the
/// automorphism, so that hoisted rotations permute two polynomials instead of every digit.
#[derive(Clone)]
pub struct SwitchingKey {
    pub(crate) form: KeyForm,
    pub(crate) level: usize,
    pub(crate) degree: usize,
    /// Limbs of a digit.
    pub(crate) limb_count: usize,
    pub(crate) seed: [u8; 32],
    /// Digit-major, then limb-major over q_0…q_level, then P.
    pub(crate) b: Arc<dyn AsRef<[u64]> + Send + Sync>,
    pub(crate) a: Arc<Buffer>,
}

impl PartialEq for SwitchingKey {
    /// The rest of a key follows from these.
    fn eq(&self, other: &Self) -> bool {
        (self.form, self.level, self.seed, self.b()) == (other.form, other.level, other.seed, other.b())
    }
}

impl fmt::Debug for SwitchingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SwitchingKey").field("level", &self.level).finish_non_exhaustive()
    }
}

impl SwitchingKey {
    /// Rebuilds a key from its stored half, which may lie in a mapped file, checking sizes and ranges; expands the other half in
    /// parallel.
    ///
    /// # Errors
    /// [`CkksError::BadLevel`], [`CkksError::BadLength`], or [`CkksError::BadResidue`].
    pub fn from_parts(
        ctx: &Context,
        level: usize,
        seed: [u8; 32],
        b: impl AsRef<[u64]> + Send + Sync + 'static,
    ) -> Result<Self, CkksError> {
        Self::from_parts_of(ctx, KeyForm::Full, level, seed, b)
    }

    /// The same of a key of any form.
    ///
    /// # Errors
    /// As [`Self::from_parts`], and [`CkksError::OtherContext`] for special primes that the context has no tables for.
    pub fn from_parts_of(
        ctx: &Context,
        form: KeyForm,
        level: usize,
        seed: [u8; 32],
        b: impl AsRef<[u64]> + Send + Sync + 'static,
    ) -> Result<Self, CkksError> {
        let (what, n) = ("switching key", ctx.degree());
        ctx.moduli_at(what, level)?;
        let basis = form.basis(ctx, level).ok_or(CkksError::OtherContext { operation: what })?;
        let moduli: Vec<_> = basis.indices().map(|index| *ctx.modulus(index)).collect();
        let (words, digit_words) = (b.as_ref(), moduli.len() * n);
        let digits = form.digits(ctx, level);
        let expected = digits * digit_words;
        if words.len() != expected {
            return Err(CkksError::BadLength { what, expected, found: words.len(), unit: "residues" });
        }
        for (digit, data) in words.chunks_exact(digit_words).enumerate() {
            validate_residues(what, digit, data, n, &moduli)?;
        }
        let a = Arc::new(expand(ctx, basis, digits, &seed));
        Ok(Self { form, level, degree: n, limb_count: moduli.len(), seed, b: Arc::new(b), a })
    }

    /// Its special primes and digits.
    pub fn form(&self) -> KeyForm {
        self.form
    }

    /// The highest level of ciphertexts that it can switch.
    pub fn level(&self) -> usize {
        self.level
    }

    /// The seed of the uniform half.
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The half that must be stored: digit-major, then limb-major over q_0…q_level, then P.
    pub fn b(&self) -> &[u64] {
        (*self.b).as_ref()
    }

    /// Size in a file: the stored half and the seed.
    pub fn bytes_at_rest(&self) -> usize {
        size_of_val(self.b()) + self.seed.len()
    }

    /// Size in memory, or in memory and in a mapped file.
    pub fn bytes_expanded(&self) -> usize {
        size_of_val(self.b()) + size_of_val(&self.a[..]) + self.seed.len()
    }

    /// Limbs of b and of a of a digit, for the prime at `position` of the basis of a polynomial.
    pub(crate) fn limbs(&self, digit: usize, basis: Basis, position: usize) -> [&[u64]; 2] {
        let own = if basis.in_q(position) { position } else { position - basis.level + self.level };
        let start = (digit * self.limb_count + own) * self.degree;
        [self.b(), &self.a].map(|half| &half[start..start + self.degree])
    }

    /// Whether the key's sizes are those of a key of this context.
    pub(crate) fn matches(&self, ctx: &Context) -> bool {
        let basis = self.form.basis(ctx, self.level);
        self.degree == ctx.degree()
            && self.level <= ctx.max_level()
            && basis.is_some_and(|basis| self.limb_count == basis.limbs())
            && self.a.len() == self.form.digits(ctx, self.level) * self.limb_count * self.degree
    }
}

/// The uniform half: digit-major, then limb-major over a basis.
pub(crate) fn expand(ctx: &Context, basis: Basis, digits: usize, seed: &[u8; 32]) -> Buffer {
    let limbs = basis.limbs();
    let mut out = Buffer::recycled(digits * limbs * ctx.degree());
    out.par_chunks_exact_mut(ctx.degree()).enumerate().for_each(|(k, limb)| {
        let index = basis.index(k % limbs);
        let (stream, number) = ((k / limbs) as u64, index as u64);
        sample::uniform_into(seed, SEED_DOMAIN, stream, number, ctx.modulus(index), limb);
    });
    out
}

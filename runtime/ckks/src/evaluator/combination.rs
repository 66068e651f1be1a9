//! Combinations of ciphertexts with numbers, without a product of plaintexts: a factor is an integer.
//!
//! c·a at the scale Δ is round(c·Δ/Δ_a)·a, an exact product of integers that takes no level; the factor is off by at most half of
//! Δ_a/Δ. So terms of different scales are added where the scale of the sum is much larger, as that of a product is before its rescale.

use smallvec::SmallVec;

use super::product::pairs;
use super::{Evaluator, reaches, two_parts};
use crate::ciphertext::{Ciphertext, check_scale};
use crate::error::CkksError;
use crate::poly::Poly;

/// Σ c·a + constant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Combination<'a> {
    /// Factors c and ciphertexts of two parts.
    pub terms: &'a [(f64, &'a Ciphertext)],
    /// Added to every slot.
    pub constant: f64,
}

/// A combination with its integers modulo every prime.
struct Reduced<'a> {
    /// Factors, limb by limb.
    terms: SmallVec<[(Vec<u64>, &'a Ciphertext); 4]>,
    constant: Vec<u64>,
}

impl Evaluator<'_> {
    /// Σ c·a + constant, at a level and a scale.
    ///
    /// **Level and scale:** those given; every ciphertext reaches the level, and c·scale/(its scale) is rounded to an integer.
    ///
    /// # Errors
    /// [`CkksError::EmptySum`] without terms, [`CkksError::LevelMismatch`] for an operand below the level, [`CkksError::BadScale`],
    /// [`CkksError::NotFinite`] for a factor, [`CkksError::PartCount`], or [`CkksError::OtherContext`].
    pub fn combine_numbers(
        &self,
        sum: Combination<'_>,
        level: usize,
        scale: f64,
    ) -> Result<Ciphertext, CkksError> {
        let operation = "combine";
        let reduced = self.reduced(operation, sum, level, scale)?;
        if sum.terms.is_empty() {
            return Err(CkksError::EmptySum { operation });
        }
        let part = |part: usize| {
            Poly::written(self.ctx.degree(), level + 1, |i, limb| self.sum_limb(&[], &reduced, i, part, limb))
        };
        Ok(Ciphertext::new(level, scale, (0..2).map(part)))
    }

    /// a + constant in every slot.
    ///
    /// **Level and scale:** unchanged; the constant is rounded to a multiple of 1/scale.
    ///
    /// # Errors
    /// [`CkksError::NotFinite`], or [`CkksError::OtherContext`].
    pub fn add_constant(&self, a: &Ciphertext, constant: f64) -> Result<Ciphertext, CkksError> {
        let (operation, level) = ("add a constant", a.level);
        self.check(operation, a)?;
        let sum = Combination { terms: &[], constant };
        let reduced = self.reduced(operation, sum, level, a.scale)?;
        let mut out = a.clone();
        out.seed = None;
        if let Some(first) = out.parts.first_mut() {
            first.par_limbs_mut(|i, limb| {
                let modulus = self.ctx.modulus(i);
                limb.iter_mut().for_each(|word| *word = modulus.add(*word, reduced.constant[i]));
            });
        }
        Ok(out)
    }

    /// k·Σ a∘b + Σ c·a + constant, relinearized and divided by the last prime in one division.
    ///
    /// **Level and scale:** one below the level given, which every operand must reach; the products have one scale, at which the
    /// combination joins them, and which is divided by q_level.
    ///
    /// # Errors
    /// Those of [`Evaluator::sum_mul_relinearize_rescale`] and [`Evaluator::combine_numbers`].
    pub fn sum_mul_combine_relinearize_rescale(
        &self,
        (factor, terms): (usize, &[(&Ciphertext, &Ciphertext)]),
        sum: Combination<'_>,
        level: usize,
    ) -> Result<Ciphertext, CkksError> {
        let operation = "sum_mul_combine_relinearize_rescale";
        let scale = self.check_products(operation, terms, level)?;
        let reduced = self.reduced(operation, sum, level, scale)?;
        // A factor is so many equal terms: they are read from the cache.
        let repeated: SmallVec<[_; 4]> =
            terms.iter().flat_map(|term| std::iter::repeat_n(*term, factor)).collect();
        let c2 = self.sum(level, pairs(&repeated, 1, 1));
        self.merged(operation, (level, scale), &c2, |i, [first, second]| {
            self.sum_limb(&limbs(i, pairs(&repeated, 0, 0)), &reduced, i, 0, first);
            let crossed = pairs(&repeated, 0, 1).chain(pairs(&repeated, 1, 0));
            self.sum_limb(&limbs(i, crossed), &reduced, i, 1, second);
        })
    }

    /// Checks a combination, and reduces its integers at a scale.
    fn reduced<'a>(
        &self,
        operation: &'static str,
        sum: Combination<'a>,
        level: usize,
        scale: f64,
    ) -> Result<Reduced<'a>, CkksError> {
        check_scale(operation, scale)?;
        self.ctx.moduli_at(operation, level)?;
        let mut terms = SmallVec::new();
        for (index, &(factor, a)) in sum.terms.iter().enumerate() {
            self.check(operation, a)?;
            reaches(operation, level, a.level)?;
            two_parts(operation, a)?;
            terms.push((self.integer(index, factor * scale / a.scale, level)?, a));
        }
        Ok(Reduced { terms, constant: self.integer(sum.terms.len(), sum.constant * scale, level)? })
    }

    /// The nearest integer modulo q_0…q_level.
    fn integer(&self, index: usize, value: f64, level: usize) -> Result<Vec<u64>, CkksError> {
        if !value.is_finite() {
            return Err(CkksError::NotFinite { index, value });
        }
        Ok((0..=level).map(|i| crate::encoding::residue(value, self.ctx.modulus(i))).collect())
    }

    /// Σ of products of limbs, and one limb of one part of a combination.
    fn sum_limb(
        &self,
        products: &[(&[u64], &[u64])],
        sum: &Reduced<'_>,
        i: usize,
        part: usize,
        out: &mut [u64],
    ) {
        let multiples: SmallVec<[_; 4]> =
            sum.terms.iter().map(|(factors, a)| (a.parts[part].limb(i), factors[i])).collect();
        let constant = if part == 0 { sum.constant[i] } else { 0 };
        self.ctx.field(i).combine(products, &multiples, constant, out);
    }
}

/// Limb number i of the factors of some products.
fn limbs<'a>(
    i: usize,
    terms: impl Iterator<Item = (&'a Poly, &'a Poly)>,
) -> SmallVec<[(&'a [u64], &'a [u64]); 8]> {
    terms.map(|(a, b)| (a.limb(i), b.limb(i))).collect()
}

//! Products and sums of products.

use hep_ring::Buffer;
use smallvec::SmallVec;

use super::{Evaluator, reaches, same_level, same_scale, two_parts};
use crate::ciphertext::Ciphertext;
use crate::error::CkksError;
use crate::keys::{KeyForm, SwitchingKey};
use crate::keyswitch::{self, Raise, Sums};
use crate::plaintext::Plaintext;
use crate::poly::Poly;

impl Evaluator<'_> {
    /// Σ a_k∘p_k (slot by slot), with one reduction per coefficient. The result has the level of the plaintexts and the
    /// common scale of the products; upper limbs of ciphertexts of a higher level are ignored.
    ///
    /// **Level and scale:** all plaintexts have one level, which every ciphertext reaches; the scales of all products are one, that of
    /// the result. Rescale it, once, for the whole sum.
    ///
    /// # Errors
    /// [`CkksError::EmptySum`], [`CkksError::LevelMismatch`] for an operand below the level, [`CkksError::ScaleMismatch`],
    /// [`CkksError::PartCount`], or [`CkksError::OtherContext`].
    pub fn sum_mul_plain(&self, terms: &[(&Ciphertext, &Plaintext)]) -> Result<Ciphertext, CkksError> {
        let operation = "sum_mul_plain";
        let &(first, plain) = terms.first().ok_or(CkksError::EmptySum { operation })?;
        let (level, scale, count) = (plain.level, first.scale * plain.scale, first.parts.len());
        for (a, p) in terms {
            self.check(operation, a)?;
            self.check_plain(operation, p)?;
            reaches(operation, level, a.level)?;
            same_level(operation, level, p.level)?;
            same_scale(operation, scale, a.scale * p.scale)?;
            if a.parts.len() != count {
                let expected =
                    if count == 2 { "2, as the first term has" } else { "3, as the first term has" };
                return Err(CkksError::PartCount { operation, expected, found: a.parts.len() });
            }
        }
        let part = |part: usize| self.sum(level, terms.iter().map(move |(a, p)| (&a.parts[part], &p.poly)));
        Ok(Ciphertext::new(level, scale, (0..count).map(part)))
    }

    /// Σ a_k∘b_k as a ciphertext of three parts: (Σ a_0·b_0, Σ a_0·b_1 + a_1·b_0, Σ a_1·b_1). The result has the given level,
    /// which every operand must reach; their upper limbs are ignored.
    ///
    /// **Level and scale:** the level given; the scale is the product of the scales, the same for every term. Nothing is rescaled.
    ///
    /// # Errors
    /// [`CkksError::EmptySum`], [`CkksError::LevelMismatch`] for an operand below the level, [`CkksError::ScaleMismatch`],
    /// [`CkksError::PartCount`] for an operand of three parts, or [`CkksError::OtherContext`].
    pub fn sum_mul(
        &self,
        terms: &[(&Ciphertext, &Ciphertext)],
        level: usize,
    ) -> Result<Ciphertext, CkksError> {
        let scale = self.check_products("sum_mul", terms, level)?;
        let parts = [
            self.sum(level, pairs(terms, 0, 0)),
            self.sum(level, pairs(terms, 0, 1).chain(pairs(terms, 1, 0))),
            self.sum(level, pairs(terms, 1, 1)),
        ];
        Ok(Ciphertext::new(level, scale, parts))
    }

    /// Three parts to two, with the relinearization key: c_2·s² is re-encrypted under s.
    ///
    /// **Level and scale:** unchanged. The key must reach the level.
    ///
    /// # Errors
    /// [`CkksError::MissingRelinearizationKey`], [`CkksError::KeyLevelTooLow`], [`CkksError::PartCount`] for other than three parts, or
    /// [`CkksError::OtherContext`].
    pub fn relinearize(&self, a: &Ciphertext) -> Result<Ciphertext, CkksError> {
        let operation = "relinearize";
        self.check(operation, a)?;
        let [c0, c1, c2] = &a.parts[..] else {
            return Err(CkksError::PartCount { operation, expected: "3", found: a.parts.len() });
        };
        let key = self.relinearization_key(operation, a.level)?;
        let sums = Sums::switched(
            self.ctx,
            self.ctx.all_special(),
            &Raise::new(self.ctx, self.ctx.basis(a.level), c2),
            key,
        );
        Ok(Ciphertext::new(a.level, a.scale, sums.bring_down(self.ctx, [Some(c0), Some(c1)], None)))
    }

    /// [`Evaluator::relinearize`] and [`Evaluator::rescale`] in one: the division by P·q_level takes the place of two, which saves
    /// transforms and one rounding error. The level goes down by one and the scale by a factor q_level.
    ///
    /// # Errors
    /// [`CkksError::MissingRelinearizationKey`], [`CkksError::KeyLevelTooLow`], [`CkksError::PartCount`] for other than three parts,
    /// [`CkksError::LevelExhausted`] at level 0, or [`CkksError::OtherContext`].
    pub fn relinearize_rescale(&self, a: &Ciphertext) -> Result<Ciphertext, CkksError> {
        let operation = "relinearize_rescale";
        self.check(operation, a)?;
        let [c0, c1, c2] = &a.parts[..] else {
            return Err(CkksError::PartCount { operation, expected: "3", found: a.parts.len() });
        };
        self.merged(operation, (a.level, a.scale), c2, |i, [first, second]| {
            first.copy_from_slice(c0.limb(i));
            second.copy_from_slice(c1.limb(i));
        })
    }

    /// The same of [`Evaluator::sum_mul`], whose first two parts are never stored. Bit for bit its result.
    ///
    /// **Level and scale:** one below the level given, which every operand must reach; the scale of the products divided by q_level.
    ///
    /// # Errors
    /// Those of [`Evaluator::sum_mul`] and of [`Evaluator::relinearize_rescale`].
    pub fn sum_mul_relinearize_rescale(
        &self,
        terms: &[(&Ciphertext, &Ciphertext)],
        level: usize,
    ) -> Result<Ciphertext, CkksError> {
        let operation = "sum_mul_relinearize_rescale";
        let scale = self.check_products(operation, terms, level)?;
        let c2 = self.sum(level, pairs(terms, 1, 1));
        let limb = |i: usize, out: &mut [u64], terms: &mut dyn Iterator<Item = (&Poly, &Poly)>| {
            let limbs: SmallVec<[_; 8]> = terms.map(|(a, b)| (a.limb(i), b.limb(i))).collect();
            self.ctx.field(i).sum_of_products(&limbs, out);
        };
        self.merged(operation, (level, scale), &c2, |i, [first, second]| {
            limb(i, first, &mut pairs(terms, 0, 0));
            limb(i, second, &mut pairs(terms, 0, 1).chain(pairs(terms, 1, 0)));
        })
    }

    /// ⌊(P·c_i + the switched c_2)/(P·q_level)⌉ for i = 0, 1, where `write` gives limbs of c_0 and c_1.
    pub(super) fn merged(
        &self,
        operation: &'static str,
        (level, scale): (usize, f64),
        c2: &Poly,
        write: impl Fn(usize, [&mut [u64]; 2]) + Sync,
    ) -> Result<Ciphertext, CkksError> {
        if level == 0 {
            return Err(CkksError::LevelExhausted { operation, level });
        }
        let (ctx, key) = (self.ctx, self.relinearization_key(operation, level)?);
        let (basis, special) = (ctx.basis(level), ctx.all_special());
        let raise = Raise::new(ctx, basis, c2);
        let sums = Sums::written(ctx, special, &raise, |digits, position, [first, second]| {
            digits.inner_products(ctx, basis, key, position, [first, second]);
            if position <= level {
                let mut limbs = [(); 2].map(|()| Buffer::recycled(ctx.degree()));
                write(position, limbs.each_mut().map(|limb| &mut limb[..]));
                for (sum, limb) in [first, second].into_iter().zip(limbs) {
                    ctx.field(position).add_scaled(sum, &limb, special.product(position));
                }
            }
        });
        let scale = scale / ctx.modulus(level).value() as f64;
        Ok(Ciphertext::new(level - 1, scale, sums.bring_down_and_rescale(ctx)))
    }

    fn relinearization_key(&self, operation: &'static str, level: usize) -> Result<&SwitchingKey, CkksError> {
        let key = self.keys.relinearization.as_ref().ok_or(CkksError::MissingRelinearizationKey)?;
        keyswitch::check_key(operation, self.ctx, KeyForm::Full, level, key)?;
        Ok(key)
    }

    /// Refuses products that cannot be added at `level`; returns their scale.
    pub(super) fn check_products(
        &self,
        operation: &'static str,
        terms: &[(&Ciphertext, &Ciphertext)],
        level: usize,
    ) -> Result<f64, CkksError> {
        let &(first, second) = terms.first().ok_or(CkksError::EmptySum { operation })?;
        let scale = first.scale * second.scale;
        for (a, b) in terms {
            for operand in [a, b] {
                self.check(operation, operand)?;
                reaches(operation, level, operand.level)?;
                two_parts(operation, operand)?;
            }
            same_scale(operation, scale, a.scale * b.scale)?;
        }
        Ok(scale)
    }

    pub(super) fn sum<'a>(&self, level: usize, terms: impl Iterator<Item = (&'a Poly, &'a Poly)>) -> Poly {
        let terms: SmallVec<[_; 8]> = terms.collect();
        Poly::written(self.ctx.degree(), level + 1, |i, limb| {
            let limbs: SmallVec<[_; 8]> = terms.iter().map(|(a, b)| (a.limb(i), b.limb(i))).collect();
            self.ctx.field(i).sum_of_products(&limbs, limb);
        })
    }
}

/// The products of part i of the left and part j of the right operands.
pub(super) fn pairs<'a>(
    terms: &'a [(&'a Ciphertext, &'a Ciphertext)],
    i: usize,
    j: usize,
) -> impl Iterator<Item = (&'a Poly, &'a Poly)> {
    terms.iter().map(move |(a, b)| (&a.parts[i], &b.parts[j]))
}

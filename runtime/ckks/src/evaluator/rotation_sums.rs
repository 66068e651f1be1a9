//! Sums of rotations that are brought down once (double hoisting: Bossuat, Mouchet, Troncoso-Pastoriza & Hubaux, EUROCRYPT 2021).
//!
//! Switched ciphertexts are rotated, multiplied and added modulo Q_l·P, where they are P times as large, and divided by P in the
//! end, or by P·q_l at once. A part that was not switched joins them as its product with P.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use hep_ring::Buffer;
use hep_ring::automorphism::NttPermutation;
use rayon::prelude::*;
use smallvec::{SmallVec, smallvec};

use super::{Evaluator, reaches, same_level, same_scale, two_parts};
use crate::ciphertext::Ciphertext;
use crate::error::CkksError;
use crate::keys::SwitchingKey;
use crate::keyswitch::{GroupDigits, Raise, Sums};
use crate::plaintext::ExtendedPlaintext;
use crate::poly::Poly;

/// A rotation of what is summed.
struct Turn<'a> {
    /// `None` for the step 0, which needs none.
    key: Option<&'a SwitchingKey>,
    permutation: Arc<NttPermutation>,
}

/// A rotation with the products it is part of: the number of a sum, and what it is multiplied by there.
struct Factors<'a> {
    turn: Turn<'a>,
    of: SmallVec<[(usize, &'a ExtendedPlaintext); 4]>,
}

/// A product with a rotation: a ciphertext, the step, and the plaintext.
pub type RotatedProduct<'a> = (&'a Ciphertext, i64, &'a ExtendedPlaintext);

impl Evaluator<'_> {
    /// Each Σ p∘rotate(a, step), rescaled. A ciphertext (the same object) is decomposed once for all sums and rotated by a step once,
    /// and each sum is divided by P·q_l once. All plaintexts have one level, the products of a sum one scale; the
    /// results are one level below the plaintexts, and upper limbs of ciphertexts are ignored.
    ///
    /// **Level and scale:** one level below the plaintexts; the scale of the products divided by q_level. Every ciphertext, and every key,
    /// must reach the level of the plaintexts.
    ///
    /// # Errors
    /// [`CkksError::EmptySum`], [`CkksError::LevelExhausted`] for plaintexts at level 0, [`CkksError::LevelMismatch`],
    /// [`CkksError::ScaleMismatch`], or what [`Evaluator::rotate`] refuses.
    pub fn rotated_products(&self, sums: &[&[RotatedProduct<'_>]]) -> Result<Vec<Ciphertext>, CkksError> {
        let operation = "rotated_products";
        let empty = CkksError::EmptySum { operation };
        let &(_, _, plain) = sums.first().and_then(|terms| terms.first()).ok_or(empty.clone())?;
        let level = plain.level();
        if level == 0 {
            return Err(CkksError::LevelExhausted { operation, level });
        }
        let mut scales = Vec::with_capacity(sums.len());
        let mut sources: Vec<(&Ciphertext, BTreeMap<i64, Factors<'_>>)> = Vec::new();
        for (number, terms) in sums.iter().enumerate() {
            let &(first, _, plain) = terms.first().ok_or(empty.clone())?;
            let scale = first.scale * plain.scale;
            scales.push(scale / self.ctx.modulus(level).value() as f64);
            for &(a, step, p) in *terms {
                self.check(operation, a)?;
                reaches(operation, level, a.level)?;
                two_parts(operation, a)?;
                let whole = p.poly.degree() == self.ctx.degree();
                if !whole || !p.matches(self.ctx, self.ctx.special_len()) {
                    return Err(CkksError::OtherContext { operation });
                }
                same_level(operation, level, p.level())?;
                same_scale(operation, scale, a.scale * p.scale)?;
                let known = sources.iter().position(|(source, _)| std::ptr::eq(*source, a));
                let at = known.unwrap_or_else(|| {
                    sources.push((a, BTreeMap::new()));
                    sources.len() - 1
                });
                match sources[at].1.entry(self.ctx.normalize_step(step)) {
                    Entry::Occupied(mut factors) => factors.get_mut().of.push((number, p)),
                    Entry::Vacant(place) => {
                        let turn = self.turn(level, step)?;
                        place.insert(Factors { turn, of: smallvec![(number, p)] });
                    }
                }
            }
        }
        let mut added: Vec<Sums<'_>> =
            sums.iter().map(|_| Sums::zero(self.ctx, level, self.ctx.all_special())).collect();
        for (a, factors) in sources {
            let factors: Vec<Factors<'_>> = factors.into_values().collect();
            self.add_products(&mut added, level, two_parts(operation, a)?, &factors);
        }
        let finished = |(sum, scale): (Sums<'_>, f64)| {
            Ciphertext::new(level - 1, scale, sum.bring_down_and_rescale(self.ctx))
        };
        Ok(added.into_par_iter().zip(scales).map(finished).collect())
    }

    /// Σ_k rotate(a_k, step_k) with one division by P. All a_k have one level and one scale; those that are the same object and
    /// follow each other are decomposed once.
    ///
    /// **Level and scale:** those of the operands. Every key must reach the level.
    ///
    /// # Errors
    /// [`CkksError::EmptySum`], [`CkksError::LevelMismatch`], [`CkksError::ScaleMismatch`], or what [`Evaluator::rotate`] refuses.
    pub fn sum_rotations(&self, terms: &[(&Ciphertext, i64)]) -> Result<Ciphertext, CkksError> {
        let operation = "sum_rotations";
        let &(first, _) = terms.first().ok_or(CkksError::EmptySum { operation })?;
        let (level, scale) = (first.level, first.scale);
        for (a, step) in terms {
            self.check(operation, a)?;
            same_level(operation, level, a.level)?;
            same_scale(operation, scale, a.scale)?;
            two_parts(operation, a)?;
            self.turn(level, *step)?;
        }
        let mut sums = Sums::zero(self.ctx, level, self.ctx.all_special());
        for run in terms.chunk_by(|a, b| std::ptr::eq(a.0, b.0)) {
            let parts = two_parts(operation, run[0].0)?;
            let turns = run.iter().map(|&(_, step)| self.turn(level, step));
            self.add_turns(&mut sums, level, parts, &turns.collect::<Result<SmallVec<[_; 8]>, _>>()?);
        }
        Ok(Ciphertext::new(level, scale, sums.bring_down(self.ctx, [None, None], None)))
    }

    fn turn(&self, level: usize, step: i64) -> Result<Turn<'_>, CkksError> {
        let moves = self.ctx.normalize_step(step) != 0;
        let galois = self.ctx.rotation(step);
        let key = moves.then(|| self.galois_key("rotate", level, galois)).transpose()?;
        Ok(Turn { key, permutation: self.ctx.permutation(galois) })
    }

    /// Adds turns of one ciphertext to the sums, limb by limb, while its digits are in the cache and the keys pass by.
    fn add_turns(&self, sums: &mut Sums<'_>, level: usize, parts: &[Poly; 2], turns: &[Turn<'_>]) {
        let raise = Raise::new(self.ctx, self.ctx.basis(level), &parts[1]);
        sums.update(self.ctx, &raise, |digits, position, [first, second]| {
            let field = self.ctx.field(self.ctx.basis(level).index(position));
            let lifted = self.lifted(self.ctx.basis(level), parts, position);
            for turn in turns {
                self.with_switched(level, digits, position, lifted.as_ref(), turn, |x, y| {
                    field.add_permuted(first, x, None, &turn.permutation);
                    field.add_permuted(second, y, None, &turn.permutation);
                });
            }
        });
    }

    /// Adds products of turns of one ciphertext to several sums.
    fn add_products(&self, sums: &mut [Sums<'_>], level: usize, parts: &[Poly; 2], factors: &[Factors<'_>]) {
        let raise = Raise::new(self.ctx, self.ctx.basis(level), &parts[1]);
        Sums::update_all(sums, self.ctx, &raise, |digits, position, limbs| {
            let field = self.ctx.field(self.ctx.basis(level).index(position));
            let lifted = self.lifted(self.ctx.basis(level), parts, position);
            for Factors { turn, of } in factors {
                self.with_switched(level, digits, position, lifted.as_ref(), turn, |x, y| {
                    for (number, plain) in of {
                        let [first, second] = &mut limbs[*number];
                        let factor = Some(plain.poly.limb(position));
                        field.add_permuted(first, x, factor, &turn.permutation);
                        field.add_permuted(second, y, factor, &turn.permutation);
                    }
                });
            }
        });
    }

    /// Hands over one limb of both parts of P·a, switched for a turn and not yet permuted; where it is 0, nothing happens.
    fn with_switched(
        &self,
        level: usize,
        digits: &GroupDigits<'_>,
        position: usize,
        lifted: Option<&[Buffer; 2]>,
        turn: &Turn<'_>,
        mut take: impl FnMut(&[u64], &[u64]),
    ) {
        let Some(key) = turn.key else {
            // Modulo the primes of P, the product with P is 0.
            return lifted.into_iter().for_each(|[x, y]| take(x, y));
        };
        let [mut x, mut y] = [(); 2].map(|()| Buffer::recycled(self.ctx.degree()));
        digits.inner_products(self.ctx, self.ctx.basis(level), key, position, [&mut x, &mut y]);
        if let Some([c0, _]) = lifted {
            self.ctx.field(position).add_assign(&mut x, c0);
        }
        take(&x, &y);
    }
}

//! Sums of rotations that are brought down once (double hoisting: Bossuat, Mouchet, Troncoso-Pastoriza & Hubaux, EUROCRYPT 2021).
//!
//! Switched ciphertexts are rotated, multiplied and added modulo Q_l·P, where they are P times as large, and divided by P in the
//! end. A part that was not switched joins them as its product with P.

use std::sync::Arc;

use hep_ring::Buffer;
use hep_ring::automorphism::NttPermutation;
use smallvec::SmallVec;

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
    factor: Option<&'a ExtendedPlaintext>,
}

type Turns<'a> = SmallVec<[Turn<'a>; 8]>;

impl Evaluator<'_> {
    /// Σ_k p_k∘rotate(a, k) over the pairs (k, p_k): a product with a matrix by its diagonals, with one decomposition and one
    /// division by P. The result has the level of the plaintexts and the common scale of the products; upper limbs of `a` are
    /// ignored.
    pub fn sum_mul_plain_rotated(
        &self,
        a: &Ciphertext,
        terms: &[(i64, &ExtendedPlaintext)],
    ) -> Result<Ciphertext, CkksError> {
        let operation = "sum_mul_plain_rotated";
        let &(_, plain) = terms.first().ok_or(CkksError::EmptySum { operation })?;
        let (level, scale) = (plain.level, plain.scale);
        self.check(operation, a)?;
        reaches(operation, level, a.level)?;
        for (_, p) in terms {
            if !p.matches(self.ctx) {
                return Err(CkksError::OtherContext { operation });
            }
            same_level(operation, level, p.level)?;
            same_scale(operation, scale, p.scale)?;
        }
        let parts = two_parts(operation, a)?;
        let turns = terms.iter().map(|&(step, p)| self.turn(level, step, Some(p)));
        let turns = turns.collect::<Result<Turns<'_>, _>>()?;
        let mut sums = Sums::zero(self.ctx, level);
        self.add_turns(&mut sums, level, parts, &turns);
        Ok(Ciphertext::new(level, a.scale * scale, sums.bring_down(self.ctx, [None, None], None)))
    }

    /// Σ_k rotate(a_k, step_k) with one division by P. All a_k have one level and one scale; those that are the same object and
    /// follow each other are decomposed once.
    pub fn sum_rotations(&self, terms: &[(&Ciphertext, i64)]) -> Result<Ciphertext, CkksError> {
        let operation = "sum_rotations";
        let &(first, _) = terms.first().ok_or(CkksError::EmptySum { operation })?;
        let (level, scale) = (first.level, first.scale);
        for (a, step) in terms {
            self.check(operation, a)?;
            same_level(operation, level, a.level)?;
            same_scale(operation, scale, a.scale)?;
            two_parts(operation, a)?;
            self.turn(level, *step, None)?;
        }
        let mut sums = Sums::zero(self.ctx, level);
        for run in terms.chunk_by(|a, b| std::ptr::eq(a.0, b.0)) {
            let parts = two_parts(operation, run[0].0)?;
            let turns = run.iter().map(|&(_, step)| self.turn(level, step, None));
            self.add_turns(&mut sums, level, parts, &turns.collect::<Result<Turns<'_>, _>>()?);
        }
        Ok(Ciphertext::new(level, scale, sums.bring_down(self.ctx, [None, None], None)))
    }

    fn turn<'a>(
        &'a self,
        level: usize,
        step: i64,
        factor: Option<&'a ExtendedPlaintext>,
    ) -> Result<Turn<'a>, CkksError> {
        let moves = self.ctx.normalize_step(step) != 0;
        let key = moves.then(|| self.rotation_key(level, step)).transpose()?;
        Ok(Turn { key, permutation: self.ctx.permutation(step), factor })
    }

    /// Adds turns of one ciphertext to the sums, limb by limb, while its digits are in the cache and the keys pass by.
    fn add_turns(&self, sums: &mut Sums, level: usize, parts: &[Poly; 2], turns: &[Turn<'_>]) {
        let raise = Raise::new(self.ctx, level, &parts[1]);
        sums.update(self.ctx, &raise, |digits, position, limbs| {
            let lifted =
                (position <= level).then(|| parts.each_ref().map(|part| self.lifted(part, position)));
            for turn in turns {
                self.add_turn(level, digits, position, lifted.as_ref(), turn, limbs);
            }
        });
    }

    fn add_turn(
        &self,
        level: usize,
        digits: &GroupDigits<'_>,
        position: usize,
        lifted: Option<&[Buffer; 2]>,
        turn: &Turn<'_>,
        [first, second]: &mut [&mut [u64]; 2],
    ) {
        let field = self.ctx.field(self.ctx.extended_index(level, position));
        let factor = turn.factor.map(|p| p.poly.limb(position));
        let mut add = |x: &[u64], y: &[u64]| {
            field.add_permuted(first, x, factor, &turn.permutation);
            field.add_permuted(second, y, factor, &turn.permutation);
        };
        let Some(key) = turn.key else {
            // Modulo the primes of P, the product with P is 0.
            return lifted.into_iter().for_each(|[x, y]| add(x, y));
        };
        let [mut x, mut y] = [(); 2].map(|()| Buffer::recycled(self.ctx.degree()));
        digits.inner_products(self.ctx, level, key, position, [&mut x, &mut y]);
        if let Some([c0, _]) = lifted {
            field.add_assign(&mut x, c0);
        }
        add(&x, &y);
    }

    /// P·x modulo q_i.
    fn lifted(&self, x: &Poly, i: usize) -> Buffer {
        let mut limb = Buffer::copy_of(x.limb(i));
        self.ctx.field(i).scale(&mut limb, self.ctx.special(i));
        limb
    }
}

//! Sums of rotations that are brought down once (double hoisting: Bossuat, Mouchet, Troncoso-Pastoriza & Hubaux, EUROCRYPT 2021).
//!
//! Switched ciphertexts are rotated, multiplied and added modulo Q_l·P, where they are P times as large, and divided by P in the
//! end, or by P·q_l at once. A part that was not switched joins them as its product with P.

use std::collections::BTreeMap;

use rayon::prelude::*;
use smallvec::SmallVec;

use super::switch::{Lifted, Switch, Term, Turn};
use super::{Evaluator, reaches, same_level, same_scale, two_parts};
use crate::ciphertext::Ciphertext;
use crate::error::CkksError;
use crate::keys::KeyForm;
use crate::keyswitch::{Raise, Sums};
use crate::plaintext::ExtendedPlaintext;

/// What is summed of one ciphertext: by steps, the numbers of sums and what it is multiplied by there.
type Factors<'a> = BTreeMap<i64, SmallVec<[(usize, &'a ExtendedPlaintext); 4]>>;

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
        let ctx = self.ctx;
        let mut scales = Vec::with_capacity(sums.len());
        let mut sources: Vec<(&Ciphertext, Factors<'_>)> = Vec::new();
        for (number, terms) in sums.iter().enumerate() {
            let &(first, _, plain) = terms.first().ok_or(empty.clone())?;
            let scale = first.scale * plain.scale;
            scales.push(scale / ctx.modulus(level).value() as f64);
            for &(a, step, p) in *terms {
                self.check(operation, a)?;
                reaches(operation, level, a.level)?;
                two_parts(operation, a)?;
                if p.poly.degree() != ctx.degree() || !p.matches(ctx, ctx.special_len()) {
                    return Err(CkksError::OtherContext { operation });
                }
                same_level(operation, level, p.level())?;
                same_scale(operation, scale, a.scale * p.scale)?;
                let known = sources.iter().position(|(source, _)| std::ptr::eq(*source, a));
                let at = known.unwrap_or_else(|| {
                    sources.push((a, BTreeMap::new()));
                    sources.len() - 1
                });
                sources[at].1.entry(ctx.normalize_step(step)).or_default().push((number, p));
            }
        }
        let turns = |factors: &Factors<'_>| {
            factors.keys().map(|&step| self.turn("rotate", (KeyForm::Full, level), step)).collect()
        };
        let turns: Vec<Vec<Turn<'_>>> =
            sources.iter().map(|(_, factors)| turns(factors)).collect::<Result<_, CkksError>>()?;
        let mut added: Vec<Sums<'_>> =
            sums.iter().map(|_| Sums::unwritten(ctx, level, ctx.all_special())).collect();
        let basis = ctx.basis(level);
        for (number, ((a, factors), turns)) in sources.iter().zip(&turns).enumerate() {
            let parts = two_parts(operation, a)?;
            let mut terms: Vec<SmallVec<[Term<'_>; 8]>> = vec![SmallVec::new(); sums.len()];
            for (turn, of) in factors.values().enumerate() {
                of.iter().for_each(|&(sum, plain)| terms[sum].push((turn, plain)));
            }
            let raise = Raise::new(ctx, basis, &parts[1]);
            Sums::update_all(&mut added, ctx, &raise, |digits, position, limbs| {
                let lifted = Lifted::new(ctx, basis, parts, position);
                let switch = Switch { ctx, basis, position, digits };
                switch.sum_products(&lifted, turns, &terms, None, limbs, number > 0);
            });
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
        let ctx = self.ctx;
        for (a, _) in terms {
            self.check(operation, a)?;
            same_level(operation, level, a.level)?;
            same_scale(operation, scale, a.scale)?;
            two_parts(operation, a)?;
        }
        let turns = terms.iter().map(|&(_, step)| self.turn("rotate", (KeyForm::Full, level), step));
        let turns: SmallVec<[Turn<'_>; 8]> = turns.collect::<Result<_, _>>()?;
        let (basis, mut done) = (ctx.basis(level), 0);
        let mut sums = Sums::zero(ctx, level, ctx.all_special());
        for run in terms.chunk_by(|a, b| std::ptr::eq(a.0, b.0)) {
            let (parts, turns) = (two_parts(operation, run[0].0)?, &turns[done..done + run.len()]);
            done += run.len();
            let raise = Raise::new(ctx, basis, &parts[1]);
            sums.update(ctx, &raise, |digits, position, limbs| {
                let lifted = Lifted::new(ctx, basis, parts, position);
                Switch { ctx, basis, position, digits }.add_turns(&lifted, turns, limbs);
            });
        }
        Ok(Ciphertext::new(level, scale, sums.bring_down(self.ctx, [None, None], None)))
    }
}

//! Linear transforms by their diagonals, in baby steps and giant steps that are both hoisted (double hoisting: Bossuat, Mouchet,
//! Troncoso-Pastoriza & Hubaux, EUROCRYPT 2021, §5).
//!
//! Σ_{g,b} φ_g(m_{g,b}·φ_b(a)): a is decomposed once for all babies, whose products are added modulo Q_l·P; what a giant step moves is
//! divided by P, in its second part only, and decomposed again, and the sum of all giant steps is divided once.

mod composed;

use std::collections::BTreeSet;

use num_complex::Complex64;
use rayon::prelude::*;
use smallvec::SmallVec;

use super::switch::{Lifted, Switch, Term, Turn};
use super::{Evaluator, reaches, two_parts};
use crate::basis::Basis;
use crate::ciphertext::Ciphertext;
use crate::context::Context;
use crate::error::CkksError;
use crate::keys::KeyForm;
use crate::keyswitch::{Raise, Sums};
use crate::plaintext::ExtendedPlaintext;
use crate::poly::Poly;
use crate::special::Special;

/// A linear transform of slots, encoded for one level.
#[derive(Debug)]
pub struct LinearTransform {
    level: usize,
    form: KeyForm,
    scale: f64,
    passes: Vec<Pass>,
    /// In slots.
    giants: Vec<i64>,
    /// The giant step that is taken from each sum to the next, where not every one is taken by itself.
    onward: Option<i64>,
}

/// Baby steps that are taken from one place.
#[derive(Debug)]
struct Pass {
    /// In slots.
    babies: Vec<i64>,
    /// For every giant step numbers of babies, ascending, with their diagonals.
    terms: Vec<Vec<(usize, ExtendedPlaintext)>>,
    /// The number of the baby step that leads to the place of the next pass.
    kept: Option<usize>,
}

/// A diagonal: the baby step and the giant step that reach it, and its values, which repeat.
///
/// It adds values∘(slots moved by both steps) to the result.
pub type Diagonal<'v> = (i64, i64, &'v [Complex64]);

impl LinearTransform {
    /// Encodes the sum of some diagonals.
    ///
    /// **Level and scale:** for ciphertexts at `level` or above; the scale is multiplied by `scale`. Keys are of the form given.
    ///
    /// # Errors
    /// [`CkksError::EmptySum`] without diagonals, [`CkksError::BadPeriod`] where they do not have one length,
    /// [`CkksError::OtherContext`] for [`KeyForm::Whole`], whose keys switch what is small only, or what [`Context::encode_repeated`]
    /// refuses.
    pub fn new(
        ctx: &Context,
        (form, level): (KeyForm, usize),
        scale: f64,
        diagonals: &[Diagonal<'_>],
    ) -> Result<Self, CkksError> {
        let operation = "linear transform";
        if form == KeyForm::Whole {
            return Err(CkksError::OtherContext { operation });
        }
        let mut babies: Vec<i64> = diagonals.iter().map(|&(baby, ..)| ctx.normalize_step(baby)).collect();
        babies.sort_unstable();
        babies.dedup();
        let period = diagonals.iter().map(|(.., values)| values.len()).max().unwrap_or(1);
        if let Some((.., other)) = diagonals.iter().find(|(.., values)| values.len() != period) {
            return Err(CkksError::BadPeriod { period: other.len(), slots: period });
        }
        let encode = |&(_, step, values): &Diagonal<'_>| {
            // Moved back, so that the giant step puts it where it belongs.
            let mut moved = values.to_vec();
            moved.rotate_right(ctx.normalize_step(step) as usize % values.len().max(1));
            ctx.encode_repeated(&moved, scale, level, form)
        };
        let encoded: Vec<_> = diagonals.par_iter().map(encode).collect::<Result<_, _>>()?;
        let mut giants: Vec<i64> = diagonals.iter().map(|&(_, giant, _)| ctx.normalize_step(giant)).collect();
        giants.sort_unstable();
        giants.dedup();
        if giants.is_empty() {
            return Err(CkksError::EmptySum { operation });
        }
        let mut terms: Vec<Vec<(usize, ExtendedPlaintext)>> = giants.iter().map(|_| Vec::new()).collect();
        for (&(baby, giant, _), encoded) in diagonals.iter().zip(encoded) {
            let [baby, giant] = [baby, giant].map(|step| ctx.normalize_step(step));
            let number = babies.partition_point(|&known| known < baby);
            terms[giants.partition_point(|&known| known < giant)].push((number, encoded));
        }
        terms.iter_mut().for_each(|terms| terms.sort_unstable_by_key(|(number, _)| *number));
        Ok(Self {
            level,
            form,
            scale,
            passes: vec![Pass { babies, terms, kept: None }],
            giants,
            onward: None,
        })
    }

    /// The level of its diagonals.
    pub fn level(&self) -> usize {
        self.level
    }

    /// The form of the keys that it needs.
    pub fn form(&self) -> KeyForm {
        self.form
    }

    /// The rotations that it needs keys for, at its level.
    pub fn steps(&self) -> Vec<i64> {
        let babies = self.passes.iter().flat_map(|pass| &pass.babies);
        let giants =
            self.onward.as_slice().iter().chain(self.giants.iter().filter(|_| self.onward.is_none()));
        let all: BTreeSet<i64> = babies.chain(giants).copied().filter(|step| *step != 0).collect();
        all.into_iter().collect()
    }

    /// Memory of its diagonals.
    pub fn bytes(&self) -> usize {
        self.plaintexts().map(ExtendedPlaintext::bytes).sum()
    }

    fn plaintexts(&self) -> impl Iterator<Item = &ExtendedPlaintext> {
        self.passes.iter().flat_map(|pass| &pass.terms).flatten().map(|(_, plain)| plain)
    }
}

impl Evaluator<'_> {
    /// Applies a linear transform.
    ///
    /// **Level and scale:** the level of the transform, whose upper limbs are ignored in the ciphertext; the scales multiplied. Nothing
    /// is rescaled.
    ///
    /// # Errors
    /// [`CkksError::LevelMismatch`] for a ciphertext below the level, [`CkksError::PartCount`], [`CkksError::MissingGaloisKey`],
    /// [`CkksError::KeyLevelTooLow`], or [`CkksError::OtherContext`].
    pub fn transform(&self, a: &Ciphertext, by: &LinearTransform) -> Result<Ciphertext, CkksError> {
        let sums = self.transformed(a, by)?;
        let parts = sums.bring_down(self.ctx, [None, None], None);
        Ok(Ciphertext::new(by.level, a.scale * by.scale, parts))
    }

    /// The same, divided by the last prime.
    ///
    /// **Level and scale:** one below the level of the transform; the scales multiplied and divided by the prime.
    ///
    /// # Errors
    /// As [`Self::transform`]; [`CkksError::LevelExhausted`] for one at level 0, and [`CkksError::OtherContext`] for one with keys of
    /// fewer special primes above the levels that refreshes use them at.
    pub fn transform_rescale(&self, a: &Ciphertext, by: &LinearTransform) -> Result<Ciphertext, CkksError> {
        let (operation, level) = ("linear transform", by.level);
        if level == 0 {
            return Err(CkksError::LevelExhausted { operation, level });
        }
        let sums = self.transformed(a, by)?;
        if !sums.can_rescale() {
            return Err(CkksError::OtherContext { operation });
        }
        let parts = sums.bring_down_and_rescale(self.ctx);
        let scale = a.scale * by.scale / self.ctx.modulus(level).value() as f64;
        Ok(Ciphertext::new(level - 1, scale, parts))
    }

    /// P times the transformed ciphertext, modulo Q_l·P.
    fn transformed(&self, a: &Ciphertext, by: &LinearTransform) -> Result<Sums<'_>, CkksError> {
        let (operation, ctx, level) = ("linear transform", self.ctx, by.level);
        self.check(operation, a)?;
        reaches(operation, level, a.level)?;
        let parts = two_parts(operation, a)?;
        let other = CkksError::OtherContext { operation };
        let basis = by.form.basis(ctx, level).ok_or(other.clone())?;
        let special = ctx.special(basis.special).ok_or(other.clone())?;
        if !by.plaintexts().all(|plain| plain.matches(ctx, basis.special)) {
            return Err(other);
        }
        // Every key is looked up before work begins.
        let turn = |&step: &i64| self.turn(operation, (by.form, level), step);
        let babies: Vec<Vec<Turn<'_>>> = by
            .passes
            .iter()
            .map(|pass| pass.babies.iter().map(turn).collect())
            .collect::<Result<_, CkksError>>()?;
        let onward = by.onward.as_ref().map(turn).transpose()?;
        let giants = by.giants.iter().filter(|_| onward.is_none());
        let giants: Vec<Turn<'_>> = giants.map(turn).collect::<Result<_, _>>()?;

        let mut sums: Vec<Sums<'_>> =
            by.giants.iter().map(|_| Sums::unwritten(ctx, level, special)).collect();
        // The place of a pass: P times its first part, modulo Q_l·P, and its second.
        let mut place: Option<[Poly; 2]> = None;
        for (number, (pass, turns)) in by.passes.iter().zip(&babies).enumerate() {
            let terms: Vec<SmallVec<[Term<'_>; 16]>> = pass
                .terms
                .iter()
                .map(|terms| terms.iter().map(|(number, plain)| (*number, plain)).collect())
                .collect();
            sums.extend(pass.kept.map(|_| Sums::unwritten(ctx, level, special)));
            let raise = Raise::new(ctx, basis, place.as_ref().map_or(&parts[1], |[_, second]| second));
            Sums::update_all(&mut sums, ctx, &raise, |digits, position, limbs| {
                let lifted = match &place {
                    None => Lifted::new(ctx, basis, parts, position),
                    Some([first, _]) => Lifted::first(first.limb(position)),
                };
                let switch = Switch { ctx, basis, position, digits };
                switch.sum_products(&lifted, turns, &terms, pass.kept, limbs, number > 0);
            });
            drop(raise);
            if let Some(kept) = pass.kept.and_then(|_| sums.pop()) {
                let [first, second] = kept.into_parts();
                place = Some([first, Sums::divided(ctx, basis, special, second)]);
            }
        }
        drop(place);
        match onward {
            Some(turn) => self.moved_onward(basis, &turn, sums).ok_or(CkksError::EmptySum { operation }),
            None => Ok(self.moved_each(basis, special, &giants, sums)),
        }
    }

    /// Σ φ_g(S_g), each moved by itself.
    fn moved_each<'c>(
        &'c self,
        basis: Basis,
        special: &'c Special,
        giants: &[Turn<'_>],
        mut sums: Vec<Sums<'c>>,
    ) -> Sums<'c> {
        // A sum that is not moved is where the others are added.
        let at = giants.iter().position(|turn| !turn.moves());
        let mut total = match at {
            Some(at) => sums.swap_remove(at),
            None => Sums::zero(self.ctx, basis.level, special),
        };
        let mut moved: Vec<&Turn<'_>> = giants.iter().collect();
        at.map(|at| moved.swap_remove(at));
        for (turn, sum) in moved.into_iter().zip(sums) {
            self.move_into(&mut total, sum, turn, basis);
        }
        total
    }

    /// total ← total + φ(sum).
    fn move_into<'c>(&'c self, total: &mut Sums<'c>, sum: Sums<'c>, turn: &Turn<'_>, basis: Basis) {
        let (ctx, special) = (self.ctx, sum.special());
        let [first, second] = sum.into_parts();
        let second = Sums::divided(ctx, basis, special, second);
        let raise = Raise::new(ctx, basis, &second);
        total.update(ctx, &raise, |digits, position, limbs| {
            let switch = Switch { ctx, basis, position, digits };
            switch.move_all(first.limb(position), turn, limbs, true);
        });
    }
}

//! Linear transforms by their diagonals, in baby steps and giant steps that are both hoisted (double hoisting: Bossuat, Mouchet,
//! Troncoso-Pastoriza & Hubaux, EUROCRYPT 2021, §5).
//!
//! Σ_{g,b} φ_g(m_{g,b}·φ_b(a)): a is decomposed once for all babies, whose products are added modulo Q_l·P; what a giant step moves is
//! divided by P, in its second part only, and decomposed again, and the sum of all giant steps is divided once.

mod composed;

use num_complex::Complex64;
use rayon::prelude::*;
use smallvec::SmallVec;

use self::composed::Composition;
use super::switch::{Lifted, Switch, Term, Turn};
use super::{Evaluator, reaches, two_parts};
use crate::ciphertext::Ciphertext;
use crate::context::Context;
use crate::error::CkksError;
use crate::keys::KeyForm;
use crate::keyswitch::{Raise, Sums};
use crate::plaintext::ExtendedPlaintext;

/// A linear transform of slots, encoded for one level.
#[derive(Debug)]
pub struct LinearTransform {
    level: usize,
    form: KeyForm,
    scale: f64,
    /// In slots.
    babies: Vec<i64>,
    giants: Vec<Giant>,
    /// Where it works with few keys.
    composition: Option<Composition>,
}

/// A giant step.
#[derive(Debug)]
struct Giant {
    /// In slots.
    step: i64,
    /// Numbers of babies with their diagonals.
    terms: Vec<(usize, ExtendedPlaintext)>,
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
        let mut giants: Vec<Giant> = Vec::new();
        for (&(baby, step, _), encoded) in diagonals.iter().zip(encoded) {
            let (baby, step) = (ctx.normalize_step(baby), ctx.normalize_step(step));
            let number = babies.partition_point(|&known| known < baby);
            match giants.iter_mut().find(|giant| giant.step == step) {
                Some(giant) => giant.terms.push((number, encoded)),
                None => giants.push(Giant { step, terms: vec![(number, encoded)] }),
            }
        }
        giants.sort_unstable_by_key(|giant| giant.step);
        giants.iter_mut().for_each(|giant| giant.terms.sort_unstable_by_key(|(number, _)| *number));
        if giants.is_empty() {
            return Err(CkksError::EmptySum { operation });
        }
        Ok(Self { level, form, scale, babies, giants, composition: None })
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
        if let Some(composition) = &self.composition {
            return composition.steps();
        }
        let giants = self.giants.iter().map(|giant| giant.step);
        self.babies.iter().copied().chain(giants).filter(|step| *step != 0).collect()
    }

    /// Memory of its diagonals.
    pub fn bytes(&self) -> usize {
        self.giants.iter().flat_map(|giant| &giant.terms).map(|(_, plain)| plain.bytes()).sum()
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
        let mut plains = by.giants.iter().flat_map(|giant| &giant.terms);
        if !plains.all(|(_, plain)| plain.matches(ctx, basis.special)) {
            return Err(other);
        }
        if let Some(composition) = &by.composition {
            return self.transformed_composed(parts, basis, by, composition);
        }
        let turn = |&step: &i64| self.turn(operation, (by.form, level), step);
        let babies: Vec<Turn<'_>> = by.babies.iter().map(turn).collect::<Result<_, _>>()?;
        let giants: Vec<Turn<'_>> =
            by.giants.iter().map(|giant| turn(&giant.step)).collect::<Result<_, _>>()?;

        let mut sums: Vec<Sums<'_>> =
            by.giants.iter().map(|_| Sums::unwritten(ctx, level, special)).collect();
        let raise = Raise::new(ctx, basis, &parts[1]);
        let terms: Vec<SmallVec<[Term<'_>; 16]>> = by
            .giants
            .iter()
            .map(|giant| giant.terms.iter().map(|(number, plain)| (*number, plain)).collect())
            .collect();
        Sums::update_all(&mut sums, ctx, &raise, |digits, position, limbs| {
            let lifted = Lifted::new(ctx, basis, parts, position);
            let switch = Switch { ctx, basis, position, digits };
            switch.sum_products(&lifted, &babies, &terms, limbs, false);
        });

        // A sum that is not moved is where the others are added.
        let at = giants.iter().position(|turn| !turn.moves());
        let mut total = match at {
            Some(at) => sums.swap_remove(at),
            None => Sums::zero(ctx, level, special),
        };
        let mut moved: Vec<&Turn<'_>> = giants.iter().collect();
        at.map(|at| moved.swap_remove(at));
        for (turn, sum) in moved.into_iter().zip(sums) {
            let [first, second] = sum.into_parts();
            let second = Sums::divided(ctx, basis, special, second);
            let raise = Raise::new(ctx, basis, &second);
            total.update(ctx, &raise, |digits, position, limbs| {
                let switch = Switch { ctx, basis, position, digits };
                switch.move_all(first.limb(position), turn, limbs, true);
            });
        }
        Ok(total)
    }
}

//! Linear transforms by their diagonals, in baby steps and giant steps that are both hoisted (double hoisting: Bossuat, Mouchet,
//! Troncoso-Pastoriza & Hubaux, EUROCRYPT 2021, §5).
//!
//! Σ_{g,b} φ_g(m_{g,b}·φ_b(a)): a is decomposed once for all babies, whose products are added modulo Q_l·P; what a giant step moves is
//! divided by P, in its second part only, and decomposed again, and the sum of all giant steps is divided once.
//!
//! Limbs are worked on in parts. For a part of the result all babies are switched, moved into place and multiplied with all their
//! diagonals while they are in the cache: but for keys nothing of it comes from memory.

use std::sync::Arc;

use hep_ring::Buffer;
use hep_ring::automorphism::NttPermutation;
use num_complex::Complex64;
use rayon::prelude::*;
use smallvec::SmallVec;

use super::{Evaluator, reaches, two_parts};
use crate::basis::Basis;
use crate::ciphertext::Ciphertext;
use crate::context::Context;
use crate::error::CkksError;
use crate::keys::{KeyForm, SwitchingKey};
use crate::keyswitch::{GroupDigits, Raise, Sums};
use crate::plaintext::ExtendedPlaintext;
use crate::poly::Poly;

/// Words of a limb that are worked on together.
const PART: usize = 1024;

/// A linear transform of slots, encoded for one level.
#[derive(Debug)]
pub struct LinearTransform {
    level: usize,
    form: KeyForm,
    scale: f64,
    /// In slots.
    babies: Vec<i64>,
    giants: Vec<Giant>,
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
        if giants.is_empty() {
            return Err(CkksError::EmptySum { operation });
        }
        Ok(Self { level, form, scale, babies, giants })
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
    pub fn steps(&self) -> impl Iterator<Item = i64> {
        let giants = self.giants.iter().map(|giant| giant.step);
        self.babies.iter().copied().chain(giants).filter(|step| *step != 0)
    }

    /// Memory of its diagonals.
    pub fn bytes(&self) -> usize {
        self.giants.iter().flat_map(|giant| &giant.terms).map(|(_, plain)| plain.bytes()).sum()
    }
}

/// A rotation with its key; the one by nothing has none.
struct Turn<'a> {
    key: Option<&'a SwitchingKey>,
    permutation: Arc<NttPermutation>,
}

impl Turn<'_> {
    fn moves(&self) -> bool {
        self.key.is_some()
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
        let turn = |&step: &i64| -> Result<Turn<'_>, CkksError> {
            let galois = ctx.rotation(step);
            let key = (step != 0).then(|| self.galois_key_of(operation, (by.form, level), galois));
            Ok(Turn { key: key.transpose()?, permutation: ctx.permutation(galois) })
        };
        let babies: Vec<Turn<'_>> = by.babies.iter().map(turn).collect::<Result<_, _>>()?;
        let giants: Vec<Turn<'_>> =
            by.giants.iter().map(|giant| turn(&giant.step)).collect::<Result<_, _>>()?;

        let mut sums: Vec<Sums<'_>> =
            by.giants.iter().map(|_| Sums::unwritten(ctx, level, special)).collect();
        let raise = Raise::new(ctx, basis, &parts[1]);
        Sums::update_all(&mut sums, ctx, &raise, |digits, position, limbs| {
            let lifted = self.lifted(basis, parts, position);
            let switch = Switch { ctx, basis, position, digits };
            switch.sum_products(lifted.as_ref(), &babies, &by.giants, limbs);
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
                switch.add_moved(first.limb(position), turn, limbs);
            });
        }
        Ok(total)
    }

    /// A limb of P·x for both parts; none modulo the primes of P.
    pub(super) fn lifted(&self, basis: Basis, parts: &[Poly; 2], position: usize) -> Option<[Buffer; 2]> {
        let special = self.ctx.special(basis.special).filter(|_| basis.in_q(position))?;
        Some(parts.each_ref().map(|part| {
            let mut limb = Buffer::copy_of(part.limb(position));
            self.ctx.field(position).scale(&mut limb, special.product(position));
            limb
        }))
    }
}

/// One limb of what is switched.
struct Switch<'a> {
    ctx: &'a Context,
    basis: Basis,
    position: usize,
    digits: &'a GroupDigits<'a>,
}

impl Switch<'_> {
    /// Each sum ← Σ m·φ_b(a) over the terms of its giant step.
    fn sum_products(
        &self,
        lifted: Option<&[Buffer; 2]>,
        babies: &[Turn<'_>],
        giants: &[Giant],
        sums: &mut [[&mut [u64]; 2]],
    ) {
        let (n, field) = (self.ctx.degree(), self.ctx.field(self.basis.index(self.position)));
        let part = PART.min(n);
        let mut moved = Buffer::recycled(2 * part * babies.len());
        let mut scratch = Buffer::recycled(2 * part);
        for first in (0..n).step_by(part) {
            for (turn, out) in babies.iter().zip(moved.chunks_exact_mut(2 * part)) {
                let [x, y] = halves(out);
                self.moved_part(lifted, turn, first, [x, y], &mut scratch);
            }
            for (giant, sums) in giants.iter().zip(&mut *sums) {
                let mut terms: SmallVec<[_; 16]> = SmallVec::new();
                let run = giant.terms.first().map_or(1, |(_, plain)| n / plain.poly.degree());
                for (baby, plain) in &giant.terms {
                    let factor = &plain.poly.limb(self.position)[first / run..][..part.div_ceil(run)];
                    let (x, y) = moved[2 * part * baby..][..2 * part].split_at(part);
                    // Modulo the primes of P, what is not switched is 0.
                    if babies[*baby].moves() || lifted.is_some() {
                        terms.push((factor, x, y));
                    }
                }
                let [x, y] = sums.each_mut().map(|sum| &mut sum[first..first + part]);
                field.inner_products_repeated(&terms, run, x, y);
            }
        }
    }

    /// A part of φ(P·a), switched.
    fn moved_part(
        &self,
        lifted: Option<&[Buffer; 2]>,
        turn: &Turn<'_>,
        first: usize,
        [x, y]: [&mut [u64]; 2],
        scratch: &mut [u64],
    ) {
        let part = x.len();
        let Some(key) = turn.key else {
            if let Some([c0, c1]) = lifted {
                x.copy_from_slice(&c0[first..first + part]);
                y.copy_from_slice(&c1[first..first + part]);
            }
            return;
        };
        let field = self.ctx.field(self.basis.index(self.position));
        let from = turn.permutation.part_source(first, part);
        let [a, b] = halves(scratch);
        self.digits.inner_products_of(self.ctx, self.basis, key, self.position, from..from + part, [a, b]);
        if let Some([c0, _]) = lifted {
            field.add_assign(a, &c0[from..from + part]);
        }
        field.permute_part(a, &turn.permutation, first, x);
        field.permute_part(b, &turn.permutation, first, y);
    }

    /// sums ← sums + φ(first + switched digits).
    fn add_moved(&self, first_part: &[u64], turn: &Turn<'_>, [x, y]: &mut [&mut [u64]; 2]) {
        let n = self.ctx.degree();
        let field = self.ctx.field(self.basis.index(self.position));
        let part = PART.min(n);
        let Some(key) = turn.key else { return };
        let (mut scratch, mut moved) = (Buffer::recycled(2 * part), Buffer::recycled(part));
        for first in (0..n).step_by(part) {
            let from = turn.permutation.part_source(first, part);
            let [a, b] = halves(&mut scratch);
            self.digits.inner_products_of(
                self.ctx,
                self.basis,
                key,
                self.position,
                from..from + part,
                [a, b],
            );
            field.add_assign(a, &first_part[from..from + part]);
            for (source, sum) in [(a, &mut *x), (b, &mut *y)] {
                field.permute_part(source, &turn.permutation, first, &mut moved);
                field.add_assign(&mut sum[first..first + part], &moved);
            }
        }
    }
}

fn halves(both: &mut [u64]) -> [&mut [u64]; 2] {
    let (x, y) = both.split_at_mut(both.len() / 2);
    [x, y]
}

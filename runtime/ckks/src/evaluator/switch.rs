//! Rotations of one ciphertext, part by part of a limb: switched, moved into place, multiplied and added before they leave the cache.
//!
//! A permutation of transformed values takes aligned parts to aligned parts, so that a part of a result needs one part of every digit
//! and of every key.

use std::ops::Range;
use std::sync::Arc;

use hep_ring::Buffer;
use hep_ring::automorphism::NttPermutation;
use smallvec::SmallVec;

use super::Evaluator;
use crate::basis::Basis;
use crate::context::Context;
use crate::error::CkksError;
use crate::keys::{KeyForm, SwitchingKey};
use crate::keyswitch::{GroupDigits, Product};
use crate::plaintext::ExtendedPlaintext;
use crate::poly::Poly;

/// Words of a limb that are worked on together.
pub(super) const PART: usize = 2048;

/// Turns whose parts are kept at a time: with their products they fit the second-level cache.
const BATCH: usize = 16;

/// A rotation with its key; the one by nothing has none.
pub(super) struct Turn<'a> {
    key: Option<&'a SwitchingKey>,
    permutation: Arc<NttPermutation>,
}

impl Turn<'_> {
    /// Whether it does anything.
    pub(super) fn moves(&self) -> bool {
        self.key.is_some()
    }
}

/// A factor of a turn in a sum: the number of the turn and what it is multiplied by.
pub(super) type Term<'a> = (usize, &'a ExtendedPlaintext);

impl Evaluator<'_> {
    /// The rotation by `step`, with a key of that form for that level.
    pub(super) fn turn(
        &self,
        operation: &'static str,
        at: (KeyForm, usize),
        step: i64,
    ) -> Result<Turn<'_>, CkksError> {
        let galois = self.ctx.rotation(step);
        let moves = self.ctx.normalize_step(step) != 0;
        let key = moves.then(|| self.galois_key_of(operation, at, galois)).transpose()?;
        Ok(Turn { key, permutation: self.ctx.permutation(galois) })
    }
}

/// A limb of what turns are taken from, times P; nothing where it is 0.
pub(super) struct Lifted<'a> {
    /// Added to the first part of what is switched.
    first: Option<Limb<'a>>,
    /// Read by the turn by nothing only.
    second: Option<Limb<'a>>,
}

enum Limb<'a> {
    Made(Buffer),
    Of(&'a [u64]),
}

impl std::ops::Deref for Limb<'_> {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        match self {
            Self::Made(words) => words,
            Self::Of(words) => words,
        }
    }
}

impl<'a> Lifted<'a> {
    /// P·c modulo q_position for both parts of a ciphertext; nothing modulo the primes of P, where it is 0.
    pub(super) fn new(ctx: &Context, basis: Basis, parts: &[Poly; 2], position: usize) -> Self {
        let special = ctx.special(basis.special).filter(|_| basis.in_q(position));
        let [first, second] = parts.each_ref().map(|part| {
            let special = special?;
            let mut limb = Buffer::copy_of(part.limb(position));
            ctx.field(position).scale(&mut limb, special.product(position));
            Some(Limb::Made(limb))
        });
        Self { first, second }
    }

    /// The first part of what is modulo Q·P already, for turns that all do something.
    pub(super) fn first(limb: &'a [u64]) -> Self {
        Self { first: Some(Limb::Of(limb)), second: None }
    }

    /// Both parts, where they are not 0.
    pub(super) fn parts(&self) -> Option<[&[u64]; 2]> {
        Some([self.first.as_deref()?, self.second.as_deref()?])
    }
}

/// One limb of the digits of a ciphertext.
pub(super) struct Switch<'a> {
    pub(super) ctx: &'a Context,
    pub(super) basis: Basis,
    pub(super) position: usize,
    pub(super) digits: &'a GroupDigits<'a>,
}

impl Switch<'_> {
    /// sums ← Σ p·φ(P·a) over the terms of each sum, which are in the order of their turns, or joins what is there. One more, the last
    /// of the sums, takes φ(P·a) of the turn that is `kept`.
    pub(super) fn sum_products<'t>(
        &self,
        lifted: &Lifted<'_>,
        turns: &[Turn<'_>],
        terms: &[impl AsRef<[Term<'t>]>],
        kept: Option<usize>,
        sums: &mut [[&mut [u64]; 2]],
        joins: bool,
    ) {
        let (n, field) = (self.ctx.degree(), self.ctx.field(self.basis.index(self.position)));
        let part = PART.min(n);
        let mut moved = Buffer::recycled(2 * part * turns.len().min(BATCH));
        let mut scratch = Buffer::recycled(2 * part);
        // Modulo the primes of P, what is not switched is 0.
        let there = |turn: &Turn<'_>| turn.moves() || lifted.second.is_some();
        for first in (0..n).step_by(part) {
            for (batch, batched) in turns.chunks(BATCH).enumerate() {
                for (number, out) in
                    (batch * BATCH..).zip(moved.chunks_exact_mut(2 * part).take(batched.len()))
                {
                    let next = following(turns, number, first, part);
                    self.moved(lifted, (&turns[number], first), next, halves(out), &mut scratch);
                }
                let numbers = batch * BATCH..batch * BATCH + batched.len();
                if let (Some(kept), Some(sum)) = (kept.filter(|kept| numbers.contains(kept)), sums.last_mut())
                {
                    let place = 2 * part * (kept - numbers.start);
                    let [x, y] = halves(&mut moved[place..place + 2 * part]);
                    sum[0][first..first + part].copy_from_slice(x);
                    sum[1][first..first + part].copy_from_slice(y);
                }
                for (terms, sum) in terms.iter().zip(&mut *sums) {
                    let terms = within(terms.as_ref(), &numbers);
                    let joins = joins || batch > 0;
                    if joins && terms.is_empty() {
                        continue;
                    }
                    let run = terms.first().map_or(1, |(_, plain)| n / plain.poly.degree());
                    let factors: SmallVec<[_; BATCH]> = terms
                        .iter()
                        .filter(|(number, _)| there(&turns[*number]))
                        .map(|(number, plain)| {
                            let factor = &plain.poly.limb(self.position)[first / run..][..part.div_ceil(run)];
                            let place = 2 * part * (number - numbers.start);
                            let (x, y) = moved[place..place + 2 * part].split_at(part);
                            (factor, x, y)
                        })
                        .collect();
                    let [x, y] = sum.each_mut().map(|sum| &mut sum[first..first + part]);
                    if joins {
                        let [a, b] = halves(&mut scratch);
                        field.inner_products_repeated(&factors, run, a, b);
                        field.add_assign(x, a);
                        field.add_assign(y, b);
                    } else {
                        field.inner_products_repeated(&factors, run, x, y);
                    }
                }
            }
        }
    }

    /// sums ← sums + Σ φ(P·a) over all turns.
    pub(super) fn add_turns(&self, lifted: &Lifted<'_>, turns: &[Turn<'_>], [x, y]: &mut [&mut [u64]; 2]) {
        let (n, field) = (self.ctx.degree(), self.ctx.field(self.basis.index(self.position)));
        let part = PART.min(n);
        let (mut moved, mut scratch) = (Buffer::recycled(2 * part), Buffer::recycled(2 * part));
        for first in (0..n).step_by(part) {
            for (number, turn) in turns.iter().enumerate() {
                if !turn.moves() && lifted.second.is_none() {
                    continue;
                }
                let next = following(turns, number, first, part);
                self.moved(lifted, (turn, first), next, halves(&mut moved), &mut scratch);
                let [a, b] = halves(&mut moved);
                field.add_assign(&mut x[first..first + part], a);
                field.add_assign(&mut y[first..first + part], b);
            }
        }
    }

    /// sums ← φ(first + what the digits are switched to), for what is modulo Q·P already, or joins what is there.
    pub(super) fn move_all(
        &self,
        first_part: &[u64],
        turn: &Turn<'_>,
        [x, y]: &mut [&mut [u64]; 2],
        joins: bool,
    ) {
        let (n, field) = (self.ctx.degree(), self.ctx.field(self.basis.index(self.position)));
        let part = PART.min(n);
        let Some(key) = turn.key else { return };
        let (mut moved, mut scratch) = (Buffer::recycled(part), Buffer::recycled(2 * part));
        for first in (0..n).step_by(part) {
            let next = following(std::slice::from_ref(turn), 0, first, part);
            let from = self.switched(key, (turn, first), next, &mut scratch);
            let [a, b] = halves(&mut scratch);
            field.add_assign(a, &first_part[from..from + part]);
            for (source, sum) in [(a, &mut *x), (b, &mut *y)] {
                let sum = &mut sum[first..first + part];
                if joins {
                    field.permute_part(source, &turn.permutation, first, &mut moved);
                    field.add_assign(sum, &moved);
                } else {
                    field.permute_part(source, &turn.permutation, first, sum);
                }
            }
        }
    }

    /// A part of φ(P·a), switched.
    fn moved(
        &self,
        lifted: &Lifted<'_>,
        (turn, first): Place<'_>,
        next: Place<'_>,
        [x, y]: [&mut [u64]; 2],
        scratch: &mut [u64],
    ) {
        let part = x.len();
        let Some(key) = turn.key else {
            if let Some([c0, c1]) = lifted.parts() {
                x.copy_from_slice(&c0[first..first + part]);
                y.copy_from_slice(&c1[first..first + part]);
            }
            return;
        };
        let field = self.ctx.field(self.basis.index(self.position));
        let from = self.switched(key, (turn, first), next, scratch);
        let [a, b] = halves(scratch);
        if let Some(c0) = &lifted.first {
            field.add_assign(a, &c0[from..from + part]);
        }
        field.permute_part(a, &turn.permutation, first, x);
        field.permute_part(b, &turn.permutation, first, y);
    }

    /// The digits with a key, at some places.
    fn terms<'s>(&'s self, key: &'s SwitchingKey, places: Range<usize>) -> SmallVec<[Product<'s>; 8]> {
        self.digits.terms(self.ctx, self.basis, key, self.position, places)
    }

    /// The inner products of the part that a part of the result comes from; where that begins is returned. What comes next is fetched.
    fn switched(
        &self,
        key: &SwitchingKey,
        (turn, first): Place<'_>,
        (then, after): Place<'_>,
        out: &mut [u64],
    ) -> usize {
        let part = out.len() / 2;
        let from = turn.permutation.part_source(first, part);
        let field = self.ctx.field(self.basis.index(self.position));
        let terms = self.terms(key, from..from + part);
        let ahead = then.key.filter(|_| after < self.ctx.degree()).map(|next| {
            let from = then.permutation.part_source(after, part);
            self.terms(next, from..from + part)
        });
        let [a, b] = halves(out);
        field.inner_products_ahead(&terms, ahead.as_deref().unwrap_or_default(), a, b);
        from
    }
}

/// A turn, and the value of a limb that a part of its result begins with.
type Place<'a> = (&'a Turn<'a>, usize);

/// What is made after a turn of a part: the next one of them, or the first of the next part.
fn following<'a>(turns: &'a [Turn<'a>], number: usize, first: usize, part: usize) -> Place<'a> {
    turns.get(number + 1).map_or((&turns[0], first + part), |turn| (turn, first))
}

/// The terms of turns in a range.
fn within<'t, 'a>(terms: &'t [Term<'a>], numbers: &Range<usize>) -> &'t [Term<'a>] {
    let [start, end] =
        [numbers.start, numbers.end].map(|bound| terms.partition_point(|(number, _)| *number < bound));
    &terms[start..end]
}

fn halves(both: &mut [u64]) -> [&mut [u64]; 2] {
    let (x, y) = both.split_at_mut(both.len() / 2);
    [x, y]
}

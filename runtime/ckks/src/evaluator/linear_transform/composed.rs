//! Linear transforms with few keys: baby steps are sums of a few, and giant steps are taken one after another.
//!
//! With keys of 2^k strides for every k all baby steps are composed (a rotation of a rotation), and Σ_g φ^g(S_g) is
//! S_0 + φ(S_1 + φ(S_2 + …)) (Horner): 4 keys do what 18 do, for a decomposition of every second baby step and of every giant step.

use smallvec::SmallVec;

use super::LinearTransform;
use crate::basis::Basis;
use crate::context::Context;
use crate::error::CkksError;
use crate::evaluator::Evaluator;
use crate::evaluator::switch::{Lifted, PART, Switch, Turn};
use crate::keyswitch::{Raise, Sums};
use crate::poly::Poly;

/// Baby steps that can be composed at most, as a power of two.
const MAX_KEYS: usize = 12;

/// How the steps of a transform are composed.
#[derive(Debug)]
pub(super) struct Composition {
    /// The steps that baby steps are sums of.
    babies: Vec<i64>,
    /// The step that giant steps are multiples of, and how often the largest takes it.
    giant: i64,
    /// For every sum that is made, in an order in which parents come first.
    sums: Vec<Sum>,
    /// For every giant step from 0 to the largest, its number in the transform, where it has diagonals.
    giants: Vec<Option<usize>>,
}

/// A sum of some of the steps.
#[derive(Debug)]
struct Sum {
    /// Which of them, as bits.
    steps: usize,
    /// The sum without the last of them, by its place; the empty one is its own.
    parent: usize,
    /// The number of the baby step that it is.
    baby: Option<usize>,
}

impl Composition {
    /// Steps that need keys.
    pub(super) fn steps(&self) -> Vec<i64> {
        let giant = (self.giants.len() > 1).then_some(self.giant);
        let taken =
            (0..self.babies.len()).filter(|bit| self.sums.iter().any(|sum| sum.steps >> bit & 1 == 1));
        taken.map(|bit| self.babies[bit]).chain(giant).collect()
    }
}

impl LinearTransform {
    /// The same transform with few keys: every baby step is the sum of some of `babies`, and every giant step a multiple of `giant`.
    ///
    /// # Errors
    /// [`CkksError::NotComposed`] for a step that is no such sum or multiple.
    pub fn composed(mut self, ctx: &Context, babies: &[i64], giant: i64) -> Result<Self, CkksError> {
        let not = |step: i64| CkksError::NotComposed { step };
        let babies: Vec<i64> = babies.iter().map(|&step| ctx.normalize_step(step)).collect();
        let sum_of = |steps: usize| {
            let taken = babies.iter().enumerate().filter(|(bit, _)| steps >> bit & 1 == 1);
            ctx.normalize_step(taken.map(|(_, step)| step).sum())
        };
        let all = 0..1usize << babies.len().min(MAX_KEYS);
        // Every sum is made after the one without its last step.
        let mut needed = std::collections::BTreeMap::from([(0, None)]);
        for (number, &baby) in self.babies.iter().enumerate() {
            let mut steps = all.clone().find(|&steps| sum_of(steps) == baby).ok_or_else(|| not(baby))?;
            needed.insert(steps, Some(number));
            while steps > 0 {
                steps &= !(1 << steps.ilog2());
                needed.entry(steps).or_insert(None);
            }
        }
        let places: Vec<usize> = needed.keys().copied().collect();
        let parent = |steps: usize| steps.checked_ilog2().map_or(0, |last| steps & !(1 << last));
        let sums = needed.iter().map(|(&steps, &baby)| Sum {
            steps,
            parent: places.partition_point(|&place| place < parent(steps)),
            baby,
        });
        let sums = sums.collect();
        let mut giants = Vec::new();
        for (number, known) in self.giants.iter().enumerate() {
            let reached =
                (0..=ctx.slots() as i64).find(|times| ctx.normalize_step(times * giant) == known.step);
            let times = reached.ok_or_else(|| not(known.step))? as usize;
            giants.resize(giants.len().max(times + 1), None);
            giants[times] = Some(number);
        }
        self.composition = Some(Composition { babies, giant: ctx.normalize_step(giant), sums, giants });
        Ok(self)
    }
}

impl Evaluator<'_> {
    /// P times the transformed ciphertext, modulo Q_l·P.
    pub(super) fn transformed_composed(
        &self,
        parts: &[Poly; 2],
        basis: Basis,
        by: &LinearTransform,
        composition: &Composition,
    ) -> Result<Sums<'_>, CkksError> {
        let (operation, ctx, level) = ("linear transform", self.ctx, by.level);
        let special = ctx.special(basis.special).ok_or(CkksError::OtherContext { operation })?;
        let turn = |step: i64| self.turn(operation, (by.form, level), step);
        // Every key is looked up before work begins.
        let needed = composition.steps();
        let keyed = |step: &i64| needed.contains(step).then(|| turn(*step)).transpose();
        let babies: Vec<Option<Turn<'_>>> = composition.babies.iter().map(keyed).collect::<Result<_, _>>()?;
        let giant = turn(if composition.giants.len() > 1 { composition.giant } else { 0 })?;

        let mut rotated: Vec<Sums<'_>> =
            composition.sums.iter().map(|_| Sums::unwritten(ctx, level, special)).collect();
        Sums::each_limb(&mut rotated[..1], ctx, |position, sums| {
            let lifted = Lifted::new(ctx, basis, parts, position);
            for (k, out) in sums.iter_mut().flatten().enumerate() {
                // Modulo the primes of P, P times anything is 0.
                match lifted.parts() {
                    Some(limbs) => out.copy_from_slice(&limbs[k]),
                    None => out.fill(0),
                }
            }
        });
        for place in 0..rotated.len() {
            let children =
                composition.sums.iter().enumerate().filter(|(at, sum)| *at > 0 && sum.parent == place);
            let turns: SmallVec<[(usize, &Turn<'_>); 8]> = children
                .filter_map(|(at, sum)| Some((at, babies[sum.steps.ilog2() as usize].as_ref()?)))
                .collect();
            if turns.is_empty() {
                continue;
            }
            let divided;
            let second = if place == 0 {
                &parts[1]
            } else {
                divided = Sums::divided(ctx, basis, special, rotated[place].part(1));
                &divided
            };
            let raise = Raise::new(ctx, basis, second);
            // Children come after their parent.
            let (before, after) = rotated.split_at_mut(place + 1);
            let first = &before[place];
            let mut made: Vec<Sums<'_>> = turns
                .iter()
                .map(|(at, _)| std::mem::replace(&mut after[at - place - 1], Sums::nothing(ctx, special)))
                .collect();
            Sums::update_all(&mut made, ctx, &raise, |digits, position, limbs| {
                let switch = Switch { ctx, basis, position, digits };
                for ((_, turn), sums) in turns.iter().zip(limbs) {
                    switch.move_all(first.limb(0, position), turn, sums, false);
                }
            });
            for ((at, _), sum) in turns.iter().zip(made) {
                after[at - place - 1] = sum;
            }
        }

        let mut sums: Vec<Sums<'_>> =
            composition.giants.iter().map(|_| Sums::unwritten(ctx, level, special)).collect();
        let place_of = |baby: usize| composition.sums.iter().position(|sum| sum.baby == Some(baby));
        let terms: Vec<Vec<_>> = composition
            .giants
            .iter()
            .map(|number| {
                let terms = number.iter().flat_map(|number| &by.giants[*number].terms);
                terms.filter_map(|(baby, plain)| Some((&rotated[place_of(*baby)?], plain))).collect()
            })
            .collect();
        Sums::each_limb(&mut sums, ctx, |position, limbs| {
            let (n, field) = (ctx.degree(), ctx.field(basis.index(position)));
            let part = PART.min(n);
            for first in (0..n).step_by(part) {
                for (terms, sum) in terms.iter().zip(&mut *limbs) {
                    let run = terms.first().map_or(1, |(_, plain)| n / plain.poly.degree());
                    let factors: SmallVec<[_; 16]> = terms
                        .iter()
                        .map(|(rotated, plain)| {
                            let factor = &plain.poly.limb(position)[first / run..][..part.div_ceil(run)];
                            let [x, y] =
                                [0, 1].map(|half| &rotated.limb(half, position)[first..first + part]);
                            (factor, x, y)
                        })
                        .collect();
                    let [x, y] = sum.each_mut().map(|sum| &mut sum[first..first + part]);
                    field.inner_products_repeated(&factors, run, x, y);
                }
            }
        });
        drop(terms);
        drop(rotated);

        let mut total = sums.pop().ok_or(CkksError::EmptySum { operation })?;
        while let Some(mut below) = sums.pop() {
            let [first, second] = total.into_parts();
            let second = Sums::divided(ctx, basis, special, second);
            let raise = Raise::new(ctx, basis, &second);
            below.update(ctx, &raise, |digits, position, limbs| {
                let switch = Switch { ctx, basis, position, digits };
                switch.move_all(first.limb(position), &giant, limbs, true);
            });
            total = below;
        }
        Ok(total)
    }
}

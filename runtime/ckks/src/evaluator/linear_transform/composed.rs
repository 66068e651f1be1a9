//! Linear transforms with few keys: baby steps are sums of a few, and giant steps are taken one after another.
//!
//! The largest of the baby steps with keys leads from place to place, and from every place all of them are taken: k keys reach c·k baby
//! steps for c decompositions. Σ_g φ^g(S_g) is S_0 + φ(S_1 + φ(S_2 + …)) (Horner), which is one key for as many decompositions as
//! with a key for each giant step.

use super::{LinearTransform, Pass};
use crate::basis::Basis;
use crate::context::Context;
use crate::error::CkksError;
use crate::evaluator::Evaluator;
use crate::evaluator::switch::Turn;
use crate::keyswitch::Sums;

impl LinearTransform {
    /// The same transform with few keys: every baby step is one of `babies` or nothing, plus a multiple of the last of them, and every
    /// giant step a multiple of `giant`. Fewer multiples are fewer decompositions.
    ///
    /// # Errors
    /// [`CkksError::NotComposed`] for a step that is no such sum or multiple.
    pub fn composed(self, ctx: &Context, babies: &[i64], giant: i64) -> Result<Self, CkksError> {
        let not = |step: i64| CkksError::NotComposed { step };
        let [babies, giant] = [babies, &[giant]]
            .map(|steps| steps.iter().map(|&step| ctx.normalize_step(step)).collect::<Vec<i64>>());
        let (longest, giant) = (babies.last().copied().unwrap_or(0), giant[0]);
        let multiples = 0..=ctx.slots() as i64;
        let times = |step: i64| multiples.clone().find(|times| ctx.normalize_step(times * giant) == step);
        let reached: Vec<i64> =
            self.giants.iter().map(|&step| times(step).ok_or_else(|| not(step))).collect::<Result<_, _>>()?;
        let count = reached.iter().max().map_or(0, |last| *last as usize + 1);

        // Which pass takes a baby step, and what it takes.
        let place = |step: i64| {
            let left = |pass: i64| ctx.normalize_step(step - pass * longest);
            let takes = |pass: &i64| babies.contains(&left(*pass)) || (*pass == 0 && step == 0);
            let pass = multiples.clone().find(takes).ok_or_else(|| not(step))?;
            Ok::<_, CkksError>((pass as usize, left(pass)))
        };
        let of = |pass: &Pass| pass.babies.iter().map(|&step| place(step)).collect::<Result<Vec<_>, _>>();
        let places: Vec<Vec<(usize, i64)>> = self.passes.iter().map(of).collect::<Result<_, _>>()?;
        let last = places.iter().flatten().map(|(pass, _)| *pass).max().unwrap_or(0);
        let mut passes: Vec<Pass> = (0..=last)
            .map(|number| {
                let taken =
                    places.iter().flatten().filter(|(pass, _)| *pass == number).map(|(_, step)| *step);
                // In the order of their keys; the longest leads on.
                let wanted: Vec<i64> = taken.chain((number < last).then_some(longest)).collect();
                let known = std::iter::once(0).chain(babies.iter().copied());
                let babies: Vec<i64> = known.filter(|step| wanted.contains(step)).collect();
                let kept = (number < last).then(|| babies.len() - 1);
                Pass { babies, terms: (0..count).map(|_| Vec::new()).collect(), kept }
            })
            .collect();
        for (pass, places) in self.passes.into_iter().zip(places) {
            for (terms, &times) in pass.terms.into_iter().zip(&reached) {
                for (number, plain) in terms {
                    let (pass, step) = places[number];
                    let Pass { babies, terms, .. } = &mut passes[pass];
                    let number = babies.iter().position(|known| *known == step).ok_or_else(|| not(step))?;
                    terms[times as usize].push((number, plain));
                }
            }
        }
        passes.iter_mut().flat_map(|pass| &mut pass.terms).for_each(|terms| terms.sort_by_key(|term| term.0));
        let giants = (0..count as i64).map(|times| ctx.normalize_step(times * giant)).collect();
        Ok(Self { passes, giants, onward: (count > 1).then_some(giant), ..self })
    }
}

impl Evaluator<'_> {
    /// Σ_g φ^g(S_g), from the last to the first.
    pub(super) fn moved_onward<'c>(
        &'c self,
        basis: Basis,
        turn: &Turn<'_>,
        mut sums: Vec<Sums<'c>>,
    ) -> Option<Sums<'c>> {
        let mut total = sums.pop()?;
        while let Some(mut below) = sums.pop() {
            self.move_into(&mut below, total, turn, basis);
            total = below;
        }
        Some(total)
    }
}

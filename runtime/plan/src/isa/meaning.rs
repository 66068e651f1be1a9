//! What an operation computes on the slots, as `f64`: the one meaning that schedules and plans are run by in the clear. Divisions and
//! key switches change no value.

use super::{Half, Op};
use crate::constant::SlotVector;
use crate::tables::PerRun;
use crate::units::Step;
use std::borrow::Cow;

/// A public vector in the clear.
pub trait Vector {
    /// The vector written out.
    fn slots(&self) -> Cow<'_, [f64]>;
    /// sum + vector ∘ other, slot by slot; what is 0 in the vector adds nothing.
    fn add_product(&self, other: &[f64], sum: &mut [f64]);
}

impl Vector for SlotVector {
    fn slots(&self) -> Cow<'_, [f64]> {
        Cow::Owned(self.expand())
    }

    fn add_product(&self, other: &[f64], sum: &mut [f64]) {
        SlotVector::add_product(self, other, sum);
    }
}

/// The results of an operation that reads ciphertexts, with nothing that is looked up by the run ([`Op::at_run`]); none of an input, an
/// encoding or a loop variable, whose values their readers have. Of operands that are missing nothing comes.
#[must_use]
pub fn clear<P: Vector>(op: &Op<&P>, ciphers: &[&[f64]]) -> Vec<Vec<f64>> {
    let [a, b] = [0, 1].map(|at| ciphers.get(at).copied().unwrap_or_default());
    let zip = |other: &[f64], f: fn(f64, f64) -> f64| a.iter().zip(other).map(|(x, y)| f(*x, *y)).collect();
    let zeros = || vec![0.0; a.len()];
    match op {
        Op::Input { .. } | Op::Encode { .. } | Op::Carried { .. } | Op::Final { .. } => vec![],
        Op::Select(PerRun::Always(at)) => ciphers.get(*at as usize).map(|a| a.to_vec()).into_iter().collect(),
        Op::Select(PerRun::Table(_)) | Op::SetScale(PerRun::Table(_)) => vec![],
        Op::Refresh { results, .. } => {
            let half = |half: &Half| match half {
                Half::Re => a.to_vec(),
                Half::Im => b.to_vec(),
                Half::Both { log_slots } => {
                    let slot = |(slot, (x, y)): (usize, (&f64, &f64))| {
                        if slot >> log_slots & 1 == 0 { *x } else { *y }
                    };
                    a.iter().zip(b).enumerate().map(slot).collect()
                }
            };
            results.iter().map(half).collect()
        }
        Op::Add => vec![zip(b, |x, y| x + y)],
        Op::Sub => vec![zip(b, |x, y| x - y)],
        Op::Negate => vec![a.iter().map(|x| -x).collect()],
        Op::AddPlain(p) => vec![zip(&p.slots(), |x, y| x + y)],
        Op::SubPlain(p) => vec![zip(&p.slots(), |x, y| x - y)],
        Op::SetScale(PerRun::Always(factor)) => vec![a.iter().map(|x| x * factor.value()).collect()],
        // Slots are real.
        Op::Conjugate => vec![a.to_vec()],
        Op::Relinearize | Op::Rescale | Op::RelinearizeRescale | Op::DropLevel => vec![a.to_vec()],
        Op::SumMulPlain(plains) => {
            let mut sum = zeros();
            ciphers.iter().zip(plains).for_each(|(a, p)| p.add_product(a, &mut sum));
            vec![sum]
        }
        Op::SumMul => {
            let mut sum = zeros();
            for pair in ciphers.chunks_exact(2) {
                let products = pair[0].iter().zip(pair[1]);
                sum.iter_mut().zip(products).for_each(|(sum, (x, y))| *sum += x * y);
            }
            vec![sum]
        }
        Op::Rotate(steps) => steps.iter().map(|step| turned(a, *step)).collect(),
        Op::SumRotations(steps) => {
            let mut sum = zeros();
            for (a, step) in ciphers.iter().zip(steps) {
                sum.iter_mut().zip(turned(a, *step)).for_each(|(sum, x)| *sum += x);
            }
            vec![sum]
        }
        Op::HoistedProducts(sums) => {
            let mut ciphers = ciphers.iter();
            let mut one = |terms: &Vec<(Step, &P)>| {
                let mut sum = zeros();
                for ((step, p), a) in terms.iter().zip(ciphers.by_ref()) {
                    p.add_product(&turned(a, *step), &mut sum);
                }
                sum
            };
            sums.iter().map(&mut one).collect()
        }
    }
}

/// Slot `i + step` moves to slot `i`.
fn turned(a: &[f64], step: Step) -> Vec<f64> {
    let mut turned = a.to_vec();
    turned.rotate_left(step.0 as usize % a.len().max(1));
    turned
}

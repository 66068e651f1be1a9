//! What takes the levels of a program that is too deep.

use super::depth::{max_depth, too_deep};
use super::failure::{ParamsFailure, Spent};
use super::request::Requirements;
use crate::ckks::critical::critical_chain;
use crate::slot;
use hep_plan::Part;
use hep_tensor as tensor;
use hep_tensor::graph::Loop;
use hep_tensor::optimization::Optimizations;

/// Iterations that are written out to see that a longer loop is too deep for every ring: more than any ring has levels.
const ENOUGH: u32 = 128;

impl Spent {
    /// On the longest chain of a packed program, of whose iterations no more are gone through than show it.
    pub fn of(slot: &slot::Program, on: Optimizations) -> Self {
        let shorter = slot::Program { iterations: slot.iterations.min(ENOUGH), ..slot.clone() };
        let chain = critical_chain(&shorter, on).unwrap_or_default();
        let levels = |part: Part| chain.iter().filter(|at| **at == part).count() as u32;
        let iterations = (1..=shorter.iterations).map(|iteration| levels(Part::Iteration(iteration)));
        Self { before: levels(Part::Prologue), iteration: iterations.max().unwrap_or(0) }
    }
}

/// The failure of a long loop whose first iterations are too deep for the largest ring already: every iteration adds to the
/// chain. Nothing where they are not, or the loop is short.
pub fn beyond_all(program: &tensor::Program, log_n: u32, wanted: &Requirements<'_>) -> Option<ParamsFailure> {
    if program.train.iterations <= ENOUGH {
        return None;
    }
    let train = Loop { iterations: ENOUGH, ..program.train.clone() };
    let shorter = tensor::Program { train, ..program.clone() };
    let packed = slot::lower(&shorter, 1 << (log_n - 1)).ok()?;
    let chain = critical_chain(&packed, wanted.with.on).unwrap_or_default();
    if chain.len() as u32 <= max_depth(log_n, wanted.security) {
        return None;
    }
    let mut failure = too_deep(chain.len() as u32, log_n, wanted.security);
    if let ParamsFailure::Depth { spent, .. } = &mut failure {
        *spent = Spent::of(&packed, wanted.with.on);
    }
    Some(failure)
}

//! Passes: `Program -> Program`, each keeping what the interpreter computes.
//!
//! A pass rebuilds the graph operands-first and maps the program's roots to the new nodes; names and spans stay
//! with the values they belong to. A rewritten value that is no longer the named one (`s · G` in place of `G`) has
//! no name.

pub mod cse;
pub mod dce;
pub mod fold_scalars;
pub mod invariant_scaling;
pub mod polynomials;
mod rewriter;
mod scale;
#[cfg(test)]
mod tests;

use super::graph::Program;
use super::verify::verify;
use crate::optimization::{Optimization, Optimizations};
use crate::stage::{Clock, Stage, With};

pub use cse::share;
pub use dce::remove_dead;
pub use fold_scalars::fold_scalars;
pub use invariant_scaling::scale_invariants;
pub use polynomials::collect_polynomials;

/// All passes in order.
///
/// Sharing comes first because the others ask how often a value is used. Loop-invariant factors move before
/// scalars: a scalar between a preconditioner and the gradient would otherwise be folded into the preconditioner,
/// which then is no longer invariant. Sharing at the end merges what folding made equal.
#[must_use]
pub fn optimize(program: Program) -> Program {
    optimize_with(program, With { on: Optimizations::default(), clock: &Clock::default() })
}

/// [`optimize`] with some of it left out.
#[must_use]
pub fn optimize_with(program: Program, with: With<'_>) -> Program {
    let run = |stage: Stage, program: Program, pass: fn(Program) -> Program| {
        let made = with.clock.time(stage, || remove_dead(pass(program)));
        debug_assert_eq!(verify(&made), vec![], "after {}", stage.name());
        made
    };
    let sharing: fn(Program) -> Program =
        if with.uses(Optimization::CommonSubexpressions) { share } else { |program| program };
    let mut program = run(Stage::Share, program, sharing);
    if with.uses(Optimization::InvariantFactors) {
        program = run(Stage::ScaleInvariants, program, scale_invariants);
    }
    program = run(Stage::FoldScalars, program, fold_scalars);
    if with.uses(Optimization::ScalarsInScales) {
        program = run(Stage::CollectPolynomials, program, collect_polynomials);
    }
    run(Stage::Share, program, sharing)
}

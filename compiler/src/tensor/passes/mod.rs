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
use crate::optimization::{Optimization, Without};

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
    optimize_without(program, Without::default())
}

/// [`optimize`] with some of it left out.
#[must_use]
pub fn optimize_without(program: Program, without: Without) -> Program {
    let shared = |program: Program| {
        let share_equal = without.uses(Optimization::CommonSubexpressions);
        remove_dead(if share_equal { share(program) } else { program })
    };
    let mut program = shared(program);
    if without.uses(Optimization::InvariantFactors) {
        program = remove_dead(scale_invariants(program));
    }
    program = remove_dead(fold_scalars(program));
    if without.uses(Optimization::ScalarsInScales) {
        program = remove_dead(collect_polynomials(program));
    }
    shared(program)
}

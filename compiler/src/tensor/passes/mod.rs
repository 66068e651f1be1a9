//! Passes: `Program -> Program`, each keeping what the interpreter computes.
//!
//! A pass rebuilds the graph operands-first and maps the program's roots to the new nodes; names and spans stay
//! with the values they belong to. A rewritten value that is no longer the named one (`s · G` in place of `G`) has
//! no name.

pub mod cse;
pub mod dce;
pub mod fold_scalars;
pub mod invariant_scaling;
mod rewriter;
mod scale;
#[cfg(test)]
mod tests;

use super::graph::Program;

pub use cse::share;
pub use dce::remove_dead;
pub use fold_scalars::fold_scalars;
pub use invariant_scaling::scale_invariants;

/// All passes in order.
///
/// Sharing comes first because the others ask how often a value is used. Loop-invariant factors move before
/// scalars: a scalar between a preconditioner and the gradient would otherwise be folded into the preconditioner,
/// which then is no longer invariant. Sharing at the end merges what folding made equal.
#[must_use]
pub fn optimize(program: Program) -> Program {
    let program = remove_dead(share(program));
    let program = remove_dead(scale_invariants(program));
    let program = remove_dead(fold_scalars(program));
    remove_dead(share(program))
}

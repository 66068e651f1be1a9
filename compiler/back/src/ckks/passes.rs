//! Passes on schedules: `Program -> Program`, each keeping depths, scales and what the interpreter computes.
//!
//! 1. [`rematerialize`](fn@rematerialize), before levels are placed: each copy of the data then gets the level of its own users.
//! 2. [`relinearize`](fn@relinearize): a minimal cut needs every product as it is, before anything is fused.
//! 3. [`fuse_rescale`](fn@fuse_rescale): joins what a cut has put side by side.
//! 4. [`radix4`](fn@radix4), where the whole schedule gets no dearer by it: it asks for more keys.
//! 5. [`keys`], under a budget: rotations are still single ones, each with its key.
//! 6. [`double_hoisting`](fn@double_hoisting) and [`rotate_sum`](fn@rotate_sum), last, because what they make is several rotations
//!    in one and cannot be composed of others. Products come first: they take the rotations that would be a sum, too, and save a
//!    rescale beside.

mod double_hoisting;
#[cfg(test)]
mod drafts;
mod fuse_rescale;
pub mod keys;
mod radix4;
mod relinearize;
mod rematerialize;
mod rotate_sum;

use super::Program;
use super::verify::verify;
use hep_tensor::optimization::Optimization;
use hep_tensor::stage::{Clock, Stage, With};
use std::borrow::Cow;

pub use double_hoisting::double_hoisting;
pub use fuse_rescale::fuse_rescale;
pub use radix4::radix4;
pub use relinearize::{Prices, relinearize};
pub use rematerialize::{Lifetime, rematerialize};
pub use rotate_sum::rotate_sum;

/// Runs a pass, and in debug builds looks at what it made.
pub fn run(stage: Stage, clock: &Clock, pass: impl FnOnce() -> Program) -> Program {
    let made = clock.time(stage, pass);
    verified(stage, &made);
    made
}

fn verified(stage: Stage, made: &Program) {
    debug_assert_eq!(verify(made), Vec::<String>::new(), "after {}", stage.name());
}

/// A fresh schedule with relinearizations where they are cheapest.
#[must_use]
pub fn relinearized(program: Program, prices: Prices<'_>, with: With<'_>) -> Program {
    let mut program = program;
    if with.uses(Optimization::LateRelinearization) {
        program = run(Stage::Relinearize, with.clock, || relinearize(&program, prices));
    }
    if with.uses(Optimization::FusedRescale) {
        program = run(Stage::FuseRescale, with.clock, || fuse_rescale(&program));
    }
    program
}

/// A schedule with the keys it will have, as it is run.
#[must_use]
pub fn hoisted<'a>(program: &'a Program, with: With<'_>) -> Cow<'a, Program> {
    type Pass = (Stage, Optimization, fn(&Program) -> Option<Program>);
    let passes: [Pass; 2] = [
        (Stage::DoubleHoisting, Optimization::DoubleHoisting, double_hoisting),
        (Stage::RotateSum, Optimization::RotateSum, rotate_sum),
    ];
    let mut hoisted = Cow::Borrowed(program);
    // Without hoisting every rotation is for itself.
    for (stage, switch, pass) in passes.into_iter().filter(|_| with.uses(Optimization::Hoisting)) {
        if with.uses(switch)
            && let Some(made) = with.clock.time(stage, || pass(&hoisted))
        {
            verified(stage, &made);
            hoisted = Cow::Owned(made);
        }
    }
    hoisted
}

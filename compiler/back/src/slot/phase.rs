//! When the nodes of a slot graph are evaluated.

use super::graph::Program;

/// Before the loop, in every iteration, or after the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Depends on no loop variable.
    Before,
    /// Depends on a loop variable or on the iteration.
    Body,
    /// Depends on a loop variable after the last iteration.
    After,
}

/// Phase of every node that a result or an observed score needs.
#[must_use]
pub fn phases(program: &Program) -> Vec<Option<Phase>> {
    let needed = program.graph.reachable(program.observed_roots());
    let (body, after) = (program.in_body(), program.in_epilogue());
    let phase = |i: usize| match (body[i], after[i]) {
        (true, _) => Phase::Body,
        (_, true) => Phase::After,
        _ => Phase::Before,
    };
    program.graph.ids().map(|id| needed[id.index()].then(|| phase(id.index()))).collect()
}

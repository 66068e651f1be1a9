//! Where a node is evaluated: before the loop, in every iteration, or after it.

use super::graph::{Node, Op, Program};
use crate::dag::{Dag, NodeId};

/// Part of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Region {
    /// Depends on no loop variable: evaluated once, before the loop.
    Before,
    /// Depends on a loop variable, the iteration number or a mini-batch.
    Body,
    /// Depends on the value of a loop variable after the last iteration.
    After,
}

/// Region of a node whose operands' regions are known.
#[must_use]
pub fn region_of(graph: &Dag<Node>, id: NodeId, known: &[Region]) -> Region {
    match graph.node(id).op {
        Op::Final(_) => Region::After,
        ref op if op.of_an_iteration() => Region::Body,
        _ => {
            let operands = graph.operands(id).iter().filter_map(|o| known.get(o.index()).copied());
            // `max` would hide a body node behind a final value; [`super::verify`] rejects such a mixture.
            operands.max().unwrap_or(Region::Before)
        }
    }
}

/// Region of every node.
#[must_use]
pub fn regions(program: &Program) -> Vec<Region> {
    let mut known = Vec::with_capacity(program.graph.len());
    for id in program.graph.ids() {
        let region = region_of(&program.graph, id, &known);
        known.push(region);
    }
    known
}

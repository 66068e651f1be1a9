//! Relinearisation and rescale in one: both end in a division, by P and by q, and dividing once by P·q costs a quarter less and
//! rounds once.
//!
//! A relinearisation is merged where its one use is a rescale. Depths, scales and meaning stay.

use super::graph::{Node, Op, Program};
use crate::dag::NodeId;

/// The program with merged operations.
#[must_use]
pub fn merge(program: Program) -> Program {
    let graph = &program.graph;
    let mut uses = graph.use_counts();
    program.outputs.iter().flat_map(|o| &o.values).for_each(|id| uses[id.index()] += 1);
    let merges = |id: NodeId| match (&graph.node(id).op, graph.operands(id)) {
        (Op::Rescale, &[pair]) => graph.node(pair).op == Op::Relinearize && uses[pair.index()] == 1,
        _ => false,
    };
    let mut swallowed = vec![false; graph.len()];
    graph.ids().filter(|id| merges(*id)).for_each(|id| swallowed[graph.operands(id)[0].index()] = true);

    let mut merged = program.rewrite();
    while let Some(id) = merged.advance() {
        if swallowed[id.index()] {
            continue;
        }
        if merges(id) {
            let operands = merged.operands(graph.operands(id)[0]);
            let node = Node { op: Op::RelinearizeRescale, ..graph.node(id).clone() };
            let new = merged.graph.push(node, operands);
            merged.became(id, new);
        } else {
            merged.keep(id);
        }
    }
    program.rewritten(merged)
}

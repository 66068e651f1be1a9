//! Relinearization and rescale in one: both end in a division, by P and by q, and dividing once by P·q costs a quarter less and
//! rounds once.
//!
//! A relinearization is fused where its one use is a rescale. Depths, scales and meaning stay.

use crate::ckks::graph::{Node, Op, Program};
use hep_tensor::dag::NodeId;

/// The program with fused operations.
#[must_use]
pub fn fuse_rescale(program: &Program) -> Program {
    let graph = &program.graph;
    let uses = program.uses();
    let fuses = |id: NodeId| match (&graph.node(id).op, graph.operands(id)) {
        (Op::Rescale, &[pair]) => graph.node(pair).op == Op::Relinearize && uses[pair.index()] == 1,
        _ => false,
    };
    let mut swallowed = vec![false; graph.len()];
    graph.ids().filter(|id| fuses(*id)).for_each(|id| swallowed[graph.operands(id)[0].index()] = true);

    let mut fused = program.rewrite();
    while let Some(id) = fused.advance() {
        if swallowed[id.index()] {
            continue;
        }
        if fuses(id) {
            let operands = fused.operands(graph.operands(id)[0]);
            let node = Node { op: Op::RelinearizeRescale, ..graph.node(id).clone() };
            let new = fused.graph.push(node, operands);
            fused.became(id, new);
        } else {
            fused.keep(id);
        }
    }
    program.rewritten(fused)
}

//! Sums before rescales: r(a) + r(b) is r(a + b), with one rescale and its rounding fewer, and both products can share a
//! relinearisation.

use super::mapped;
use crate::ckks::graph::{Node, Op, Program};
use crate::dag::{Dag, NodeMap};

/// The program with sums of values that are rescaled for nothing else moved in front of the rescales.
pub fn sums_first(program: Program) -> Program {
    let source = &program.graph;
    let mut uses = source.use_counts();
    program.outputs.iter().flat_map(|o| &o.values).for_each(|id| uses[id.index()] += 1);
    let mut graph: Dag<Node> = Dag::new();
    let mut map = NodeMap::new();
    for id in source.ids() {
        let node = source.node(id);
        let operands = mapped(&map, source.operands(id));
        let alone = source.operands(id).iter().all(|operand| uses[operand.index()] == 1);
        let rescaled = operands.iter().all(|operand| graph.node(*operand).op == Op::Rescale);
        if matches!(node.op, Op::Add | Op::Sub) && alone && rescaled {
            let before: Vec<_> = operands.iter().map(|operand| graph.operands(*operand)[0]).collect();
            let scale = |of: usize| program.scales.resolve(&graph.node(before[of]).scale);
            if scale(0) == scale(1) {
                let first = graph.node(before[0]);
                let parts = first.parts.max(graph.node(before[1]).parts);
                let sum = Node { depth: first.depth, scale: first.scale.clone(), parts, ..node.clone() };
                let sum = graph.push(sum, before);
                map.insert(id, graph.push(Node { op: Op::Rescale, ..node.clone() }, vec![sum]));
                continue;
            }
        }
        map.insert(id, graph.push(node.clone(), operands));
    }
    super::with_graph(program, graph, &map).without_unread()
}

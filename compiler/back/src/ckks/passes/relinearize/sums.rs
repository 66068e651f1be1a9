//! Sums before rescales: r(a) + r(b) is r(a + b), with one rescale and its rounding fewer, and both products can share a
//! relinearization.

use crate::ckks::graph::{Node, Op, Program};

/// The program with sums of values that are rescaled for nothing else moved in front of the rescales.
pub fn sums_first(program: &Program) -> Program {
    let source = &program.graph;
    let uses = program.uses();
    let mut moved = program.rewrite();
    while let Some(id) = moved.advance() {
        let node = source.node(id);
        let operands = moved.operands(id);
        let alone = source.operands(id).iter().all(|operand| uses[operand.index()] == 1);
        let rescaled = operands.iter().all(|operand| moved.graph.node(*operand).op == Op::Rescale);
        if matches!(node.op, Op::Add | Op::Sub) && alone && rescaled {
            let before: Vec<_> = operands.iter().map(|operand| moved.graph.operands(*operand)[0]).collect();
            let scale = |of: usize| program.scales.resolve(&moved.graph.node(before[of]).scale);
            if scale(0) == scale(1) {
                let [first, second] = [0, 1].map(|of| moved.graph.node(before[of]));
                let parts = first.parts.max(second.parts);
                let sum = Node { depth: first.depth, scale: first.scale.clone(), parts, ..node.clone() };
                let sum = moved.graph.push(sum, before);
                let rescaled = moved.graph.push(Node { op: Op::Rescale, ..node.clone() }, vec![sum]);
                moved.became(id, rescaled);
                continue;
            }
        }
        moved.keep(id);
    }
    program.rewritten(moved).without_unread()
}

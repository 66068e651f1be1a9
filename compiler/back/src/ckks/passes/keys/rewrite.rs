//! The schedule with the rotations of a forest.

use super::Composed;
use super::forest::Forest;
use super::tree::less;
use crate::ckks::graph::{Node, Op, Program, Region};
use hep_plan::Step;
use hep_tensor::dag::NodeId;
use std::collections::BTreeMap;

/// Every rotation by its way; what ways have in common is one node.
pub fn rewritten(program: &Program, forest: &Forest) -> Composed {
    let graph = &program.graph;
    let mut composed = program.rewrite();
    let mut like: Vec<NodeId> = Vec::with_capacity(graph.len());
    let mut made: BTreeMap<(NodeId, u32, Region), NodeId> = BTreeMap::new();
    while let Some(id) = composed.advance() {
        let node = graph.node(id);
        let new = match (node.op.rotation(), graph.operands(id)) {
            (Some(step), &[source]) => {
                let tree = forest.demands.of.get(&source).map(|demand| forest.tree(*demand));
                let way = tree.map_or_else(|| vec![step.0], |tree| tree.way(step.0));
                let mut last = composed.at(source);
                let mut from = 0;
                for at in way {
                    let by = Step(less(at, from, forest.demands.slots));
                    let push = || {
                        like.push(source);
                        composed.graph.push(Node { op: Op::Rotate(vec![by]), ..node.clone() }, vec![last])
                    };
                    last = *made.entry((source, at, program.region(id))).or_insert_with(push);
                    from = at;
                }
                last
            }
            _ => {
                like.push(id);
                composed.keep(id)
            }
        };
        composed.became(id, new);
    }
    Composed { program: program.rewritten(composed), like }
}

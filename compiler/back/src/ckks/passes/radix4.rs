//! Rotate-and-add in radix 4: two steps, y = x + rot(x, a), y + rot(y, b), are x + rot(x, a) + rot(x, b) + rot(x, a + b).
//!
//! One decomposition for three rotations instead of two for two, and one step where two had to wait for each other, for one key
//! more. Depths, scales and meaning stay.

use crate::ckks::graph::{Node, Op, Program};
use hep_plan::Step;
use hep_tensor::dag::{Dag, NodeId};
use std::collections::{BTreeMap, BTreeSet};

/// One step of rotate-and-add: what is added to its rotation, and the rotation.
fn fold(graph: &Dag<Node>, id: NodeId) -> Option<(NodeId, NodeId, Step)> {
    let (Op::Add, &[a, b]) = (&graph.node(id).op, graph.operands(id)) else { return None };
    [(a, b), (b, a)].into_iter().find_map(|(source, rotated)| {
        let (Some(step), &[of]) = (graph.node(rotated).op.rotation(), graph.operands(rotated)) else {
            return None;
        };
        (of == source).then_some((source, rotated, step))
    })
}

/// Two steps of rotate-and-add.
struct Pair {
    source: NodeId,
    first: Step,
    second: Step,
    both: Step,
}

/// All pairs of steps, by the second one.
fn pairs(program: &Program) -> BTreeMap<NodeId, Pair> {
    let graph = &program.graph;
    let uses = program.uses();
    let mut pairs: BTreeMap<NodeId, Pair> = BTreeMap::new();
    for id in graph.ids() {
        let Some((middle, rotated, second)) = fold(graph, id) else { continue };
        let Some((source, first_rotated, first)) = fold(graph, middle) else { continue };
        let alone =
            uses[middle.index()] == 2 && uses[rotated.index()] == 1 && uses[first_rotated.index()] == 1;
        let both = Step((first.0 + second.0) % program.slots.max(1) as u32);
        // What comes round to where it was is no rotation.
        if alone && !both.is_zero() && !pairs.contains_key(&middle) {
            pairs.insert(id, Pair { source, first, second, both });
        }
    }
    pairs
}

/// The program with two steps of rotate-and-add as one, where the keys for them serve more than one rotation each on average.
#[must_use]
pub fn radix4(program: &Program) -> Program {
    let graph = &program.graph;
    let pairs = pairs(program);
    let there = graph.ids().filter_map(|id| graph.node(id).op.rotation());
    let there: BTreeSet<Step> = there.collect();
    let keys: BTreeSet<Step> =
        pairs.values().map(|pair| pair.both).filter(|both| !there.contains(both)).collect();
    if pairs.len() <= keys.len() {
        return program.clone();
    }
    let mut wide = program.rewrite();
    while let Some(id) = wide.advance() {
        let node = graph.node(id);
        let new = match pairs.get(&id) {
            Some(pair) => {
                let source = wide.at(pair.source);
                let mut sum = source;
                for step in [pair.first, pair.second, pair.both] {
                    let turned =
                        wide.graph.push(Node { op: Op::Rotate(vec![step]), ..node.clone() }, vec![source]);
                    sum = wide.graph.push(node.clone(), vec![sum, turned]);
                }
                sum
            }
            None => wide.keep(id),
        };
        wide.became(id, new);
    }
    program.rewritten(wide).without_unread()
}

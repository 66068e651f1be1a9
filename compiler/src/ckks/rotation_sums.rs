//! Sums of rotations as one operation, which divides by the special modulus once (double hoisting: Bossuat, Mouchet,
//! Troncoso-Pastoriza & Hubaux, EUROCRYPT 2021).
//!
//! Two passes:
//!
//! - [`widen`]: two steps of rotate-and-add, y = x + rot(x, a), y + rot(y, b), are x + rot(x, a) + rot(x, b) + rot(x, a + b): one
//!   decomposition for three rotations instead of two for two, and one step where two had to wait for each other, for one key more.
//! - [`fuse`]: a tree of additions over rotations that nothing else reads is one [`Op::SumRotations`]. Rotations of a ciphertext that
//!   is also rotated elsewhere stay, because they share its decomposition there.
//!
//! Depths, scales and meaning stay.

use super::graph::{Node, Op, Program};
use crate::dag::{Dag, NodeId};
use hep_plan::Step;
use std::collections::{BTreeMap, BTreeSet};

/// Uses of each node, results included.
fn uses(program: &Program) -> Vec<usize> {
    let mut uses = program.graph.use_counts();
    program.outputs.iter().flat_map(|o| &o.values).for_each(|id| uses[id.index()] += 1);
    uses
}

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
    let uses = uses(program);
    let mut pairs: BTreeMap<NodeId, Pair> = BTreeMap::new();
    for id in graph.ids() {
        let Some((middle, rotated, second)) = fold(graph, id) else { continue };
        let Some((source, first_rotated, first)) = fold(graph, middle) else { continue };
        let alone =
            uses[middle.index()] == 2 && uses[rotated.index()] == 1 && uses[first_rotated.index()] == 1;
        if alone && !pairs.contains_key(&middle) {
            let both = Step((first.0 + second.0) % program.slots.max(1) as u32);
            pairs.insert(id, Pair { source, first, second, both });
        }
    }
    pairs
}

/// The program with two steps of rotate-and-add as one, where the keys for them serve more than one rotation each on average.
#[must_use]
pub fn widen(program: &Program) -> Program {
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

/// The program with its sums of rotations.
#[must_use]
pub fn fuse(program: &Program) -> Program {
    let graph = &program.graph;
    let uses = uses(program);
    let mut rotations = vec![0usize; graph.len()];
    for id in graph.ids().filter(|id| graph.node(*id).op.rotation().is_some()) {
        rotations[graph.operands(id)[0].index()] += 1;
    }
    let adds = |id: NodeId| graph.node(id).op == Op::Add && graph.node(id).parts == 2;
    let mut inside = vec![false; graph.len()];
    let mut sums: BTreeMap<NodeId, Vec<(NodeId, Step)>> = BTreeMap::new();
    // From the results: a tree is found at its root.
    for root in graph.ids().rev().filter(|id| adds(*id)) {
        if inside[root.index()] {
            continue;
        }
        let (mut leaves, mut within) = (Vec::new(), Vec::new());
        let mut stack = vec![root];
        while let Some(id) = stack.pop() {
            if id == root || adds(id) && uses[id.index()] == 1 {
                within.push(id);
                stack.extend(graph.operands(id).iter().rev());
            } else {
                leaves.push(id);
            }
        }
        // A part of the tree has no more rotations than the whole.
        within.iter().for_each(|id| inside[id.index()] = true);
        let terms = terms(graph, &leaves, &uses, &rotations);
        if terms.iter().filter(|(_, step)| step.0 != 0).count() > 1 {
            sums.insert(root, terms);
        }
    }
    let mut fused = program.rewrite();
    while let Some(id) = fused.advance() {
        let node = graph.node(id);
        let new = match sums.get(&id) {
            Some(terms) => {
                // What is not rotated here would be decomposed for nothing: it is added afterwards.
                let moved: BTreeSet<NodeId> =
                    terms.iter().filter(|(_, step)| step.0 != 0).map(|(source, _)| *source).collect();
                let (turned, still): (Vec<_>, Vec<_>) =
                    terms.iter().copied().partition(|(source, _)| moved.contains(source));
                let (sources, steps): (Vec<NodeId>, Vec<Step>) = turned.into_iter().unzip();
                let operands = sources.iter().map(|source| fused.at(*source)).collect();
                let mut sum =
                    fused.graph.push(Node { op: Op::SumRotations(steps), ..node.clone() }, operands);
                for (other, _) in still {
                    let operands = vec![sum, fused.at(other)];
                    sum = fused.graph.push(node.clone(), operands);
                }
                sum
            }
            None => fused.keep(id),
        };
        fused.became(id, new);
    }
    program.rewritten(fused).without_unread()
}

/// Leaves of a sum as rotations of their sources; those of one source follow each other.
fn terms(graph: &Dag<Node>, leaves: &[NodeId], uses: &[usize], rotations: &[usize]) -> Vec<(NodeId, Step)> {
    let source = |id: NodeId| match (graph.node(id).op.rotation(), graph.operands(id)) {
        (Some(step), &[source]) if uses[id.index()] == 1 => Some((source, step)),
        _ => None,
    };
    let mut here: BTreeMap<NodeId, usize> = BTreeMap::new();
    leaves.iter().filter_map(|id| source(*id)).for_each(|(source, _)| *here.entry(source).or_default() += 1);
    let term = |id: &NodeId| match source(*id) {
        Some((source, step)) if here[&source] == rotations[source.index()] => (source, step),
        _ => (*id, Step(0)),
    };
    let mut order: BTreeMap<NodeId, usize> = BTreeMap::new();
    let mut terms: Vec<(NodeId, Step)> = leaves.iter().map(term).collect();
    for (source, _) in &terms {
        let next = order.len();
        order.entry(*source).or_insert(next);
    }
    terms.sort_by_key(|(source, _)| order[source]);
    terms
}

#[cfg(test)]
mod tests;

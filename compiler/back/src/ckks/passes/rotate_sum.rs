//! Sums of rotations as one operation, which divides by the special modulus once (double hoisting: Bossuat, Mouchet,
//! Troncoso-Pastoriza & Hubaux, EUROCRYPT 2021).
//!
//! A tree of additions over rotations that nothing else reads is one [`Op::SumRotations`]. Rotations of a ciphertext that is also
//! rotated elsewhere stay, because they share its decomposition there. Depths, scales and meaning stay.

use crate::ckks::graph::{Node, Op, Program};
use hep_plan::Step;
use hep_tensor::dag::{Dag, NodeId};
use std::collections::{BTreeMap, BTreeSet};

/// The program with its sums of rotations; none where it has none.
#[must_use]
pub fn rotate_sum(program: &Program) -> Option<Program> {
    let graph = &program.graph;
    let uses = program.uses();
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
    if sums.is_empty() {
        return None;
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
    Some(program.rewritten(fused).without_unread())
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

//! Rematerialization: copies of the data are made again where they are used, instead of being kept from before the loop.
//!
//! What comes before the loop and is linear in the uploads costs rotations and products with masks to make, and memory
//! for as long as it lives. With a shorter [`Lifetime`] every user has copies of its own. Level placement then makes each at
//! the level where it is used: later copies are cheaper than the first.

use crate::ckks::graph::Op;
use crate::ckks::unroll::{Node, Unrolled};
use hep_plan::Part;
use hep_tensor as tensor;
use hep_tensor::dag::{Dag, NodeId, Rewrite, Rewritten};
use std::collections::BTreeMap;

/// How long copies of the data live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifetime {
    /// From before the loop to their last use.
    #[default]
    Run,
    /// One iteration.
    Iteration,
    /// One operation of the tensor program in one iteration.
    Operation,
}

impl Lifetime {
    /// All, from the least work to the least memory.
    pub const ALL: [Self; 3] = [Self::Run, Self::Iteration, Self::Operation];

    /// What users of one copy have in common.
    fn group(self, part: Part, user: &Node) -> Group {
        match self {
            Self::Run => (Part::Prologue, None),
            Self::Iteration => (part, None),
            Self::Operation => (part, Some(user.origin)),
        }
    }
}

/// Users of one copy: all of a part, or those of one operation.
type Group = (Part, Option<tensor::NodeId>);

/// The program with copies of this lifetime.
#[must_use]
pub fn rematerialize(unrolled: Unrolled, lifetime: Lifetime) -> Unrolled {
    if lifetime == Lifetime::Run {
        return unrolled;
    }
    let graph = &unrolled.graph;
    let made = Rewrite::of_parts(graph, &unrolled.parts);
    let mut pass =
        Pass { source: graph, cheap: linear_before_the_loop(graph), made, copies: BTreeMap::new() };
    while let Some(id) = pass.made.advance() {
        let node = graph.node(id);
        let group = (!node.of_uploads).then(|| lifetime.group(unrolled.parts.at(id.index()), node));
        let operands = graph.operands(id).iter().map(|operand| pass.operand(*operand, group)).collect();
        let new = pass.made.graph.push(node.clone(), operands);
        pass.made.became(id, new);
    }
    let Rewritten { graph, parts, map } = pass.made.finish();
    let value = |id: &NodeId| map.at(*id);
    let outputs = unrolled.outputs.iter().map(|values| values.iter().map(value).collect()).collect();
    let repeats = unrolled.repeats.as_ref().map(|repeats| repeats.map(|id| map.at(id)));
    Unrolled { graph, parts, outputs, repeats, ..unrolled }
}

/// What is made of uploads by rotations, sums and products with public vectors, outside of the loop.
fn linear_before_the_loop(graph: &Dag<Node>) -> Vec<bool> {
    let mut linear: Vec<bool> = Vec::with_capacity(graph.len());
    for id in graph.ids() {
        let node = graph.node(id);
        let own = node.of_uploads && node.op != Op::SumMul;
        linear.push(own && graph.operands(id).iter().all(|operand| linear[operand.index()]));
    }
    linear
}

struct Pass<'a> {
    source: &'a Dag<Node>,
    cheap: Vec<bool>,
    /// Nodes where they have one place.
    made: Rewrite<'a, Node>,
    /// Copies by their users.
    copies: BTreeMap<(NodeId, Group), NodeId>,
}

impl Pass<'_> {
    /// An operand for a user in the loop, or before it.
    fn operand(&mut self, id: NodeId, group: Option<Group>) -> NodeId {
        let Some(group) = group.filter(|_| self.cheap[id.index()]) else {
            return self.made.at(id);
        };
        // Operands first, without recursion: the chains are as long as a program makes them.
        let mut stack = vec![id];
        while let Some(&next) = stack.last() {
            if self.copies.contains_key(&(next, group)) {
                stack.pop();
                continue;
            }
            let made = |operand: &NodeId| self.copies.get(&(*operand, group)).copied();
            let operands = self.source.operands(next);
            let missing: Vec<NodeId> = operands.iter().filter(|o| made(o).is_none()).copied().collect();
            if missing.is_empty() {
                let operands = operands.iter().filter_map(made).collect();
                let copy = self.made.graph.push(self.source.node(next).clone(), operands);
                self.copies.insert((next, group), copy);
                stack.pop();
            } else {
                stack.extend(missing);
            }
        }
        self.copies[&(id, group)]
    }
}

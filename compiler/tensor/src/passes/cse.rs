//! Common subexpressions: equal operations on equal operands become one node.
//!
//! Sums and products are equal up to the order of their operands, contractions up to the numbering of their labels.
//! Values of equal numbers but different dimension names stay apart.

use super::super::graph::{Node, Op, Program};
use super::rewriter::remap;
use crate::dag::{Dag, NodeId, NodeMap};
use crate::named::numbered;
use hep_plan::host::{Binary, HostOp};
use std::collections::BTreeMap;

/// Operands in increasing order and the kind of operation: equal nodes have equal keys.
type Key = (Vec<NodeId>, String);

/// Shares equal nodes. The one kept is the first; it takes over a name if it has none.
#[must_use]
pub fn share(program: Program) -> Program {
    let mut graph: Dag<Node> = Dag::new();
    let mut map = NodeMap::default();
    let mut known: BTreeMap<Key, Vec<NodeId>> = BTreeMap::new();
    for id in program.graph.ids() {
        let node = program.graph.node(id);
        let operands: Vec<NodeId> = program.graph.operands(id).iter().map(|&o| map.at(o)).collect();
        let candidates = known.entry(key(&node.op, &operands)).or_default();
        let equal = candidates.iter().copied().find(|&c| same(&graph, c, node, &operands));
        let new = equal.unwrap_or_else(|| {
            let new = graph.push(node.clone(), operands);
            candidates.push(new);
            new
        });
        if equal.is_some() && graph.node(new).name.is_none() {
            graph.node_mut(new).name.clone_from(&node.name);
        }
        map.insert(id, new);
    }
    remap(program, graph, &map)
}

fn key(op: &Op, operands: &[NodeId]) -> Key {
    let mut operands = operands.to_vec();
    operands.sort_unstable();
    let kind = match op {
        // Large constants make long texts; the shape and the first number tell most of them apart.
        Op::Host(HostOp::Constant(value)) => format!("constant{:?} {:?}", value.shape, value.data.first()),
        Op::Host(op) => op.name(),
        op => format!("{op:?}"),
    };
    (operands, kind)
}

fn same(graph: &Dag<Node>, candidate: NodeId, node: &Node, operands: &[NodeId]) -> bool {
    let other = graph.node(candidate);
    if other.ty.dims != node.ty.dims || other.ty.place != node.ty.place || other.ty.values != node.ty.values {
        return false;
    }
    let known = graph.operands(candidate);
    let straight = (canonical(&node.op), operands.to_vec());
    let there = (canonical(&other.op), known.to_vec());
    straight == there || swapped(&node.op, operands).is_some_and(|swapped| swapped == there)
}

/// A commutative operation with its operands exchanged.
fn swapped(op: &Op, operands: &[NodeId]) -> Option<(Op, Vec<NodeId>)> {
    let &[a, b] = operands else { return None };
    let op = match op {
        Op::Host(HostOp::Binary { f: f @ (Binary::Add | Binary::Mul), left, right, rank }) => {
            HostOp::Binary { f: *f, left: right.clone(), right: left.clone(), rank: *rank }
        }
        Op::Host(HostOp::Contract { left, right, sum, out }) => {
            HostOp::Contract { left: right.clone(), right: left.clone(), sum: *sum, out: out.clone() }
        }
        _ => return None,
    };
    Some((canonical(&Op::Host(op)), vec![b, a]))
}

fn canonical(op: &Op) -> Op {
    match op {
        Op::Host(op) => Op::Host(numbered(op)),
        op => op.clone(),
    }
}

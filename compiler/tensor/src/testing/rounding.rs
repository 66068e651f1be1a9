//! How far rounding may move what a program computes from its encrypted inputs.
//!
//! Secrets are combined by sums and products only. A result computed with k roundings in a row is off by at most about
//! k·ε·M, where M is what the same formula gives for the absolute values of all it reads, with every difference a sum
//! (running error analysis; Higham, Accuracy and Stability of Numerical Algorithms, chapter 3). M is as large as what
//! cancels on the way, whatever is left of it.

use super::outcome;
use crate::dag::{Dag, NodeId, NodeMap};
use crate::graph::{Node, Op, Place, Program};
use hep_plan::host::{Binary, HostOp, Unary};
use hep_plan::tensor::Tensor;
use std::collections::BTreeMap;

/// Roundings behind what the owner encrypts, and public numbers.
const PREPARED: f64 = 32.0;

/// For every element of the results the most that rounding may change.
pub fn bounds(program: &Program, data: &BTreeMap<String, Tensor>) -> BTreeMap<String, Tensor> {
    let mut sizes = outcome(&absolute(program), data);
    let unit = f64::EPSILON * roundings(program);
    sizes.values_mut().flat_map(|tensor| &mut tensor.data).for_each(|size| *size *= unit);
    sizes
}

/// The program on absolute values, with sums for differences.
fn absolute(program: &Program) -> Program {
    let (mut graph, mut map): (Dag<Node>, _) = (Dag::new(), NodeMap::default());
    let mut sizes: BTreeMap<NodeId, NodeId> = BTreeMap::new();
    for id in program.graph.ids() {
        let mut node = program.graph.node(id).clone();
        let mut operands: Vec<NodeId> = program.graph.operands(id).iter().map(|o| map.at(*o)).collect();
        if node.ty.place == Place::Secret {
            for operand in &mut operands {
                *operand = *sizes.entry(*operand).or_insert_with(|| size(&mut graph, *operand));
            }
            match &mut node.op {
                Op::Host(HostOp::Binary { f, .. }) if *f == Binary::Sub => *f = Binary::Add,
                Op::Host(op @ HostOp::Unary(Unary::Neg)) => *op = HostOp::Polynomial(vec![0.0, 1.0]),
                Op::Host(HostOp::Polynomial(c)) => c.iter_mut().for_each(|c| *c = c.abs()),
                _ => {}
            }
        }
        map.insert(id, graph.push(node, operands));
    }
    let to = |id: NodeId| map.at(id);
    let mut absolute = Program { graph: graph.clone(), ..program.clone() };
    for variable in &mut absolute.train.carried {
        variable.init = size(&mut absolute.graph, to(variable.init));
        (variable.param, variable.next) = (to(variable.param), to(variable.next));
    }
    absolute.reveals.iter_mut().for_each(|reveal| reveal.node = to(reveal.node));
    absolute.checks.clear();
    absolute.predict = absolute.predict.map(to);
    absolute
}

/// Secrets are sizes already.
fn size(graph: &mut Dag<Node>, of: NodeId) -> NodeId {
    let node = graph.node(of).clone();
    match node.ty.place {
        Place::Secret => of,
        _ => graph.push(Node { op: Op::Host(HostOp::Unary(Unary::Abs)), name: None, ..node }, vec![of]),
    }
}

/// The most roundings in a row: those of the factors of a product add up.
fn roundings(program: &Program) -> f64 {
    let mut carried = vec![PREPARED; program.train.carried.len()];
    let mut most: f64 = PREPARED;
    for _ in 0..=program.train.iterations {
        let mut counts: Vec<f64> = Vec::with_capacity(program.graph.len());
        for id in program.graph.ids() {
            let node = program.graph.node(id);
            let before = program.graph.operands(id).iter().map(|o| counts[o.index()]);
            let (worst, sum) = before.fold((0.0, 0.0), |(worst, sum), k| (f64::max(worst, k), sum + k));
            let terms = program.dims.iter().map(|dim| dim.size).max().unwrap_or(1) as f64;
            counts.push(match &node.op {
                _ if node.ty.place != Place::Secret => PREPARED,
                Op::Carried(variable) | Op::Final(variable) => carried[*variable],
                Op::Host(HostOp::Binary { f: Binary::Mul, .. }) => sum + 1.0,
                Op::Host(HostOp::Contract { .. }) => sum + terms,
                Op::Host(HostOp::Reduce { .. }) => sum + terms,
                Op::Host(HostOp::Polynomial(c)) => c.len() as f64 * (worst + 2.0),
                _ => worst + 1.0,
            });
        }
        most = counts.iter().copied().fold(most, f64::max);
        carried = program.train.carried.iter().map(|variable| counts[variable.next.index()]).collect();
    }
    most
}

//! Whether a column of ones is left of what the owner prepares, by what the preparation computes and not by what it is called.
//!
//! A value is *centered* where its mean over the samples is 0 whatever the data are: a value less its own mean over them, and
//! what sums, factors without samples and products with matrices without samples make of such values. A column of ones in a
//! centered value is a column of zeros.

use hep_plan::host::{Binary, HostOp, Reduction, Unary};
use hep_tensor::dag::{Dag, NodeId};
use hep_tensor::graph::{Node, Op};

/// So many pairs of nodes are compared.
const MOST_COMPARED: usize = 200;

/// Where the column of ones was added that a value has in its rows, and that is 0 in it; none where all is well or unknown.
pub(super) fn lost_ones(graph: &Dag<Node>, value: NodeId) -> Option<NodeId> {
    let ones = added(graph, value)?;
    let samples = graph.node(ones).ty.dims.first()?.name.clone();
    is_centered(graph, value, &samples).then_some(ones)
}

/// Operands that have this dimension.
fn operands_with(graph: &Dag<Node>, node: NodeId, dim: &str) -> Vec<NodeId> {
    graph.operands(node).iter().copied().filter(|operand| has(graph, *operand, dim)).collect()
}

fn has(graph: &Dag<Node>, node: NodeId, dim: &str) -> bool {
    graph.node(node).ty.dims.iter().any(|known| known.name == dim)
}

/// The nearest column of ones that the rows of a value come from.
fn added(graph: &Dag<Node>, value: NodeId) -> Option<NodeId> {
    let samples = &graph.node(value).ty.dims.first()?.name;
    let mut seen = std::collections::BTreeSet::new();
    let mut next = vec![value];
    while let Some(node) = next.pop() {
        if matches!(graph.node(node).op, Op::Host(HostOp::BiasColumn)) {
            return Some(node);
        }
        if seen.insert(node) {
            next.extend(operands_with(graph, node, samples));
        }
    }
    None
}

/// Whether the mean over the samples is 0. Every operand stands before its user.
fn is_centered(graph: &Dag<Node>, value: NodeId, samples: &str) -> bool {
    let mut centered: Vec<bool> = Vec::new();
    for node in graph.ids().take(value.index() + 1) {
        let known = |operand: &NodeId| centered.get(operand.index()).copied().unwrap_or(false);
        centered.push(has(graph, node, samples) && keeps_centered(graph, node, samples, &known));
    }
    centered.last().copied().unwrap_or(false)
}

fn keeps_centered(
    graph: &Dag<Node>,
    node: NodeId,
    samples: &str,
    centered: &dyn Fn(&NodeId) -> bool,
) -> bool {
    let Op::Host(op) = &graph.node(node).op else { return false };
    let with = operands_with(graph, node, samples);
    match (op, graph.operands(node), with.as_slice()) {
        (HostOp::Binary { f: Binary::Sub, .. }, [a, mean], [_]) if is_mean(graph, *mean, *a, samples) => true,
        (HostOp::Binary { f: Binary::Sub | Binary::Add, .. }, _, [a, b]) => centered(a) && centered(b),
        (HostOp::Binary { f: Binary::Mul, .. } | HostOp::Contract { .. }, _, [only]) => centered(only),
        (HostOp::Binary { f: Binary::Div | Binary::Ratio, .. }, [a, _], [only]) => a == only && centered(a),
        (HostOp::Permute(_) | HostOp::Unary(Unary::Neg), [a], _) => centered(a),
        _ => false,
    }
}

/// Whether two nodes compute one value: they are one node, or the same operations of the same inputs. What takes long to compare
/// counts as different.
fn is_same(graph: &Dag<Node>, a: NodeId, b: NodeId) -> bool {
    let mut pairs = vec![(a, b)];
    for _ in 0..MOST_COMPARED {
        let Some((a, b)) = pairs.pop() else { return true };
        if a == b {
            continue;
        }
        let (left, right) = (graph.operands(a), graph.operands(b));
        if graph.node(a).op != graph.node(b).op || left.len() != right.len() {
            return false;
        }
        pairs.extend(left.iter().copied().zip(right.iter().copied()));
    }
    false
}

/// Whether a node is the mean of a value over the samples, as such or as a sum divided by their number.
fn is_mean(graph: &Dag<Node>, node: NodeId, of: NodeId, samples: &str) -> bool {
    let reduces = |node: NodeId, wanted: Reduction| match (&graph.node(node).op, graph.operands(node)) {
        (&Op::Host(HostOp::Reduce { kind, axis }), [a]) if kind == wanted && is_same(graph, *a, of) => {
            graph.node(of).ty.dims.get(axis).is_some_and(|dim| dim.name == samples)
        }
        _ => false,
    };
    if reduces(node, Reduction::Mean) {
        return true;
    }
    let count = graph.node(of).ty.dims.iter().find(|dim| dim.name == samples).map(|dim| dim.size as f64);
    match (&graph.node(node).op, graph.operands(node)) {
        (Op::Host(HostOp::Binary { f: Binary::Div, .. }), [sum, divisor]) => {
            let divisor = match &graph.node(*divisor).op {
                Op::Host(HostOp::Constant(tensor)) if tensor.shape.is_empty() => tensor.data.first().copied(),
                _ => None,
            };
            divisor.is_some() && divisor == count && reduces(*sum, Reduction::Sum)
        }
        _ => false,
    }
}

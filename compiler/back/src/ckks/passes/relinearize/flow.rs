//! The minimal vertex cut by maximal flow.

use petgraph::algo::maximum_flow::dinics;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

/// No cut takes an edge of this capacity.
const INFINITE: u64 = u64::MAX / 4;

/// A vertex: a value of three parts unless it, or all that it depends on, is cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Price of cutting here.
    pub price: u64,
    /// Price of computing it from operands of three parts.
    pub third_part: u64,
    /// Whether it has three parts by itself.
    pub source: bool,
    /// Whether something needs it in two parts.
    pub needs_two: bool,
    /// Positions of its operands among the vertices, all smaller than its own.
    pub operands: Vec<usize>,
}

/// The vertices of a cheapest cut; among equals, one as near to the sources as there is.
pub fn cheapest_cut(vertices: &[Cut]) -> Vec<usize> {
    let mut network: DiGraph<(), u64> = DiGraph::new();
    let (source, sink) = (network.add_node(()), network.add_node(()));
    // Each vertex is two nodes: from the one before the cut to the one behind it.
    let ends: Vec<(NodeIndex, NodeIndex)> =
        vertices.iter().map(|_| (network.add_node(()), network.add_node(()))).collect();
    for (vertex, &(before, behind)) in vertices.iter().zip(&ends) {
        network.add_edge(before, behind, vertex.price);
        if vertex.source {
            network.add_edge(source, before, INFINITE);
        }
        if vertex.third_part > 0 {
            network.add_edge(before, sink, vertex.third_part);
        }
        if vertex.needs_two {
            network.add_edge(behind, sink, INFINITE);
        }
        for &operand in &vertex.operands {
            network.add_edge(ends[operand].1, before, INFINITE);
        }
    }
    let (_, flows) = dinics(&network, source, sink);
    let reached = residual(&network, &flows, source);
    let cut = |at: &usize| reached[ends[*at].0.index()] && !reached[ends[*at].1.index()];
    (0..vertices.len()).filter(cut).collect()
}

/// The nodes that more flow could reach.
fn residual(network: &DiGraph<(), u64>, flows: &[u64], source: NodeIndex) -> Vec<bool> {
    let mut reached = vec![false; network.node_count()];
    let mut stack = vec![source];
    while let Some(node) = stack.pop() {
        if std::mem::replace(&mut reached[node.index()], true) {
            continue;
        }
        let forward = network.edges(node).filter(|edge| flows[edge.id().index()] < *edge.weight());
        stack.extend(forward.map(|edge| edge.target()));
        let backward = network.edges_directed(node, petgraph::Direction::Incoming);
        stack.extend(backward.filter(|edge| flows[edge.id().index()] > 0).map(|edge| edge.source()));
    }
    reached
}

//! The graph every form is built on: nodes are appended operands-first, so index order is a topological order.
//!
//! No node is ever removed or renumbered: passes build a new graph and a map from old to new ids. [`Dag::petgraph`] is the same graph
//! for petgraph's algorithms and drawings.

use hep_plan::Parts;
use petgraph::graph::{DiGraph, NodeIndex};
use std::fmt;

/// Id of a node, also its position in topological order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl NodeId {
    /// As an index into side tables.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}

/// A directed acyclic graph with ordered operands.
#[derive(Clone, Debug)]
pub struct Dag<N> {
    nodes: Vec<N>,
    operands: Vec<Vec<NodeId>>,
}

impl<N> Default for Dag<N> {
    fn default() -> Self {
        Self { nodes: Vec::new(), operands: Vec::new() }
    }
}

impl<N> Dag<N> {
    /// An empty graph.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a node. Operands must be nodes of this graph, which makes cycles impossible.
    pub fn push(&mut self, node: N, operands: Vec<NodeId>) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        assert!(operands.iter().all(|operand| *operand < id), "operands come before their users");
        self.nodes.push(node);
        self.operands.push(operands);
        id
    }

    /// Number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.operands.len()
    }

    /// Whether there is no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.operands.is_empty()
    }

    /// The node.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &N {
        &self.nodes[id.index()]
    }

    /// The node, for changes that keep its meaning (names, spans).
    pub fn node_mut(&mut self, id: NodeId) -> &mut N {
        &mut self.nodes[id.index()]
    }

    /// Operands in order.
    #[must_use]
    pub fn operands(&self, id: NodeId) -> &[NodeId] {
        &self.operands[id.index()]
    }

    /// All ids in topological order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<N> {
        (0..self.operands.len() as u32).map(NodeId)
    }

    /// Number of uses of each node; an operand that occurs twice counts twice.
    #[must_use]
    pub fn use_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.len()];
        for operands in &self.operands {
            for operand in operands {
                counts[operand.index()] += 1;
            }
        }
        counts
    }

    /// Nodes reachable from `roots` through operands, as a side table.
    #[must_use]
    pub fn reachable(&self, roots: impl IntoIterator<Item = NodeId>) -> Vec<bool> {
        let mut seen = vec![false; self.len()];
        let mut stack: Vec<NodeId> = roots.into_iter().collect();
        while let Some(id) = stack.pop() {
            if !std::mem::replace(&mut seen[id.index()], true) {
                stack.extend(self.operands(id));
            }
        }
        seen
    }

    /// The graph for petgraph's algorithms and for drawings; the operand index is the edge weight.
    #[must_use]
    pub fn petgraph(&self) -> DiGraph<&N, u32> {
        let mut graph = DiGraph::with_capacity(self.nodes.len(), 0);
        for (node, operands) in self.nodes.iter().zip(&self.operands) {
            let index = graph.add_node(node);
            for (position, operand) in operands.iter().enumerate() {
                graph.add_edge(NodeIndex::new(operand.index()), index, position as u32);
            }
        }
        graph
    }
}

/// Old id to new id, filled while a pass rebuilds a graph.
#[derive(Clone, Debug, Default)]
pub struct NodeMap(Vec<Option<NodeId>>);

impl NodeMap {
    /// Records where a node went.
    pub fn insert(&mut self, old: NodeId, new: NodeId) {
        if self.0.len() <= old.index() {
            self.0.resize(old.index() + 1, None);
        }
        self.0[old.index()] = Some(new);
    }

    /// The new id, if the node went anywhere.
    fn get(&self, old: NodeId) -> Option<NodeId> {
        self.0.get(old.index()).copied().flatten()
    }

    /// The new id of a node that the pass has been at.
    ///
    /// # Panics
    /// Where it has not: a pass visits operands before users and drops nothing that is read, and another node in its place would be a
    /// wrong program.
    #[must_use]
    #[track_caller]
    pub fn at(&self, old: NodeId) -> NodeId {
        self.get(old).unwrap_or_else(|| panic!("a pass reads {old} before it has been there"))
    }
}

/// A graph made anew from another, operands first. Nodes that are made while the pass is at a node of the old graph belong to the part
/// of that node.
#[derive(Debug)]
pub struct Rewrite<'a, S, N = S> {
    source: &'a Dag<S>,
    source_parts: Parts,
    /// The node that the pass comes to next.
    next: usize,
    /// The new graph.
    pub graph: Dag<N>,
    parts: Parts,
    map: NodeMap,
}

/// A graph that was made anew.
#[derive(Debug)]
pub struct Rewritten<N> {
    /// The graph.
    pub graph: Dag<N>,
    /// Its parts.
    pub parts: Parts,
    /// Where the old nodes are in it.
    pub map: NodeMap,
}

impl<'a, S, N> Rewrite<'a, S, N> {
    /// Nothing yet of a graph without parts.
    #[must_use]
    pub fn of(source: &'a Dag<S>) -> Self {
        Self::of_parts(source, &Parts::default())
    }

    /// Nothing yet of a graph with parts.
    #[must_use]
    pub fn of_parts(source: &'a Dag<S>, parts: &Parts) -> Self {
        let (graph, map) = (Dag::new(), NodeMap::default());
        Self { source, source_parts: parts.clone(), next: 0, graph, parts: Parts::default(), map }
    }

    /// Comes to the next node of the old graph, in order; nothing after the last.
    pub fn advance(&mut self) -> Option<NodeId> {
        let here = self.next;
        self.next += 1;
        (here < self.source.len()).then(|| {
            self.parts.begin(self.source_parts.at(here), self.graph.len());
            NodeId(here as u32)
        })
    }

    /// Where a node of the old graph went ([`NodeMap::at`]).
    #[must_use]
    #[track_caller]
    pub fn at(&self, old: NodeId) -> NodeId {
        self.map.at(old)
    }

    /// Where the operands of a node of the old graph went.
    #[must_use]
    #[track_caller]
    pub fn operands(&self, old: NodeId) -> Vec<NodeId> {
        self.source.operands(old).iter().map(|operand| self.map.at(*operand)).collect()
    }

    /// A node of the old graph is this one now.
    pub fn became(&mut self, old: NodeId, new: NodeId) {
        self.map.insert(old, new);
    }

    /// Puts another node in the place of one, on the same operands.
    #[track_caller]
    pub fn replace(&mut self, old: NodeId, node: N) -> NodeId {
        let operands = self.operands(old);
        let new = self.graph.push(node, operands);
        self.became(old, new);
        new
    }

    /// The new graph.
    #[must_use]
    pub fn finish(self) -> Rewritten<N> {
        let Self { graph, map, mut parts, source_parts, .. } = self;
        source_parts.ranges(0).for_each(|(part, _)| parts.begin(part, graph.len()));
        Rewritten { graph, parts, map }
    }
}

impl<N: Clone> Rewrite<'_, N> {
    /// Keeps a node as it is.
    #[track_caller]
    pub fn keep(&mut self, old: NodeId) -> NodeId {
        self.replace(old, self.source.node(old).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hep_plan::Part;

    #[test]
    fn nodes_are_made_anew_on_what_their_operands_became() {
        let mut graph = Dag::new();
        let a = graph.push("a", vec![]);
        let b = graph.push("b", vec![a]);
        let c = graph.push("c", vec![a, b]);
        let mut rewrite = Rewrite::of(&graph);
        let first = rewrite.keep(a);
        rewrite.became(b, first);
        let last = rewrite.replace(c, "d");
        let Rewritten { graph, map, .. } = rewrite.finish();
        assert_eq!((graph.len(), graph.node(last), graph.operands(last)), (2, &"d", &[first, first][..]));
        assert_eq!((map.at(b), map.get(NodeId(7))), (first, None));
    }

    #[test]
    fn what_is_made_at_a_node_belongs_to_its_part() {
        let mut graph = Dag::new();
        for name in ["a", "b", "c", "d"] {
            graph.push(name, vec![]);
        }
        let mut parts = Parts::default();
        for (part, length) in [(Part::Iteration(1), 1), (Part::Iteration(2), 2), (Part::Epilogue, 3)] {
            parts.begin(part, length);
        }
        let mut rewrite = Rewrite::of_parts(&graph, &parts);
        while let Some(id) = rewrite.advance() {
            match *graph.node(id) {
                "b" => rewrite.became(id, NodeId(0)),
                "c" => {
                    rewrite.graph.push("before c", vec![]);
                    rewrite.keep(id);
                }
                _ => {
                    rewrite.keep(id);
                }
            }
        }
        let Rewritten { graph, parts, .. } = rewrite.finish();
        let named = |range: std::ops::Range<usize>| -> Vec<&str> {
            range.map(|at| *graph.node(NodeId(at as u32))).collect()
        };
        let found: Vec<_> = parts.ranges(graph.len()).map(|(part, range)| (part, named(range))).collect();
        let wanted = [
            (Part::Prologue, vec!["a"]),
            (Part::Iteration(1), vec![]),
            (Part::Iteration(2), vec!["before c", "c"]),
            (Part::Epilogue, vec!["d"]),
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    #[should_panic(expected = "a pass reads %0 before it has been there")]
    fn a_missing_node_is_seen() {
        let mut graph = Dag::new();
        let a = graph.push("a", vec![]);
        let b = graph.push("b", vec![a]);
        Rewrite::<_, &str>::of(&graph).keep(b);
    }
}

//! Unscaled-line arithmetic before levels are placed.

use super::graph::{Loop, Refreshes};
use super::unroll::{Node, Unrolled};
use hep_plan::{Parts, Tables};
use hep_tensor::dag::{Dag, NodeId, Rewrite, Rewritten};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A number that may be part of a scale: a term of a product with public vectors.
pub(super) type Site = (NodeId, usize);

/// Unscaled-line arithmetic before levels are placed.
pub(super) struct Unscaled {
    /// The operations.
    pub graph: Dag<Node>,
    /// Its parts.
    pub parts: Parts,
    /// The loop that repeats.
    pub repeats: Option<Loop>,
    /// What differs between its runs.
    pub tables: Rc<Tables>,
    /// What is refreshed.
    pub refreshes: Refreshes,
    /// Values of each output.
    pub outputs: Vec<Vec<NodeId>>,
    /// The numbers in scales.
    pub sites: BTreeMap<NodeId, Site>,
}

impl Unscaled {
    /// The same results from another graph, in which no number is left to blame.
    pub(super) fn rewritten(&self, rewrite: Rewrite<'_, Node>) -> Self {
        let tables = (Rc::clone(&self.tables), self.refreshes.clone());
        Self::of(rewrite, (&self.outputs, self.repeats.as_ref()), tables, BTreeMap::new())
    }

    /// A program with some of its numbers in scales.
    pub(super) fn folded(
        rewrite: Rewrite<'_, Node>,
        source: &Unrolled,
        tables: Tables,
        sites: BTreeMap<NodeId, Site>,
    ) -> Self {
        let tables = (Rc::new(tables), source.refreshes.clone());
        Self::of(rewrite, (&source.outputs, source.repeats.as_ref()), tables, sites)
    }

    fn of(
        rewrite: Rewrite<'_, Node>,
        (outputs, repeats): (&[Vec<NodeId>], Option<&Loop>),
        (tables, refreshes): (Rc<Tables>, Refreshes),
        sites: BTreeMap<NodeId, Site>,
    ) -> Self {
        let Rewritten { graph, parts, map } = rewrite.finish();
        let new = |ids: &Vec<NodeId>| ids.iter().map(|id| map.at(*id)).collect();
        let outputs = outputs.iter().map(new).collect();
        let repeats = repeats.map(|repeats| repeats.map(|id| map.at(id)));
        Self { graph, parts, repeats, tables, refreshes, outputs, sites }
    }

    /// Nodes whose values are handed on.
    pub(super) fn roots(&self) -> impl Iterator<Item = NodeId> + '_ {
        let results = self.outputs.iter().flatten().copied();
        results.chain(self.repeats.iter().flat_map(Loop::roots))
    }
}

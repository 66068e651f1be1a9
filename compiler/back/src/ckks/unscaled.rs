//! Unscaled-line arithmetic before levels are placed.

use super::unroll::Node;
use hep_plan::Parts;
use hep_tensor::dag::{Dag, NodeId, Rewrite, Rewritten};
use std::collections::BTreeMap;

/// A number that may be part of a scale: a term of a product with public vectors.
pub(super) type Site = (NodeId, usize);

/// Unscaled-line arithmetic before levels are placed.
pub(super) struct Unscaled {
    /// The operations.
    pub graph: Dag<Node>,
    /// Its parts.
    pub parts: Parts,
    /// Values of each output.
    pub outputs: Vec<Vec<NodeId>>,
    /// The numbers in scales.
    pub sites: BTreeMap<NodeId, Site>,
}

impl Unscaled {
    /// The same results from another graph, in which no number is left to blame.
    pub(super) fn rewritten(&self, rewrite: Rewrite<'_, Node>) -> Self {
        Self::of(rewrite, &self.outputs, BTreeMap::new())
    }

    pub(super) fn of(
        rewrite: Rewrite<'_, Node>,
        outputs: &[Vec<NodeId>],
        sites: BTreeMap<NodeId, Site>,
    ) -> Self {
        let Rewritten { graph, parts, map } = rewrite.finish();
        let new = |ids: &Vec<NodeId>| ids.iter().map(|id| map.at(*id)).collect();
        Self { graph, parts, outputs: outputs.iter().map(new).collect(), sites }
    }
}

//! How deep operations lie before levels are placed.

use super::graph::Op;
use super::unscaled::Unscaled;
use std::collections::BTreeMap;

/// Whether the operation takes a level.
pub(super) fn is_product(op: &Op) -> bool {
    matches!(op, Op::SumMul | Op::SumMulPlain(_))
}

/// Levels that each node has behind it at least.
pub(super) fn earliest_depths(straight: &Unscaled) -> Vec<u32> {
    let graph = &straight.graph;
    let mut earliest = vec![0u32; graph.len()];
    for id in graph.ids() {
        let before = graph.operands(id).iter().map(|o| earliest[o.index()]).max().unwrap_or(0);
        earliest[id.index()] = before + u32::from(is_product(&graph.node(id).op));
    }
    earliest
}

/// Latest depth of each needed node, and the depth of the whole program.
pub(super) fn latest_depths(straight: &Unscaled, needed: &[bool]) -> (Vec<u32>, u32) {
    let graph = &straight.graph;
    let earliest = earliest_depths(straight);
    let total = straight.outputs.iter().flatten().map(|id| earliest[id.index()]).max().unwrap_or(0);
    let mut latest = vec![total; graph.len()];
    for id in graph.ids().rev().filter(|id| needed[id.index()]) {
        let operand_depth = latest[id.index()] - u32::from(is_product(&graph.node(id).op));
        for operand in graph.operands(id) {
            let slot = &mut latest[operand.index()];
            *slot = (*slot).min(operand_depth);
        }
    }
    // All ciphertexts of one upload are encrypted alike.
    let mut uploads: BTreeMap<u32, u32> = BTreeMap::new();
    for id in graph.ids().filter(|id| needed[id.index()]) {
        if let Op::Input { input: upload, .. } = graph.node(id).op {
            let entry = uploads.entry(upload).or_insert(total);
            *entry = (*entry).min(latest[id.index()]);
        }
    }
    for id in graph.ids() {
        if let Op::Input { input: upload, .. } = graph.node(id).op {
            latest[id.index()] = uploads.get(&upload).copied().unwrap_or(total);
        }
    }
    (latest, total)
}

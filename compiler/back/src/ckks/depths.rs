//! How deep operations lie before levels are placed.

use super::graph::Op;
use super::unscaled::Unscaled;
use std::collections::BTreeMap;

/// Whether the operation takes a level.
pub(super) fn is_product(op: &Op) -> bool {
    matches!(op, Op::SumMul | Op::SumMulPlain(_))
}

/// Levels that each node has behind it at least, since an upload, a refresh, or the beginning of a run.
pub(super) fn earliest_depths(straight: &Unscaled) -> Vec<u32> {
    let graph = &straight.graph;
    let mut earliest = vec![0u32; graph.len()];
    for id in graph.ids() {
        let op = &graph.node(id).op;
        let before = graph.operands(id).iter().map(|o| earliest[o.index()]).max().unwrap_or(0);
        let before = if matches!(op, Op::Refresh { .. }) { 0 } else { before };
        earliest[id.index()] = before + u32::from(is_product(op));
    }
    earliest
}

/// Depths of all nodes.
pub(super) struct Depths {
    /// The latest depth of each needed node; that of results of refreshes is 0.
    pub of: Vec<u32>,
    /// The depth at which every loop variable is handed on.
    pub carried: Vec<u32>,
    /// The depth of the whole program.
    pub total: u32,
}

/// Latest depth of each needed node; the depth that is missing where it is more than `most`.
///
/// Levels that a node must have left are the most that a user of it asks for; results ask for none, and nor do refreshes of what they
/// read. What a run hands on needs as many as the next run asks for when it arrives: the least solution is found by iteration, and there is
/// none where a cycle takes levels and no refresh gives them back.
pub(super) fn latest_depths(straight: &Unscaled, needed: &[bool], most: u32) -> Result<Depths, u32> {
    let graph = &straight.graph;
    let variables = straight.repeats.as_ref().map_or(&[][..], |repeats| &repeats.carried);
    let mut carried = vec![0u32; variables.len()];
    let needs = loop {
        let mut needs = vec![0u32; graph.len()];
        for (variable, need) in variables.iter().zip(&carried) {
            for id in [variable.init, variable.next] {
                needs[id.index()] = needs[id.index()].max(*need);
            }
        }
        for id in graph.ids().rev().filter(|id| needed[id.index()]) {
            let op = &graph.node(id).op;
            let of_operands = if matches!(op, Op::Refresh { .. }) {
                0
            } else {
                needs[id.index()] + u32::from(is_product(op))
            };
            for operand in graph.operands(id) {
                let need = &mut needs[operand.index()];
                *need = of_operands.max(*need);
            }
        }
        let mut grown = false;
        for id in graph.ids().filter(|id| needed[id.index()]) {
            if let Op::Carried { index } | Op::Final { index } = graph.node(id).op
                && let Some(known) = carried.get_mut(index as usize)
                && *known < needs[id.index()]
            {
                (*known, grown) = (needs[id.index()], true);
            }
        }
        if !grown {
            break needs;
        }
        if let Some(deep) = carried.iter().copied().filter(|need| *need > most).max() {
            return Err(deep);
        }
    };
    let total = graph.ids().filter(|id| needed[id.index()]).map(|id| needs[id.index()]).max().unwrap_or(0);
    if total > most {
        return Err(total);
    }
    let depth = |id: hep_tensor::dag::NodeId| match graph.node(id).op {
        Op::Refresh { .. } => 0,
        Op::Carried { index } | Op::Final { index } => total - carried[index as usize],
        _ => total - needs[id.index()],
    };
    let mut latest: Vec<u32> = graph.ids().map(depth).collect();
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
    let carried = carried.into_iter().map(|need| total - need).collect();
    Ok(Depths { of: latest, carried, total })
}

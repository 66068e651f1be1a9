//! The longest chain of products of a program: what its levels are for.

use super::depths::is_product;
use super::scalars::may_be_free;
use super::unroll::{UnrollError, unroll};
use crate::slot;
use hep_plan::Part;
use hep_tensor::optimization::{Optimization, Optimizations};

/// The parts of the products of one longest chain from an upload to a result, the first first.
/// Each product takes a level.
///
/// # Errors
/// When the loop has no written-out form.
pub fn critical_chain(program: &slot::Program, on: Optimizations) -> Result<Vec<Part>, UnrollError> {
    let unrolled = unroll(program, on)?;
    let graph = &unrolled.graph;
    let numbers = on.contains(Optimization::ScalarsInScales);
    let takes_level = |id| is_product(&graph.node(id).op) && !(numbers && may_be_free(&unrolled, id));
    let mut depth = vec![0u32; graph.len()];
    for id in graph.ids() {
        let before = graph.operands(id).iter().map(|o| depth[o.index()]).max().unwrap_or(0);
        depth[id.index()] = before + u32::from(takes_level(id));
    }
    // The first of the deepest, so that there is one answer.
    let deepest = |ids: &[hep_tensor::dag::NodeId]| {
        ids.iter().copied().max_by_key(|id| (depth[id.index()], std::cmp::Reverse(*id)))
    };
    let outputs: Vec<_> = unrolled.outputs.iter().flatten().copied().collect();
    let mut chain = Vec::new();
    let mut at = deepest(&outputs);
    while let Some(id) = at {
        if takes_level(id) {
            chain.push(unrolled.parts.at(id.index()));
        }
        at = deepest(graph.operands(id));
    }
    chain.reverse();
    Ok(chain)
}

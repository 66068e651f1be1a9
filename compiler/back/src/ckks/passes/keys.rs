//! Rotation keys under a budget: rotations are composed of others, so that fewer keys are needed.
//!
//! A rotation by a + b is one by a and then one by b. For each source the rotations form a `tree::Tree` from the source
//! itself; an edge is a rotation with a key, and what several rotations begin with is computed once. The schedule as it is
//! has a tree of direct rotations for every source.
//!
//! * `prune` gives up keys one by one, the least useful first. It leads far where steps are sums of others anyway: multiples of
//!   a stride, folds.
//! * `digits` is for budgets that it does not reach. It starts from the digits of the steps in some base, and adds whole steps.
//!
//! Both lead through many sets of keys, of which [`ladder`](ladder()) keeps the best for their bytes; no budget decides on the way.
//!
//! Rotations change neither level nor scale, so that depths and scales of a schedule stay.

mod demand;
mod digits;
mod forest;
mod ladder;
mod prune;
mod rewrite;
mod tree;

#[cfg(test)]
mod tests;

use crate::ckks::graph::{Op, Program};
use hep_plan::Params;
use hep_plan::cost::RingCosts;
use hep_plan::units::Level;
use hep_tensor::dag::NodeId;
use std::collections::BTreeMap;

pub use ladder::{Rung, ladder};

/// What keys take and rotations cost.
#[derive(Clone, Copy, Debug)]
pub struct Prices<'a> {
    /// The parameters.
    pub params: &'a Params,
    /// Seconds of the steps of operations.
    pub ring: &'a RingCosts,
}

/// A schedule with fewer keys.
#[derive(Clone, Debug)]
pub struct Composed {
    /// The schedule.
    pub program: Program,
    /// For each of its nodes one of the schedule before whose vector has the same numbers, if in another order.
    pub like: Vec<NodeId>,
}

/// Bytes in memory of the keys that a schedule needs, before its sums of rotations are one operation each.
#[must_use]
pub fn bytes(program: &Program, params: &Params) -> u64 {
    let graph = &program.graph;
    let mut highest: BTreeMap<u32, Level> = BTreeMap::new();
    for id in graph.ids() {
        if let Some(step) = graph.node(id).op.rotation() {
            let level = program.level(graph.node(id).depth);
            let known = highest.entry(step.0).or_insert(level);
            *known = (*known).max(level);
        }
    }
    let rotations: u64 = highest.values().map(|level| params.key_bytes(*level)).sum();
    rotations + relinearization_bytes(program, params)
}

/// Bytes of the key that relinearizes.
fn relinearization_bytes(program: &Program, params: &Params) -> u64 {
    let graph = &program.graph;
    let relinearized = |id: &_| matches!(graph.node(*id).op, Op::Relinearize | Op::RelinearizeRescale);
    let depths = graph.ids().filter(relinearized).map(|id| graph.node(graph.operands(id)[0]).depth);
    depths.min().map_or(0, |depth| params.key_bytes(program.level(depth)))
}

//! What may be refreshed, and where: the first steps of a loop that stays rolled.

use super::unroll::Operand;
use crate::slot;
use crate::slot::graph::Op;
use crate::slot::interpret::{InterpretError, Interpreter};
use hep_plan::{SlotVector, Tensor};
use hep_tensor::dag::NodeId;
use std::collections::{BTreeMap, BTreeSet};

/// Iterations that are run to see how large values are.
const ITERATIONS: u32 = 64;
/// Slots that are computed for that at most.
const WORK: usize = 2_000_000_000;
/// A value has room for so many times the largest that was seen.
const ROOM: f64 = 2.0;

/// Values of an iteration that may be refreshed.
#[derive(Clone, Debug, Default)]
pub struct Refreshable {
    /// What a refresh is told of them.
    pub operands: BTreeMap<NodeId, Operand>,
    /// log2 of the period of their slots.
    pub log_slots: BTreeMap<NodeId, u32>,
}

impl Refreshable {
    /// All secret values of an iteration, with room for twice what they were on these uploads. A bound is a power of two, which is all
    /// that it tells of the data.
    ///
    /// # Errors
    /// Uploads that are missing.
    pub fn of(program: &slot::Program, uploads: &BTreeMap<String, Tensor>) -> Result<Self, InterpretError> {
        let mut largest: BTreeMap<NodeId, f64> = BTreeMap::new();
        let mut interpreter = Interpreter::new(program, uploads)?;
        let body = program.in_body().into_iter().filter(|inside| *inside).count();
        let affordable = (WORK / body.saturating_mul(program.slots()).max(1)).max(1) as u32;
        let carried: BTreeMap<NodeId, SlotVector> = supports(program);
        for _ in 0..program.iterations.min(ITERATIONS).min(affordable) {
            interpreter.step_seen(&mut |id, values| {
                let size = |(value, counts): (&f64, f64)| if counts == 0.0 { 0.0 } else { value.abs() };
                let most = match carried.get(&id) {
                    Some(support) => values.iter().zip(support.expand()).map(size).fold(0.0, f64::max),
                    None => values.iter().fold(0.0, |most: f64, value| most.max(value.abs())),
                };
                let known = largest.entry(id).or_default();
                *known = known.max(most);
            });
        }
        let all = program.slots().trailing_zeros();
        let mut found = Self::default();
        for (id, largest) in largest.into_iter().filter(|(_, largest)| largest.is_finite()) {
            let bits = if largest > 0.0 { (ROOM * largest).log2().ceil() } else { 0.0 };
            let support = carried.get(&id);
            let period = |support: &SlotVector| variable_period(program, id).max(support.period().trailing_zeros());
            found.log_slots.insert(id, support.map_or(all, period));
            let support = support.cloned().unwrap_or_else(|| SlotVector::splat(1.0, program.slots()));
            found.operands.insert(id, Operand { support, bound: bits.exp2() });
        }
        Ok(found)
    }

    /// The loop variables at the beginning of an iteration.
    #[must_use]
    pub fn variables(&self, program: &slot::Program) -> BTreeSet<NodeId> {
        let variable = |id: &NodeId| matches!(program.graph.node(*id).op, Op::Carried { .. });
        self.operands.keys().copied().filter(variable).collect()
    }

    /// log2 of the period that all of these have.
    #[must_use]
    pub fn period(&self, of: impl IntoIterator<Item = NodeId>) -> u32 {
        of.into_iter().filter_map(|id| self.log_slots.get(&id)).copied().max().unwrap_or(0)
    }
}

/// The slots of loop variables that hold elements.
fn supports(program: &slot::Program) -> BTreeMap<NodeId, SlotVector> {
    let needed = program.graph.reachable(program.roots());
    let support = |id: NodeId| match program.graph.node(id).op {
        Op::Carried { var, block } => {
            let layout = program.carried.get(var)?.layout.as_ref()?;
            Some((id, SlotVector::new(&layout.support(block))))
        }
        _ => None,
    };
    program.graph.ids().filter(|id| needed[id.index()]).filter_map(support).collect()
}

/// log2 of the number of slots after which what a loop variable holds comes again: digits beyond the homes of its axes hold copies.
fn variable_period(program: &slot::Program, id: NodeId) -> u32 {
    let all = program.slots().trailing_zeros();
    let Op::Carried { var, .. } = program.graph.node(id).op else { return all };
    let Some(layout) = program.carried.get(var).and_then(|variable| variable.layout.as_ref()) else { return all };
    let ends = layout.axes.iter().map(|axis| axis.home.stride * axis.home.extent);
    let turned = layout.turns.is_some();
    if turned { all } else { ends.max().unwrap_or(1).trailing_zeros() }
}

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
const WORK: usize = 500_000_000;
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
        let carried: BTreeMap<NodeId, (SlotVector, u32)> = supports(program);
        for _ in 0..program.iterations.min(ITERATIONS).min(affordable) {
            interpreter.step_seen(&mut |id, values| {
                let size = |(value, counts): (&f64, f64)| if counts == 0.0 { 0.0 } else { value.abs() };
                let most = match carried.get(&id) {
                    Some((support, _)) => values.iter().zip(support.expand()).map(size).fold(0.0, f64::max),
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
            let (support, period) =
                carried.get(&id).cloned().unwrap_or_else(|| (SlotVector::splat(1.0, program.slots()), all));
            found.log_slots.insert(id, period);
            found.operands.insert(id, Operand { support, bound: bits.exp2() });
        }
        Ok(found)
    }

    /// Sets of values that a run may begin with the refresh of: all loop variables, or those of one of them, as an iteration finds them
    /// or as it leaves them.
    #[must_use]
    pub fn edges(&self, program: &slot::Program) -> Vec<BTreeSet<NodeId>> {
        let known = |id: &NodeId| self.operands.contains_key(id);
        let begin = |var: usize| {
            let of = move |id: &NodeId| matches!(program.graph.node(*id).op, Op::Carried { var: of, .. } if of == var);
            self.operands.keys().copied().filter(of).collect::<BTreeSet<NodeId>>()
        };
        let mut edges = vec![self.variables(program)];
        for (var, variable) in program.carried.iter().enumerate() {
            edges.push(begin(var));
            edges.push(variable.next.iter().copied().filter(known).collect());
        }
        let mut different: Vec<BTreeSet<NodeId>> = Vec::new();
        for edge in edges.into_iter().filter(|edge| !edge.is_empty()) {
            if !different.contains(&edge) {
                different.push(edge);
            }
        }
        different
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

/// The slots of loop variables that hold elements, and log2 of the number of slots after which they come again: digits beyond the homes
/// of all axes hold copies. As an iteration finds them, and as it leaves them.
fn supports(program: &slot::Program) -> BTreeMap<NodeId, (SlotVector, u32)> {
    let needed = program.graph.reachable(program.roots());
    let mut found = BTreeMap::new();
    let support = |var: usize, block: usize| {
        let layout = program.carried.get(var)?.layout.as_ref()?;
        let support = SlotVector::new(&layout.support(block));
        let ends = layout.axes.iter().map(|axis| axis.home.stride * axis.home.extent);
        let homes = if layout.turns.is_some() { program.slots() } else { ends.max().unwrap_or(1) };
        let period = homes.max(support.period()).trailing_zeros();
        Some((support, period))
    };
    for id in program.graph.ids().filter(|id| needed[id.index()]) {
        if let Op::Carried { var, block } = program.graph.node(id).op {
            found.extend(support(var, block).map(|support| (id, support)));
        }
    }
    for (var, variable) in program.carried.iter().enumerate() {
        for (block, id) in variable.next.iter().enumerate() {
            if let Some(support) = support(var, block) {
                found.entry(*id).or_insert(support);
            }
        }
    }
    found
}

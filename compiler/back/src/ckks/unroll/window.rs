//! Loops that stay rolled: the first iterations written out, then a body of a few that runs many times.
//!
//! ```text
//! prologue    copies of the data
//! head        iterations 1 … head, and of the next what is before the edge
//! m runs      [ refresh the edge; what is behind it; length − 1 iterations; of the next what is before the edge ]
//! epilogue    what is behind the edge of the last iteration, and what is revealed
//! ```
//!
//! The *edge* is a set of values of an iteration that are refreshed at the beginning of a run. What an iteration computes of them is
//! behind it. So refreshed values wait at the bottom of the chain, every end of a run is a possible end of training, and what crosses
//! the edge without being refreshed is carried too. Values of the *middle* are refreshed in every iteration.

use super::{Clock, Machine, Unrolled, UnrollError, Value};
use crate::ckks::graph::{Carried, Loop, Op};
use crate::slot;
use crate::slot::graph::MAX_OPERATIONS;
use hep_plan::isa::Half;
use hep_plan::{Factor, Packing, Part, SlotVector};
use hep_tensor::dag::NodeId;
use hep_tensor::optimization::Optimizations;
use std::collections::{BTreeMap, BTreeSet};

/// What a refresh is told of a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    /// 1 in the slots that count.
    pub support: SlotVector,
    /// The largest magnitude that it may have.
    pub bound: f64,
}

/// How a loop is rolled. Values are nodes of the slot graph.
#[derive(Clone, Debug)]
pub struct Window<'a> {
    /// Iterations before the first run.
    pub head: u32,
    /// Iterations of a run.
    pub length: u32,
    /// What is refreshed at the beginning of a run.
    pub edge: BTreeSet<NodeId>,
    /// What is refreshed in every iteration.
    pub middle: BTreeSet<NodeId>,
    /// What is known of values that may be refreshed.
    pub operands: &'a BTreeMap<NodeId, Operand>,
    /// log2 of the period of refreshed values.
    pub log_slots: u32,
    /// Levels that a refresh takes below the program.
    pub below: u32,
    /// Bits by which its results are above the nominal scale.
    pub above: f64,
}

/// Writes the head out and a body of the loop.
///
/// # Errors
/// When an output is public, iterations differ in more than numbers, or there is no run.
pub fn rolled(
    program: &slot::Program,
    on: Optimizations,
    window: &Window<'_>,
) -> Result<Unrolled, UnrollError> {
    let phases = Phases::of(program, &window.edge);
    if window.head == 0 || phases.behind.iter().any(|id| window.edge.contains(id)) {
        return Err(UnrollError::Varied);
    }
    let behind = u32::from(!phases.at_the_end);
    let rest = program.iterations.checked_sub(window.head + behind).ok_or(UnrollError::Varied)?;
    let (runs, length) = (rest / window.length.max(1), window.length);
    if runs == 0 || length == 0 || rest % length != 0 {
        return Err(UnrollError::Varied);
    }
    let operations = phases.behind.len() + phases.before.len();
    let written = window.head + length;
    if operations.saturating_mul(written as usize) > MAX_OPERATIONS {
        return Err(UnrollError::TooLong { iterations: written, operations });
    }
    let mut machine = Machine::new(program, on);
    machine.refreshes.log_slots = window.log_slots;
    machine.refreshes.below = window.below;
    machine.refreshes.above = window.above;
    machine.steps(phases.prologue.iter().copied(), &[])?;
    let mut roller = Roller { machine, window, phases: &phases, carried: Vec::new() };
    roller.carried = roller.initial();
    for iteration in 1..=window.head {
        roller.machine.begin(Part::Iteration(iteration), Clock::At(iteration));
        roller.before()?;
        // The first iterations of a public model are short.
        roller.behind()?;
    }
    let first = window.head + 1;
    // With the last iteration of the head, or before the loop.
    roller.machine.clock = Clock::At(first);
    roller.before()?;
    let repeats = roller.body(first, runs)?;
    roller.machine.finish(Some(repeats))
}

/// The nodes of a program by when they are done.
struct Phases {
    prologue: Vec<NodeId>,
    /// Of an iteration, what is before the edge: loop variables and what the edge is made of.
    before: Vec<NodeId>,
    /// The rest of it.
    behind: Vec<NodeId>,
    epilogue: Vec<NodeId>,
    /// Values before the edge that something behind it or the next iteration reads.
    live: Vec<NodeId>,
    /// Whether nothing but loop variables is before the edge: an iteration ends where the next one begins.
    at_the_end: bool,
}

impl Phases {
    fn of(program: &slot::Program, edge: &BTreeSet<NodeId>) -> Self {
        let graph = &program.graph;
        let needed = graph.reachable(program.roots());
        let (body, after) = (program.in_body(), program.in_epilogue());
        let variable = |id: &NodeId| matches!(graph.node(*id).op, slot::graph::Op::Carried { .. });
        // What depends on the edge is behind it, and so is what the edge does not need.
        let mut behind = vec![false; graph.len()];
        for id in graph.ids() {
            behind[id.index()] =
                graph.operands(id).iter().any(|o| behind[o.index()] || (edge.contains(o) && body[o.index()]));
        }
        let wanted = graph.reachable(edge.iter().copied());
        let before = |id: &NodeId| variable(id) || (wanted[id.index()] && !behind[id.index()]);
        let mut phases = Self {
            prologue: Vec::new(),
            before: Vec::new(),
            behind: Vec::new(),
            epilogue: Vec::new(),
            live: Vec::new(),
            at_the_end: true,
        };
        for id in graph.ids().filter(|id| needed[id.index()]) {
            match (body[id.index()], after[id.index()]) {
                (true, _) if before(&id) => phases.before.push(id),
                (true, _) => phases.behind.push(id),
                (_, true) => phases.epilogue.push(id),
                _ => phases.prologue.push(id),
            }
        }
        phases.at_the_end = phases.before.iter().all(variable);
        let mut read: BTreeSet<NodeId> =
            phases.behind.iter().flat_map(|id| graph.operands(*id)).copied().collect();
        read.extend(program.carried.iter().flat_map(|c| &c.next));
        if phases.at_the_end {
            read.extend(phases.before.iter().copied());
        }
        phases.live = phases.before.iter().copied().filter(|id| read.contains(id)).collect();
        phases
    }
}

struct Roller<'m, 'a> {
    machine: Machine<'m>,
    window: &'a Window<'a>,
    phases: &'a Phases,
    carried: Vec<Vec<Value>>,
}

impl Roller<'_, '_> {
    fn initial(&self) -> Vec<Vec<Value>> {
        self.machine.program.carried.iter().map(|c| self.machine.read(&c.init)).collect()
    }

    /// What is before the edge.
    fn before(&mut self) -> Result<(), UnrollError> {
        self.steps(&self.phases.before)
    }

    /// What is behind it, and with it the end of the iteration.
    fn behind(&mut self) -> Result<(), UnrollError> {
        self.steps(&self.phases.behind)?;
        self.carried = self.machine.program.carried.iter().map(|c| self.machine.read(&c.next)).collect();
        Ok(())
    }

    fn steps(&mut self, ids: &[NodeId]) -> Result<(), UnrollError> {
        for id in ids {
            self.machine.step(*id, &self.carried)?;
            if self.window.middle.contains(id) {
                self.refresh(&[*id])?;
            }
        }
        Ok(())
    }

    /// One run, and what is after the last.
    fn body(&mut self, first: u32, runs: u32) -> Result<Loop, UnrollError> {
        let (length, phases) = (self.window.length, self.phases);
        let last = self.machine.program.iterations;
        let at = |ahead: u32, runs: u32| {
            Clock::OfRun((0..runs).map(|run| (first + run * length + ahead).min(last)).collect())
        };
        let value = |machine: &Machine<'_>, id: NodeId| machine.value(id);
        let inits: Vec<(NodeId, NodeId)> = phases
            .live
            .iter()
            .filter_map(|id| match value(&self.machine, *id) {
                Value::Cipher(init) => Some((*id, init)),
                Value::Public(_) => None,
            })
            .collect();
        let mut loops = Loop { first, runs, carried: Vec::new() };
        let public = self.public();
        self.machine.body_start = self.machine.graph.len();
        self.machine.begin(Part::Iteration(first), at(0, runs));
        self.arrive(&inits, |index| Op::Carried { index })?;
        self.publish()?;
        let edge: Vec<NodeId> = self.window.edge.iter().copied().collect();
        self.refresh(&edge)?;
        self.behind()?;
        for ahead in 1..length {
            self.machine.begin(Part::Iteration(first + ahead), at(ahead, runs));
            self.before()?;
            self.behind()?;
        }
        self.machine.clock = at(length, runs);
        self.before()?;
        let mut inits_left = inits.iter().peekable();
        for id in &phases.live {
            let init = inits_left.next_if(|(live, _)| live == id);
            match (self.machine.value(*id), init) {
                (Value::Cipher(next), Some((_, init))) => loops.carried.push(Carried { init: *init, next }),
                (Value::Public(_), None) => {}
                _ => return Err(UnrollError::Varied),
            }
        }
        // Public loop variables must stay as they are: no run knows what another made of them.
        let same = |(a, b): (&Value, &Value)| match (a, b) {
            (Value::Public(a), Value::Public(b)) => a.equals(b),
            (Value::Cipher(_), Value::Cipher(_)) => true,
            _ => false,
        };
        if !public.iter().zip(&self.public()).all(same) {
            return Err(UnrollError::Varied);
        }
        // After so many runs: entry 0 is never asked for.
        self.machine.forget_body();
        self.machine.begin(Part::Epilogue, at(0, runs + 1));
        self.arrive(&inits, |index| Op::Final { index })?;
        self.publish()?;
        if phases.at_the_end {
            self.carried = self.finals()?;
        } else {
            self.behind()?;
        }
        self.steps(&phases.epilogue)?;
        Ok(loops)
    }

    /// Loop variables as they arrive.
    fn finals(&self) -> Result<Vec<Vec<Value>>, UnrollError> {
        let (program, before) = (self.machine.program, &self.phases.before);
        let find = |variable: usize, number: usize| {
            let is = |id: &&NodeId| {
                program.graph.node(**id).op == slot::graph::Op::Carried { var: variable, block: number }
            };
            // What no iteration reads is what the last one made: no run hands it on.
            before.iter().find(is).map(|id| self.machine.value(*id)).ok_or(UnrollError::Varied)
        };
        let all = program.carried.iter().enumerate();
        all.map(|(var, c)| (0..c.next.len()).map(|block| find(var, block)).collect()).collect()
    }

    /// Public values of loop variables.
    fn public(&self) -> Vec<Value> {
        self.carried.iter().flatten().filter(|value| matches!(value, Value::Public(_))).cloned().collect()
    }

    /// What was handed on stands for the values before the edge.
    fn arrive(&mut self, inits: &[(NodeId, NodeId)], op: impl Fn(u32) -> Op) -> Result<(), UnrollError> {
        for (index, (id, _)) in inits.iter().enumerate() {
            self.machine.origin = self.machine.program.graph.node(*id).origin;
            let arrived = self.machine.push(op(index as u32), vec![]);
            self.machine.values[id.index()] = Some(Value::Cipher(arrived));
        }
        Ok(())
    }

    /// Public values before the edge, as they are in every run.
    fn publish(&mut self) -> Result<(), UnrollError> {
        for id in &self.phases.before {
            if matches!(self.machine.value(*id), Value::Public(_)) {
                self.machine.step(*id, &self.carried)?;
            }
        }
        Ok(())
    }

    /// Refreshes those of some values that are ciphertexts, two at a time.
    fn refresh(&mut self, ids: &[NodeId]) -> Result<(), UnrollError> {
        let machine = &mut self.machine;
        let mut entries: Vec<(Vec<NodeId>, NodeId, f64)> = Vec::new();
        for id in ids {
            let Value::Cipher(value) = machine.value(*id) else { continue };
            let operand = self.window.operands.get(id).ok_or(UnrollError::Varied)?;
            machine.origin = machine.program.graph.node(*id).origin;
            let entry = machine.entry(value, operand)?;
            match entries.iter_mut().find(|(_, known, bound)| *known == entry && *bound == operand.bound) {
                Some((same, ..)) => same.push(*id),
                None => entries.push((vec![*id], entry, operand.bound)),
            }
        }
        for together in entries.chunks(2) {
            let packing = if together.len() == 2 { Packing::Pair } else { Packing::Real };
            let shape = machine.shape(packing);
            let operands: Vec<NodeId> = together.iter().map(|(_, entry, _)| *entry).collect();
            for ((ids, _, bound), half) in together.iter().zip([Half::Re, Half::Im]) {
                machine.origin = machine.program.graph.node(ids[0]).origin;
                let op = Op::Refresh { shape, results: vec![half] };
                let mut fresh = machine.push(op, operands.clone());
                machine.refreshes.bounds.insert(Factor::of(*bound));
                if *bound != 1.0 {
                    fresh = machine.push(Op::SetScale(Factor::of(*bound).into()), vec![fresh]);
                }
                ids.iter().for_each(|id| machine.values[id.index()] = Some(Value::Cipher(fresh)));
            }
        }
        Ok(())
    }
}

impl Machine<'_> {
    /// The product that a value goes into a refresh through: it is 0 where nothing counts, at most 1 elsewhere, and its scale is free.
    fn entry(&mut self, value: NodeId, operand: &Operand) -> Result<NodeId, UnrollError> {
        let factor = operand.support.expand().iter().map(|v| v / operand.bound).collect();
        let factor = super::Known::fixed(factor);
        let (source, factor) = self.absorbed(value, &factor)?;
        let constant = self.constant(&factor);
        Ok(self.push(Op::SumMulPlain(vec![constant]), vec![source]))
    }

    /// The number of the shape for a packing.
    fn shape(&mut self, packing: Packing) -> u32 {
        let packings = &mut self.refreshes.packings;
        let known = packings.iter().position(|known| *known == packing);
        known.unwrap_or_else(|| {
            packings.push(packing);
            packings.len() - 1
        }) as u32
    }

    /// Nothing after the loop reads what is in it.
    fn forget_body(&mut self) {
        let start = self.body_start;
        self.known.retain(|_, id| id.index() < start);
        let program = self.program;
        let body = program.in_body();
        for id in program.graph.ids().filter(|id| body[id.index()]) {
            if matches!(self.values[id.index()], Some(Value::Cipher(value)) if value.index() >= start) {
                self.values[id.index()] = None;
            }
        }
    }
}

//! What of a plan is executed together: what comes before its loop, the loop's body, what comes after it.
//!
//! Registers beyond those of the plan hold what is carried: number `values + index` is loop variable number `index` between two runs.

use hep_plan::Plan;
use hep_plan::isa::Op;
use hep_plan::server::{Instr, Reg};
use std::ops::Range;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// All of a plan without a loop.
    Before,
    /// The body, in the run of this number.
    Body(u32),
    /// What comes after so many runs.
    After(u32),
}

impl Stage {
    /// The run that values and tables are looked up for.
    pub(super) fn run(self) -> u32 {
        match self {
            Self::Before => 0,
            Self::Body(run) | Self::After(run) => run,
        }
    }
}

/// Positions of the instructions of every stage, in order.
pub(super) struct Stages {
    pub(super) before: Vec<usize>,
    pub(super) body: Vec<usize>,
    pub(super) after: Vec<usize>,
    /// The values that the body makes.
    pub(super) local: Range<Reg>,
}

impl Stages {
    /// All instructions; of a resumed plan only those before the loop that anything later reads.
    pub(super) fn new(plan: &Plan, resumed: bool) -> Self {
        let server = &plan.server;
        let count = server.instrs.len();
        let body = match server.body() {
            body if body.is_empty() => count..count,
            body => body,
        };
        let outputs = server.instrs[body.clone()].iter().flat_map(|instr| &instr.outputs);
        let first = outputs.clone().min().copied().unwrap_or(server.values.len() as Reg);
        let local = first..outputs.max().map_or(first, |last| last + 1);
        let mut before: Vec<usize> = (0..body.start).collect();
        if resumed {
            let needed = needed(plan, body.start);
            before.retain(|position| needed[*position]);
        }
        Self { before, after: (body.end..count).collect(), body: body.collect(), local }
    }

    /// For every register how many uses it has while the stages before the loop and after it run; a value that the body reads has one
    /// more, and what the loop begins with, where it begins, one for each variable.
    pub(super) fn outer_uses(&self, plan: &Plan, resumed: bool) -> Vec<u32> {
        let mut uses = vec![0; registers(plan)];
        for position in self.before.iter().chain(&self.after) {
            let read = reads(plan, &plan.server.instrs[*position]);
            read.iter().filter(|reg| !is_carried(plan, **reg)).for_each(|reg| uses[*reg as usize] += 1);
        }
        plan.result_values().iter().for_each(|reg| uses[*reg as usize] += 1);
        self.kept(plan).iter().for_each(|reg| uses[*reg as usize] += 1);
        if !resumed {
            let variables = plan.server.repeats.iter().flat_map(|repeats| &repeats.carried);
            variables.for_each(|variable| uses[variable.init as usize] += 1);
        }
        uses
    }

    /// Values from before the loop that its body reads: they live to its end.
    pub(super) fn kept(&self, plan: &Plan) -> Vec<Reg> {
        let read = self.body.iter().flat_map(|position| reads(plan, &plan.server.instrs[*position]));
        let mut kept: Vec<Reg> = read.filter(|reg| *reg < self.local.start).collect();
        kept.sort_unstable();
        kept.dedup();
        kept
    }

    /// The uses of every value of the body in a run: those that read it, and one for each variable that it is handed on by.
    pub(super) fn body_uses(&self, plan: &Plan) -> Vec<u32> {
        let mut uses = vec![0; self.local.len()];
        let mut count = |reg: Reg| {
            if self.local.contains(&reg) {
                uses[(reg - self.local.start) as usize] += 1;
            }
        };
        for position in &self.body {
            reads(plan, &plan.server.instrs[*position]).into_iter().for_each(&mut count);
        }
        let variables = plan.server.repeats.iter().flat_map(|repeats| &repeats.carried);
        variables.for_each(|variable| count(variable.next));
        uses
    }

    /// How many instructions among those at some positions read each loop variable.
    pub(super) fn takers(plan: &Plan, positions: &[usize]) -> Vec<u32> {
        let mut takers = vec![0; registers(plan) - plan.server.values.len()];
        for position in positions {
            if let Some(index) = variable(&plan.server.instrs[*position]) {
                takers[index as usize] += 1;
            }
        }
        takers
    }
}

/// Registers of a plan, with those of its loop variables.
pub(super) fn registers(plan: &Plan) -> usize {
    plan.server.values.len() + plan.server.repeats.as_ref().map_or(0, |repeats| repeats.carried.len())
}

/// The register of a loop variable between runs.
pub(super) fn carried(plan: &Plan, index: u32) -> Reg {
    plan.server.values.len() as Reg + index
}

fn is_carried(plan: &Plan, reg: Reg) -> bool {
    reg as usize >= plan.server.values.len()
}

/// The loop variable that an instruction takes.
fn variable(instr: &Instr) -> Option<u32> {
    match instr.op {
        Op::Carried { index } | Op::Final { index } => Some(index),
        _ => None,
    }
}

/// All registers that an instruction reads, each once.
pub(super) fn reads(plan: &Plan, instr: &Instr) -> Vec<Reg> {
    let mut regs = instr.operands();
    regs.extend(variable(instr).map(|index| carried(plan, index)));
    regs.sort_unstable();
    regs.dedup();
    regs
}

/// Which of the instructions before the loop make something that is read in it or after it.
fn needed(plan: &Plan, before: usize) -> Vec<bool> {
    let server = &plan.server;
    let mut read = vec![false; registers(plan)];
    let mut mark = |regs: Vec<Reg>| regs.into_iter().for_each(|reg| read[reg as usize] = true);
    mark(plan.result_values());
    server.instrs[before..].iter().for_each(|instr| mark(reads(plan, instr)));
    let mut needed = vec![false; before];
    for (position, instr) in server.instrs[..before].iter().enumerate().rev() {
        if instr.outputs.iter().any(|reg| read[*reg as usize]) {
            needed[position] = true;
            reads(plan, instr).into_iter().for_each(|reg| read[reg as usize] = true);
        }
    }
    needed
}

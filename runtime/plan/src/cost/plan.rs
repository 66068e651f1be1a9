//! The cost of a plan: every instruction with its level.

use super::table::CostTable;
use super::work::{Shape, Work};
use crate::isa::Cost;
use crate::parts::Part;
use crate::plan::Plan;
use crate::refresh;
use crate::server::Instr;
use serde::{Deserialize, Serialize};

/// Predicted seconds of a run, without reading keys and data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Threads.
    pub threads: usize,
    /// Before the loop.
    pub prologue: f64,
    /// Per iteration, of those that run several times once each.
    pub iterations: Vec<f64>,
    /// How often the last [`Self::run_length`] iterations run; once where nothing repeats.
    pub runs: u32,
    /// Iterations of a run of the loop; none where nothing repeats.
    pub run_length: u32,
    /// A run of the loop.
    pub run: f64,
    /// After the loop.
    pub epilogue: f64,
    /// In total.
    pub total: f64,
}

/// Predicts a run.
#[must_use]
pub fn estimate(plan: &Plan, table: &CostTable, threads: usize) -> Estimate {
    let ring = table.ring(plan.params.log_n);
    let mut found = Estimate {
        threads,
        prologue: 0.0,
        iterations: Vec::new(),
        runs: plan.server.repeats.as_ref().map_or(1, |repeats| repeats.runs),
        run_length: plan.server.run_length(),
        run: 0.0,
        epilogue: 0.0,
        total: 0.0,
    };
    for (part, instrs) in plan.server.by_parts() {
        let seconds: f64 =
            instrs.iter().map(|instr| ring.seconds(instruction_work(plan, instr), threads)).sum();
        let repeats = plan.server.repeats_part(part);
        found.total += seconds * if repeats { f64::from(found.runs) } else { 1.0 };
        found.run += if repeats { seconds } else { 0.0 };
        match part {
            Part::Prologue => found.prologue = seconds,
            Part::Iteration(_) => found.iterations.push(seconds),
            Part::Epilogue => found.epilogue = seconds,
        }
    }
    found
}

/// The work of one instruction.
#[must_use]
pub fn instruction_work(plan: &Plan, instr: &Instr) -> Work {
    if let Cost::Refresh(shape) = instr.op.row().cost {
        let shape = plan.params.refresh.get(shape as usize);
        return shape.map_or(Work::default(), |shape| refresh::work(shape, &plan.params).total());
    }
    let level = plan.server.computed_at(instr);
    let read = instr.ciphers.first().or(instr.outputs.first());
    let value = read.and_then(|reg| plan.server.values.get(*reg as usize));
    let (parts, extended) = value.map_or((1, false), |value| value.kind.polynomials());
    let shape = Shape {
        limbs: level.limbs(),
        digit_limbs: plan.params.digit_limbs as usize,
        special: plan.params.p.len(),
    };
    instr.op.row().cost.work(instr.op.work_terms(&instr.ciphers, parts, extended), shape)
}

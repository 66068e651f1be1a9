//! How long instructions take, relative to each other: weights for progress and nothing else.
//!
//! The composition is that of [`hep_plan::cost`], with the table that ships; whoever has a table of this machine weighs
//! [`super::Progress::instr`] by it instead.

use hep_plan::Plan;
use hep_plan::cost::{CostTable, instruction_work};

/// Cost of every instruction: seconds on one thread of the machine that the shipped table was measured on.
#[must_use]
pub fn instruction_costs(plan: &Plan) -> Vec<f64> {
    weights(plan, CostTable::shipped())
}

/// Cost of every instruction by a table: seconds on one thread.
#[must_use]
pub fn weights(plan: &Plan, table: &CostTable) -> Vec<f64> {
    let ring = table.ring(plan.params.log_n);
    plan.server.instrs.iter().map(|instr| ring.seconds(instruction_work(plan, instr), 1)).collect()
}

/// Cost of the whole program, with all runs of its loop.
#[must_use]
pub fn total_cost(plan: &Plan) -> f64 {
    let body = plan.server.body();
    let runs = plan.server.repeats.as_ref().map_or(1, |repeats| repeats.runs);
    let times = |position: usize| if body.contains(&position) { f64::from(runs) } else { 1.0 };
    instruction_costs(plan).iter().enumerate().map(|(position, cost)| cost * times(position)).sum()
}

//! What operations take beside their operands, from the steps of key switching as the runtime does them.
//!
//! The runtime has the same figures for its own (`hep_ckks`), and a test of the executor compares them.

use crate::isa::Scratch;
use crate::plan::Plan;
use crate::server::Instr;
use crate::units::Level;

/// Limbs of the basis that key switching makes together.
const SWITCHED: usize = 6;
/// Limbs that a task holds besides digits: two lifted parts and two products with a key.
const TASK: usize = 4;
/// Limbs of a quotient that a division makes together.
const DIVIDED: usize = 7;

/// Polynomials modulo all primes that a refresh holds at most.
const REFRESHED: usize = 24;

/// Bytes while an instruction runs on so many threads, results included.
pub(super) fn running(plan: &Plan, instr: &Instr, threads: usize) -> u64 {
    let limb = plan.params.degree() as u64 * 8;
    let results: u64 = instr.outputs.iter().map(|&reg| plan.value_bytes(reg)).sum();
    let level = plan.server.computed_at(instr);
    let beside = match instr.op.row().scratch {
        Scratch::Nothing => 0,
        // The pages of the file that it is read from.
        Scratch::Pages => return results + results / 2,
        Scratch::Switch => switched(plan, level, threads),
        Scratch::Rotations => hoisted(plan, level, threads),
        // Results take the place of the sums that they are made of.
        Scratch::Sums(sums) => return rotated_products(plan, level, sums, threads) as u64 * limb,
        Scratch::Divide => 1 + threads * DIVIDED,
        Scratch::Refresh(_) => REFRESHED * (plan.params.q.len() + plan.params.p.len()),
    };
    results + beside as u64 * limb
}

/// Limbs of a polynomial at this level modulo the special primes too.
fn extended(plan: &Plan, level: Level) -> usize {
    level.limbs() + plan.params.p.len()
}

/// Limbs that the tasks of threads hold of the digits of a polynomial: no more tasks than groups of limbs.
fn tasks(plan: &Plan, level: Level, threads: usize) -> usize {
    let width = (plan.params.digit_limbs as usize).max(1);
    let own =
        (0..level.limbs()).step_by(width).map(|first| width.min(level.limbs() - first).div_ceil(SWITCHED));
    let groups = own.sum::<usize>() + plan.params.p.len().div_ceil(SWITCHED);
    threads.min(groups) * (plan.params.digits(level) * SWITCHED + TASK)
}

/// Limbs of a switched sum.
fn switched(plan: &Plan, level: Level, threads: usize) -> usize {
    2 * extended(plan, level) + (level.limbs() + tasks(plan, level, threads)).max(threads * DIVIDED)
}

/// Limbs of rotations with one decomposition.
fn hoisted(plan: &Plan, level: Level, threads: usize) -> usize {
    let decomposed = plan.params.digits(level) * extended(plan, level);
    decomposed + 2 * extended(plan, level) + level.limbs().max(threads * DIVIDED)
}

/// Limbs of sums of products of rotations, their results included.
fn rotated_products(plan: &Plan, level: Level, sums: usize, threads: usize) -> usize {
    let products = level.limbs() + tasks(plan, level, threads);
    let divided = threads.min(sums) * 2 * level.limbs() + threads * DIVIDED;
    2 * sums * extended(plan, level) + products.max(divided)
}

//! What operations take beside their operands, from the steps of key switching as the runtime does them.
//!
//! The runtime has the same figures for its own (`hep_ckks`), and a test of the executor compares them.

use crate::plan::Plan;
use crate::server::{Instr, Op, Reg};
use crate::units::Level;

/// Limbs of the basis that key switching makes together.
const SWITCHED: usize = 6;
/// Limbs that a task holds besides digits: two lifted parts and two products with a key.
const TASK: usize = 4;
/// Limbs of a quotient that a division makes together.
const DIVIDED: usize = 7;

/// Bytes while an instruction runs on so many threads, results included.
pub(super) fn running(plan: &Plan, instr: &Instr, threads: usize) -> u64 {
    let limb = plan.params.degree() as u64 * 8;
    let results: u64 = instr.outputs.iter().map(|&reg| plan.value_bytes(reg)).sum();
    let level = |reg: Reg| plan.server.values.get(reg as usize).map_or(Level(0), |value| value.level);
    let result = instr.outputs.first().map_or(Level(0), |&reg| level(reg));
    let beside = match &instr.op {
        // The pages of the file that it is read from.
        Op::Input { .. } => return results + results / 2,
        Op::Relinearize(a) | Op::RelinearizeRescale(a) => switched(plan, level(*a), threads),
        Op::SumRotations(_) => switched(plan, result, threads),
        Op::Rotate { source, .. } => hoisted(plan, level(*source), threads),
        // Results take the place of the sums that they are made of.
        Op::RotatedProducts(sums) => {
            let level = Level(result.0 + 1);
            return rotated_products(plan, level, sums.len(), threads) as u64 * limb;
        }
        Op::Rescale(_) => 1 + threads * DIVIDED,
        _ => 0,
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

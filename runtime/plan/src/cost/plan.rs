//! The cost of a plan: every instruction with its level.

use super::table::CostTable;
use super::work::{Shape, Work};
use crate::plan::Plan;
use crate::server::{Instr, Op};
use crate::units::Level;
use serde::{Deserialize, Serialize};

/// Predicted seconds of a run, without reading keys and data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Threads.
    pub threads: usize,
    /// Before the loop.
    pub prologue: f64,
    /// Per iteration.
    pub iterations: Vec<f64>,
    /// In total.
    pub total: f64,
}

/// Predicts a run.
#[must_use]
pub fn estimate(plan: &Plan, table: &CostTable, threads: usize) -> Estimate {
    let ring = table.ring(plan.params.log_n);
    let mut parts = vec![0.0; plan.info.iterations as usize + 1];
    for instr in &plan.server.instrs {
        if let Some(part) = parts.get_mut(instr.iteration as usize) {
            *part += ring.seconds(instruction_work(plan, instr), threads);
        }
    }
    let total = parts.iter().sum();
    let iterations = parts.split_off(1);
    Estimate { threads, prologue: parts[0], iterations, total }
}

/// The work of one instruction.
#[must_use]
pub fn instruction_work(plan: &Plan, instr: &Instr) -> Work {
    // Products of mixed levels are computed at the level of the result, all else at that of the operand.
    let operand = match &instr.op {
        Op::SumMul(_) | Op::SumMulPlain(_) | Op::RotatedProducts(_) => None,
        op => op.operands().first().copied(),
    };
    let value =
        operand.or(instr.outputs.first().copied()).and_then(|reg| plan.server.values.get(reg as usize));
    let (level, parts, extended) = value.map_or((Level(0), 1, false), |v| {
        let (polynomials, extended) = v.kind.polynomials();
        (v.level, polynomials, extended)
    });
    let shape = Shape {
        limbs: level.limbs(),
        digit_limbs: plan.params.digit_limbs as usize,
        special: plan.params.p.len(),
    };
    match &instr.op {
        Op::Rotate { steps, .. } => shape.rotate(steps.len()),
        Op::SumRotations(terms) => {
            let groups = instr.op.rotations();
            let rotations = groups.iter().map(|(_, count)| count).sum();
            shape.sum_rotations(groups.len() as u32, rotations, terms.len())
        }
        Op::Relinearize(_) => shape.relinearize(),
        Op::Rescale(_) => shape.rescale(parts),
        Op::RelinearizeRescale(_) => shape.relinearize_rescale(),
        Op::Encode { .. } if extended => shape.encode_extended(),
        Op::Encode { .. } => shape.encode(),
        Op::RotatedProducts(sums) => {
            let above = Shape { limbs: shape.limbs + 1, ..shape };
            let rotations = instr.op.rotations();
            let turned = rotations.iter().map(|(_, count)| *count as usize).sum();
            let terms = sums.iter().flatten().count();
            above.rotated_products(rotations.len(), turned, terms, sums.len())
        }
        Op::SumMul(terms) => shape.sum_mul(terms.len()),
        Op::SumMulPlain(terms) => shape.sum_mul_plain(terms.len()),
        Op::Input { .. } => shape.sum(),
        Op::Add(..)
        | Op::Sub(..)
        | Op::Negate(_)
        | Op::AddPlain(..)
        | Op::SubPlain(..)
        | Op::DropLevel(_)
        | Op::Reread(_) => shape.sum() * (parts as f64 / 2.0),
    }
}

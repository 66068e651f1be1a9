//! How long instructions take, relative to each other: a weight for the progress bar and nothing else.
//!
//! The unit is one number-theoretic transform of one limb. With l limbs at the instruction's level, k special primes and d
//! digits: a pass of multiplications over a limb is 1/8; moving a limb to another basis is 1/8 per limb read.
//!
//! | operation | cost |
//! |---|---|
//! | rotate, s steps | l + d(l+k) transforms once; per step 2d(l+k) passes, 2(k+l) transforms |
//! | relinearize | as one rotation |
//! | rescale | per part 1 + l transforms |
//! | encode | 2 + l transforms |
//! | sum_mul, t terms | 4·t·l passes |
//! | sum_mul_plain, t terms | 2·t·l passes |
//! | all else | 2·l passes |

use hep_plan::server::{Instr, Kind, Op};
use hep_plan::{Level, Plan};

const PASS: f64 = 1.0 / 8.0;

/// Cost of every instruction.
#[must_use]
pub fn instruction_costs(plan: &Plan) -> Vec<f64> {
    plan.server.instrs.iter().map(|instr| cost(plan, instr)).collect()
}

/// Cost of the whole program.
#[must_use]
pub fn total_cost(plan: &Plan) -> f64 {
    instruction_costs(plan).iter().sum()
}

fn cost(plan: &Plan, instr: &Instr) -> f64 {
    // Products of mixed levels are computed at the level of the result, all else at that of the operand.
    let operand = match &instr.op {
        Op::SumMul(_) | Op::SumMulPlain(_) => None,
        op => op.operands().first().copied(),
    };
    let value =
        operand.or(instr.outputs.first().copied()).and_then(|reg| plan.server.values.get(reg as usize));
    let (level, parts) = value.map_or((Level(0), 1.0), |v| match v.kind {
        Kind::Cipher { parts } => (v.level, f64::from(parts)),
        Kind::Plain => (v.level, 1.0),
    });
    let limbs = level.limbs() as f64;
    let special = plan.params.p.len() as f64;
    let digits = plan.params.digits(level) as f64;
    // Every limb of a digit is read for every limb of the basis it is extended to.
    let extension = limbs * (limbs + special) * PASS;
    let decompose = limbs + digits * (limbs + special) + extension;
    let switch =
        2.0 * digits * (limbs + special) * PASS + 2.0 * (special + limbs) + 2.0 * special * limbs * PASS;
    match &instr.op {
        Op::Rotate { steps, .. } => decompose + steps.len() as f64 * switch,
        Op::Relinearize(_) => decompose + switch,
        Op::Rescale(_) => parts * (1.0 + limbs),
        Op::Encode { .. } => 2.0 + limbs,
        Op::SumMul(terms) => 4.0 * terms.len() as f64 * limbs * PASS,
        Op::SumMulPlain(terms) => 2.0 * terms.len() as f64 * limbs * PASS,
        Op::Input { .. }
        | Op::Add(..)
        | Op::Sub(..)
        | Op::Negate(_)
        | Op::AddPlain(..)
        | Op::SubPlain(..)
        | Op::DropLevel(_) => 2.0 * limbs * PASS,
    }
}

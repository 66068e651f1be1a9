//! What operations cost, in word operations: enough to compare rings, digits and schedules.
//!
//! Units are butterflies of a number-theoretic transform; a multiply-add of a base extension or key product counts as
//! half a butterfly. Counts are those of hybrid key switching (Han and Ki, CT-RSA 2020): with l limbs, k special
//! limbs and β = ⌈l/α⌉ digits, l transforms back, β(l + k) − l forward, 2(k + l) to bring the result down.

use crate::ckks::graph::{Op, Program};
use crate::dag::NodeId;

/// Ring and key-switching shape of a cost question.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// log2 of the ring degree.
    pub log_n: u32,
    /// Limbs of a digit, which is also the number of special limbs.
    pub digit_limbs: u32,
}

impl Shape {
    fn degree(self) -> f64 {
        f64::from(self.log_n).exp2()
    }

    fn transforms(self, count: f64) -> f64 {
        count * self.degree() / 2.0 * f64::from(self.log_n)
    }

    fn multiply_adds(self, count: f64) -> f64 {
        count * self.degree() / 2.0
    }

    /// Decomposition into digits, transformed.
    #[must_use]
    pub fn decompose(self, limbs: f64) -> f64 {
        let special = f64::from(self.digit_limbs);
        let digits = (limbs / special).ceil();
        self.transforms(digits * (limbs + special)) + self.multiply_adds(limbs * (limbs + special))
    }

    /// Product with a key and bring-down.
    #[must_use]
    pub fn apply_key(self, limbs: f64) -> f64 {
        let special = f64::from(self.digit_limbs);
        let digits = (limbs / special).ceil();
        self.transforms(2.0 * (special + limbs))
            + self.multiply_adds(2.0 * digits * (limbs + special) + 2.0 * special * limbs)
    }

    /// Division by one prime of `parts` polynomials.
    #[must_use]
    pub fn rescale(self, limbs: f64, parts: f64) -> f64 {
        self.transforms(parts * limbs) + self.multiply_adds(parts * limbs)
    }
}

/// Cost of one node. Rotations of one source share its decomposition, so only `first_rotation` pays for it.
#[must_use]
pub fn node(program: &Program, id: NodeId, shape: Shape, first_rotation: bool) -> f64 {
    let node = program.graph.node(id);
    let limbs = f64::from(program.depth - node.depth + 1);
    let operands = program.graph.operands(id).len() as f64;
    match &node.op {
        Op::Input { .. } | Op::DropLevel => 0.0,
        Op::Add | Op::Sub | Op::Neg | Op::AddPlain(_) | Op::SubPlain(_) => shape.multiply_adds(limbs),
        Op::SumMulPlain(_) => {
            shape.multiply_adds(2.0 * operands * limbs) + shape.transforms(operands * limbs / 4.0)
        }
        Op::SumMul => shape.multiply_adds(2.0 * operands * limbs),
        Op::Relinearize => shape.decompose(limbs) + shape.apply_key(limbs),
        Op::Rescale => shape.rescale(limbs, f64::from(node.parts)),
        Op::Rotate(_) if first_rotation => shape.decompose(limbs) + shape.apply_key(limbs),
        Op::Rotate(_) => shape.apply_key(limbs),
    }
}

/// Cost of a whole schedule.
#[must_use]
pub fn total(program: &Program, shape: Shape) -> f64 {
    let mut rotated = vec![false; program.graph.len()];
    let mut sum = 0.0;
    for id in program.graph.ids() {
        let first = match (&program.graph.node(id).op, program.graph.operands(id)) {
            (Op::Rotate(_), [source]) => !std::mem::replace(&mut rotated[source.index()], true),
            _ => false,
        };
        sum += node(program, id, shape, first);
    }
    sum
}

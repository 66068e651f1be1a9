//! What operations cost, in word operations: enough to compare rings, digits and schedules.
//!
//! Units are butterflies of a number-theoretic transform; a multiply-add of a base extension or key product counts as
//! half a butterfly. Counts are those of hybrid key switching (Han and Ki, CT-RSA 2020): with l limbs, k special
//! limbs and β = ⌈l/α⌉ digits, l transforms back, β(l + k) − l forward, 2(k + l) to bring the result down.

use crate::ckks::graph::{Op, Program};
use std::collections::BTreeMap;

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

/// What the cost of a node depends on, beside the shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    work: Work,
    depth: u32,
    operands: usize,
    parts: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    Nothing,
    Sum,
    SumMulPlain,
    SumMul,
    /// A key switch with its decomposition: relinearisation, and the first rotation of a source.
    KeySwitch,
    /// Further rotations share the decomposition.
    HoistedRotation,
    Rescale,
}

/// The operations of a schedule, counted by kind, so that many shapes can be compared.
#[derive(Clone, Debug)]
pub struct Operations(BTreeMap<Kind, usize>);

impl Operations {
    /// Counts a schedule.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        let mut rotated = vec![false; program.graph.len()];
        let mut counts = BTreeMap::new();
        for id in program.graph.ids() {
            let (node, operands) = (program.graph.node(id), program.graph.operands(id));
            let work = match &node.op {
                Op::Input { .. } | Op::DropLevel => Work::Nothing,
                Op::Add | Op::Sub | Op::Neg | Op::AddPlain(_) | Op::SubPlain(_) => Work::Sum,
                Op::SumMulPlain(_) => Work::SumMulPlain,
                Op::SumMul => Work::SumMul,
                Op::Relinearize => Work::KeySwitch,
                Op::Rescale => Work::Rescale,
                Op::Rotate(_) => match operands.first() {
                    Some(source) if std::mem::replace(&mut rotated[source.index()], true) => {
                        Work::HoistedRotation
                    }
                    _ => Work::KeySwitch,
                },
            };
            let kind = Kind { work, depth: node.depth, operands: operands.len(), parts: node.parts };
            *counts.entry(kind).or_default() += 1;
        }
        Self(counts)
    }

    /// Cost when the deepest level has depth `depth`.
    #[must_use]
    pub fn cost(&self, depth: u32, shape: Shape) -> f64 {
        self.0.iter().map(|(kind, count)| *count as f64 * kind.cost(depth, shape)).sum()
    }
}

impl Kind {
    fn cost(self, depth: u32, shape: Shape) -> f64 {
        let limbs = f64::from(depth - self.depth + 1);
        let operands = self.operands as f64;
        match self.work {
            Work::Nothing => 0.0,
            Work::Sum => shape.multiply_adds(limbs),
            Work::SumMulPlain => {
                shape.multiply_adds(2.0 * operands * limbs) + shape.transforms(operands * limbs / 4.0)
            }
            Work::SumMul => shape.multiply_adds(2.0 * operands * limbs),
            Work::KeySwitch => shape.decompose(limbs) + shape.apply_key(limbs),
            Work::HoistedRotation => shape.apply_key(limbs),
            Work::Rescale => shape.rescale(limbs, f64::from(self.parts)),
        }
    }
}

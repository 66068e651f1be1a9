//! What a schedule costs, by a table of some machine: enough to compare rings, digits and schedules.
//!
//! The composition of operations from steps is that of [`hep_plan::cost`]. The table is data that the caller brings; it
//! decides nothing but which of several correct plans is taken.

use crate::ckks::graph::{Op, Program};
use crate::dag::NodeId;
use hep_plan::Step;
use hep_plan::cost::{RingCosts, Shape, Work};
use std::collections::{BTreeMap, BTreeSet};

/// Vectors encoded per product with a public vector: most are encoded once and used again.
const ENCODINGS_PER_PRODUCT: f64 = 0.25;

/// What the work of a node depends on, beside the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    operation: Operation,
    depth: u32,
    operands: usize,
    parts: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Operation {
    Nothing,
    Sum,
    SumMulPlain,
    SumMul,
    Relinearize,
    /// The depth is that of the result.
    RelinearizeRescale,
    /// A rotation with its decomposition: the first of a source.
    Rotate,
    /// Further rotations share the decomposition.
    HoistedRotation,
    /// Of so many ciphertexts that are decomposed, with so many keys.
    SumRotations(u32, u32),
    /// Products with rotations, where so many operands are not decomposed and so many rotations not computed yet. The depth is that of
    /// the result.
    RotatedProducts {
        sources: usize,
        rotations: usize,
    },
    Rescale,
}

/// The operations of a schedule, counted by kind, so that many parameters can be compared.
#[derive(Clone, Debug)]
pub struct Operations(BTreeMap<Kind, usize>);

impl Operations {
    /// Counts a schedule.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        let mut rotated = vec![false; program.graph.len()];
        let mut multiplied: BTreeMap<(NodeId, u32, u32), BTreeSet<Step>> = BTreeMap::new();
        let mut counts = BTreeMap::new();
        for id in program.graph.ids() {
            let (node, operands) = (program.graph.node(id), program.graph.operands(id));
            let operation = match &node.op {
                Op::Input { .. } | Op::DropLevel | Op::Reread(_) => Operation::Nothing,
                Op::Add | Op::Sub | Op::Neg | Op::AddPlain(_) | Op::SubPlain(_) => Operation::Sum,
                Op::SumMulPlain(_) => Operation::SumMulPlain,
                Op::SumMul => Operation::SumMul,
                Op::Relinearize => Operation::Relinearize,
                Op::SumRotations(steps) => {
                    let moved = operands.iter().zip(steps).filter(|(_, step)| step.0 != 0);
                    let mut sources: Vec<_> = moved.map(|(source, _)| *source).collect();
                    let rotations = sources.len() as u32;
                    sources.dedup();
                    Operation::SumRotations(sources.len() as u32, rotations)
                }
                Op::RotatedProducts(terms) => {
                    let (mut sources, mut rotations) = (0, 0);
                    for (operand, (step, _)) in
                        operands.iter().zip(terms).filter(|(_, (step, _))| step.0 != 0)
                    {
                        let known = multiplied.entry((*operand, node.depth, node.iteration)).or_default();
                        sources += usize::from(known.is_empty());
                        rotations += usize::from(known.insert(*step));
                    }
                    Operation::RotatedProducts { sources, rotations }
                }
                Op::RelinearizeRescale => Operation::RelinearizeRescale,
                Op::Rescale => Operation::Rescale,
                Op::Rotate(_) => match operands.first() {
                    Some(source) if std::mem::replace(&mut rotated[source.index()], true) => {
                        Operation::HoistedRotation
                    }
                    _ => Operation::Rotate,
                },
            };
            let kind = Kind { operation, depth: node.depth, operands: operands.len(), parts: node.parts };
            *counts.entry(kind).or_default() += 1;
        }
        Self(counts)
    }

    /// Seconds on one thread when the deepest level has depth `depth` and digits have `digit_limbs` limbs, as many as there
    /// are special ones.
    #[must_use]
    pub fn seconds(&self, depth: u32, digit_limbs: u32, ring: &RingCosts) -> f64 {
        let mut work = Work::default();
        for (kind, count) in &self.0 {
            work += kind.work(depth, digit_limbs as usize) * *count as f64;
        }
        ring.seconds(work, 1)
    }
}

impl Kind {
    fn work(self, depth: u32, digit_limbs: usize) -> Work {
        let limbs = (depth - self.depth + 1) as usize;
        let shape = Shape { limbs, digit_limbs, special: digit_limbs };
        // A division starts one level above its result.
        let above = Shape { limbs: limbs + 1, ..shape };
        match self.operation {
            Operation::Nothing => Work::default(),
            Operation::Sum => shape.sum() * (f64::from(self.parts) / 2.0),
            Operation::SumMulPlain => {
                shape.sum_mul_plain(self.operands)
                    + shape.encode() * (ENCODINGS_PER_PRODUCT * self.operands as f64)
            }
            Operation::SumMul => shape.sum_mul(self.operands / 2),
            Operation::Relinearize => shape.relinearize(),
            Operation::RelinearizeRescale => above.relinearize_rescale(),
            Operation::Rotate => shape.rotate(1),
            Operation::HoistedRotation => shape.key_product() + shape.bring_down(),
            Operation::SumRotations(sources, rotations) => {
                shape.sum_rotations(sources, rotations, self.operands)
            }
            Operation::RotatedProducts { sources, rotations } => {
                above.rotated_products(sources, rotations, self.operands, 1)
                    + above.encode_extended() * (ENCODINGS_PER_PRODUCT * self.operands as f64)
            }
            Operation::Rescale => above.rescale(usize::from(self.parts)),
        }
    }
}

//! What relinearizations and third parts cost, as capacities of a cut.

use crate::ckks::graph::Program;
use hep_plan::cost::{RingCosts, Shape, Work};
use hep_plan::isa::Cost;
use hep_tensor::dag::NodeId;

/// What relinearizations are compared by.
#[derive(Clone, Copy, Debug)]
pub struct Prices<'a> {
    /// Seconds of the steps.
    pub ring: &'a RingCosts,
    /// Limbs of a digit, and special ones.
    pub digit_limbs: usize,
    /// Whether a relinearization and a rescale that follows will divide once.
    pub merged: bool,
}

/// Seconds in the unit of capacities.
const UNIT: f64 = 1e-12;

impl Prices<'_> {
    fn shape(&self, program: &Program, depth: u32) -> Shape {
        let limbs = program.level(depth).limbs();
        Shape { limbs, digit_limbs: self.digit_limbs, special: self.digit_limbs }
    }

    fn capacity(&self, work: Work) -> u64 {
        (self.ring.seconds(work, 1).max(0.0) / UNIT) as u64
    }

    /// What relinearizing a value costs; `rescaled` where its one use is a rescale, with which it is merged.
    pub fn relinearization(&self, program: &Program, id: NodeId, rescaled: bool) -> u64 {
        let shape = self.shape(program, program.graph.node(id).depth);
        if rescaled && self.merged {
            let alone = self.capacity(shape.rescale(2));
            return self.capacity(shape.relinearize_rescale()).saturating_sub(alone);
        }
        self.capacity(shape.relinearize())
    }

    /// What the third part costs a linear operation.
    pub fn third_part(&self, program: &Program, id: NodeId) -> u64 {
        let node = program.graph.node(id);
        match node.op.row().cost {
            Cost::Products | Cost::Copies => 0,
            _ => self.capacity(self.shape(program, node.depth).sum() * 0.5),
        }
    }
}

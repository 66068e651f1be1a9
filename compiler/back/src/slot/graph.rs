//! Slot graph: the program as operations on whole vectors of slots.
//!
//! A node's value is one vector of `slots` numbers; arithmetic is exact, there are no levels and no scales yet. The
//! only movement of data is the cyclic rotation of a whole vector. The training loop stays rolled: [`Op::Carried`]
//! and [`Op::Final`] are as in the tensor graph, and a public vector may carry a factor that changes from iteration
//! to iteration. Sums of products are one node, because a schedule relinearizes and rescales once per sum.
//!
//! Nodes are hash-consed by [`super::build::Builder`]: equal nodes are one node. Invariants are checked by
//! [`super::verify`].

use crate::layout::Placement;
use hep_plan::{Layout, SlotVector, Step};
use hep_tensor as tensor;
use hep_tensor::dag::{Dag, NodeId};

/// Most operations of a program, also of a written-out one: bounds time and memory of the compiler.
pub const MAX_OPERATIONS: usize = 1 << 20;

/// Most slots of all operations of a written-out program: bounds time and memory for its schedules, which are run on sample
/// data. Sixty thousand rows of four hundred features are below it.
pub const MAX_WORK: usize = 3_000_000_000;

/// Index into [`Program::vectors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VectorId(pub u32);

/// Index into [`Program::factors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactorId(pub u32);

/// A public number per iteration.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// How it is written, for printing.
    pub text: String,
    /// Its value in iterations 1, 2, …
    pub values: Vec<f64>,
}

/// An operation on vectors.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Ciphertext `block` of an upload.
    Input {
        /// Index into [`Program::uploads`].
        upload: usize,
        /// Index of the ciphertext.
        block: usize,
    },
    /// A public vector, times a factor of the iteration if there is one.
    Public {
        /// The vector.
        vector: VectorId,
        /// The factor.
        factor: Option<FactorId>,
    },
    /// A public vector for each iteration.
    Series(Vec<VectorId>),
    /// One of m values from before the loop: operand (t − 1) mod m in iteration t.
    Select,
    /// Ciphertext `block` of a loop variable at the start of an iteration.
    Carried {
        /// Index into [`Program::carried`].
        var: usize,
        /// Index of the ciphertext.
        block: usize,
    },
    /// Ciphertext `block` of a loop variable after the last iteration.
    Final {
        /// Index into [`Program::carried`].
        var: usize,
        /// Index of the ciphertext.
        block: usize,
    },
    /// a + b
    Add,
    /// a − b
    Sub,
    /// −a
    Neg,
    /// Left rotation by the step.
    Rotate(Step),
    /// a₀∘b₀ + a₁∘b₁ + …; operands in this order.
    SumMul,
}

/// A node.
#[derive(Clone, Debug)]
pub struct Node {
    /// The operation.
    pub op: Op,
    /// Node of the tensor graph it was first made for.
    pub origin: tensor::NodeId,
}

/// A tensor uploaded by the owner.
#[derive(Clone, Debug)]
pub struct Upload {
    /// Its name.
    pub name: String,
    /// Its packing.
    pub layout: Layout,
}

/// A loop variable, one entry per ciphertext.
#[derive(Clone, Debug)]
pub struct Carried {
    /// Its name.
    pub name: String,
    /// Its packing, where it is known.
    pub layout: Option<Layout>,
    /// Values before the first iteration.
    pub init: Vec<NodeId>,
    /// Values after an iteration.
    pub next: Vec<NodeId>,
}

/// A tensor sent back.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its packing.
    pub layout: Layout,
    /// One node per ciphertext.
    pub values: Vec<NodeId>,
}

/// Scores that enter an approximation, for whoever watches a run in the clear: no result depends on them.
#[derive(Clone, Debug)]
pub struct Scores {
    /// Position of the check in the tensor program.
    pub check: usize,
    /// Their packing; slots outside of it may hold anything.
    pub layout: Layout,
    /// One node per ciphertext.
    pub values: Vec<NodeId>,
}

/// Position of what [`Op::Select`] among `count` operands chooses in an iteration.
#[must_use]
pub fn selected(count: usize, iteration: u32) -> usize {
    (iteration.max(1) - 1) as usize % count.max(1)
}

/// A program on slots.
#[derive(Clone, Debug)]
pub struct Program {
    /// Name of the program.
    pub name: String,
    /// Where the dimensions lie.
    pub placement: Placement,
    /// The nodes.
    pub graph: Dag<Node>,
    /// Public vectors.
    pub vectors: Vec<SlotVector>,
    /// Public numbers that change with the iteration.
    pub factors: Vec<Factor>,
    /// Uploads.
    pub uploads: Vec<Upload>,
    /// Number of iterations.
    pub iterations: u32,
    /// Loop variables.
    pub carried: Vec<Carried>,
    /// Results.
    pub outputs: Vec<Output>,
    /// Scores of the approximations that have packed arguments.
    pub scores: Vec<Scores>,
}

impl Program {
    /// Number of slots of a vector.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.placement.slots
    }

    /// Slots that are computed when the loop is written out: what a schedule and a run on sample data take to make grows with it.
    #[must_use]
    pub fn work(&self) -> usize {
        let needed = self.graph.reachable(self.roots());
        let body = self.in_body();
        let iterations = self.iterations as usize;
        let times = |(needed, body): (&bool, &bool)| match (needed, body) {
            (false, _) => 0,
            (true, true) => iterations,
            (true, false) => 1,
        };
        let operations: usize = needed.iter().zip(&body).map(times).sum();
        operations.saturating_mul(self.slots())
    }

    /// Whether each node belongs to the loop body.
    #[must_use]
    pub fn in_body(&self) -> Vec<bool> {
        let mut body: Vec<bool> = Vec::with_capacity(self.graph.len());
        for id in self.graph.ids() {
            let own = matches!(
                self.graph.node(id).op,
                Op::Carried { .. } | Op::Series(_) | Op::Select | Op::Public { factor: Some(_), .. }
            );
            body.push(own || self.graph.operands(id).iter().any(|o| body[o.index()]));
        }
        body
    }

    /// Whether each node depends on a loop variable after the loop.
    #[must_use]
    pub fn in_epilogue(&self) -> Vec<bool> {
        let mut after: Vec<bool> = Vec::with_capacity(self.graph.len());
        for id in self.graph.ids() {
            let own = matches!(self.graph.node(id).op, Op::Final { .. });
            after.push(own || self.graph.operands(id).iter().any(|o| after[o.index()]));
        }
        after
    }

    /// Nodes that must be computed.
    #[must_use]
    pub fn roots(&self) -> Vec<NodeId> {
        let carried = self.carried.iter().flat_map(|c| c.init.iter().chain(&c.next));
        carried.chain(self.outputs.iter().flat_map(|o| &o.values)).copied().collect()
    }

    /// Nodes that must be computed where scores are watched.
    #[must_use]
    pub fn observed_roots(&self) -> Vec<NodeId> {
        let scores = self.scores.iter().flat_map(|s| &s.values).copied();
        self.roots().into_iter().chain(scores).collect()
    }

    /// The vector of a series in an iteration.
    #[must_use]
    pub fn series(&self, vectors: &[VectorId], iteration: u32) -> Vec<f64> {
        self.public(vectors[(iteration.max(1) - 1) as usize], None, iteration)
    }

    /// A public vector in an iteration.
    #[must_use]
    pub fn public(&self, vector: VectorId, factor: Option<FactorId>, iteration: u32) -> Vec<f64> {
        let mut values = self.vectors[vector.0 as usize].expand();
        if let Some(factor) = factor {
            let by = self.factors[factor.0 as usize].values[(iteration.max(1) - 1) as usize];
            values.iter_mut().for_each(|v| *v *= by);
        }
        values
    }
}

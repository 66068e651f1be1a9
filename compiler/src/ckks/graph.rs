//! CKKS graph: operations on ciphertexts with levels and exact scales, straight-line.
//!
//! A node's level is given as its *depth*, the number of rescales since the top of the modulus chain; the chain's
//! length is known only when the graph is complete. The scale is exact, a product of primes and of free scales
//! ([`super::scale`]); its number is taken when parameters are chosen. Products may read ciphertexts of a smaller
//! depth (more primes than the product has): the extra primes are ignored.

use super::scale::Form;
use crate::dag::{Dag, Rewrite};
use crate::slot::graph::{Output, Upload};
use crate::tensor;
use hep_plan::SlotVector;

/// Index into [`Program::constants`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConstantId(pub u32);

/// An operation of the [table](hep_plan::isa) with vectors that are not encoded yet. A rotation has one step and one result here, a
/// sum of products of rotations is one: those that share work are joined when instructions are written.
pub type Op = hep_plan::isa::Op<ConstantId>;

/// A node.
#[derive(Clone, Debug)]
pub struct Node {
    /// The operation.
    pub op: Op,
    /// Primes dropped since the top.
    pub depth: u32,
    /// Polynomials of the ciphertext.
    pub parts: u8,
    /// Exact scale.
    pub scale: Form,
    /// Iteration, from 1; 0 before the loop.
    pub iteration: u32,
    /// Node of the tensor graph it serves.
    pub origin: tensor::NodeId,
}

/// A scheduled program.
#[derive(Clone, Debug)]
pub struct Program {
    /// Name of the program.
    pub name: String,
    /// Slots of a ciphertext.
    pub slots: usize,
    /// The nodes.
    pub graph: Dag<Node>,
    /// Public vectors.
    pub constants: Vec<SlotVector>,
    /// Uploads.
    pub uploads: Vec<Upload>,
    /// Results.
    pub outputs: Vec<Output>,
    /// Training iterations.
    pub iterations: u32,
    /// Depth of the deepest node: the chain has this many primes beside the last.
    pub depth: u32,
    /// Relations between free scales.
    pub scales: super::scale::System,
}

impl Program {
    /// The program without nodes and results.
    pub(super) fn emptied(&self) -> Self {
        Self {
            name: self.name.clone(),
            slots: self.slots,
            graph: Dag::new(),
            constants: self.constants.clone(),
            uploads: self.uploads.clone(),
            outputs: Vec::new(),
            iterations: self.iterations,
            depth: self.depth,
            scales: self.scales.clone(),
        }
    }

    /// The program without nodes that no result depends on.
    #[must_use]
    pub(super) fn without_unread(self) -> Self {
        let read = self.graph.reachable(self.outputs.iter().flat_map(|o| &o.values).copied());
        if read.iter().all(|read| *read) {
            return self;
        }
        let mut rewrite = Rewrite::of(&self.graph);
        for id in self.graph.ids().filter(|id| read[id.index()]) {
            rewrite.keep(id);
        }
        self.rewritten(rewrite)
    }

    /// The program with its graph made anew.
    #[must_use]
    pub(super) fn rewritten(&self, rewrite: Rewrite<'_, Node>) -> Self {
        let (graph, map) = rewrite.finish();
        let mut outputs = self.outputs.clone();
        outputs.iter_mut().flat_map(|o| &mut o.values).for_each(|id| *id = map.at(*id));
        Self { graph, outputs, ..self.emptied() }
    }
}

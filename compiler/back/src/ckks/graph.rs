//! CKKS graph: operations on ciphertexts with levels and exact scales, straight-line.
//!
//! A node's level is given as its *depth*, the number of rescales since the top of the modulus chain; the chain's
//! length is known only when the graph is complete. The scale is exact, a product of primes and of free scales
//! ([`super::scale`]); its number is taken when parameters are chosen. Products may read ciphertexts of a smaller
//! depth (more primes than the product has): the extra primes are ignored.

use super::scale::Form;
use crate::slot::graph::{Output, Upload};
use hep_plan::{Part, Parts, SlotVector};
use hep_tensor as tensor;
use hep_tensor::dag::{Dag, NodeId, Rewrite, Rewritten};

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
    /// Whether it is made of the uploads as they are before the loop, there or again where it is used.
    pub of_uploads: bool,
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
    /// The nodes, in the order in which they run.
    pub graph: Dag<Node>,
    /// Which of them are before the loop, in each iteration, and after it.
    pub parts: Parts,
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
    pub(crate) fn emptied(&self) -> Self {
        Self {
            name: self.name.clone(),
            slots: self.slots,
            graph: Dag::new(),
            parts: Parts::default(),
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
    pub(crate) fn without_unread(self) -> Self {
        let read = self.graph.reachable(self.outputs.iter().flat_map(|o| &o.values).copied());
        if read.iter().all(|read| *read) {
            return self;
        }
        let mut rewrite = self.rewrite();
        while let Some(id) = rewrite.advance() {
            if read[id.index()] {
                rewrite.keep(id);
            }
        }
        self.rewritten(rewrite)
    }

    /// Uses of each node, results included.
    #[must_use]
    pub fn uses(&self) -> Vec<usize> {
        let mut uses = self.graph.use_counts();
        self.outputs.iter().flat_map(|output| &output.values).for_each(|id| uses[id.index()] += 1);
        uses
    }

    /// The part that a node lies in.
    #[must_use]
    pub fn part(&self, id: NodeId) -> Part {
        self.parts.at(id.index())
    }

    /// Nothing yet of its graph.
    #[must_use]
    pub(crate) fn rewrite(&self) -> Rewrite<'_, Node> {
        Rewrite::of_parts(&self.graph, &self.parts)
    }

    /// The program with its graph made anew.
    #[must_use]
    pub(crate) fn rewritten(&self, rewrite: Rewrite<'_, Node>) -> Self {
        let Rewritten { graph, parts, map } = rewrite.finish();
        let mut outputs = self.outputs.clone();
        outputs.iter_mut().flat_map(|o| &mut o.values).for_each(|id| *id = map.at(*id));
        Self { graph, parts, outputs, ..self.emptied() }
    }
}

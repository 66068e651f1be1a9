//! CKKS graph: operations on ciphertexts with levels and exact scales; the loop is written out, or its last iterations repeat.
//!
//! A node's level is given as its *depth*, the number of rescales since the top of the modulus chain; the chain's
//! length is known only when the graph is complete. The scale is exact, a product of primes and of free scales
//! ([`super::scale`]); its number is taken when parameters are chosen. Products may read ciphertexts of a smaller
//! depth (more primes than the product has): the extra primes are ignored.

pub use super::refreshes::Refreshes;
use super::scale::Form;
use crate::slot::graph::{Output, Upload};
use hep_plan::{Constant, Level, Part, Parts, Tables};
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

/// Iterations that repeat: those from one on are a body that runs several times.
///
/// A run takes what the one before handed on ([`Op::Carried`]), and after the last it stands as [`Op::Final`]. Nodes of the body are
/// read in the body only, those from before it anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop {
    /// The iteration that the body begins with in its first run.
    pub first: u32,
    /// How many times it runs.
    pub runs: u32,
    /// Whether runs end within an iteration, which what follows the loop finishes.
    pub within: bool,
    /// The loop variables.
    pub carried: Vec<Carried>,
}

/// A loop variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carried {
    /// What the first run begins with.
    pub init: NodeId,
    /// What a run hands on.
    pub next: NodeId,
}

impl Loop {
    /// The same loop of other nodes.
    #[must_use]
    pub fn map(&self, at: impl Fn(NodeId) -> NodeId) -> Self {
        let carried = |carried: &Carried| Carried { init: at(carried.init), next: at(carried.next) };
        Self { carried: self.carried.iter().map(carried).collect(), ..self.clone() }
    }

    /// What it reads and hands on.
    pub fn roots(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.carried.iter().flat_map(|carried| [carried.init, carried.next])
    }
}

/// Where a part lies as seen from the loop that repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Region {
    /// Before it, or in a program without one.
    Before,
    /// In its body.
    Body,
    /// After it.
    After,
}

impl Region {
    /// Where a part lies.
    #[must_use]
    pub fn of(repeats: Option<&Loop>, part: Part) -> Self {
        match (repeats, part) {
            (None, _) | (Some(_), Part::Prologue) => Self::Before,
            (Some(_), Part::Epilogue) => Self::After,
            (Some(repeats), Part::Iteration(iteration)) if iteration < repeats.first => Self::Before,
            (Some(_), Part::Iteration(_)) => Self::Body,
        }
    }
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
    /// The loop that repeats, if one does.
    pub repeats: Option<Loop>,
    /// What differs between its runs.
    pub tables: Tables,
    /// Public vectors.
    pub constants: Vec<Constant>,
    /// The refreshes, by the numbers of their shapes.
    pub refreshes: Refreshes,
    /// Uploads.
    pub uploads: Vec<Upload>,
    /// Results.
    pub outputs: Vec<Output>,
    /// Training iterations, those of all runs.
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
            repeats: None,
            tables: self.tables.clone(),
            constants: self.constants.clone(),
            refreshes: self.refreshes.clone(),
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
        let read = self.graph.reachable(self.roots());
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
        self.roots().for_each(|id| uses[id.index()] += 1);
        uses
    }

    /// Nodes whose values are handed on: results, and what the loop begins with and hands on.
    pub fn roots(&self) -> impl Iterator<Item = NodeId> + '_ {
        let results = self.outputs.iter().flat_map(|output| &output.values).copied();
        results.chain(self.repeats.iter().flat_map(Loop::roots))
    }

    /// Where a node lies as seen from the loop that repeats.
    #[must_use]
    pub fn region(&self, id: NodeId) -> Region {
        Region::of(self.repeats.as_ref(), self.part(id))
    }

    /// Runs of the loop that repeats; one of a program without.
    #[must_use]
    pub fn runs(&self) -> u32 {
        self.repeats.as_ref().map_or(1, |repeats| repeats.runs)
    }

    /// The level of a depth.
    #[must_use]
    pub fn level(&self, depth: u32) -> Level {
        Level((self.depth + self.refreshes.below).saturating_sub(depth))
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
        let repeats = self.repeats.as_ref().map(|repeats| repeats.map(|id| map.at(id)));
        Self { graph, parts, outputs, repeats, ..self.emptied() }
    }
}

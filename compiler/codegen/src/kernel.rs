//! The loops of a program: what each reads, from where on, and which slots it visits.

use crate::code::{Code, Instruction, Value};
use crate::fuse::{Fusion, Role};
use crate::runs::Runs;
use hep_compiler::dag::NodeId;
use hep_compiler::slot::Program;
use hep_compiler::slot::graph::{FactorId, Op, VectorId};
use std::collections::BTreeMap;

/// Products that one part of a sum adds.
const PAIRS: usize = 4;

/// Where a vector comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// Ciphertext `block` of an upload.
    Upload {
        /// Index of the upload.
        upload: usize,
        /// Index of the ciphertext.
        block: usize,
    },
    /// A public vector.
    Public(VectorId),
    /// The public vector of this iteration, of a series node.
    Series(NodeId),
    /// The value of this iteration, of a select node.
    Select(NodeId),
    /// Ciphertext `block` of a loop variable.
    Carried {
        /// Index of the variable.
        var: usize,
        /// Index of the ciphertext.
        block: usize,
    },
    /// What a loop wrote.
    Node(NodeId),
}

/// A vector read from a slot on: slot i of the loop reads slot i + `step`, modulo the length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stream {
    /// The vector.
    pub source: Source,
    /// How far it is rotated to the left.
    pub step: usize,
}

/// A public number, times a factor of the iteration if there is one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scalar {
    /// The number.
    pub value: f64,
    /// The factor.
    pub factor: Option<FactorId>,
}

/// One call of a loop.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Index of the code.
    pub code: usize,
    /// What it reads.
    pub streams: Vec<Stream>,
    /// Numbers it is given.
    pub scalars: Vec<Scalar>,
    /// The slots it visits, an index into [`Kernels::runs`]; all if absent.
    pub runs: Option<usize>,
}

/// How the vector of a node is computed.
#[derive(Clone, Debug)]
pub(crate) struct Kernel {
    /// The node.
    pub node: NodeId,
    /// Whether the vector starts as zeros.
    pub cleared: bool,
    /// Calls, one after the other.
    pub parts: Vec<Part>,
}

/// A public result or a vector as it is: no loop computes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivered {
    /// The vector.
    pub stream: Stream,
    /// A factor of the iteration.
    pub factor: Option<FactorId>,
}

/// All loops of a program, in the order of their nodes.
#[derive(Default)]
pub(crate) struct Kernels {
    /// The loops.
    pub kernels: Vec<Kernel>,
    /// Code of the loops, each once.
    pub codes: Vec<Code>,
    /// Slots that are visited.
    pub runs: Vec<Runs>,
    known_codes: BTreeMap<Code, usize>,
    known_runs: BTreeMap<Vec<VectorId>, usize>,
}

impl Kernels {
    /// Makes the loops of the nodes that have vectors.
    pub fn of(program: &Program, fusion: &Fusion) -> Self {
        let mut this = Self::default();
        let mut inner: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
        for id in program.graph.ids() {
            match fusion.roles[id.index()] {
                Role::Inner(root) => inner.entry(root).or_default().push(id),
                Role::Root => {
                    let nodes = inner.remove(&id).unwrap_or_default();
                    this.fused(program, id, &nodes);
                }
                Role::Sum => this.sum(program, fusion, id),
                Role::Unused | Role::Leaf | Role::View { .. } => {}
            }
        }
        this
    }

    /// A loop over the nodes `inner`, operands first, and then `root`.
    fn fused(&mut self, program: &Program, root: NodeId, inner: &[NodeId]) {
        let mut draft = Draft::new(program);
        let mut result = 0;
        for &id in inner.iter().chain([&root]) {
            result = draft.node(id);
            draft.known.insert(id, result);
        }
        let part = self.part(draft, result, None);
        self.kernels.push(Kernel { node: root, cleared: false, parts: vec![part] });
    }

    /// A sum of products in parts: neighbors under the same mask together.
    fn sum(&mut self, program: &Program, fusion: &Fusion, id: NodeId) {
        let terms: Vec<Term> =
            program.graph.operands(id).chunks_exact(2).map(|p| Term::of(fusion, p[0], p[1])).collect();
        let mut parts = Vec::new();
        // A first part that visits all slots starts the sum.
        let cleared = terms.first().is_none_or(|term| !term.masks.is_empty());
        for same in terms.chunk_by(|a, b| a.masks == b.masks) {
            for few in same.chunks(PAIRS) {
                let mut draft = Draft::new(program);
                let from_zero = !cleared && parts.is_empty();
                let start = if from_zero { Instruction::Zero } else { Instruction::Output };
                let start = draft.code.push(start);
                let sum = few.iter().fold(start, |sum, term| draft.plus_product(sum, term.left, term.right));
                let runs = self.visited(program, &few[0].masks);
                parts.push(self.part(draft, sum, runs));
            }
        }
        self.kernels.push(Kernel { node: id, cleared, parts });
    }

    fn part(&mut self, draft: Draft<'_>, result: Value, runs: Option<usize>) -> Part {
        let Draft { mut code, streams, scalars, .. } = draft;
        code.finish(result);
        let next = self.codes.len();
        let index = *self.known_codes.entry(code.clone()).or_insert(next);
        if index == next {
            self.codes.push(code);
        }
        Part { code: index, streams, scalars, runs }
    }

    fn visited(&mut self, program: &Program, masks: &[VectorId]) -> Option<usize> {
        if masks.is_empty() {
            return None;
        }
        if let Some(known) = self.known_runs.get(masks) {
            return Some(*known);
        }
        let ones = |mask: &VectorId| Runs::of(&program.vectors[mask.0 as usize]);
        self.runs.push(masks.iter().map(ones).reduce(|a, b| a.and(&b))?);
        self.known_runs.insert(masks.to_vec(), self.runs.len() - 1);
        Some(self.runs.len() - 1)
    }
}

/// Two operands of a sum of products, and the masks on them.
struct Term {
    left: NodeId,
    right: NodeId,
    masks: Vec<VectorId>,
}

impl Term {
    fn of(fusion: &Fusion, left: NodeId, right: NodeId) -> Self {
        let mut masks = Vec::new();
        let mut bare = |id: NodeId| match fusion.roles[id.index()] {
            Role::View { base, mask } => {
                masks.push(mask);
                base
            }
            _ => id,
        };
        let (left, right) = (bare(left), bare(right));
        masks.sort_unstable();
        masks.dedup();
        Self { left, right, masks }
    }
}

/// What a vector is read from when no loop belongs to its node itself.
pub(crate) fn stream(program: &Program, id: NodeId) -> (Stream, Option<FactorId>) {
    let source = match program.graph.node(id).op {
        Op::Rotate(step) => {
            let (Stream { source, step: first }, factor) = stream(program, program.graph.operands(id)[0]);
            let step = (first + step.0 as usize) % program.slots();
            return (Stream { source, step }, factor);
        }
        Op::Public { vector, factor } => return (Stream { source: Source::Public(vector), step: 0 }, factor),
        Op::Input { upload, block } => Source::Upload { upload, block },
        Op::Series(_) => Source::Series(id),
        Op::Select => Source::Select(id),
        Op::Carried { var, block } | Op::Final { var, block } => Source::Carried { var, block },
        Op::Add | Op::Sub | Op::Neg | Op::SumMul => Source::Node(id),
    };
    (Stream { source, step: 0 }, None)
}

/// A loop being written.
struct Draft<'p> {
    program: &'p Program,
    code: Code,
    streams: Vec<Stream>,
    scalars: Vec<Scalar>,
    /// Results of the nodes that are part of it.
    known: BTreeMap<NodeId, Value>,
}

impl<'p> Draft<'p> {
    fn new(program: &'p Program) -> Self {
        Self {
            program,
            code: Code::default(),
            streams: Vec::new(),
            scalars: Vec::new(),
            known: BTreeMap::new(),
        }
    }

    fn node(&mut self, id: NodeId) -> Value {
        let operands = self.program.graph.operands(id);
        match (&self.program.graph.node(id).op, operands) {
            (Op::Add, &[a, b]) => {
                let (a, b) = (self.operand(a), self.operand(b));
                self.code.push(Instruction::Add(a, b))
            }
            (Op::Sub, &[a, b]) => {
                let (a, b) = (self.operand(a), self.operand(b));
                self.code.push(Instruction::Sub(a, b))
            }
            (Op::Neg, &[a]) => {
                let a = self.operand(a);
                self.code.push(Instruction::Neg(a))
            }
            _ => {
                let zero = self.code.push(Instruction::Zero);
                operands.chunks_exact(2).fold(zero, |sum, pair| self.plus_product(sum, pair[0], pair[1]))
            }
        }
    }

    fn plus_product(&mut self, sum: Value, a: NodeId, b: NodeId) -> Value {
        let (a, b) = (self.operand(a), self.operand(b));
        let product = self.code.push(Instruction::Mul(a, b));
        self.code.push(Instruction::Add(sum, product))
    }

    fn operand(&mut self, id: NodeId) -> Value {
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        let (stream, factor) = stream(self.program, id);
        if let Source::Public(vector) = stream.source
            && let Some(value) = self.program.vectors[vector.0 as usize].as_splat()
        {
            return self.scalar(Scalar { value, factor });
        }
        let vector = self.stream(stream);
        if factor.is_none() {
            return vector;
        }
        let factor = self.scalar(Scalar { value: 1.0, factor });
        self.code.push(Instruction::Mul(vector, factor))
    }

    fn stream(&mut self, stream: Stream) -> Value {
        let known = self.streams.iter().position(|s| *s == stream);
        let index = known.unwrap_or_else(|| {
            self.streams.push(stream);
            self.code.streams += 1;
            self.streams.len() - 1
        });
        self.code.push(Instruction::Stream(index as u8))
    }

    fn scalar(&mut self, scalar: Scalar) -> Value {
        let same = |s: &Scalar| s.value.to_bits() == scalar.value.to_bits() && s.factor == scalar.factor;
        let index = self.scalars.iter().position(same).unwrap_or_else(|| {
            self.scalars.push(scalar);
            self.code.scalars += 1;
            self.scalars.len() - 1
        });
        self.code.push(Instruction::Scalar(index as u8))
    }
}

//! Schedules of rotations, sums and rescaled products on three uploads, for tests of passes on random programs.

use crate::ckks::graph::{ConstantId, Node, Op, Program, Refreshes};
use crate::ckks::interpret::run;
use crate::ckks::scale::{Atom, Form, System};
use crate::slot::graph::{Output, Upload};
use crate::slot::tests::layout;
use hep_plan::{Parts, SlotVector, Step, Tables, Tensor};
use hep_tensor::dag::{Dag, NodeId};

/// Slots of a ciphertext.
pub const SLOTS: usize = 16;
const CONSTANTS: u32 = 3;
const UPLOADS: [(&str, usize); 3] = [("x", 5), ("y", 7), ("z", 3)];

/// A schedule as far as it is written.
pub struct Draft {
    /// The operations.
    pub graph: Dag<Node>,
    /// The uploads.
    pub inputs: Vec<NodeId>,
    scales: System,
}

impl Draft {
    /// The uploads alone.
    pub fn new() -> Self {
        let (mut graph, mut scales) = (Dag::new(), System::default());
        let scale = scales.fresh();
        let input = |input| {
            let op = Op::Input { input, block: 0.into() };
            let scale = scale.clone();
            graph.push(Node { op, depth: 0, parts: 2, scale, of_uploads: true, origin: NodeId(0) }, vec![])
        };
        let inputs = (0..UPLOADS.len() as u32).map(input).collect();
        Self { graph, inputs, scales }
    }

    /// A rotation.
    pub fn rotate(&mut self, source: NodeId, step: u32) -> NodeId {
        let node = Node { op: Op::Rotate(vec![Step(step)]), ..self.graph.node(source).clone() };
        self.graph.push(node, vec![source])
    }

    /// A sum.
    pub fn add(&mut self, a: NodeId, b: NodeId) -> NodeId {
        let node = Node { op: Op::Add, ..self.graph.node(a).clone() };
        self.graph.push(node, vec![a, b])
    }

    /// Σ of products with constants, which take turns, rescaled at a depth.
    pub fn products(&mut self, operands: Vec<NodeId>, depth: u32) -> NodeId {
        let constants = (0..operands.len() as u32).map(|c| ConstantId(c % CONSTANTS)).collect();
        let like = self.graph.node(operands[0]).clone();
        let scale = like.scale.times(&Form::atom(Atom::Prime(depth)));
        let node = Node { op: Op::SumMulPlain(constants), depth, scale, ..like.clone() };
        let sum = self.graph.push(node, operands);
        self.graph.push(Node { op: Op::Rescale, depth: depth + 1, ..like }, vec![sum])
    }

    /// The schedule that reveals some values.
    pub fn finish(self, results: &[NodeId]) -> Program {
        let output = |(at, id): (usize, &NodeId)| Output {
            name: format!("o{at}"),
            layout: layout(SLOTS),
            values: vec![*id],
        };
        let constant =
            |c: u32| SlotVector::new(&(0..SLOTS).map(|s| f64::from(c + s as u32 % 5)).collect::<Vec<_>>());
        let depth = self.graph.ids().map(|id| self.graph.node(id).depth).max().unwrap_or(0);
        let program = Program {
            name: "draft".into(),
            slots: SLOTS,
            graph: self.graph,
            parts: Parts::default(),
            constants: (0..CONSTANTS).map(constant).map(Into::into).collect(),
            repeats: None,
            tables: Tables::default(),
            refreshes: Refreshes::default(),
            uploads: UPLOADS.map(|(name, _)| Upload { name: name.into(), layout: layout(SLOTS) }).into(),
            outputs: results.iter().enumerate().map(output).collect(),
            iterations: 0,
            depth,
            scales: self.scales,
        };
        program.without_unread()
    }
}

/// What a schedule reveals of three uploads.
pub fn meaning(program: &Program) -> Vec<Vec<f64>> {
    let vector = |by: usize| Tensor::new(vec![SLOTS], (0..SLOTS).map(|s| ((s * by) % 13) as f64).collect());
    let uploads = UPLOADS.map(|(name, by)| (name.to_string(), vector(by).expect("a vector")));
    let found = run(program, &uploads.into(), |_, _| {}).expect("all uploads are there");
    found.into_values().map(|tensor| tensor.data).collect()
}

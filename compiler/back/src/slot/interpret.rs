//! f64 meaning of the slot graph: the oracle for every later form and for compiled code.

use super::graph::{Op, Program, selected};
use super::phase::{Phase, phases};
use hep_plan::{Layout, Tensor};
use hep_tensor::dag::NodeId;
use std::collections::BTreeMap;
use thiserror::Error;

/// Why a program could not be evaluated.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InterpretError {
    /// An upload is missing or has another shape.
    #[error("upload `{0}` is missing or has another shape than its layout")]
    Upload(String),
    /// A result has elements without a slot.
    #[error("output `{0}` cannot be unpacked")]
    Output(String),
}

/// Evaluates the program on the owner's tensors; returns the revealed tensors by name.
///
/// # Errors
/// A missing or misshapen upload.
pub fn run(
    program: &Program,
    uploads: &BTreeMap<String, Tensor>,
) -> Result<BTreeMap<String, Tensor>, InterpretError> {
    let mut interpreter = Interpreter::new(program, uploads)?;
    (0..program.iterations).for_each(|_| interpreter.step());
    interpreter.reveals()
}

/// A program being evaluated.
pub struct Interpreter<'p> {
    program: &'p Program,
    uploads: &'p BTreeMap<String, Tensor>,
    /// Phase of every node that is needed.
    phases: Vec<Option<Phase>>,
    /// Nodes that outlive the phase they are evaluated in.
    kept: Vec<bool>,
    /// Uses of each node in its own phase.
    uses: Vec<usize>,
    values: Vec<Option<Vec<f64>>>,
    carried: Vec<Vec<Vec<f64>>>,
    iteration: u32,
}

impl<'p> Interpreter<'p> {
    /// Checks the uploads and evaluates everything before the loop.
    ///
    /// # Errors
    /// A missing or misshapen upload.
    pub fn new(program: &'p Program, uploads: &'p BTreeMap<String, Tensor>) -> Result<Self, InterpretError> {
        for upload in &program.uploads {
            if uploads.get(&upload.name).is_none_or(|t| t.shape != upload.layout.shape) {
                return Err(InterpretError::Upload(upload.name.clone()));
            }
        }
        let phases = phases(program);
        let (kept, uses) = lifetimes(program, &phases);
        let values = vec![None; program.graph.len()];
        let mut this =
            Self { program, uploads, phases, kept, uses, values, carried: Vec::new(), iteration: 0 };
        this.evaluate(Phase::Before, &mut |_, _| {});
        this.carried = program.carried.iter().map(|c| this.read(&c.init)).collect();
        Ok(this)
    }

    /// One iteration.
    pub fn step(&mut self) {
        self.step_seen(&mut |_, _| {});
    }

    /// One iteration, every vector of which is shown as it is made.
    pub fn step_seen(&mut self, seen: &mut dyn FnMut(NodeId, &[f64])) {
        self.iteration += 1;
        self.evaluate(Phase::Body, seen);
        self.carried = self.program.carried.iter().map(|c| self.read(&c.next)).collect();
    }

    /// What would be revealed if the loop ended here.
    ///
    /// # Errors
    /// A result with elements that have no slot.
    pub fn reveals(&mut self) -> Result<BTreeMap<String, Tensor>, InterpretError> {
        self.evaluate(Phase::After, &mut |_, _| {});
        let unpacked = |o: &super::graph::Output| {
            let tensor = o.layout.unpack(&self.read(&o.values));
            tensor.map(|t| (o.name.clone(), t)).ok_or_else(|| InterpretError::Output(o.name.clone()))
        };
        self.program.outputs.iter().map(unpacked).collect()
    }

    /// Scores of each check in the current iteration, in the order of [`Program::scores`].
    ///
    /// # Errors
    /// Scores without a slot.
    pub fn scores(&self) -> Result<Vec<Tensor>, InterpretError> {
        let unpacked = |s: &super::graph::Scores| {
            let tensor = s.layout.unpack(&self.read(&s.values));
            tensor.ok_or_else(|| InterpretError::Output(format!("scores of check {}", s.check)))
        };
        self.program.scores.iter().map(unpacked).collect()
    }

    fn read(&self, nodes: &[NodeId]) -> Vec<Vec<f64>> {
        nodes.iter().map(|id| self.value(*id).to_vec()).collect()
    }

    fn value(&self, id: NodeId) -> &[f64] {
        self.values[id.index()].as_deref().unwrap_or(&[])
    }

    /// Evaluates the nodes of a phase; a vector is dropped after its last use.
    fn evaluate(&mut self, phase: Phase, seen: &mut dyn FnMut(NodeId, &[f64])) {
        let program = self.program;
        let mut left = self.uses.clone();
        for id in program.graph.ids().filter(|id| self.phases[id.index()] == Some(phase)) {
            let value = self.node(id);
            seen(id, &value);
            self.values[id.index()] = Some(value);
            for operand in program.graph.operands(id).iter().map(|o| o.index()) {
                if self.phases[operand] == Some(phase) {
                    left[operand] -= 1;
                    if left[operand] == 0 && !self.kept[operand] {
                        self.values[operand] = None;
                    }
                }
            }
        }
    }

    fn node(&self, id: NodeId) -> Vec<f64> {
        let program = self.program;
        let operands = program.graph.operands(id);
        let zip = |f: fn(f64, f64) -> f64| -> Vec<f64> {
            self.value(operands[0]).iter().zip(self.value(operands[1])).map(|(a, b)| f(*a, *b)).collect()
        };
        match &program.graph.node(id).op {
            Op::Input { upload, block } => {
                let upload = &program.uploads[*upload];
                let tensor = self.uploads.get(&upload.name);
                tensor.map(|tensor| pack_block(&upload.layout, tensor, *block)).unwrap_or_default()
            }
            Op::Public { vector, factor } => program.public(*vector, *factor, self.iteration),
            Op::Series(vectors) => program.series(vectors, self.iteration),
            Op::Select => self.value(operands[selected(operands.len(), self.iteration)]).to_vec(),
            Op::Carried { var, block } | Op::Final { var, block } => self.carried[*var][*block].clone(),
            Op::Add => zip(|a, b| a + b),
            Op::Sub => zip(|a, b| a - b),
            Op::Neg => self.value(operands[0]).iter().map(|a| -a).collect(),
            Op::Rotate(step) => {
                let mut turned = self.value(operands[0]).to_vec();
                turned.rotate_left(step.0 as usize);
                turned
            }
            Op::SumMul => {
                let mut sum = vec![0.0; program.slots()];
                for pair in operands.chunks_exact(2) {
                    let (a, b) = (self.value(pair[0]), self.value(pair[1]));
                    sum.iter_mut().zip(a.iter().zip(b)).for_each(|(s, (x, y))| *s += x * y);
                }
                sum
            }
        }
    }
}

/// The slot vector of one ciphertext of an upload, whose tensor has the layout's shape.
#[must_use]
pub fn pack_block(layout: &Layout, tensor: &Tensor, block: usize) -> Vec<f64> {
    layout.pack_block(tensor, block).unwrap_or_default()
}

/// Which nodes outlive their phase, and how often each is used inside it.
fn lifetimes(program: &Program, phases: &[Option<Phase>]) -> (Vec<bool>, Vec<usize>) {
    let (mut kept, mut uses) = (vec![false; phases.len()], vec![0; phases.len()]);
    program.observed_roots().iter().for_each(|id| kept[id.index()] = true);
    for id in program.graph.ids().filter(|id| phases[id.index()].is_some()) {
        for operand in program.graph.operands(id).iter().map(|o| o.index()) {
            if phases[operand] == phases[id.index()] {
                uses[operand] += 1;
            } else {
                kept[operand] = true;
            }
        }
    }
    (kept, uses)
}

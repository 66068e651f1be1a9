//! f64 meaning of the slot graph: the oracle for every later form.

use super::graph::{Op, Program, Upload};
use crate::dag::NodeId;
use hep_plan::{Layout, Tensor};
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
    let packed = pack(&program.uploads, uploads)?;
    let mut machine = Machine { program, packed, values: vec![None; program.graph.len()] };
    let (body, after) = (program.in_body(), program.in_epilogue());
    let needed = program.graph.reachable(program.roots());
    let phase = |want_body: bool, want_after: bool| {
        let (body, after, needed) = (&body, &after, &needed);
        program.graph.ids().filter(move |id| {
            let i = id.index();
            needed[i] && body[i] == want_body && after[i] == want_after
        })
    };
    phase(false, false).for_each(|id| machine.step(id, &[], 0));
    let read = |machine: &Machine<'_>, nodes: &[NodeId]| -> Vec<Vec<f64>> {
        nodes.iter().map(|id| machine.value(*id).to_vec()).collect()
    };
    let mut carried: Vec<_> = program.carried.iter().map(|c| read(&machine, &c.init)).collect();
    for iteration in 1..=program.iterations {
        phase(true, false).for_each(|id| machine.step(id, &carried, iteration));
        carried = program.carried.iter().map(|c| read(&machine, &c.next)).collect();
    }
    phase(false, true).for_each(|id| machine.step(id, &carried, program.iterations));
    program
        .outputs
        .iter()
        .map(|o| {
            let tensor = o.layout.unpack(&read(&machine, &o.values));
            tensor.map(|t| (o.name.clone(), t)).ok_or_else(|| InterpretError::Output(o.name.clone()))
        })
        .collect()
}

/// The slot vector of one ciphertext of an upload, whose tensor has the layout's shape.
#[must_use]
pub fn pack_block(layout: &Layout, tensor: &Tensor, block: usize) -> Vec<f64> {
    let value = |slot| layout.index(block, slot).and_then(|index| tensor.get(&index)).unwrap_or(0.0);
    (0..layout.slots()).map(value).collect()
}

/// Slot vectors of each upload.
///
/// # Errors
/// A missing or misshapen upload.
fn pack(
    uploads: &[Upload],
    tensors: &BTreeMap<String, Tensor>,
) -> Result<Vec<Vec<Vec<f64>>>, InterpretError> {
    let packed = |u: &Upload| {
        let tensor = tensors.get(&u.name);
        tensor.and_then(|t| u.layout.pack(t)).ok_or_else(|| InterpretError::Upload(u.name.clone()))
    };
    uploads.iter().map(packed).collect()
}

struct Machine<'a> {
    program: &'a Program,
    packed: Vec<Vec<Vec<f64>>>,
    values: Vec<Option<Vec<f64>>>,
}

impl Machine<'_> {
    fn value(&self, id: NodeId) -> &[f64] {
        self.values[id.index()].as_deref().unwrap_or(&[])
    }

    fn step(&mut self, id: NodeId, carried: &[Vec<Vec<f64>>], iteration: u32) {
        let operands = self.program.graph.operands(id);
        let zip = |f: fn(f64, f64) -> f64| -> Vec<f64> {
            self.value(operands[0]).iter().zip(self.value(operands[1])).map(|(a, b)| f(*a, *b)).collect()
        };
        let value = match &self.program.graph.node(id).op {
            Op::Input { upload, block } => self.packed[*upload][*block].clone(),
            Op::Public { vector, factor } => self.program.public(*vector, *factor, iteration),
            Op::Series(vectors) => self.program.series(vectors, iteration),
            Op::Carried { var, block } | Op::Final { var, block } => carried[*var][*block].clone(),
            Op::Add => zip(|a, b| a + b),
            Op::Sub => zip(|a, b| a - b),
            Op::Neg => self.value(operands[0]).iter().map(|a| -a).collect(),
            Op::Rotate(step) => {
                let mut turned = self.value(operands[0]).to_vec();
                turned.rotate_left(step.0 as usize);
                turned
            }
            Op::SumMul => {
                let mut sum = vec![0.0; self.program.slots()];
                for pair in operands.chunks_exact(2) {
                    let (a, b) = (self.value(pair[0]), self.value(pair[1]));
                    sum.iter_mut().zip(a.iter().zip(b)).for_each(|(s, (x, y))| *s += x * y);
                }
                sum
            }
        };
        self.values[id.index()] = Some(value);
    }
}

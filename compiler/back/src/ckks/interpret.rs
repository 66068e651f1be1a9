//! f64 meaning of the CKKS graph, node by node; rescaling and relinearizing change nothing in the clear.

use super::graph::{ConstantId, Op, Program, Region};
use crate::slot::graph::Upload;
use crate::slot::interpret::{InterpretError, pack_block};
use hep_plan::isa::meaning::clear;
use hep_plan::{PerRun, Tensor};
use hep_tensor::dag::NodeId;
use std::collections::BTreeMap;

/// Evaluates the program on the owner's tensors and shows every node's vector to `observe`, those of a loop that repeats in every
/// run; vectors are dropped after their last use.
///
/// # Errors
/// A missing or misshapen upload.
pub fn run(
    program: &Program,
    uploads: &BTreeMap<String, Tensor>,
    observe: impl FnMut(NodeId, &[f64]),
) -> Result<BTreeMap<String, Tensor>, InterpretError> {
    run_some(program, uploads, program.runs(), observe)
}

/// The same with so many runs of the loop that repeats: what training would give that ends there.
///
/// # Errors
/// A missing or misshapen upload.
pub fn run_some(
    program: &Program,
    uploads: &BTreeMap<String, Tensor>,
    runs: u32,
    mut observe: impl FnMut(NodeId, &[f64]),
) -> Result<BTreeMap<String, Tensor>, InterpretError> {
    run_altered(program, uploads, runs, |id, values| observe(id, values))
}

/// The same, where every vector may be changed before anything reads it.
///
/// # Errors
/// A missing or misshapen upload.
pub fn run_altered(
    program: &Program,
    uploads: &BTreeMap<String, Tensor>,
    runs: u32,
    mut alter: impl FnMut(NodeId, &mut [f64]),
) -> Result<BTreeMap<String, Tensor>, InterpretError> {
    let fits = |u: &Upload| uploads.get(&u.name).is_some_and(|t| t.shape == u.layout.shape);
    if let Some(missing) = program.uploads.iter().find(|u| !fits(u)) {
        return Err(InterpretError::Upload(missing.name.clone()));
    }
    // Ciphertexts are packed when they are read: a large upload is never in memory as a whole.
    let input = |upload: usize, block: usize| {
        let upload = &program.uploads[upload];
        uploads.get(&upload.name).map(|tensor| pack_block(&upload.layout, tensor, block)).unwrap_or_default()
    };
    let regions: Vec<Region> = program.graph.ids().map(|id| program.region(id)).collect();
    let mut interpreter = Interpreter {
        program,
        input: &input,
        lives: lives(program, &regions),
        values: vec![None; program.graph.len()],
        arrived: Vec::new(),
    };
    let of = |wanted: Region| {
        let regions = &regions;
        program.graph.ids().filter(move |id| regions[id.index()] == wanted)
    };
    interpreter.evaluate(of(Region::Before), 0, &mut alter);
    if let Some(repeats) = &program.repeats {
        let read = |values: &[Option<Vec<f64>>], id: NodeId| values[id.index()].clone().unwrap_or_default();
        interpreter.arrived = repeats.carried.iter().map(|c| read(&interpreter.values, c.init)).collect();
        for run in 0..runs {
            interpreter.evaluate(of(Region::Body), run, &mut alter);
            interpreter.arrived = repeats.carried.iter().map(|c| read(&interpreter.values, c.next)).collect();
        }
        interpreter.evaluate(of(Region::After), runs, &mut alter);
    }
    program
        .outputs
        .iter()
        .map(|o| {
            let vectors: Vec<Vec<f64>> =
                o.values.iter().filter_map(|id| interpreter.values[id.index()].clone()).collect();
            let tensor = o.layout.unpack(&vectors);
            tensor.map(|t| (o.name.clone(), t)).ok_or_else(|| InterpretError::Output(o.name.clone()))
        })
        .collect()
}

/// After which node a value is dropped; none of what is handed on, or read by the runs of a loop that it was made before.
fn lives(program: &Program, regions: &[Region]) -> Vec<Vec<NodeId>> {
    let mut last: Vec<Option<NodeId>> = program.graph.ids().map(Some).collect();
    for id in program.graph.ids() {
        for operand in program.graph.operands(id) {
            let kept = regions[id.index()] == Region::Body && regions[operand.index()] != Region::Body;
            let last = &mut last[operand.index()];
            *last = last.filter(|_| !kept).map(|_| id);
        }
    }
    program.roots().for_each(|id| last[id.index()] = None);
    let mut dropped = vec![Vec::new(); program.graph.len()];
    for id in program.graph.ids() {
        if let Some(last) = last[id.index()] {
            dropped[last.index()].push(id);
        }
    }
    dropped
}

struct Interpreter<'a> {
    program: &'a Program,
    input: &'a dyn Fn(usize, usize) -> Vec<f64>,
    lives: Vec<Vec<NodeId>>,
    values: Vec<Option<Vec<f64>>>,
    /// What the run before handed on.
    arrived: Vec<Vec<f64>>,
}

impl Interpreter<'_> {
    fn evaluate(
        &mut self,
        ids: impl Iterator<Item = NodeId>,
        run: u32,
        alter: &mut impl FnMut(NodeId, &mut [f64]),
    ) {
        for id in ids {
            let mut value = self.value(id, run).unwrap_or_default();
            alter(id, &mut value);
            self.values[id.index()] = Some(value);
            for dead in &self.lives[id.index()] {
                self.values[dead.index()] = None;
            }
        }
    }

    /// Of a table that does not have it nothing comes.
    fn value(&self, id: NodeId, run: u32) -> Option<Vec<f64>> {
        let operands = self.program.graph.operands(id);
        let ciphers: Vec<&[f64]> =
            operands.iter().map(|o| self.values[o.index()].as_deref().unwrap_or_default()).collect();
        let tables = &self.program.tables;
        match self.program.graph.node(id).op.at_run(tables, run)? {
            Op::Input { input: upload, block: PerRun::Always(block) } => {
                Some((self.input)(upload as usize, block as usize))
            }
            Op::Carried { index } | Op::Final { index } => self.arrived.get(index as usize).cloned(),
            op => {
                let constant = |id: &ConstantId| self.program.constants[id.0 as usize].at(tables, run);
                let vectors: Vec<_> = op.plains().iter().map(constant).collect::<Option<_>>()?;
                let mut next = vectors.iter();
                let op = op.try_map(|_| next.next().map(|vector| &**vector).ok_or(())).ok()?;
                clear(&op, &ciphers).pop()
            }
        }
    }
}

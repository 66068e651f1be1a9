//! f64 meaning of the CKKS graph, node by node; rescaling and relinearizing change nothing in the clear.

use super::graph::{Op, Program};
use crate::slot::graph::Upload;
use crate::slot::interpret::{InterpretError, pack_block};
use hep_plan::Tensor;
use hep_plan::isa::meaning::clear;
use hep_tensor::dag::NodeId;
use std::collections::BTreeMap;

/// Evaluates the program on the owner's tensors and shows every node's vector to `observe`; vectors are dropped after
/// their last use.
///
/// # Errors
/// A missing or misshapen upload.
pub fn run(
    program: &Program,
    uploads: &BTreeMap<String, Tensor>,
    mut observe: impl FnMut(NodeId, &[f64]),
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
    let mut uses = program.uses();
    let mut values: Vec<Option<Vec<f64>>> = vec![None; program.graph.len()];
    for id in program.graph.ids() {
        let value = evaluate(program, id, &values, &input);
        observe(id, &value);
        values[id.index()] = Some(value);
        for operand in program.graph.operands(id) {
            uses[operand.index()] -= 1;
            if uses[operand.index()] == 0 {
                values[operand.index()] = None;
            }
        }
    }
    program
        .outputs
        .iter()
        .map(|o| {
            let vectors: Vec<Vec<f64>> =
                o.values.iter().filter_map(|id| values[id.index()].clone()).collect();
            let tensor = o.layout.unpack(&vectors);
            tensor.map(|t| (o.name.clone(), t)).ok_or_else(|| InterpretError::Output(o.name.clone()))
        })
        .collect()
}

fn evaluate(
    program: &Program,
    id: NodeId,
    values: &[Option<Vec<f64>>],
    input: &dyn Fn(usize, usize) -> Vec<f64>,
) -> Vec<f64> {
    let operands = program.graph.operands(id);
    let ciphers: Vec<&[f64]> =
        operands.iter().map(|o| values[o.index()].as_deref().unwrap_or_default()).collect();
    match &program.graph.node(id).op {
        Op::Input { input: upload, block } => input(*upload as usize, *block as usize),
        op => {
            let op = op.map(|constant| &program.constants[constant.0 as usize]);
            clear(&op, &ciphers).pop().unwrap_or_default()
        }
    }
}

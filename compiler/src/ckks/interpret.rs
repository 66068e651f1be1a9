//! f64 meaning of the CKKS graph, node by node; rescaling and relinearising change nothing in the clear.

use super::graph::{Op, Program};
use crate::dag::NodeId;
use crate::slot::graph::Upload;
use crate::slot::interpret::{InterpretError, pack_block};
use hep_plan::Tensor;
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
    let mut uses = program.graph.use_counts();
    for id in program.outputs.iter().flat_map(|o| &o.values) {
        uses[id.index()] += 1;
    }
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
    let value = |position: usize| values[operands[position].index()].as_deref().unwrap_or(&[]);
    let zip = |b: &[f64], f: fn(f64, f64) -> f64| value(0).iter().zip(b).map(|(x, y)| f(*x, *y)).collect();
    let constant = |c: &super::graph::ConstantId| program.constants[c.0 as usize].expand();
    let mut sum = vec![0.0; program.slots];
    let mut add =
        |a: &[f64], b: &[f64]| sum.iter_mut().zip(a.iter().zip(b)).for_each(|(s, (x, y))| *s += x * y);
    match &program.graph.node(id).op {
        Op::Input { upload, block } => input(*upload, *block),
        Op::Add => zip(value(1), |x, y| x + y),
        Op::Sub => zip(value(1), |x, y| x - y),
        Op::AddPlain(c) => zip(&constant(c), |x, y| x + y),
        Op::SubPlain(c) => zip(&constant(c), |x, y| x - y),
        Op::Reread(number) => value(0).iter().map(|x| x * number.value()).collect(),
        Op::Neg => value(0).iter().map(|x| -x).collect(),
        Op::Relinearize | Op::Rescale | Op::RelinearizeRescale | Op::DropLevel => value(0).to_vec(),
        Op::Rotate(step) => {
            let mut turned = value(0).to_vec();
            turned.rotate_left(step.0 as usize);
            turned
        }
        Op::SumRotations(steps) => {
            for (position, step) in steps.iter().enumerate() {
                let (low, high) = value(position).split_at(step.0 as usize);
                sum.iter_mut().zip(high.iter().chain(low)).for_each(|(s, x)| *s += x);
            }
            sum
        }
        Op::SumMulPlain(constants) => {
            let terms = constants.iter().enumerate();
            terms.for_each(|(i, c)| program.constants[c.0 as usize].add_product(value(i), &mut sum));
            sum
        }
        Op::RotatedProducts(terms) => {
            for (position, (step, c)) in terms.iter().enumerate() {
                let (low, high) = value(position).split_at(step.0 as usize);
                program.constants[c.0 as usize].add_product(&[high, low].concat(), &mut sum);
            }
            sum
        }
        Op::SumMul => {
            (0..operands.len() / 2).for_each(|pair| add(value(2 * pair), value(2 * pair + 1)));
            sum
        }
    }
}

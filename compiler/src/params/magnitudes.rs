//! Sizes of every value of a schedule on sample data.
//!
//! Most ciphertexts of a large data set go through the same operations on repeated sample rows. Nodes that compute
//! equal vectors are found beforehand, and only one of each kind is evaluated.

use super::sample::DISTINCT_ROWS;
use crate::ckks;
use crate::ckks::graph::{Op, Program};
use crate::dag::{Dag, NodeId};
use crate::noise::Magnitude;
use crate::slot::graph::Upload;
use hep_plan::Tensor;
use std::collections::{BTreeMap, HashMap};

/// Whether magnitudes of these uploads say anything.
pub(super) fn known(uploads: &BTreeMap<String, Tensor>) -> bool {
    !uploads.is_empty() && uploads.values().all(|tensor| tensor.data.iter().all(|v| v.is_finite()))
}

/// Magnitude of every node when the owner uploads these tensors: 1 if there are none or they are not finite, infinite
/// where finite uploads outgrow floating-point numbers.
pub(super) fn magnitudes(program: &Program, uploads: &BTreeMap<String, Tensor>) -> Vec<Magnitude> {
    let unit = Magnitude { rms: 1.0, max: 1.0 };
    if !uploads.is_empty() && !known(uploads) {
        return vec![unit; program.graph.len()];
    }
    let (distinct, kinds) = merge_equal(program, uploads);
    let mut found = vec![unit; distinct.graph.len()];
    let _ = ckks::interpret::run(&distinct, uploads, |id, values| {
        let magnitude = Magnitude::of(values);
        let sound = magnitude.rms.is_finite();
        found[id.index()] =
            if sound { magnitude } else { Magnitude { rms: f64::INFINITY, max: f64::INFINITY } };
    });
    kinds.into_iter().map(|kind| found[kind.index()]).collect()
}

/// The program with nodes of equal value merged, and the node that stands for each.
fn merge_equal(program: &Program, uploads: &BTreeMap<String, Tensor>) -> (Program, Vec<NodeId>) {
    let graph = &program.graph;
    let mut merged = Dag::new();
    let mut known: HashMap<(Op, Vec<NodeId>), NodeId> = HashMap::new();
    let mut kinds: Vec<NodeId> = Vec::with_capacity(graph.len());
    for id in graph.ids() {
        let operands: Vec<NodeId> = graph.operands(id).iter().map(|o| kinds[o.index()]).collect();
        let op = match (&graph.node(id).op, operands.as_slice()) {
            (Op::Relinearize | Op::Rescale | Op::RelinearizeRescale | Op::DropLevel, &[same]) => {
                kinds.push(same);
                continue;
            }
            (&Op::Input { upload, block }, _) => {
                let upload_of = &program.uploads[upload];
                let block = uploads.get(&upload_of.name).map_or(block, |t| first_equal(upload_of, t, block));
                Op::Input { upload, block }
            }
            (op, _) => op.clone(),
        };
        let kind = *known.entry((op.clone(), operands.clone())).or_insert_with(|| {
            let node = ckks::graph::Node { op, ..graph.node(id).clone() };
            merged.push(node, operands)
        });
        kinds.push(kind);
    }
    let mut outputs = program.outputs.clone();
    for value in outputs.iter_mut().flat_map(|o| &mut o.values) {
        *value = kinds[value.index()];
    }
    (Program { graph: merged, outputs, ..program.clone() }, kinds)
}

/// A ciphertext of the upload that holds the same numbers, [`DISTINCT_ROWS`] rows before or the same multiple of it.
fn first_equal(upload: &Upload, tensor: &Tensor, block: usize) -> usize {
    let layout = &upload.layout;
    let rows = layout.axes.first().map(|axis| axis.per_block);
    let Some(size) = rows.filter(|rows| rows.is_power_of_two() && *rows <= DISTINCT_ROWS) else {
        return block;
    };
    let row = tensor.data.len() / tensor.shape.first().copied().unwrap_or(1).max(1);
    // Ciphertexts with the same rows stand together.
    let together = layout.ciphertexts() / layout.blocks(0);
    let (part, rest) = (block / together, block % together);
    let numbers = |part: usize| {
        let start = (part * size * row).min(tensor.data.len());
        &tensor.data[start..(start + size * row).min(tensor.data.len())]
    };
    let first = part % (DISTINCT_ROWS / size);
    if numbers(first) == numbers(part) { first * together + rest } else { block }
}

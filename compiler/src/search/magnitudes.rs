//! Sizes of every value of a schedule on the owner's data, or on sample data.
//!
//! Most ciphertexts of a large data set go through the same operations on repeated sample rows. Nodes that compute
//! equal vectors are found beforehand, and only one of each kind is evaluated.

use crate::ckks;
use crate::ckks::graph::{Op, Program};
use crate::dag::{Dag, NodeId};
use crate::evidence::DISTINCT_ROWS;
use crate::evidence::{Evidence, Known};
use crate::slot::graph::Upload;
use hep_plan::{Magnitude, Parts, Tensor};
use std::collections::{BTreeMap, HashMap};

/// Sizes of a schedule's values.
pub(super) struct Sizes {
    /// Of every node, slots that hold garbage included.
    pub nodes: Vec<Magnitude>,
    /// Largest element of each output; 0 where nothing is known.
    pub outputs: Vec<f64>,
}

/// Sizes when the owner uploads these tensors: 1 if there are none. What is not finite is infinitely large.
pub(super) fn sizes(program: &Program, evidence: &Evidence) -> Sizes {
    let uploads = &evidence.uploads;
    let finite = |tensor: &Tensor| tensor.data.iter().all(|v| v.is_finite());
    let unknown = || Sizes {
        nodes: vec![Magnitude::UNIT; program.graph.len()],
        outputs: vec![0.0; program.outputs.len()],
    };
    // Sample data need not make sense to a program; those of the owner must.
    if evidence.known != Known::Measured && !uploads.values().all(finite) {
        return unknown();
    }
    let (distinct, kinds) = merge_equal(program, uploads);
    let mut found = vec![Magnitude::UNIT; distinct.graph.len()];
    let run = ckks::interpret::run(&distinct, uploads, |id, values| {
        found[id.index()] = Magnitude::of(values);
    });
    let Ok(revealed) = run else { return unknown() };
    let largest = |output: &crate::slot::graph::Output| {
        revealed.get(&output.name).map_or(0.0, |tensor| Magnitude::of(&tensor.data).max)
    };
    Sizes {
        nodes: kinds.into_iter().map(|kind| found[kind.index()]).collect(),
        outputs: program.outputs.iter().map(largest).collect(),
    }
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
            (&Op::Input { input, block }, _) => {
                let upload = &program.uploads[input as usize];
                let first = |tensor| first_equal(upload, tensor, block as usize) as u32;
                Op::Input { input, block: uploads.get(&upload.name).map_or(block, first) }
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
    (Program { graph: merged, parts: Parts::default(), outputs, ..program.clone() }, kinds)
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

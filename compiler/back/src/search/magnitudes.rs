//! Sizes of every value of a schedule on the owner's data, or on sample data.
//!
//! Most ciphertexts of a large data set go through the same operations on repeated sample rows. Nodes that compute
//! equal vectors are found beforehand, and only one of each kind is evaluated, once for all schedules ([`Kinds`]).

use crate::ckks;
use crate::ckks::graph::{Op, Program, Region};
use crate::evidence::{Constant, DISTINCT_ROWS, Evidence, Kind, Kinds, Known};
use crate::slot::graph::{Output, Upload};
use hep_plan::{Magnitude, Parts, PerRun, Tensor, isa};
use hep_tensor::dag::{Dag, NodeId};
use std::collections::{BTreeMap, HashMap};

/// Iterations of a loop that repeats which are run on sample data at most, and the slots that are computed for that.
const ITERATIONS: u32 = 64;
const WORK: usize = 500_000_000;

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
    if program.repeats.is_some() {
        return of_runs(program, uploads).unwrap_or_else(unknown);
    }
    let (distinct, merged) = merge_equal(program, uploads);
    let known = &mut *evidence.kinds.borrow_mut();
    let kinds = kinds(&distinct, known);
    let of = |values: &[NodeId]| values.iter().map(|id| kinds[id.index()]).collect::<Vec<Kind>>();
    let outputs = distinct.outputs.iter().map(|output| (output, of(&output.values)));
    let outputs: Vec<(&Output, Vec<Kind>)> = outputs.collect();
    let evaluated = kinds.iter().all(|kind| known.size(*kind).is_some())
        && outputs.iter().all(|(output, values)| known.largest(&output.layout, values).is_some());
    if !evaluated {
        let run = ckks::interpret::run(&distinct, uploads, |id, values| {
            if known.size(kinds[id.index()]).is_none() {
                known.set_size(kinds[id.index()], Magnitude::of(values));
            }
        });
        let Ok(revealed) = run else { return unknown() };
        for (output, values) in &outputs {
            let largest = revealed.get(&output.name).map_or(0.0, |tensor| Magnitude::of(&tensor.data).max);
            known.set_largest(&output.layout, values, largest);
        }
    }
    let size = |id: NodeId| known.size(kinds[id.index()]).unwrap_or(Magnitude::UNIT);
    let largest =
        |(output, values): &(&Output, Vec<Kind>)| known.largest(&output.layout, values).unwrap_or(0.0);
    Sizes { nodes: merged.into_iter().map(size).collect(), outputs: outputs.iter().map(largest).collect() }
}

/// The largest sizes in the first runs of the loop that repeats.
fn of_runs(program: &Program, uploads: &BTreeMap<String, Tensor>) -> Option<Sizes> {
    let body = program.graph.ids().filter(|id| program.region(*id) == Region::Body).count();
    let length = (program.parts.iterations() + 1).saturating_sub(program.repeats.as_ref()?.first).max(1);
    let affordable = (WORK / body.saturating_mul(program.slots).max(1)) as u32;
    let runs = program.runs().min(ITERATIONS / length).min(affordable).max(1);
    let mut nodes = vec![Magnitude { rms: 0.0, max: 0.0 }; program.graph.len()];
    let revealed = ckks::interpret::run_some(program, uploads, runs, |id, values| {
        let (known, found) = (&mut nodes[id.index()], Magnitude::of(values));
        *known = Magnitude { rms: known.rms.max(found.rms), max: known.max.max(found.max) };
    });
    let revealed = revealed.ok()?;
    let largest = |output: &Output| revealed.get(&output.name).map_or(0.0, |t| Magnitude::of(&t.data).max);
    Some(Sizes { nodes, outputs: program.outputs.iter().map(largest).collect() })
}

/// The kind of every node of a program among those of all schedules.
fn kinds(program: &Program, known: &mut Kinds) -> Vec<Kind> {
    let constants: Vec<Constant> = program.constants.iter().map(|vector| known.constant(vector)).collect();
    let inputs: Vec<u32> = program.uploads.iter().map(|u| known.input(&u.name, &u.layout)).collect();
    let mut kinds: Vec<Kind> = Vec::with_capacity(program.graph.len());
    for id in program.graph.ids() {
        let operands = program.graph.operands(id).iter().map(|operand| kinds[operand.index()]).collect();
        let op = match &program.graph.node(id).op {
            &Op::Input { input, block } => isa::Op::Input { input: inputs[input as usize], block },
            op => op.map(|constant| constants[constant.0 as usize]),
        };
        kinds.push(known.of(op, operands));
    }
    kinds
}

/// The program with nodes of equal value merged, and the node that stands for each.
fn merge_equal(program: &Program, uploads: &BTreeMap<String, Tensor>) -> (Program, Vec<NodeId>) {
    let graph = &program.graph;
    let mut merged = Dag::new();
    let mut known: HashMap<(Op, Vec<NodeId>), NodeId> = HashMap::new();
    let mut kinds: Vec<NodeId> = Vec::with_capacity(graph.len());
    let mut repeated: Vec<Repeated<'_>> =
        program.uploads.iter().map(|upload| Repeated::new(upload, uploads.get(&upload.name))).collect();
    for id in graph.ids() {
        let operands: Vec<NodeId> = graph.operands(id).iter().map(|o| kinds[o.index()]).collect();
        let op = match (&graph.node(id).op, operands.as_slice()) {
            (Op::Relinearize | Op::Rescale | Op::RelinearizeRescale | Op::DropLevel, &[same]) => {
                kinds.push(same);
                continue;
            }
            (&Op::Input { input, block: PerRun::Always(block) }, _) => {
                let first = repeated[input as usize].first_equal(block as usize);
                Op::Input { input, block: (first as u32).into() }
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

/// The ciphertexts of an upload of which several hold the same rows.
struct Repeated<'a> {
    numbers: &'a [f64],
    /// Rows of a ciphertext, where as many distinct ones fill several.
    rows: Option<usize>,
    /// Numbers of a row.
    row: usize,
    /// Ciphertexts with the same rows, which stand together.
    together: usize,
    /// For each of their groups whether it holds the numbers of the first that it may repeat, once that was looked at: ciphertexts of
    /// many features share their rows with many others.
    known: HashMap<usize, bool>,
}

impl<'a> Repeated<'a> {
    fn new(upload: &Upload, tensor: Option<&'a Tensor>) -> Self {
        let layout = &upload.layout;
        let rows = layout.axes.first().map(|axis| axis.per_block);
        let rows = rows.filter(|rows| rows.is_power_of_two() && *rows <= DISTINCT_ROWS);
        let shared = rows.zip(tensor);
        Self {
            numbers: tensor.map_or(&[], |tensor| &tensor.data),
            rows: shared.map(|(rows, _)| rows),
            row: tensor
                .map_or(0, |tensor| tensor.data.len() / tensor.shape.first().map_or(1, |n| (*n).max(1))),
            together: if rows.is_some() { layout.ciphertexts() / layout.blocks(0) } else { 1 },
            known: HashMap::new(),
        }
    }

    /// A ciphertext that holds the same numbers, [`DISTINCT_ROWS`] rows before or the same multiple of it.
    fn first_equal(&mut self, block: usize) -> usize {
        let Self { numbers, rows: Some(size), row, together, ref mut known } = *self else { return block };
        let (group, rest) = (block / together, block % together);
        let first = group % (DISTINCT_ROWS / size);
        if first == group {
            return block;
        }
        let of = |group: usize| {
            let start = (group * size * row).min(numbers.len());
            &numbers[start..(start + size * row).min(numbers.len())]
        };
        let equal = *known.entry(group).or_insert_with(|| of(first) == of(group));
        if equal { first * together + rest } else { block }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// However many ciphertexts share rows, these are compared once.
    #[test]
    fn rows_of_many_ciphertexts_are_compared_once() {
        let rows = DISTINCT_ROWS / 2;
        let mut numbers: Vec<f64> = (0..4 * rows).map(|row| (row % DISTINCT_ROWS) as f64).collect();
        numbers[3 * rows] += 1.0;
        let (together, known) = (3, HashMap::new());
        let mut repeated = Repeated { numbers: &numbers, rows: Some(rows), row: 1, together, known };
        let first: Vec<usize> = (0..12).map(|block| repeated.first_equal(block)).collect();
        assert_eq!(first, [0, 1, 2, 3, 4, 5, 0, 1, 2, 9, 10, 11]);
        assert_eq!(repeated.known, HashMap::from([(2, true), (3, false)]));
    }
}

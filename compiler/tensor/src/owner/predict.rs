//! Prediction on new rows: which values are statistics of the training rows, and the program that uses them.

use super::{OwnerError, Slice};
use crate::dag::NodeId;
use crate::graph::{Op, Place, Program};
use hep_plan::host::{HostOp, HostProgram, Reduction};
use std::collections::{BTreeMap, BTreeSet};

/// Scores of new raw rows, and the names of the state it reads. Inputs are the features under their own name, the
/// state, and the revealed tensors; the one output is `scores`. `None` if the program predicts nothing.
///
/// # Errors
/// Scores that need labels, a loop variable that is not revealed, or other rows.
pub fn predict_program(program: &Program) -> Result<Option<(HostProgram, Vec<String>)>, OwnerError> {
    let Some(root) = program.predict else { return Ok(None) };
    let cut = Cut::of(program, root)?;
    let graph = &program.graph;
    let mut slice = Slice::default();
    for &id in &cut.visited {
        let index = if let Some(name) = cut.given.get(&id) {
            slice.push(HostOp::Input(name.clone()), Vec::new())
        } else {
            let operands: Vec<u32> =
                graph.operands(id).iter().filter_map(|o| slice.at.get(o).copied()).collect();
            match (&graph.node(id).op, operands.as_slice()) {
                (Op::Encrypt { .. }, [operand]) => *operand,
                (Op::Host(op), _) => slice.push(op.clone(), operands),
                _ => return Err(OwnerError::InLoop { node: id }),
            }
        };
        slice.at.insert(id, index);
    }
    let scores = *slice.at.get(&root).ok_or(OwnerError::InLoop { node: root })?;
    slice.program.outputs.push(("scores".to_string(), scores));
    Ok(Some((slice.program, cut.state.into_iter().map(|(name, _)| name).collect())))
}

/// The statistics of the training rows that prediction needs: names and nodes, in order of nodes.
pub(super) fn statistics(program: &Program) -> Result<Vec<(String, NodeId)>, OwnerError> {
    match program.predict {
        Some(root) => Ok(Cut::of(program, root)?.state),
        None => Ok(Vec::new()),
    }
}

/// What of the graph prediction computes, and what it is given.
struct Cut {
    /// Nodes of the prediction, operands first; those in `given` are inputs of it.
    visited: BTreeSet<NodeId>,
    /// Name of each input.
    given: BTreeMap<NodeId, String>,
    /// Names and nodes of the statistics.
    state: Vec<(String, NodeId)>,
}

impl Cut {
    fn of(program: &Program, root: NodeId) -> Result<Self, OwnerError> {
        let graph = &program.graph;
        let sample = sample_dim(program)?;
        let mut cut = Cut { visited: BTreeSet::new(), given: BTreeMap::new(), state: Vec::new() };
        let mut statistics = BTreeSet::new();
        let mut stack = vec![root];
        while let Some(id) = stack.pop() {
            if !cut.visited.insert(id) {
                continue;
            }
            let node = graph.node(id);
            let rows = node.ty.dims.iter().filter(|d| d.name == sample).count();
            // What is revealed of the training rows says nothing of new ones: those are computed from their features.
            if let Some(name) = revealed(program, id).filter(|_| rows == 0) {
                cut.given.insert(id, name);
                continue;
            }
            match &node.op {
                Op::Host(HostOp::Input(name)) if *name == program.data.features => {
                    cut.given.insert(id, name.clone());
                    continue;
                }
                _ if node.ty.place == Place::Owner && rows == 0 => {
                    statistics.insert(id);
                    continue;
                }
                Op::Host(HostOp::Input(name)) => {
                    let (input, features) = (name.clone(), program.data.features.clone());
                    return Err(OwnerError::Labels { input, features, node: id });
                }
                Op::Host(_) if rows > 0 && graph.operands(id).is_empty() => {
                    return Err(OwnerError::PerRow { node: id });
                }
                // Were it revealed, it would say nothing of new rows.
                Op::Final(_) if rows > 0 => return Err(OwnerError::PerRow { node: id }),
                Op::Final(i) => {
                    let variable = program.train.carried.get(*i).map(|v| v.name.clone()).unwrap_or_default();
                    return Err(OwnerError::NotRevealed { variable, node: id });
                }
                Op::Carried(_) | Op::Iteration | Op::Rows { .. } => {
                    return Err(OwnerError::InLoop { node: id });
                }
                Op::Host(op) if rows > 1 || sums_rows(program, id, op, &sample) => {
                    return Err(OwnerError::MixesRows { node: id });
                }
                Op::Host(_) | Op::Encrypt { .. } => stack.extend(graph.operands(id)),
            }
        }
        let mut names = BTreeSet::new();
        for id in statistics {
            let base = format!("state:{}", describe(program, id, 3));
            let mut name = base.clone();
            let mut count = 1;
            while !names.insert(name.clone()) {
                count += 1;
                name = format!("{base} #{count}");
            }
            cut.given.insert(id, name.clone());
            cut.state.push((name, id));
        }
        Ok(cut)
    }
}

/// Name of the dimension that counts the rows: the first of the features.
fn sample_dim(program: &Program) -> Result<String, OwnerError> {
    let missing = || OwnerError::NoFeatures(program.data.features.clone());
    let graph = &program.graph;
    let is_features = |id: &NodeId| matches!(&graph.node(*id).op, Op::Host(HostOp::Input(name)) if *name == program.data.features);
    let id = graph.ids().find(is_features).ok_or_else(missing)?;
    graph.node(id).ty.dims.first().map(|d| d.name.clone()).ok_or_else(missing)
}

/// Name under which a node is revealed; final values of one loop variable are one value.
fn revealed(program: &Program, id: NodeId) -> Option<String> {
    let op = &program.graph.node(id).op;
    let same =
        |other: NodeId| other == id || matches!(op, Op::Final(_)) && program.graph.node(other).op == *op;
    program.reveals.iter().find(|r| same(r.node)).map(|r| r.name.clone())
}

/// Whether an operation brings numbers of different rows together.
fn sums_rows(program: &Program, id: NodeId, op: &HostOp, sample: &str) -> bool {
    let dims = |position: usize| {
        let operand = program.graph.operands(id).get(position);
        operand.map(|&o| program.graph.node(o).ty.dims.as_slice()).unwrap_or_default()
    };
    match op {
        HostOp::Reduce { axis, .. } => dims(0).get(*axis).is_some_and(|d| d.name == sample),
        HostOp::Contract { left, sum, .. } => {
            left.iter().zip(dims(0)).any(|(label, d)| label == sum && d.name == sample)
        }
        HostOp::Element => dims(0).first().is_some_and(|d| d.name == sample),
        _ => false,
    }
}

/// Text for a statistic: its name in the source, else its operations down to names.
fn describe(program: &Program, id: NodeId, depth: usize) -> String {
    let node = program.graph.node(id);
    if let Some(name) = &node.name {
        return name.clone();
    }
    let operands = program.graph.operands(id);
    if depth == 0 {
        return "…".to_string();
    }
    let shown: Vec<String> = operands.iter().map(|&o| describe(program, o, depth - 1)).collect();
    let shown = shown.join(", ");
    match &node.op {
        Op::Host(HostOp::Reduce { kind, axis }) => {
            let kind = if *kind == Reduction::Sum { "sum" } else { "mean" };
            let dims =
                operands.first().map(|&o| program.graph.node(o).ty.dims.as_slice()).unwrap_or_default();
            let over = dims.get(*axis).map_or("?", |d| d.name.as_str());
            format!("{kind}({shown}, over = {over})")
        }
        Op::Host(HostOp::Polynomial(_)) => format!("polynomial({shown})"),
        Op::Host(op) if operands.is_empty() => op.name(),
        Op::Host(op) => format!("{}({shown})", op.name()),
        _ => format!("({shown})"),
    }
}

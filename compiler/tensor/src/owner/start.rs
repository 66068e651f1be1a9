//! Scores of the training rows before training.

use super::Slice;
use crate::dag::NodeId;
use crate::graph::{Op, Program};
use hep_plan::host::HostOp;
use hep_plan::plan::LabelKind;
use std::collections::BTreeSet;

/// Adds the scores of the model before the first iteration. Nothing where no real targets are trained on, or the scores depend
/// on more than what the loop begins with.
pub(super) fn scores(program: &Program, slice: &mut Slice) -> Option<u32> {
    let graph = &program.graph;
    let labels = &program.data.labels;
    let trained_on =
        slice.program.nodes.iter().any(|node| matches!(&node.op, HostOp::Input(n) if n == labels));
    let root = program.predict.filter(|_| trained_on && program.data.label_kind == LabelKind::Real)?;
    let mut needed = BTreeSet::new();
    let mut stack = vec![root];
    while let Some(id) = stack.pop() {
        if slice.at.contains_key(&id) || !needed.insert(id) {
            continue;
        }
        match graph.node(id).op {
            Op::Carried(_) | Op::Iteration | Op::Rows { .. } => return None,
            Op::Final(variable) => stack.push(program.train.carried.get(variable)?.init),
            Op::Encrypt { .. } | Op::Host(_) => stack.extend(graph.operands(id)),
        }
    }
    for id in needed {
        let at = |node: &NodeId| slice.at.get(node).copied();
        let index = match &graph.node(id).op {
            Op::Final(variable) => at(&program.train.carried.get(*variable)?.init)?,
            Op::Encrypt { .. } => at(graph.operands(id).first()?)?,
            Op::Host(op) => {
                let operands = graph.operands(id).iter().map(at).collect::<Option<Vec<u32>>>()?;
                slice.push(op.clone(), operands)
            }
            _ => return None,
        };
        slice.at.insert(id, index);
    }
    slice.at.get(&root).copied()
}

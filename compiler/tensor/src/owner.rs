//! The parts of a program that run in the clear: the owner's preparations, prediction on new rows, public values.
//!
//! * [`owner_program`]: everything the owner computes before encrypting. Its outputs are the uploads (one per
//!   [`Op::Encrypt`], under its name) and the *state*.
//! * [`predict_program`]: scores of new raw rows. Encryption disappears, loop variables become the revealed
//!   tensors, and statistics of the training rows become the state: the maximal values of the owner that no longer
//!   have the sample dimension, `mean(X0, over = n)` say. New rows are thus prepared with the training statistics,
//!   and the program works for any number of rows.
//! * [`START`]: scores of the training rows before training, by which the owner tells a slow training from one that diverges.
//! * [`public::PublicValues`]: public values per iteration.

mod predict;
pub mod public;
mod start;
#[cfg(test)]
mod tests;

use super::graph::{Op, Place, Program, Values};
use crate::dag::NodeId;
use hep_plan::host::{HostNode, HostOp, HostProgram};
use hep_plan::plan::START;
use hep_plan::ranges::DeclaredRange;
use std::collections::BTreeMap;
use thiserror::Error;

pub use predict::predict_program;
pub use public::PublicValues;

/// What the owner runs before encrypting.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnerSide {
    /// Inputs are the tensors of the data file; outputs the uploads, then the state, then the scores before training
    /// ([`START`]) where they can be compared with targets.
    pub program: HostProgram,
    /// Names of the uploads, in order of nodes.
    pub uploads: Vec<String>,
    /// Outputs that are kept for prediction and never sent.
    pub state: Vec<String>,
}

/// Why the parts in the clear cannot be separated.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum OwnerError {
    /// An owner's value depends on a loop variable, but the owner takes no part in the loop.
    #[error("a value of the owner depends on the training loop")]
    InLoop {
        /// The owner's value.
        node: NodeId,
    },
    /// Prediction needs a loop variable that is not revealed.
    #[error("prediction needs `{variable}`, which is not revealed")]
    NotRevealed {
        /// Name of the loop variable.
        variable: String,
        /// Where it is used.
        node: NodeId,
    },
    /// Prediction needs the labels (or another tensor of the data file) of the new rows.
    #[error("prediction needs `{input}` for new rows, where only `{features}` is known")]
    Labels {
        /// Name of the input.
        input: String,
        /// Name of the features.
        features: String,
        /// Its node.
        node: NodeId,
    },
    /// Scores of one row would depend on other new rows.
    #[error(
        "a score would depend on which rows are asked for together; statistics of the training rows that the owner computes \
         before encrypting can be used"
    )]
    MixesRows {
        /// Where rows meet.
        node: NodeId,
    },
    /// Prediction uses a public or a revealed value of one number per training row.
    #[error("this value holds one number per training row, which new rows do not have")]
    PerRow {
        /// The value.
        node: NodeId,
    },
    /// The features of the data specification are no input of the program.
    #[error("the program does not read `{0}`")]
    NoFeatures(String),
}

/// The owner's slice of a program.
///
/// # Errors
/// An owner's value that depends on the loop; a prediction that cannot be separated (its statistics are part of
/// the slice).
pub fn owner_program(program: &Program) -> Result<OwnerSide, OwnerError> {
    let graph = &program.graph;
    let reachable = graph.reachable(program.roots());
    let mut slice = Slice::default();
    let mut side = OwnerSide::default();
    for id in graph.ids().filter(|id| reachable[id.index()]) {
        if let (Op::Encrypt { name }, Some(&operand)) = (&graph.node(id).op, graph.operands(id).first()) {
            let at = slice.emit(program, operand)?;
            slice.program.outputs.push((name.clone(), at));
            side.uploads.push(name.clone());
        }
    }
    for (name, node) in predict::statistics(program)? {
        let at = slice.emit(program, node)?;
        slice.program.outputs.push((name.clone(), at));
        side.state.push(name);
    }
    if let Some(scores) = start::scores(program, &mut slice) {
        slice.program.outputs.push((START.to_string(), scores));
    }
    side.program = slice.program;
    Ok(side)
}

/// What is declared of the inputs and of the uploads. Ranges of labels follow from their type and those of other uploads
/// from their operands; neither is a declaration.
#[must_use]
pub fn declared_ranges(program: &Program) -> Vec<DeclaredRange> {
    let graph = &program.graph;
    let declared = graph.ids().filter_map(|id| {
        let node = graph.node(id);
        let (name, derived) = match &node.op {
            Op::Host(HostOp::Input(name)) => (name, None),
            Op::Encrypt { name } => (name, graph.operands(id).first().and_then(|o| graph.node(*o).ty.range)),
            _ => return None,
        };
        let (lo, hi) =
            node.ty.range.filter(|_| node.ty.values == Values::Real && node.ty.range != derived)?;
        Some(DeclaredRange { name: name.clone(), lo, hi })
    });
    declared.collect()
}

/// A host program being cut out of a graph.
#[derive(Default)]
struct Slice {
    program: HostProgram,
    at: BTreeMap<NodeId, u32>,
}

impl Slice {
    fn push(&mut self, op: HostOp, operands: Vec<u32>) -> u32 {
        self.program.nodes.push(HostNode { op, operands });
        self.program.nodes.len() as u32 - 1
    }

    /// Emits a public or owner's value with everything below it, operands first and each node once.
    fn emit(&mut self, program: &Program, root: NodeId) -> Result<u32, OwnerError> {
        let graph = &program.graph;
        let needed = graph.reachable([root]);
        for id in graph.ids().take(root.index() + 1).filter(|id| needed[id.index()]) {
            if self.at.contains_key(&id) {
                continue;
            }
            let node = graph.node(id);
            let Op::Host(op) = &node.op else { return Err(OwnerError::InLoop { node: root }) };
            if node.ty.place == Place::Secret {
                return Err(OwnerError::InLoop { node: root });
            }
            let operands = graph.operands(id).iter().filter_map(|o| self.at.get(o).copied()).collect();
            let index = self.push(op.clone(), operands);
            self.at.insert(id, index);
        }
        self.at.get(&root).copied().ok_or(OwnerError::InLoop { node: root })
    }
}

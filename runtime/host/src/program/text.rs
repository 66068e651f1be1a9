//! Operations in the clear as text, which [`read`](super::read) reads back exactly.
//!
//! ```text
//! %2 = sub %0[0, 1] %1[1]                      axes of the result that those of each operand are
//! %5 = contract %3[0, 1] %4[0, 2] over 0 into [1, 2]
//! %6 = constant[4] [2×0 1 5]                   runs of equal numbers
//! ```

use super::{HostNode, HostOp, HostProgram};
use crate::tensor::Tensor;
use std::fmt::Write;

impl HostProgram {
    /// The lines of the program: operations, then results.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (index, node) in self.nodes.iter().enumerate() {
            let _ = writeln!(out, "  %{index} = {}", node.text());
        }
        for (output, node) in &self.outputs {
            let _ = writeln!(out, "  result {output} = %{node}");
        }
        out
    }
}

impl HostNode {
    /// The operation and what it reads.
    #[must_use]
    pub fn text(&self) -> String {
        let operands = |axes: &[&[usize]]| {
            let axes = axes.iter().map(|axes| format!("{axes:?}")).chain(std::iter::repeat(String::new()));
            let operands = self.operands.iter().zip(axes).map(|(operand, axes)| format!(" %{operand}{axes}"));
            operands.collect::<String>()
        };
        match &self.op {
            HostOp::Constant(value) => constant(value),
            HostOp::Binary { f, left, right, .. } => format!("{}{}", f.name(), operands(&[left, right])),
            HostOp::Contract { left, right, sum, out } => {
                format!("contract{} over {sum} into {out:?}", operands(&[left, right]))
            }
            op => format!("{}{}", op.name(), operands(&[])),
        }
    }
}

fn constant(value: &Tensor) -> String {
    match value.as_scalar() {
        Some(scalar) if value.shape.is_empty() => format!("constant {scalar}"),
        _ => {
            let runs = value.data.chunk_by(|a, b| a.to_bits() == b.to_bits());
            let run = |run: &[f64]| match run {
                [one] => one.to_string(),
                all => format!("{}×{}", all.len(), all[0]),
            };
            let runs: Vec<String> = runs.map(run).collect();
            format!("constant{:?} [{}]", value.shape, runs.join(" "))
        }
    }
}

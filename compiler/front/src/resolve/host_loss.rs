//! The exact loss as a program in the clear.

use super::elementwise::{InTheClear, Writer};
use hep_plan::host::{HostOp, HostProgram};
use hep_tensor::scalar::{Expr, Label};

/// A program with inputs `y` and `z`, tensors of this rank and equal shape, and the output `loss` of that shape.
///
/// With labels 0 and 1 it computes `(1 - y) loss(0, z) + y loss(1, z)`, each term in its stable form, so that it is
/// finite for every score at which the loss is.
pub(super) fn program(loss: &Expr, labels_are_bits: bool, rank: usize) -> HostProgram {
    let mut target = InTheClear { program: HostProgram::default(), rank };
    let y = target.program.push(HostOp::Input("y".into()), vec![]);
    let z = target.program.push(HostOp::Input("z".into()), vec![]);
    let loss = if labels_are_bits && loss.mentions_y() {
        let [at0, at1] = [Label::Zero, Label::One].map(|label| loss.substitute_y(label).stable());
        (Expr::integer(1) - Expr::y()) * at0 + Expr::y() * at1
    } else {
        loss.stable()
    };
    let mut writer = Writer::new(target, y, z);
    let Ok(value) = writer.shaped(&loss);
    let mut program = writer.target.program;
    program.outputs.push(("loss".into(), value));
    program
}

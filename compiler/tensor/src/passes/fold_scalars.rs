//! Pushes public scalars down to where they cost no level.
//!
//! The learning rate times a gradient, s · Contract(p(z) − Y, X), becomes Contract(s·p(z) − s·Y, X): the scalar ends
//! at the polynomial, whose coefficients the lowering multiplies, and at fresh inputs. Also here, because they
//! stand between scalars and their places: a division of a secret by a public value becomes a product with the
//! reciprocal, a mean of a secret a scaled sum, and `a + (−b)` a difference. How far a scalar goes: `scale`.

use super::super::build::{Axes, BuildError};
use super::super::graph::{Op, Program};
use super::rewriter::Rewriter;
use super::scale::scale;
use crate::dag::NodeId;
use hep_plan::host::{Binary, HostOp, Reduction, Unary};

/// Moves public scalars towards the inputs; the numbers change by rounding only.
#[must_use]
pub fn fold_scalars(program: Program) -> Program {
    Rewriter::run(program, |r, id| {
        if !r.is_secret(id) {
            return Ok(None);
        }
        if let Some((s, a)) = r.as_scaled(id) {
            let scaled = scale(r, s, a)?;
            return Ok(Some(scaled));
        }
        let span = r.b.graph.node(id).span;
        let operands = r.b.graph.operands(id).to_vec();
        match (r.op(id).clone(), operands.as_slice()) {
            (Op::Host(HostOp::Binary { f: Binary::Div, left, right, .. }), &[a, b]) if !r.is_secret(b) => {
                let axes = Axes { left, right, dims: r.b.dims(id).to_vec() };
                let product = r.b.binary_along(Binary::Div, a, b, axes, span)?;
                match r.as_scaled(product) {
                    Some((s, a)) => scale(r, s, a).map(Some),
                    None => Ok(Some(product)),
                }
            }
            (Op::Host(HostOp::Reduce { kind: Reduction::Mean, axis }), &[a]) => {
                let share = r.b.constant(1.0 / r.b.dims(a)[axis].size as f64, span);
                let scaled = scale(r, share, a)?;
                r.b.reduce(Reduction::Sum, scaled, axis, span).map(Some)
            }
            (Op::Host(HostOp::Binary { f, left, right, .. }), &[a, b]) => {
                negated_operand(r, id, (f, left, right), a, b)
            }
            _ => Ok(None),
        }
    })
}

/// a + (−b) = a − b, (−a) + b = b − a, a − (−b) = a + b.
fn negated_operand(
    r: &mut Rewriter,
    id: NodeId,
    (f, left, right): (Binary, Vec<usize>, Vec<usize>),
    a: NodeId,
    b: NodeId,
) -> Result<Option<NodeId>, BuildError> {
    let below = |node: NodeId| match (r.op(node), r.b.graph.operands(node)) {
        (Op::Host(HostOp::Unary(Unary::Neg)), &[x]) => Some(x),
        _ => None,
    };
    let dims = r.b.dims(id).to_vec();
    let (f, x, y, axes) = match (f, below(a), below(b)) {
        (Binary::Add, _, Some(b)) => (Binary::Sub, a, b, Axes { left, right, dims }),
        (Binary::Add, Some(a), None) => (Binary::Sub, b, a, Axes { left: right, right: left, dims }),
        (Binary::Sub, _, Some(b)) => (Binary::Add, a, b, Axes { left, right, dims }),
        _ => return Ok(None),
    };
    let span = r.b.graph.node(id).span;
    // The negation may still be used elsewhere, so what is below it now has a use more.
    r.add_use(x);
    r.add_use(y);
    r.b.binary_along(f, x, y, axes, span).map(Some)
}

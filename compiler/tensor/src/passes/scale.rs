//! s · a for a public scalar `s`, with the scalar as deep inside `a` as it helps.

use super::super::build::{Axes, BuildError};
use super::super::graph::{Op, Place};
use super::rewriter::Rewriter;
use crate::dag::NodeId;
use crate::source::Span;
use hep_plan::host::{Binary, HostOp, Unary};

/// A node with the value s · a.
///
/// A scalar passes everything linear that is used once, so that no work is doubled: contractions (on the side
/// that changes in the loop: the other one is large and computed once, or the rows of such a one), sums, differences, permutations. It stops
/// at polynomials, whose coefficients the lowering multiplies, and at values that exist anyway. A sum is only
/// split when a part of it takes the scalar for free; a product of two secrets takes it on a side that is
/// free, or does not change in the loop and thus has levels to spare. Nothing loop-invariant is moved into the loop.
pub(super) fn scale(r: &mut Rewriter, s: NodeId, a: NodeId) -> Result<NodeId, BuildError> {
    // A product with what is made elsewhere serves the place that asks for it.
    let elsewhere = matches!(r.op(a), Op::Encrypt { .. } | Op::Carried(_)) || !r.in_body(a);
    let span = if elsewhere { Span::default() } else { r.b.graph.node(a).span };
    match r.b.as_number(s) {
        Some(1.0) => return Ok(a),
        Some(-1.0) => return r.b.unary(Unary::Neg, a, span),
        _ => {}
    }
    if let Some((inner, x)) = r.as_scaled(a) {
        let product = r.b.binary(Binary::Mul, s, inner, span)?;
        if r.used_once(a) {
            return scale(r, product, x);
        }
        // `a` lives on beside the new product.
        r.add_use(x);
        return r.b.binary(Binary::Mul, product, x, span);
    }
    let pulled_in = r.in_body(s) && !r.in_body(a);
    if !r.is_secret(a) || !r.used_once(a) || pulled_in {
        return r.b.binary(Binary::Mul, s, a, span);
    }
    let Op::Host(op) = r.op(a).clone() else { return r.b.binary(Binary::Mul, s, a, span) };
    let operands = r.b.graph.operands(a).to_vec();
    let dims = r.b.dims(a).to_vec();
    match (op, operands.as_slice()) {
        (HostOp::Unary(Unary::Neg), &[x]) => {
            let opposite = r.b.unary(Unary::Neg, s, span)?;
            scale(r, opposite, x)
        }
        (op @ (HostOp::Permute(_) | HostOp::Reduce { .. }), &[x]) => {
            let scaled = scale(r, s, x)?;
            r.b.host(op, vec![scaled], dims, span)
        }
        (HostOp::Binary { f: f @ (Binary::Add | Binary::Sub), left, right, .. }, &[x, y])
            if absorbs(r, x) || absorbs(r, y) =>
        {
            let (x, y) = (scale(r, s, x)?, scale(r, s, y)?);
            r.b.binary_along(f, x, y, Axes { left, right, dims }, span)
        }
        (HostOp::Binary { f: Binary::Mul, left, right, .. }, &[x, y]) => {
            let (x, y) = match side_of_product(r, x, y) {
                Some(Side::Left) => (scale(r, s, x)?, y),
                Some(Side::Right) => (x, scale(r, s, y)?),
                None => return r.b.binary(Binary::Mul, s, a, span),
            };
            r.b.binary_along(Binary::Mul, x, y, Axes { left, right, dims }, span)
        }
        (op @ HostOp::Contract { .. }, &[x, y]) => {
            let operands = match side_of_contraction(r, x, y) {
                Side::Left => vec![scale(r, s, x)?, y],
                Side::Right => vec![x, scale(r, s, y)?],
            };
            r.b.host(op, operands, dims, span)
        }
        _ => r.b.binary(Binary::Mul, s, a, span),
    }
}

enum Side {
    Left,
    Right,
}

fn side_of_product(r: &mut Rewriter, x: NodeId, y: NodeId) -> Option<Side> {
    let public = |r: &Rewriter, id| r.b.ty(id).place == Place::Public;
    if public(r, x) || !public(r, y) && absorbs(r, x) {
        Some(Side::Left)
    } else if public(r, y) || absorbs(r, y) {
        Some(Side::Right)
    } else if r.before_loop(x) {
        Some(Side::Left)
    } else if r.before_loop(y) {
        Some(Side::Right)
    } else {
        None
    }
}

fn side_of_contraction(r: &mut Rewriter, x: NodeId, y: NodeId) -> Side {
    let changes = |r: &mut Rewriter, id| r.in_body(id) && !matches!(r.op(id), Op::Rows { .. });
    match (changes(r, x), changes(r, y)) {
        (false, true) => Side::Right,
        (true, true) if !absorbs(r, x) && absorbs(r, y) => Side::Right,
        _ => Side::Left,
    }
}

/// Whether a scalar factor of `a` costs nothing: it meets a polynomial or another scalar on every way down.
fn absorbs(r: &mut Rewriter, a: NodeId) -> bool {
    if !r.is_secret(a) {
        return true;
    }
    if r.as_scaled(a).is_some() {
        return true;
    }
    if !r.used_once(a) {
        return false;
    }
    let Op::Host(op) = r.op(a).clone() else { return false };
    let operands = r.b.graph.operands(a).to_vec();
    match (op, operands.as_slice()) {
        (HostOp::Polynomial(_), _) => true,
        (HostOp::Unary(Unary::Neg) | HostOp::Permute(_) | HostOp::Reduce { .. }, &[x]) => absorbs(r, x),
        (HostOp::Binary { f: Binary::Add | Binary::Sub, .. }, &[x, y]) => absorbs(r, x) || absorbs(r, y),
        (HostOp::Binary { f: Binary::Mul, .. }, &[x, y]) => absorbs(r, x) || absorbs(r, y),
        (HostOp::Contract { .. }, &[x, y]) => match side_of_contraction(r, x, y) {
            Side::Left => absorbs(r, x),
            Side::Right => absorbs(r, y),
        },
        _ => false,
    }
}

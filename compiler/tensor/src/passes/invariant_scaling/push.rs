//! A factor that moves inwards, past scalars, sums and permutations, until a contraction's data take it.

use super::super::super::build::{Axes, BuildError};
use super::super::super::graph::{Dim, Op};
use super::super::rewriter::Rewriter;
use super::uploads::ScaledInputs;
use super::{Factor, combine, is_invariant, within};
use crate::dag::NodeId;
use crate::source::Span;
use hep_plan::host::{Binary, HostOp, Unary};

/// A node with the value a ∘ b in which `b` disappeared in a contraction; axis `i` of `b` is axis `axes[i]` of `a`.
pub fn push(
    r: &mut Rewriter,
    scaled: &mut ScaledInputs,
    a: NodeId,
    b: NodeId,
    axes: &[usize],
) -> Result<Option<NodeId>, BuildError> {
    if !r.in_body(a) || !r.used_once(a) {
        return Ok(None);
    }
    let node = r.b.graph.node(a).clone();
    let (span, dims) = (node.span, node.ty.dims);
    let Op::Host(op) = node.op else { return Ok(None) };
    let operands = r.b.graph.operands(a).to_vec();
    match (op, operands.as_slice()) {
        (HostOp::Contract { left, right, sum, out }, &[x, y]) => {
            let labels: Vec<usize> = axes.iter().map(|&axis| out[axis]).collect();
            let sides = [(x, &left), (y, &right)];
            let mut new = None;
            for (side, (node, of)) in sides.into_iter().enumerate() {
                if let (None, Some(axes)) = (&new, within(&labels, of)) {
                    new = scale_data(r, scaled, node, (b, axes), span)?.map(|node| (side, node));
                }
            }
            let Some((side, node)) = new else { return Ok(None) };
            let mut operands = vec![x, y];
            operands[side] = node;
            r.b.host(HostOp::Contract { left, right, sum, out }, operands, dims, span).map(Some)
        }
        (HostOp::Unary(Unary::Neg), &[x]) => match push(r, scaled, x, b, axes)? {
            Some(x) => r.b.unary(Unary::Neg, x, span).map(Some),
            None => Ok(None),
        },
        (HostOp::Permute(order), &[x]) => {
            let below: Vec<usize> = axes.iter().map(|&axis| order[axis]).collect();
            match push(r, scaled, x, b, &below)? {
                Some(x) => r.b.host(HostOp::Permute(order), vec![x], dims, span).map(Some),
                None => Ok(None),
            }
        }
        (HostOp::Reduce { kind, axis }, &[x]) => {
            let below: Vec<usize> = axes.iter().map(|&a| if a < axis { a } else { a + 1 }).collect();
            match push(r, scaled, x, b, &below)? {
                Some(x) => r.b.reduce(kind, x, axis, span).map(Some),
                None => Ok(None),
            }
        }
        (HostOp::Binary { f, left, right, .. }, &[x, y]) => {
            let sides = [Factor { node: x, axes: left }, Factor { node: y, axes: right }];
            push_binary(r, scaled, (f, dims), sides, Factor { node: b, axes: axes.to_vec() })
        }
        _ => Ok(None),
    }
}

/// x ∘ b, where `x` is a tensor made before the loop, or the rows of one that a mini-batch has.
fn scale_data(
    r: &mut Rewriter,
    scaled: &mut ScaledInputs,
    x: NodeId,
    (b, axes): (NodeId, Vec<usize>),
    span: Span,
) -> Result<Option<NodeId>, BuildError> {
    if is_invariant(r, x) {
        return scaled.get(r, x, b, axes, span).map(Some);
    }
    let whole = match (r.op(x), r.b.graph.operands(x), r.b.dims(x)) {
        (Op::Rows { .. }, &[whole], [batch, ..]) if !axes.contains(&0) => Some((whole, batch.clone())),
        _ => None,
    };
    match whole {
        Some((whole, batch)) if is_invariant(r, whole) => {
            let whole = scaled.get(r, whole, b, axes, span)?;
            r.b.rows(whole, batch, span).map(Some)
        }
        _ => Ok(None),
    }
}

/// [`push`] through a product (into one side) or a sum (into its terms).
fn push_binary(
    r: &mut Rewriter,
    scaled: &mut ScaledInputs,
    (f, dims): (Binary, Vec<Dim>),
    sides: [Factor; 2],
    b: Factor,
) -> Result<Option<NodeId>, BuildError> {
    let span = r.b.graph.node(sides[0].node).span;
    match f {
        Binary::Mul => {}
        Binary::Add | Binary::Sub => return push_sum(r, scaled, (f, &dims), sides, &b, span),
        _ => return Ok(None),
    }
    for (side, other) in [(0, 1), (1, 0)] {
        let Some(axes) = within(&b.axes, &sides[side].axes) else { continue };
        let Some(node) = push(r, scaled, sides[side].node, b.node, &axes)? else { continue };
        let mut new = [node, node];
        new[other] = sides[other].node;
        let [left, right] = sides.map(|side| side.axes);
        return r.b.binary_along(f, new[0], new[1], Axes { left, right, dims }, span).map(Some);
    }
    Ok(None)
}

/// A term of a sum, and whether it is subtracted.
struct Term {
    negative: bool,
    factor: Factor,
}

/// [`push`] into the terms of a sum, however it is nested: those that take `b` take it, the others are multiplied
/// with it as one sum. That costs the product that the whole sum would have cost, but beside the contraction, not
/// after it.
fn push_sum(
    r: &mut Rewriter,
    scaled: &mut ScaledInputs,
    (f, dims): (Binary, &[Dim]),
    sides: [Factor; 2],
    b: &Factor,
    span: Span,
) -> Result<Option<NodeId>, BuildError> {
    let mut terms = Vec::new();
    for (factor, negative) in sides.into_iter().zip([false, f == Binary::Sub]) {
        collect_terms(r, Term { negative, factor }, &mut terms);
    }
    // What stays stands where its first term stood, with that term's sign.
    let (mut sum, mut rest): (Vec<Term>, Option<(usize, Term)>) = (Vec::new(), None);
    for term in terms {
        let axes = within(&b.axes, &term.factor.axes);
        let pushed = match axes {
            Some(axes) => push(r, scaled, term.factor.node, b.node, &axes)?,
            None => None,
        };
        rest = match (pushed, rest) {
            (Some(node), rest) => {
                sum.push(Term { factor: Factor { node, ..term.factor }, ..term });
                rest
            }
            (None, None) => Some((sum.len(), term)),
            (None, Some((place, so_far))) => {
                let sign = if term.negative == so_far.negative { Binary::Add } else { Binary::Sub };
                let factor = combine(r, sign, [&so_far.factor, &term.factor], dims, span)?;
                Some((place, Term { factor, ..so_far }))
            }
        };
    }
    if sum.is_empty() {
        return Ok(None);
    }
    if let Some((place, Term { negative, factor })) = rest {
        let factor = combine(r, Binary::Mul, [&factor, b], dims, span)?;
        sum.insert(place, Term { negative, factor });
    }
    // The first term of a sum is never subtracted.
    let mut terms = sum.into_iter();
    let Some(mut total) = terms.next().map(|term| term.factor) else { return Ok(None) };
    for term in terms {
        let sign = if term.negative { Binary::Sub } else { Binary::Add };
        total = combine(r, sign, [&total, &term.factor], dims, span)?;
    }
    Ok(Some(total.node))
}

/// The terms of a sum; a sum that is needed elsewhere too is one term.
fn collect_terms(r: &mut Rewriter, term: Term, terms: &mut Vec<Term>) {
    let node = term.factor.node;
    let sum = match (r.op(node), r.b.graph.operands(node)) {
        (Op::Host(HostOp::Binary { f: f @ (Binary::Add | Binary::Sub), left, right, .. }), &[x, y]) => {
            Some((*f, [(x, left.clone()), (y, right.clone())]))
        }
        _ => None,
    };
    match sum {
        Some((f, sides)) if r.in_body(node) && r.used_once(node) => {
            for ((node, axes), subtracted) in sides.into_iter().zip([false, f == Binary::Sub]) {
                let axes = axes.iter().map(|&a| term.factor.axes[a]).collect();
                let below = Term { negative: term.negative != subtracted, factor: Factor { node, axes } };
                collect_terms(r, below, terms);
            }
        }
        _ => terms.push(term),
    }
}

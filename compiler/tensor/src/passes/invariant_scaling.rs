//! Pulls loop-invariant factors inwards: one level per iteration less.
//!
//! B ∘ Contract(E, X; over n), where B and X do not change in the loop and every axis of B is a free axis of X,
//! equals Contract(E, X ∘ B; over n). If the owner encrypts B and X, the owner can as well encrypt X ∘ B: the
//! program gets the upload `X*B`, and the product with B disappears from every iteration. That is how a
//! preconditioned gradient, rate · B · G with G = (p(z) − Y)ᵀ X, is written in the source and not what it costs.
//!
//! X may be the rows of a mini-batch: Rows(X) ∘ B = Rows(X ∘ B) where B has no axis of the samples.
//!
//! Between B and the contraction may stand scalars and other factors (in any association), sums (B · (G + λW) is
//! split), negations, permutations and reductions, as long as they are used once. What remains of the product is
//! reassociated so that public scalars end outermost.

mod push;
mod uploads;

use super::super::build::{Axes, BuildError};
use super::super::graph::{Dim, Op, Place, Program};
use super::rewriter::Rewriter;
use crate::dag::NodeId;
use crate::source::Span;
use hep_plan::host::Binary;
use push::push;
use uploads::ScaledInputs;

/// A factor of a product and the axes of the product's result that its axes are.
#[derive(Clone)]
struct Factor {
    node: NodeId,
    axes: Vec<usize>,
}

/// Rewrites products with loop-invariant factors; uploads are added, revealed numbers change by rounding only.
#[must_use]
pub fn scale_invariants(program: Program) -> Program {
    let mut scaled = ScaledInputs::of(&program.graph);
    Rewriter::run(program, |r, id| {
        let Some(product) = r.as_product(id) else { return Ok(None) };
        if !r.in_body(id) || !r.is_secret(id) {
            return Ok(None);
        }
        let left = Factor { node: product.left, axes: product.left_axes };
        let right = Factor { node: product.right, axes: product.right_axes };
        for (outer, inner) in [(&left, &right), (&right, &left)] {
            let mut target = inner.clone();
            let mut rest = Vec::new();
            for factor in factors(r, outer) {
                let axes = within(&factor.axes, &target.axes);
                let pushed = match axes.filter(|_| is_invariant(r, factor.node)) {
                    Some(axes) => push(r, &mut scaled, target.node, factor.node, &axes)?,
                    None => None,
                };
                match pushed {
                    Some(node) => target.node = node,
                    None => rest.push(factor),
                }
            }
            if target.node != inner.node {
                return rebuild(r, id, target, rest).map(Some);
            }
        }
        Ok(None)
    })
}

/// The factors of a product; a product used elsewhere is only taken apart if that doubles a scalar at most.
fn factors(r: &mut Rewriter, of: &Factor) -> Vec<Factor> {
    if let Some(product) = r.as_product(of.node)
        && (r.used_once(of.node) || r.as_scaled(of.node).is_some())
    {
        let below = |node, axes: &[usize]| Factor { node, axes: axes.iter().map(|&a| of.axes[a]).collect() };
        let mut all = factors(r, &below(product.left, &product.left_axes));
        all.extend(factors(r, &below(product.right, &product.right_axes)));
        return all;
    }
    vec![of.clone()]
}

/// A tensor the owner or the compiler knows before the loop.
fn is_invariant(r: &mut Rewriter, id: NodeId) -> bool {
    let public = r.b.ty(id).place == Place::Public;
    let encrypted = matches!(r.op(id), Op::Encrypt { .. });
    !r.b.dims(id).is_empty() && (encrypted || public) && r.before_loop(id)
}

/// Position in `axes` of each of `inner`, if all occur.
fn within(inner: &[usize], axes: &[usize]) -> Option<Vec<usize>> {
    inner.iter().map(|axis| axes.iter().position(|a| a == axis)).collect()
}

/// `f` of two factors, with the axes either has in order; `dims` are those of the whole.
fn combine(
    r: &mut Rewriter,
    f: Binary,
    [x, y]: [&Factor; 2],
    dims: &[Dim],
    span: Span,
) -> Result<Factor, BuildError> {
    let axes: Vec<usize> = (0..dims.len()).filter(|a| x.axes.contains(a) || y.axes.contains(a)).collect();
    let part: Vec<Dim> = axes.iter().map(|&a| dims[a].clone()).collect();
    let (left, right) = (within(&x.axes, &axes), within(&y.axes, &axes));
    let left = left.unwrap_or_default();
    let right = right.unwrap_or_default();
    let node = r.b.binary_along(f, x.node, y.node, Axes { left, right, dims: part }, span)?;
    Ok(Factor { node, axes })
}

/// The product of `target` and the factors that stayed: tensors first, public scalars outermost.
fn rebuild(r: &mut Rewriter, id: NodeId, target: Factor, rest: Vec<Factor>) -> Result<NodeId, BuildError> {
    let (span, dims) = (r.b.graph.node(id).span, r.b.dims(id).to_vec());
    let mut core = target;
    let mut scalar: Option<NodeId> = None;
    for factor in rest {
        if r.is_public_scalar(factor.node) {
            scalar = Some(match scalar {
                Some(s) => r.b.binary(Binary::Mul, s, factor.node, span)?,
                None => factor.node,
            });
        } else {
            core = combine(r, Binary::Mul, [&factor, &core], &dims, span)?;
        }
    }
    let order: Vec<usize> = (0..dims.len()).filter_map(|a| core.axes.iter().position(|x| *x == a)).collect();
    let node = r.b.permute(core.node, order, span)?;
    match scalar {
        Some(s) => r.b.binary(Binary::Mul, s, node, span),
        None => Ok(node),
    }
}

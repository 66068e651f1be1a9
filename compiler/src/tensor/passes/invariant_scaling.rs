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

use super::super::build::{Axes, BuildError};
use super::super::graph::{Dim, Node, Op, Place, Program};
use super::rewriter::Rewriter;
use crate::dag::{Dag, NodeId};
use crate::source::Span;
use hep_plan::host::{Binary, HostOp, Unary};
use std::collections::{BTreeMap, BTreeSet};

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

/// A node with the value a ∘ b in which `b` disappeared in a contraction; axis `i` of `b` is axis `axes[i]` of `a`.
fn push(
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

/// [`push`] through a product (into one side) or a sum (into both).
fn push_binary(
    r: &mut Rewriter,
    scaled: &mut ScaledInputs,
    (f, dims): (Binary, Vec<Dim>),
    sides: [Factor; 2],
    b: Factor,
) -> Result<Option<NodeId>, BuildError> {
    let span = r.b.graph.node(sides[0].node).span;
    if !matches!(f, Binary::Add | Binary::Sub | Binary::Mul) {
        return Ok(None);
    }
    let mut pushed = [None, None];
    for (side, new) in sides.iter().zip(&mut pushed) {
        if let Some(axes) = within(&b.axes, &side.axes) {
            *new = push(r, scaled, side.node, b.node, &axes)?;
        }
        if f == Binary::Mul && new.is_some() {
            break;
        }
    }
    if pushed == [None, None] {
        return Ok(None);
    }
    let mut new = Vec::new();
    for (side, pushed) in sides.into_iter().zip(pushed) {
        new.push(match pushed {
            Some(node) => Factor { node, axes: side.axes },
            // Costs the product that the whole sum would have cost, but beside the contraction, not after it.
            None if f != Binary::Mul => multiply(r, &side, &b, &dims, span)?,
            None => side,
        });
    }
    let [x, y] = [&new[0], &new[1]];
    let axes = Axes { left: x.axes.clone(), right: y.axes.clone(), dims };
    r.b.binary_along(f, x.node, y.node, axes, span).map(Some)
}

/// Product of two factors, with the axes either has in order; `dims` are those of the whole.
fn multiply(
    r: &mut Rewriter,
    x: &Factor,
    y: &Factor,
    dims: &[Dim],
    span: Span,
) -> Result<Factor, BuildError> {
    let axes: Vec<usize> = (0..dims.len()).filter(|a| x.axes.contains(a) || y.axes.contains(a)).collect();
    let part: Vec<Dim> = axes.iter().map(|&a| dims[a].clone()).collect();
    let (left, right) = (within(&x.axes, &axes), within(&y.axes, &axes));
    let left = left.unwrap_or_default();
    let right = right.unwrap_or_default();
    let node = r.b.binary_along(Binary::Mul, x.node, y.node, Axes { left, right, dims: part }, span)?;
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
            core = multiply(r, &factor, &core, &dims, span)?;
        }
    }
    let order: Vec<usize> = (0..dims.len()).filter_map(|a| core.axes.iter().position(|x| *x == a)).collect();
    let node = r.b.permute(core.node, order, span)?;
    match scalar {
        Some(s) => r.b.binary(Binary::Mul, s, node, span),
        None => Ok(node),
    }
}

/// The products X ∘ B made so far, and the names of all uploads.
struct ScaledInputs {
    names: BTreeSet<String>,
    known: BTreeMap<(NodeId, NodeId, Vec<usize>), NodeId>,
}

impl ScaledInputs {
    fn of(graph: &Dag<Node>) -> Self {
        let name = |id| match &graph.node(id).op {
            Op::Encrypt { name } => Some(name.clone()),
            _ => None,
        };
        Self { names: graph.ids().filter_map(name).collect(), known: BTreeMap::new() }
    }

    /// The tensor x ∘ b, made before the loop in the clear and encrypted if `x` or `b` is; axis `i` of `b` is axis
    /// `axes[i]` of `x`.
    fn get(
        &mut self,
        r: &mut Rewriter,
        x: NodeId,
        b: NodeId,
        axes: Vec<usize>,
        span: Span,
    ) -> Result<NodeId, BuildError> {
        let key = (x, b, axes.clone());
        if let Some(&known) = self.known.get(&key) {
            return Ok(known);
        }
        let clear = |id: NodeId| match r.op(id) {
            Op::Encrypt { .. } => r.b.graph.operands(id).first().copied().unwrap_or(id),
            _ => id,
        };
        let (clear_x, clear_b) = (clear(x), clear(b));
        let dims = r.b.dims(x).to_vec();
        let all = Axes { left: (0..dims.len()).collect(), right: axes, dims };
        let mut product = r.b.binary_along(Binary::Mul, clear_x, clear_b, all, span)?;
        if r.is_secret(x) || r.is_secret(b) {
            let name = self.name(r, x, b);
            // What is made of the data serves the line that sends them.
            let sent = r.b.graph.node(x).span;
            product = r.b.encrypt(name, product, sent)?;
        }
        self.known.insert(key, product);
        Ok(product)
    }

    /// `X*B`, made unique.
    fn name(&mut self, r: &Rewriter, x: NodeId, b: NodeId) -> String {
        let name = |id: NodeId| r.b.graph.node(id).name.as_deref().unwrap_or("constant");
        let base = format!("{}*{}", name(x), name(b));
        let mut unique = base.clone();
        let mut count = 1;
        while !self.names.insert(unique.clone()) {
            count += 1;
            unique = format!("{base} #{count}");
        }
        unique
    }
}

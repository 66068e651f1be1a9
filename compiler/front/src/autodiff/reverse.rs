//! Reverse-mode differentiation of a tensor graph: vector-Jacobian products.
//!
//! [`gradients`] appends the derivatives of Σ seed ∘ output by nodes `wrt`, in one pass. Writing x̄ for the derivative of that
//! sum by x, it starts at output‾ = seed and visits the nodes between `wrt` and `output` in reverse order, each
//! adding to its operands:
//!
//! | node | contribution |
//! |---|---|
//! | z = a ± b | ā += z̄, b̄ ±= z̄ |
//! | z = a ∘ b | ā += z̄ ∘ b, b̄ += z̄ ∘ a |
//! | z = a / b | ā += z̄ / b, b̄ −= z̄ ∘ z / b |
//! | z = a @ b | ā += z̄ @ bᵀ, b̄ += aᵀ @ z̄ (any orientation, one contraction each) |
//! | z = Σ a | ā += z̄ repeated |
//! | z = f(a) | ā += z̄ ∘ f′(a) |
//!
//! Where an operand was broadcast, its contribution is summed over the axes it lacks. Everything is positional, so
//! a contribution always has the operand's own dimensions in the operand's order, repeated names included.
//!
//! Functions of secrets are polynomials by the time they are differentiated (the approximation comes first), so the
//! derivative is that of the polynomial that is evaluated.

mod rules;
#[cfg(test)]
mod tests;

use hep_plan::host::{Binary, Reduction};
use hep_tensor::build::{Axes, BuildError, Builder};
use hep_tensor::dag::NodeId;
use hep_tensor::graph::Dim;
use hep_tensor::source::Span;
use thiserror::Error;

/// Why a gradient cannot be built.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ReverseError {
    /// The value depends on the variable through an operation without a derivative here.
    #[error("`{operation}` ({node}) has no derivative")]
    NotDifferentiable {
        /// The operation.
        operation: String,
        /// Its node.
        node: NodeId,
    },
    /// The seed is neither a scalar nor of the output's dimensions.
    #[error("the seed of a gradient must have the dimensions of the value that is differentiated")]
    Seed {
        /// Dimensions of the seed.
        seed: Vec<Dim>,
        /// Dimensions of the output.
        output: Vec<Dim>,
    },
    /// An operation of the derivative cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// Appends the derivative of Σ seed ∘ output by `wrt` and returns its node; see [`gradients`].
///
/// # Errors
/// As [`gradients`].
pub fn gradient(
    b: &mut Builder,
    output: NodeId,
    seed: NodeId,
    wrt: NodeId,
    span: Span,
) -> Result<NodeId, ReverseError> {
    Ok(gradients(b, output, seed, &[wrt], span)?[0])
}

/// Appends the derivatives of Σ seed ∘ output by each of `wrt` and returns their nodes, which have the dimensions of
/// these, in that order. The seed has the output's dimensions (in any order, if no name repeats) or is a scalar. A
/// value that does not depend on one gives constant zeros.
///
/// # Errors
/// An operation without a derivative between `wrt` and `output`; a seed of other dimensions; places that do not
/// mix (an owner's seed for a secret output).
pub fn gradients(
    b: &mut Builder,
    output: NodeId,
    seed: NodeId,
    wrt: &[NodeId],
    span: Span,
) -> Result<Vec<NodeId>, ReverseError> {
    let seed = shape_seed(b, seed, output, span)?;
    let depends = dependents(b, wrt, output);
    let last = wrt.iter().map(|id| id.index() + 1).max().unwrap_or(0);
    let mut adjoints: Vec<Option<NodeId>> = vec![None; depends.len().max(last)];
    if depends.last() == Some(&true) {
        adjoints[output.index()] = Some(seed);
    }
    let first = wrt.iter().map(|id| id.0).min().unwrap_or(0);
    for id in (first..=output.0).rev().map(NodeId) {
        let Some(adjoint) = adjoints[id.index()] else { continue };
        // A variable is what it is: where it was made of another one, that is not the function's business.
        if wrt.contains(&id) {
            continue;
        }
        let operands = b.graph.operands(id).to_vec();
        for (position, operand) in operands.into_iter().enumerate() {
            if !depends[operand.index()] {
                continue;
            }
            let Some(part) = rules::contribution(b, id, position, adjoint, span)? else { continue };
            let sum = match adjoints[operand.index()] {
                Some(known) => add(b, known, part, span)?,
                None => part,
            };
            adjoints[operand.index()] = Some(sum);
        }
    }
    let found = wrt.iter().map(|id| match adjoints[id.index()] {
        Some(adjoint) => adjoint,
        None => b.filled(0.0, b.dims(*id).to_vec(), span),
    });
    Ok(found.collect())
}

/// Whether each node up to `output` depends on one of `wrt` (these themselves do).
fn dependents(b: &Builder, wrt: &[NodeId], output: NodeId) -> Vec<bool> {
    let mut depends: Vec<bool> = Vec::with_capacity(output.index() + 1);
    for id in (0..=output.0).map(NodeId) {
        let through = b.graph.operands(id).iter().any(|o| depends[o.index()]);
        depends.push(wrt.contains(&id) || through);
    }
    depends
}

/// Brings the seed to the output's dimensions and order.
fn shape_seed(b: &mut Builder, seed: NodeId, output: NodeId, span: Span) -> Result<NodeId, ReverseError> {
    let (from, to) = (b.dims(seed).to_vec(), b.dims(output).to_vec());
    if from == to {
        return Ok(seed);
    }
    if from.is_empty() {
        return Ok(repeat(b, seed, Vec::new(), to, span)?);
    }
    let order: Option<Vec<usize>> = to.iter().map(|d| from.iter().position(|x| x == d)).collect();
    let is_permutation = |order: &Vec<usize>| (0..from.len()).all(|axis| order.contains(&axis));
    match order.filter(|order| order.len() == from.len() && is_permutation(order)) {
        Some(order) => Ok(b.permute(seed, order, span)?),
        None => Err(ReverseError::Seed { seed: from, output: to }),
    }
}

/// Sum of two nodes of equal dimensions.
fn add(b: &mut Builder, x: NodeId, y: NodeId, span: Span) -> Result<NodeId, BuildError> {
    let dims = b.dims(x).to_vec();
    let all: Vec<usize> = (0..dims.len()).collect();
    b.binary_along(Binary::Add, x, y, Axes { left: all.clone(), right: all, dims }, span)
}

/// `x` repeated along new axes: axis `i` of `x` becomes axis `axes[i]` of a value with dimensions `dims`.
/// Adding zeros says so without a multiplication, which would cost a level on ciphertexts.
fn repeat(
    b: &mut Builder,
    x: NodeId,
    axes: Vec<usize>,
    dims: Vec<Dim>,
    span: Span,
) -> Result<NodeId, BuildError> {
    let new: Vec<usize> = (0..dims.len()).filter(|axis| !axes.contains(axis)).collect();
    let zeros = b.filled(0.0, new.iter().map(|&axis| dims[axis].clone()).collect(), span);
    b.binary_along(Binary::Add, x, zeros, Axes { left: axes, right: new, dims }, span)
}

/// Undoes a broadcast: `x` has one axis per label, and the labels missing in `target` are summed, the others
/// brought to the order of `target`.
fn sum_to(
    b: &mut Builder,
    x: NodeId,
    labels: Vec<usize>,
    target: &[usize],
    span: Span,
) -> Result<NodeId, BuildError> {
    let (mut x, mut labels) = (x, labels);
    while let Some(axis) = labels.iter().rposition(|label| !target.contains(label)) {
        x = b.reduce(Reduction::Sum, x, axis, span)?;
        labels.remove(axis);
    }
    let order = target.iter().filter_map(|label| labels.iter().position(|l| l == label)).collect();
    b.permute(x, order, span)
}

//! What each operation adds to the derivative of its operands.

use super::{ReverseError, repeat, sum_to};
use hep_plan::host::{Binary, HostOp, Reduction, Unary};
use hep_tensor::build::{Axes, BuildError, Builder};
use hep_tensor::dag::NodeId;
use hep_tensor::graph::{Dim, Op};
use hep_tensor::source::Span;

type Part = Result<Option<NodeId>, ReverseError>;

/// An operand of a product: its node and one label per axis.
struct Labeled {
    node: NodeId,
    labels: Vec<usize>,
}

/// Contribution of node `id` with derivative `adjoint` to its operand at `position`; `None` is zero. It has the
/// dimensions of the operand.
pub(super) fn contribution(
    b: &mut Builder,
    id: NodeId,
    position: usize,
    adjoint: NodeId,
    span: Span,
) -> Part {
    let node = b.graph.node(id);
    let Op::Host(op) = node.op.clone() else { return Err(refuse(b, id)) };
    let operands = b.graph.operands(id).to_vec();
    let target = operands[position];
    let part = match op {
        HostOp::Unary(f) => unary(b, f, target, id, adjoint, span)?,
        HostOp::Polynomial(coefficients) => return polynomial(b, &coefficients, target, adjoint, span),
        HostOp::Binary { f, left, right, .. } => {
            let z = Labeled { node: adjoint, labels: (0..b.dims(id).len()).collect() };
            let a = Labeled { node: operands[0], labels: left };
            let c = Labeled { node: operands[1], labels: right };
            binary(b, f, position == 0, (z, id), a, c, span)?
        }
        HostOp::Contract { left, right, out, .. } => {
            let labels = [left, right];
            let other = Labeled { node: operands[1 - position], labels: labels[1 - position].clone() };
            let z = Labeled { node: adjoint, labels: out };
            product(b, z, other, target, &labels[position], span)?
        }
        HostOp::Permute(order) => {
            let inverse: Vec<usize> =
                (0..order.len()).filter_map(|axis| order.iter().position(|&o| o == axis)).collect();
            let back = b.permute(adjoint, inverse, span)?;
            b.rename_dims(back, b.dims(target).to_vec())?
        }
        HostOp::Reduce { kind, axis } => {
            let dims = b.dims(target).to_vec();
            let adjoint = match kind {
                Reduction::Sum => adjoint,
                Reduction::Mean => {
                    let share = b.constant(1.0 / dims[axis].size as f64, span);
                    b.binary(Binary::Mul, share, adjoint, span)?
                }
            };
            repeat(b, adjoint, (0..dims.len()).filter(|&a| a != axis).collect(), dims, span)?
        }
        HostOp::Input(_)
        | HostOp::Constant(_)
        | HostOp::BiasColumn
        | HostOp::OneHot { .. }
        | HostOp::Normal { .. }
        | HostOp::Element
        | HostOp::Identity { .. }
        | HostOp::Cholesky
        | HostOp::Inverse => {
            return Err(refuse(b, id));
        }
    };
    Ok(Some(part))
}

fn refuse(b: &Builder, id: NodeId) -> ReverseError {
    let operation = match &b.graph.node(id).op {
        Op::Host(op) => op.name(),
        Op::Encrypt { name } => format!("encrypt {name}"),
        Op::Carried(_) | Op::Final(_) => "loop variable".to_string(),
        Op::Iteration => "iteration".to_string(),
        Op::Rows { size } => format!("{size} rows"),
    };
    ReverseError::NotDifferentiable { operation, node: id }
}

fn polynomial(b: &mut Builder, coefficients: &[f64], a: NodeId, adjoint: NodeId, span: Span) -> Part {
    let derivative: Vec<f64> =
        coefficients.iter().enumerate().skip(1).map(|(degree, c)| degree as f64 * c).collect();
    let slope = match derivative.as_slice() {
        [] => return Ok(None),
        [slope] => b.constant(*slope, span),
        _ => b.polynomial(derivative, a, span)?,
    };
    Ok(Some(same(b, Binary::Mul, slope, adjoint, span)?))
}

/// `a` is the argument, `z` = f(a). Only `Neg` occurs on secrets.
fn unary(
    b: &mut Builder,
    f: Unary,
    a: NodeId,
    z: NodeId,
    adjoint: NodeId,
    span: Span,
) -> Result<NodeId, BuildError> {
    match f {
        Unary::Neg => b.unary(Unary::Neg, adjoint, span),
        Unary::Abs => {
            // The sign of `a`, and 0 at 0: tanh is ±1 for all but subnormal multiples.
            let steep = b.polynomial(vec![0.0, 1e300], a, span)?;
            let sign = b.unary(Unary::Tanh, steep, span)?;
            same(b, Binary::Mul, sign, adjoint, span)
        }
        Unary::Exp => same(b, Binary::Mul, z, adjoint, span),
        Unary::Log => same(b, Binary::Div, adjoint, a, span),
        Unary::Sqrt => {
            let twice = b.polynomial(vec![0.0, 2.0], z, span)?;
            same(b, Binary::Div, adjoint, twice, span)
        }
        Unary::Sigmoid => {
            let slope = b.polynomial(vec![0.0, 1.0, -1.0], z, span)?;
            same(b, Binary::Mul, slope, adjoint, span)
        }
        Unary::Tanh => {
            let slope = b.polynomial(vec![1.0, 0.0, -1.0], z, span)?;
            same(b, Binary::Mul, slope, adjoint, span)
        }
    }
}

/// Contribution of z = f(a, c) to `a` (if `first`) or to `c`.
fn binary(
    b: &mut Builder,
    f: Binary,
    first: bool,
    (z, value): (Labeled, NodeId),
    a: Labeled,
    c: Labeled,
    span: Span,
) -> Result<NodeId, BuildError> {
    let target = if first { (a.node, a.labels.clone()) } else { (c.node, c.labels.clone()) };
    match (f, first) {
        (Binary::Add, _) | (Binary::Sub, true) => sum_to(b, z.node, z.labels, &target.1, span),
        (Binary::Sub, false) => {
            let part = sum_to(b, z.node, z.labels, &target.1, span)?;
            b.unary(Unary::Neg, part, span)
        }
        (Binary::Mul, _) => {
            let other = if first { c } else { a };
            product(b, z, other, target.0, &target.1, span)
        }
        (Binary::Div | Binary::Ratio, true) => {
            let part = along(b, f, &z, &c, value, span)?;
            sum_to(b, part, z.labels, &target.1, span)
        }
        (Binary::Div | Binary::Ratio, false) => {
            // −z̄ ∘ z / c
            let part = same(b, Binary::Mul, z.node, value, span)?;
            let part = Labeled { node: part, labels: z.labels };
            let quotient = along(b, f, &part, &c, value, span)?;
            let sum = sum_to(b, quotient, part.labels, &target.1, span)?;
            b.unary(Unary::Neg, sum, span)
        }
        (Binary::Pow, true) => {
            // c ∘ a^(c−1), without a division by a: a may be 0.
            let one = b.constant(1.0, span);
            let lower = b.binary(Binary::Sub, c.node, one, span)?;
            let axes = Axes { left: a.labels, right: c.labels.clone(), dims: b.dims(value).to_vec() };
            let power = b.binary_along(Binary::Pow, a.node, lower, axes, span)?;
            let power = Labeled { node: power, labels: z.labels.clone() };
            let slope = along(b, Binary::Mul, &power, &c, value, span)?;
            let part = same(b, Binary::Mul, slope, z.node, span)?;
            sum_to(b, part, z.labels, &target.1, span)
        }
        (Binary::Pow, false) => {
            // a^c ∘ log a
            let log = Labeled { node: b.unary(Unary::Log, a.node, span)?, labels: a.labels };
            let power = Labeled { node: value, labels: z.labels.clone() };
            let slope = along(b, Binary::Mul, &power, &log, value, span)?;
            let part = same(b, Binary::Mul, slope, z.node, span)?;
            sum_to(b, part, z.labels, &target.1, span)
        }
    }
}

/// Product of a derivative `z` with another operand, summed over all labels that `target` lacks: a contraction
/// where that is one label in `other` alone, else an element-wise product and sums.
fn product(
    b: &mut Builder,
    z: Labeled,
    other: Labeled,
    target: NodeId,
    labels: &[usize],
    span: Span,
) -> Result<NodeId, BuildError> {
    let summed: Vec<usize> =
        union(&z.labels, &other.labels).into_iter().filter(|l| !labels.contains(l)).collect();
    let shared = z.labels.iter().filter(|l| other.labels.contains(l)).count();
    let dims = b.dims(target).to_vec();
    if let [sum] = *summed.as_slice()
        && shared == 1
        && z.labels.contains(&sum)
        && other.labels.contains(&sum)
    {
        let op = HostOp::Contract { left: z.labels, right: other.labels, sum, out: labels.to_vec() };
        return b.host(op, vec![z.node, other.node], dims, span);
    }
    // Axes of the full product: the target's own, then the summed ones.
    let all: Vec<usize> = labels.iter().chain(&summed).copied().collect();
    let place = |labels: &[usize]| labels.iter().filter_map(|l| all.iter().position(|x| x == l)).collect();
    let mut full = dims;
    for label in &summed {
        full.extend(dim_of(b, &z, *label).or_else(|| dim_of(b, &other, *label)));
    }
    let axes = Axes { left: place(&z.labels), right: place(&other.labels), dims: full };
    let part = b.binary_along(Binary::Mul, z.node, other.node, axes, span)?;
    sum_to(b, part, all, labels, span)
}

fn dim_of(b: &Builder, x: &Labeled, label: usize) -> Option<Dim> {
    let axis = x.labels.iter().position(|&l| l == label)?;
    Some(b.dims(x.node)[axis].clone())
}

fn union(a: &[usize], b: &[usize]) -> Vec<usize> {
    a.iter().chain(b.iter().filter(|l| !a.contains(l))).copied().collect()
}

/// f(x, y) where `x` has all axes of `result` in order and `y` some of them.
fn along(
    b: &mut Builder,
    f: Binary,
    x: &Labeled,
    y: &Labeled,
    result: NodeId,
    span: Span,
) -> Result<NodeId, BuildError> {
    let axes = Axes { left: x.labels.clone(), right: y.labels.clone(), dims: b.dims(result).to_vec() };
    b.binary_along(f, x.node, y.node, axes, span)
}

/// f(x, y) of equal dimensions, or with a scalar on either side.
fn same(b: &mut Builder, f: Binary, x: NodeId, y: NodeId, span: Span) -> Result<NodeId, BuildError> {
    let (left, right) = (b.dims(x).len(), b.dims(y).len());
    let dims = if left == 0 { b.dims(y) } else { b.dims(x) }.to_vec();
    let axes = Axes { left: (0..left).collect(), right: (0..right).collect(), dims };
    b.binary_along(f, x, y, axes, span)
}

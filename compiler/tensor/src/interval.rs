//! Interval arithmetic for the ranges of tensor types: `Some((lo, hi))` holds every element, `None` is unknown.
//!
//! The rules are those of single operations, so a result is safe but not tight where a value occurs twice
//! (`x − mean(x)`). Bounds that overflow or are not numbers become `None`.

use super::graph::{Op, Type};
use crate::dag::NodeId;
use hep_plan::host::{Binary, HostOp, Reduction, Unary};

/// An interval, where known.
pub type Range = Option<(f64, f64)>;

fn known(lo: f64, hi: f64) -> Range {
    (lo.is_finite() && hi.is_finite() && lo <= hi).then_some((lo, hi))
}

/// Smallest interval that holds all numbers; unknown when there are none.
#[must_use]
pub fn hull(values: &[f64]) -> Range {
    let lo = values.iter().fold(f64::INFINITY, |m, v| m.min(*v));
    let hi = values.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
    // `min` and `max` drop NaN, which must not pass for a known range.
    if values.iter().any(|v| v.is_nan()) { None } else { known(lo, hi) }
}

/// Range of an operation's result from the ranges and shapes of its operands; `square` says that both operands are one
/// value, so that a product of them is a square.
#[must_use]
pub fn image(op: &HostOp, operands: &[(Range, Vec<usize>)], square: bool) -> Range {
    let range = |i: usize| operands.get(i).and_then(|(range, _)| *range);
    let extent = |i: usize, axis: usize| operands.get(i).and_then(|(_, shape)| shape.get(axis)).copied();
    match op {
        HostOp::Constant(value) => hull(&value.data),
        HostOp::Unary(f) => unary(*f, range(0)),
        HostOp::Binary { f: Binary::Mul, .. } if square => polynomial(&[0.0, 0.0, 1.0], range(0)),
        HostOp::Binary { f, .. } => binary(*f, range(0), range(1)),
        HostOp::Contract { left, sum, .. } => {
            let axis = left.iter().position(|label| label == sum)?;
            times(binary(Binary::Mul, range(0), range(1)), extent(0, axis)?)
        }
        HostOp::Reduce { kind: Reduction::Sum, axis } => times(range(0), extent(0, *axis)?),
        HostOp::Reduce { kind: Reduction::Mean, .. } | HostOp::Permute(_) | HostOp::Element => range(0),
        HostOp::BiasColumn => range(0).map(|(lo, hi)| (lo.min(1.0), hi.max(1.0))),
        HostOp::OneHot { .. } | HostOp::Identity { .. } => Some((0.0, 1.0)),
        HostOp::Polynomial(coefficients) => polynomial(coefficients, range(0)),
        HostOp::Input(_) | HostOp::Cholesky | HostOp::Inverse | HostOp::Normal { .. } => None,
    }
}

/// The range of a node that follows from its operands.
pub(crate) fn derived(op: &Op, operands: &[NodeId], types: &[&Type]) -> Range {
    match op {
        Op::Host(op) => {
            let ranges: Vec<_> = types.iter().map(|ty| (ty.range, ty.shape())).collect();
            image(op, &ranges, operands.first() == operands.get(1))
        }
        Op::Encrypt { .. } | Op::Rows { .. } => types.first().and_then(|ty| ty.range),
        Op::Carried(_) | Op::Final(_) | Op::Iteration => None,
    }
}

/// Image of an interval under a function of one number.
#[must_use]
pub fn unary(f: Unary, x: Range) -> Range {
    match (f, x) {
        (Unary::Neg, Some((lo, hi))) => Some((-hi, -lo)),
        (Unary::Abs, Some((lo, hi))) if lo <= 0.0 && hi >= 0.0 => Some((0.0, hi.max(-lo))),
        (Unary::Abs, Some((lo, hi))) => Some((lo.abs().min(hi.abs()), lo.abs().max(hi.abs()))),
        // The other functions grow; outside their domain the bounds are not finite and the result is unknown.
        (_, Some((lo, hi))) => known(f.of(lo), f.of(hi)),
        (Unary::Sigmoid, None) => Some((0.0, 1.0)),
        (Unary::Tanh, None) => Some((-1.0, 1.0)),
        (_, None) => None,
    }
}

/// Image of two independent intervals under a function of two numbers.
#[must_use]
pub fn binary(f: Binary, a: Range, b: Range) -> Range {
    if f == Binary::Mul && (a == Some((0.0, 0.0)) || b == Some((0.0, 0.0))) {
        return Some((0.0, 0.0));
    }
    let ((a0, a1), (b0, b1)) = (a?, b?);
    match f {
        Binary::Add => known(a0 + b0, a1 + b1),
        Binary::Sub => known(a0 - b1, a1 - b0),
        Binary::Mul => hull(&[a0 * b0, a0 * b1, a1 * b0, a1 * b1]),
        Binary::Div | Binary::Ratio if b0 > 0.0 || b1 < 0.0 => hull(&[a0 / b0, a0 / b1, a1 / b0, a1 / b1]),
        Binary::Pow if b0 == b1 && b0.fract() == 0.0 && (0.0..=64.0).contains(&b0) => {
            Some(power((a0, a1), b0 as i32))
        }
        // For positive bases the extremes of a^b are at the corners.
        Binary::Pow if a0 > 0.0 => hull(&[a0.powf(b0), a0.powf(b1), a1.powf(b0), a1.powf(b1)]),
        Binary::Div | Binary::Ratio | Binary::Pow => None,
    }
}

/// Interval of a sum of `count` elements of an interval.
#[must_use]
pub fn times(x: Range, count: usize) -> Range {
    let (lo, hi) = x?;
    known(lo * count as f64, hi * count as f64)
}

/// Interval of a polynomial, lowest coefficient first: the sum of its terms' intervals.
#[must_use]
pub fn polynomial(coefficients: &[f64], x: Range) -> Range {
    let x = x?;
    let (mut lo, mut hi) = (0.0, 0.0);
    for (degree, &c) in coefficients.iter().enumerate() {
        let (p, q) = power(x, i32::try_from(degree).ok()?);
        lo += (c * p).min(c * q);
        hi += (c * p).max(c * q);
    }
    known(lo, hi)
}

fn power((lo, hi): (f64, f64), degree: i32) -> (f64, f64) {
    let (p, q) = (lo.powi(degree), hi.powi(degree));
    match degree {
        0 => (1.0, 1.0),
        d if d % 2 == 1 => (p, q),
        _ if lo <= 0.0 && hi >= 0.0 => (0.0, p.max(q)),
        _ => (p.min(q), p.max(q)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_zeros() {
        assert_eq!(unary(Unary::Abs, Some((-3.0, 2.0))), Some((0.0, 3.0)));
        assert_eq!(unary(Unary::Abs, Some((-3.0, -2.0))), Some((2.0, 3.0)));
        assert_eq!(unary(Unary::Log, Some((0.0, 2.0))), None);
        assert_eq!(binary(Binary::Mul, Some((-1.0, 2.0)), Some((-3.0, 4.0))), Some((-6.0, 8.0)));
        assert_eq!(binary(Binary::Mul, None, Some((0.0, 0.0))), Some((0.0, 0.0)));
        assert_eq!(binary(Binary::Div, Some((1.0, 2.0)), Some((-1.0, 1.0))), None);
        assert_eq!(polynomial(&[1.0, -1.0, 2.0], Some((-1.0, 3.0))), Some((-2.0, 20.0)));
        assert_eq!(hull(&[f64::NAN, 1.0]), None);
    }
}

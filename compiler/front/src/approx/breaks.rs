//! Points at which a formula is not smooth: kinks, jumps and poles.
//!
//! Sums, products and the functions of a loss are smooth except where the argument of `abs`, `relu`, a root or a
//! logarithm, or a divisor is zero. The zeros of these arguments are found by sign changes on a grid and bisection; what
//! the function does there is judged by its values on both sides.

use super::ApproxError;
use super::extrema::grid_point;
use super::target::Target;
use hep_tensor::scalar::{Expr, Function, Node};

/// Grid intervals in which an argument may have one zero.
const CELLS: u32 = 2000;
/// Work of one analysis, in operations of formulas.
const MAX_WORK: u64 = 50_000_000;
/// A function with more breaks is taken as it comes.
const MAX_BREAKS: usize = 64;
/// Distance from a point at which its sides are looked at, relative to the point and the interval.
const NEAR: f64 = 1e-6;
/// A difference of one-sided limits below this share of the function's size is rounding.
const SMALL: f64 = 1e-6;

/// A jump of a function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Jump {
    /// Where.
    pub z: f64,
    /// Limit from the right minus limit from the left.
    pub size: f64,
}

/// The points inside `lo .. hi` at which the formula may not be smooth, in order.
pub(super) fn breaks(expr: &Expr, lo: f64, hi: f64) -> Vec<f64> {
    let mut arguments: Vec<&Expr> = Vec::new();
    collect(expr, &mut arguments);
    let mut work = 0u64;
    let mut found: Vec<f64> = Vec::new();
    for argument in arguments {
        work = work.saturating_add(argument.size().saturating_mul(u64::from(CELLS)));
        if work > MAX_WORK {
            break;
        }
        found.extend(zeros(&|z| argument.eval(f64::NAN, z), lo, hi));
    }
    found.retain(|z| lo < *z && *z < hi);
    found.sort_by(f64::total_cmp);
    // Two expressions for one point differ by roundings.
    found.dedup_by(|b, a| *b - *a <= 1e-12 * (hi - lo));
    if found.len() > MAX_BREAKS { Vec::new() } else { found }
}

/// Arguments of functions with a singularity at 0, each once.
fn collect<'e>(expr: &'e Expr, found: &mut Vec<&'e Expr>) {
    let mut add = |u: &'e Expr| {
        if u.as_rational().is_none() && !found.contains(&u) && found.len() < 100 {
            found.push(u);
        }
    };
    match expr.node() {
        Node::Y | Node::Z | Node::Number(..) => {}
        Node::Neg(u) => collect(u, found),
        Node::Add(u, v) | Node::Sub(u, v) | Node::Mul(u, v) => {
            collect(u, found);
            collect(v, found);
        }
        Node::Div(u, v) => {
            add(v);
            collect(u, found);
            collect(v, found);
        }
        Node::Pow(u, n) => {
            if *n < 0 {
                add(u);
            }
            collect(u, found);
        }
        Node::Power(u, _) => {
            add(u);
            collect(u, found);
        }
        Node::Call(function, u) => {
            if matches!(
                function,
                Function::Abs
                    | Function::Relu
                    | Function::Sign
                    | Function::Step
                    | Function::Log
                    | Function::Sqrt
            ) {
                add(u);
            }
            collect(u, found);
        }
    }
}

/// Where a function becomes or ceases to be negative, zero or positive.
fn zeros(f: &dyn Fn(f64) -> f64, lo: f64, hi: f64) -> Vec<f64> {
    let sign = |z: f64| {
        let value = f(z);
        if value == 0.0 { 0.0 } else { value.signum() }
    };
    let mut found = Vec::new();
    let mut last = (lo, sign(lo));
    for i in 1..=CELLS {
        let z = grid_point(lo, hi, i, CELLS);
        let here = sign(z);
        if here != last.1 && !here.is_nan() && !last.1.is_nan() {
            found.push(bisect(&sign, last, z));
        }
        last = (z, here);
    }
    found
}

/// The point between `left` and `right` at which the sign ceases to be what it is on the left.
fn bisect(sign: &dyn Fn(f64) -> f64, (mut left, at_left): (f64, f64), mut right: f64) -> f64 {
    loop {
        let middle = f64::midpoint(left, right);
        if middle <= left || middle >= right {
            return if at_left == 0.0 { left } else { right };
        }
        let here = sign(middle);
        if here == 0.0 && at_left != 0.0 && sign(right) != 0.0 {
            return middle;
        }
        if here == at_left {
            left = middle;
        } else {
            right = middle;
        }
    }
}

/// The jumps of a function inside `lo .. hi`, in order.
///
/// # Errors
/// [`ApproxError::NotFinite`] at a pole.
pub(super) fn jumps(f: &dyn Target, lo: f64, hi: f64) -> Result<Vec<Jump>, ApproxError> {
    let Some(formula) = f.formula() else { return Ok(Vec::new()) };
    let points = breaks(formula, lo, hi);
    if points.is_empty() {
        return Ok(Vec::new());
    }
    let sizes = (0..=CELLS).map(|i| f.value(grid_point(lo, hi, i, CELLS)).abs());
    let scale = sizes.filter(|size| size.is_finite()).fold(0.0, f64::max);
    let mut found = Vec::new();
    for z in points {
        let reach = NEAR * (1.0 + z.abs()).min(hi - lo);
        let sides = |distance: f64| (f.value(z - distance), f.value(z + distance));
        pole(&sides, reach).map_or(Ok(()), |value| Err(ApproxError::NotFinite { z, value, lo, hi }))?;
        let difference = |distance: f64| sides(distance).1 - sides(distance).0;
        // The slope drops out; what is left of a smooth function falls with the third power of the distance.
        let limit = |distance: f64| 2.0 * difference(distance / 2.0) - difference(distance);
        let size = limit(reach);
        // A root has no jump, but an infinite slope: its difference falls with the distance.
        if size.abs() > SMALL * scale && limit(reach / 64.0).abs() > 0.5 * size.abs() {
            found.push(Jump { z, size });
        }
    }
    Ok(found)
}

/// The infinite value to which a side grows, if one does: by a factor of 4 with each step of 64 towards the point.
fn pole(sides: &dyn Fn(f64) -> (f64, f64), reach: f64) -> Option<f64> {
    let [far, nearer, near] = [64.0, 1.0, 1.0 / 64.0].map(|k| sides(k * reach));
    for (a, b, c) in [(far.0, nearer.0, near.0), (far.1, nearer.1, near.1)] {
        if !c.is_finite() {
            return Some(c);
        }
        if b.abs() > 4.0 * a.abs() && c.abs() > 4.0 * b.abs() {
            return Some(f64::INFINITY.copysign(c));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approx::Curve;
    use hep_tensor::scalar::testing::n;

    #[test]
    fn breaks_are_where_arguments_vanish() {
        let z = Expr::z;
        let at = |e: Expr| breaks(&e, -2.0, 2.0);
        assert!(at(z().sigmoid() * z().pow(3)).is_empty());
        assert_eq!(at(z().abs()), [0.0]);
        assert_eq!(at((z() - n("0.3")).relu() + n("1") / (z() + n("1"))), [-1.0, 0.3]);
        assert!(at((z() - n("5")).abs()).is_empty());
        // Zero on a whole half: one point.
        assert_eq!(at((z().relu() + n("0")).sqrt()), [0.0]);
        assert_eq!(at((-z()).relu().power(n("1.5").as_rational().unwrap().clone())), [0.0]);
        let many = at((n("1000") * z()).tanh().abs() + (z().pow(3) - z()).abs());
        assert_eq!(many, [-1.0, 0.0, 1.0]);
    }

    #[test]
    fn jumps_have_a_place_and_a_size() {
        let z = Expr::z;
        let of = |e: Expr| jumps(&Curve::new(&e), -2.0, 2.0);
        let step = (z() - n("0.5")).call(Function::Step);
        let found = of(n("3") * z() - n("0.01") * step.clone()).unwrap();
        assert_eq!(found.len(), 1);
        assert!(found[0].z == 0.5 && (found[0].size + 0.01).abs() < 1e-9, "{found:?}");
        // Roots, kinks and steep slopes are no jumps.
        for smooth in
            [z().abs(), z().abs().sqrt(), z().relu() * step.clone() * n("0"), (n("1000") * z()).abs().tanh()]
        {
            assert_eq!(of(smooth).unwrap(), []);
        }
        for pole in [n("1") / z(), z().abs().sqrt().pow(-1), (z() - n("0.123")).pow(-3)] {
            assert!(matches!(of(pole), Err(ApproxError::NotFinite { .. })));
        }
    }
}

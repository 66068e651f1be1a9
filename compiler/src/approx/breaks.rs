//! Points at which a formula is not smooth: kinks, jumps and poles.
//!
//! Sums, products and the functions of a loss are smooth except where the argument of `abs`, `relu`, a root or a
//! logarithm, or a divisor is zero. The zeros of these arguments are found by sign changes on a grid and bisection; what
//! the function does there is judged by its values on both sides.

use super::ApproxError;
use super::extrema::grid_point;
use super::target::Target;
use crate::scalar::{Expr, Function, Node};

/// Grid intervals in which an argument may have one zero.
const CELLS: u32 = 2000;
/// Work of one analysis, in operations of formulas.
const MAX_WORK: u64 = 50_000_000;
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
    found
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

/// Zeros of a function that changes its sign there, and zeros on the grid.
fn zeros(f: &dyn Fn(f64) -> f64, lo: f64, hi: f64) -> Vec<f64> {
    let mut found = Vec::new();
    let mut last: Option<(f64, f64)> = None;
    for i in 0..=CELLS {
        let z = grid_point(lo, hi, i, CELLS);
        let value = f(z);
        if value == 0.0 {
            found.push(z);
        } else if let Some((left, at_left)) = last
            && at_left * value < 0.0
        {
            found.push(bisect(f, (left, at_left), z));
        }
        last = (value != 0.0 && !value.is_nan()).then_some((z, value));
    }
    found
}

fn bisect(f: &dyn Fn(f64) -> f64, (mut left, at_left): (f64, f64), mut right: f64) -> f64 {
    loop {
        let middle = f64::midpoint(left, right);
        if middle <= left || middle >= right {
            return if f(left).abs() < f(right).abs() { left } else { right };
        }
        let value = f(middle);
        if value == 0.0 {
            return middle;
        }
        if value * at_left > 0.0 {
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

//! Bounds on the second derivative of a loss.
//!
//! The quadratic gradient scales steps by a bound on `d²l / dz²`. What counts is the function that will be
//! evaluated: the least-squares cubic on `-8 .. 8` has slope 0.150 at 0, the exact sigmoid 1/4. A bound for the
//! wrong one makes every step too short, or too long.

use super::breaks::jumps;
use super::extrema::maximum;
use super::fit::{check_finite, check_interval};
use super::target::{Curve, Target};
use super::{ApproxError, Approximation, Polynomial};
use crate::autodiff::labels::Branches;
use crate::autodiff::scalar::derivative;

/// The supremum of `d/dz (base + y · label)` over `y` in `{0, 1}` and `z` in the range.
///
/// The range is the one given, else the domain of the approximation, else all numbers: a cubic that turns over has
/// its steepest point somewhere.
///
/// # Errors
/// [`ApproxError::EmptyInterval`], and [`ApproxError::NoCurvature`] when there is no finite positive bound.
pub fn curvature(approximation: &Approximation, range: Option<(f64, f64)>) -> Result<f64, ApproxError> {
    let range = range.or(approximation.domain);
    let mut bound = f64::NEG_INFINITY;
    for branch in approximation.branches() {
        let slope = branch.derivative();
        let (lo, hi) = match range {
            Some(range) => range,
            None => turning_range(&slope)?,
        };
        check_interval(lo, hi)?;
        bound = bound.max(match slope.as_constant() {
            Some(constant) => constant,
            None => maximum(&|z| slope.eval(z), lo, hi).1,
        });
    }
    positive(bound)
}

/// The supremum of `g0'` and `g1'` on `lo .. hi`, with nothing approximated: 1/4 for the sigmoid.
///
/// # Errors
/// As [`curvature`]; also when a derivative is not finite somewhere or too large a formula.
pub fn exact_curvature(branches: &Branches, lo: f64, hi: f64) -> Result<f64, ApproxError> {
    check_interval(lo, hi)?;
    let mut bound = f64::NEG_INFINITY;
    for branch in [&branches.g0, &branches.g1] {
        // A step upwards is a slope without bound.
        let steps = jumps(&Curve::new(branch), lo, hi)?;
        if let Some(step) = steps.iter().find(|jump| jump.size > 0.0) {
            let reason = format!("it jumps at z = {}", step.z);
            return Err(ApproxError::NoCurvature { reason });
        }
        let slope = Curve::new(&derivative(branch)?);
        check_finite(&slope, lo, hi)?;
        bound = bound.max(maximum(&|z| slope.value(z), lo, hi).1);
    }
    positive(bound)
}

fn positive(bound: f64) -> Result<f64, ApproxError> {
    if bound > 0.0 && bound.is_finite() {
        return Ok(bound);
    }
    Err(ApproxError::NoCurvature { reason: format!("it is at most {bound} on the range") })
}

/// An interval outside of which `slope` only falls: all zeros of its derivative `Σ c_k z^k` are within
/// `2 max_k |c_{n-k} / c_n|^(1/k)` of 0 (Fujiwara 1916).
fn turning_range(slope: &Polynomial) -> Result<(f64, f64), ApproxError> {
    if slope.degree() == 0 {
        return Ok((-1.0, 1.0));
    }
    if slope.degree() % 2 == 1 || slope.coefficient(slope.degree()) > 0.0 {
        let reason = "it grows without limit, and no range is given".to_owned();
        return Err(ApproxError::NoCurvature { reason });
    }
    let turning = slope.derivative();
    let n = turning.degree();
    let top = turning.coefficient(n);
    let root = |k: usize| (turning.coefficient(n - k) / top).abs().powf(1.0 / k as f64);
    let reach = 2.0 * (1..=n).map(root).fold(0.0, f64::max);
    // All turning points at 0: any interval around it will do.
    let reach = if reach > 0.0 { reach } else { 1.0 };
    Ok((-reach, reach))
}

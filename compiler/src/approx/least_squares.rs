//! Least squares on an interval, uniform weight.
//!
//! The minimiser of `∫ (f - p)²` over polynomials of degree `d` is the Legendre series cut after `P_d`:
//! `c_k = (2 k + 1) / 2 · ∫_{-1}^{1} f(x) P_k(x) dx`. Integrals are Gauss-Legendre sums over equal panels,
//! doubled until the coefficients agree to 1e-13 of the function's size. Panels, rather than more nodes, so that
//! a kink at the middle or a quarter of the interval costs nothing.

use super::ApproxError;
use super::basis::Basis;
use super::quadrature::gauss_legendre;

/// Nodes in a panel; beyond any degree offered.
const NODES: u32 = 64;
/// The first attempt has 512 nodes in all.
const FIRST_PANELS: u32 = 8;
const MAX_PANELS: u32 = 512;
const GOAL: f64 = 1e-13;
/// Kinks off the panel boundaries converge slowly; this much is good enough for a fit.
const ACCEPTABLE: f64 = 1e-7;

/// The Legendre coefficients of `f` on `-1 .. 1` up to `degree`.
pub(super) fn series(f: &dyn Fn(f64) -> f64, degree: usize) -> Result<Vec<f64>, ApproxError> {
    let rule = gauss_legendre(NODES);
    let mut panels = FIRST_PANELS;
    let (mut coefficients, _) = project(f, degree, &rule, panels);
    loop {
        panels *= 2;
        let (finer, size) = project(f, degree, &rule, panels);
        let change = coefficients.iter().zip(&finer).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        coefficients = finer;
        if change <= GOAL * size {
            return Ok(coefficients);
        }
        if panels >= MAX_PANELS {
            let acceptable = change <= ACCEPTABLE * size;
            return if acceptable {
                Ok(coefficients)
            } else {
                Err(ApproxError::NoConvergence { method: "least_squares" })
            };
        }
    }
}

/// One round: the coefficients and the largest value seen.
fn project(f: &dyn Fn(f64) -> f64, degree: usize, rule: &[(f64, f64)], panels: u32) -> (Vec<f64>, f64) {
    let mut integrals = vec![0.0; degree + 1];
    let mut size = 0f64;
    let half = 1.0 / f64::from(panels);
    for panel in 0..panels {
        // Centres -1 + half, -1 + 3 half, ...: odd multiples, so that they are symmetric to the last bit.
        let centre = (2.0 * f64::from(panel) + 1.0 - f64::from(panels)) * half;
        for (node, weight) in rule {
            let x = centre + half * node;
            let value = f(x);
            size = size.max(value.abs());
            for (sum, b) in integrals.iter_mut().zip(Basis::Legendre.values(x, degree + 1)) {
                *sum += half * weight * value * b;
            }
        }
    }
    for (k, c) in integrals.iter_mut().enumerate() {
        *c *= k as f64 + 0.5;
    }
    (integrals, size)
}

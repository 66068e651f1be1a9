//! Least squares on an interval, uniform weight.
//!
//! The minimizer of `∫ (f - p)²` over polynomials of degree `d` is the Legendre series cut after `P_d`:
//! `c_k = (2 k + 1) / 2 · ∫_{-1}^{1} f(x) P_k(x) dx`. The interval is divided where the function may have a kink, and
//! each piece into equal panels with a Gauss-Legendre sum in each. In floats the number of panels is doubled until the
//! coefficients agree to 1e-13 of the function's size; as the error of such sums is squared with each doubling, the same
//! panels then give 26 digits or more with longer numbers.

use super::ApproxError;
use super::basis::Basis;
use super::quadrature::{NODES, gauss_legendre, precise_gauss_legendre};
use super::real::{Big, Real, big};
use super::target::OnUnit;

/// Panels of a piece at most.
const MAX_PANELS: u32 = 512;
const GOAL: f64 = 1e-13;
/// A function that is rougher than it looks converges slowly; this much is good enough for a fit.
const ACCEPTABLE: f64 = 1e-7;
/// Most nodes that are evaluated with long numbers.
const MAX_PRECISE: usize = 4096;

/// The Legendre coefficients of `f` on `-1 .. 1` up to `degree`, in floats, and the panels that gave them.
pub(super) fn draft(f: &OnUnit<'_>, degree: usize) -> Result<(Vec<f64>, Panels), ApproxError> {
    let rule = gauss_legendre(NODES);
    let mut panels = Panels { ends: f.breaks(), per_piece: 1 };
    let (mut coefficients, _) = project(f, degree, &rule, &panels);
    loop {
        panels.per_piece *= 2;
        let (finer, size) = project(f, degree, &rule, &panels);
        let change = coefficients.iter().zip(&finer).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        coefficients = finer;
        if change <= GOAL * size {
            return Ok((coefficients, panels));
        }
        if panels.per_piece >= MAX_PANELS {
            let acceptable = change <= ACCEPTABLE * size;
            return if acceptable {
                Ok((coefficients, panels))
            } else {
                Err(ApproxError::NoConvergence { method: "least_squares" })
            };
        }
    }
}

/// The same with long numbers.
pub(super) fn series(f: &OnUnit<'_>, degree: usize) -> Result<Vec<Big>, ApproxError> {
    let (draft, panels) = draft(f, degree)?;
    if panels.count() * NODES as usize > MAX_PRECISE {
        return Ok(draft.into_iter().map(big).collect());
    }
    let mut integrals = vec![Big::ratio(0, 1); degree + 1];
    for (lo, hi) in panels.list::<Big>() {
        let (center, half) = ((&hi + &lo) / Big::ratio(2, 1), (&hi - &lo) / Big::ratio(2, 1));
        for (node, weight) in precise_gauss_legendre() {
            let x = &center + &half * node;
            let value = &half * weight * f.precise(&x);
            for (sum, b) in integrals.iter_mut().zip(Basis::Legendre.values(&x, degree + 1)) {
                *sum += &value * b;
            }
        }
    }
    let coefficient = |(k, c): (usize, Big)| c * Big::ratio(2 * k as i64 + 1, 2);
    Ok(integrals.into_iter().enumerate().map(coefficient).collect())
}

/// A division of `-1 .. 1`.
pub(super) struct Panels {
    /// Inner ends of the pieces.
    ends: Vec<f64>,
    per_piece: u32,
}

impl Panels {
    fn count(&self) -> usize {
        (self.ends.len() + 1) * self.per_piece as usize
    }

    /// The panels, from left to right, symmetric to the last bit where the pieces are.
    fn list<R: Real>(&self) -> Vec<(R, R)> {
        let inner = self.ends.iter().map(|x| R::of(*x));
        let ends: Vec<R> = std::iter::once(R::ratio(-1, 1)).chain(inner).chain([R::ratio(1, 1)]).collect();
        let n = i64::from(self.per_piece);
        let mut panels = Vec::with_capacity(self.count());
        for pair in ends.windows(2) {
            let [lo, hi] = pair else { continue };
            let at = |i: i64| {
                let (right, left) = (R::ratio(i, n), R::ratio(n - i, n));
                lo.times(&left).plus(&hi.times(&right))
            };
            panels.extend((0..n).map(|i| (at(i), at(i + 1))));
        }
        panels
    }
}

/// One round in floats: the coefficients and the largest value seen.
fn project(f: &OnUnit<'_>, degree: usize, rule: &[(f64, f64)], panels: &Panels) -> (Vec<f64>, f64) {
    let mut integrals = vec![0.0; degree + 1];
    let mut size = 0f64;
    for (lo, hi) in panels.list::<f64>() {
        let (center, half) = ((hi + lo) / 2.0, (hi - lo) / 2.0);
        for (node, weight) in rule {
            let x = center + half * node;
            let value = f.at(x);
            size = size.max(value.abs());
            for (sum, b) in integrals.iter_mut().zip(Basis::Legendre.values(&x, degree + 1)) {
                *sum += half * weight * value * b;
            }
        }
    }
    for (k, c) in integrals.iter_mut().enumerate() {
        *c *= k as f64 + 0.5;
    }
    (integrals, size)
}

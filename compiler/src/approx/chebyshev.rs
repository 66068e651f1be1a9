//! Interpolation at the Chebyshev points `cos(π (j + 1/2) / (d + 1))`.
//!
//! The coefficients of the interpolant are `c_k = 2 / (d + 1) · Σ_j f(x_j) T_k(x_j)` (half of that for `k = 0`).
//! Its largest error is close to the smallest possible one, within a factor that grows like `log d`
//! (Trefethen, Approximation Theory and Approximation Practice, chapters 3 and 16).

use std::f64::consts::PI;

use super::basis::Basis;

/// The Chebyshev coefficients of the interpolant of `f` on `-1 .. 1`.
pub(super) fn series(f: &dyn Fn(f64) -> f64, degree: usize) -> Vec<f64> {
    let count = degree + 1;
    let mut coefficients = vec![0.0; count];
    for j in 0..count {
        let x = (PI * (j as f64 + 0.5) / count as f64).cos();
        let value = f(x);
        for (c, t) in coefficients.iter_mut().zip(Basis::Chebyshev.values(x, count)) {
            *c += 2.0 * value * t / count as f64;
        }
    }
    if let Some(first) = coefficients.first_mut() {
        *first /= 2.0;
    }
    coefficients
}

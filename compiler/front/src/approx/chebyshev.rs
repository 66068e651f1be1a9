//! Interpolation at the Chebyshev points `cos(π (j + 1/2) / (d + 1))`.
//!
//! The coefficients of the interpolant are `c_k = 2 / (d + 1) · Σ_j f(x_j) T_k(x_j)` (half of that for `k = 0`).
//! Its largest error is close to the smallest possible one, within a factor that grows like `log d`
//! (Trefethen, Approximation Theory and Approximation Practice, chapters 3 and 16).

use std::f64::consts::PI;

use super::basis::Basis;
use super::real::{Big, Real, big};
use super::target::OnUnit;

/// The Chebyshev coefficients of the interpolant of `f` on `-1 .. 1`.
pub(super) fn series(f: &OnUnit<'_>, degree: usize) -> Vec<Big> {
    let count = degree + 1;
    let mut coefficients = vec![Big::ratio(0, 1); count];
    for x in points(count) {
        let value = f.precise(&x) * Big::ratio(2, count as i64);
        for (c, t) in coefficients.iter_mut().zip(Basis::Chebyshev.values(&x, count)) {
            *c += &value * t;
        }
    }
    if let Some(first) = coefficients.first_mut() {
        *first /= Big::ratio(2, 1);
    }
    coefficients
}

/// The zeros of `T_n`, symmetric to the last bit: floats improved by Newton's method, with
/// `T_n' = n (T_{n-1} - x T_n) / (1 - x²)`.
fn points(n: usize) -> Vec<Big> {
    let mut points = Vec::with_capacity(n);
    for j in 0..n / 2 {
        let mut x = big((PI * (j as f64 + 0.5) / n as f64).cos());
        for _ in 0..2 {
            if let [.., before, value] = Basis::Chebyshev.values(&x, n + 1).as_slice() {
                let slope = Big::ratio(n as i64, 1) * (before - &x * value) / (Big::ratio(1, 1) - &x * &x);
                x -= value / slope;
            }
        }
        points.extend([-x.clone(), x]);
    }
    if n % 2 == 1 {
        points.push(Big::ratio(0, 1));
    }
    points
}

//! Gauss-Legendre quadrature on `-1 .. 1`.
//!
//! `n` nodes integrate polynomials of degree `2 n - 1` exactly. Nodes are the zeros of the Legendre polynomial
//! `P_n`, found by Newton's method from `cos(π (i - 1/4) / (n + 1/2))`; the weight of `x` is
//! `2 / ((1 - x²) P_n'(x)²)`. (Golub and Welsch 1969 for the rule, Abramowitz and Stegun 22.16.6 for the start.)

use std::f64::consts::PI;

/// `P_n(x)` and its derivative, for `|x| < 1`, by `(k + 1) P_{k+1} = (2 k + 1) x P_k - k P_{k-1}`.
fn legendre(n: u32, x: f64) -> (f64, f64) {
    let (mut previous, mut current) = (1.0, x);
    for k in 1..n {
        let k = f64::from(k);
        (previous, current) = (current, ((2.0 * k + 1.0) * x * current - k * previous) / (k + 1.0));
    }
    (current, f64::from(n) * (x * current - previous) / (x * x - 1.0))
}

/// Nodes and weights of the rule with `n >= 2` nodes, `n` even; exactly symmetric.
pub(super) fn gauss_legendre(n: u32) -> Vec<(f64, f64)> {
    let mut rule = Vec::new();
    for i in 1..=n / 2 {
        let mut x = (PI * (f64::from(i) - 0.25) / (f64::from(n) + 0.5)).cos();
        for _ in 0..10 {
            let (value, slope) = legendre(n, x);
            let step = value / slope;
            x -= step;
            if step.abs() <= f64::EPSILON {
                break;
            }
        }
        let slope = legendre(n, x).1;
        let weight = 2.0 / ((1.0 - x * x) * slope * slope);
        rule.extend([(x, weight), (-x, weight)]);
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_integrated_exactly() {
        for n in [2, 8, 64] {
            let rule = gauss_legendre(n);
            for k in 0..(2 * n).min(40) {
                let power = i32::try_from(k).unwrap();
                let integral: f64 = rule.iter().map(|(x, w)| w * x.powi(power)).sum();
                let exact = if k % 2 == 0 { 2.0 / f64::from(k + 1) } else { 0.0 };
                assert!((integral - exact).abs() < 1e-14, "{n} nodes, power {k}: {integral}");
            }
        }
    }
}

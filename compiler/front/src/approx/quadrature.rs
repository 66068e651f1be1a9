//! Gauss-Legendre quadrature on `-1 .. 1`.
//!
//! `n` nodes integrate polynomials of degree `2 n - 1` exactly. Nodes are the zeros of the Legendre polynomial
//! `P_n`, found by Newton's method from `cos(π (i - 1/4) / (n + 1/2))`; the weight of `x` is
//! `2 / ((1 - x²) P_n'(x)²)`. (Golub and Welsch 1969 for the rule, Abramowitz and Stegun 22.16.6 for the start.)

use std::f64::consts::PI;
use std::sync::OnceLock;

use super::basis::Basis;
use super::real::{Big, Real, big};

/// Nodes of the rule that fits use: beyond any degree offered.
pub(super) const NODES: u32 = 64;

/// One step of Newton's method towards a zero of `P_n`, and the weight at `x`.
fn newton<R: Real>(n: u32, x: &R) -> (R, R) {
    let (one, n) = (R::ratio(1, 1), n as usize);
    let values = Basis::Legendre.values(x, n + 1);
    let [.., before, value] = values.as_slice() else { return (x.clone(), one) };
    let rest = one.minus(&x.times(x));
    let slope = before.minus(&x.times(value)).times(&R::ratio(n as i64, 1)).over(&rest);
    let weight = R::ratio(2, 1).over(&rest.times(&slope.times(&slope)));
    (x.minus(&value.over(&slope)), weight)
}

/// Nodes and weights of the rule with `n >= 2` nodes, `n` even; exactly symmetric.
pub(super) fn gauss_legendre(n: u32) -> Vec<(f64, f64)> {
    let mut rule = Vec::new();
    for i in 1..=n / 2 {
        let mut x = (PI * (f64::from(i) - 0.25) / (f64::from(n) + 0.5)).cos();
        for _ in 0..10 {
            let next = newton(n, &x).0;
            let step = (next - x).abs();
            x = next;
            if step <= f64::EPSILON {
                break;
            }
        }
        let weight = newton(n, &x).1;
        rule.extend([(x, weight), (-x, weight)]);
    }
    rule
}

/// The rule with [`NODES`] nodes in long numbers: two steps from the floats are 60 digits, if the numbers had them.
pub(super) fn precise_gauss_legendre() -> &'static [(Big, Big)] {
    static RULE: OnceLock<Vec<(Big, Big)>> = OnceLock::new();
    RULE.get_or_init(|| {
        let improved = |(x, _): &(f64, f64)| {
            let x = newton(NODES, &newton(NODES, &big(*x)).0).0;
            let weight = newton(NODES, &x).1;
            (x, weight)
        };
        gauss_legendre(NODES).iter().map(improved).collect()
    })
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

    #[test]
    fn long_numbers_integrate_to_30_digits() {
        for k in [0, 1, 2, 31, 64, 126] {
            let power = |x: &Big| x.powi(k.into());
            let terms = precise_gauss_legendre().iter().map(|(x, w)| w * power(x));
            let integral = terms.fold(Big::ratio(0, 1), |sum, term| sum + term);
            let exact = if k % 2 == 0 { Big::ratio(2, k + 1) } else { Big::ratio(0, 1) };
            assert!((integral - exact).size() < 1e-34, "power {k}");
        }
    }
}

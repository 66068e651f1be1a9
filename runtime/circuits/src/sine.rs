//! The polynomial that takes the multiples of q_0 away.
//!
//! Raised coefficients are x = I + ε with integers |I| ≤ 14 and |ε| ≤ 2^−11: sin(2πx) = sin(2πε) ≈ 2πε forgets I. It is the cosine of
//! an eighth of the angle, p(u) ≈ cos(2π(x − ¼)/8) for u = (x − ¼)/W, doubled three times by c ← 2c² − 1 (Han & Ki, CT-RSA 2020). p is
//! even, of degree 30 in the basis of Chebyshev, and fitted where x can be, weighted by what an error becomes.

use std::f64::consts::TAU;

/// W: half of the width of the interval that u = ±1 are the ends of.
pub use hep_params::refresh::SINE_WIDTH as WIDTH;

/// How often the angle is doubled.
pub const DOUBLINGS: usize = 3;

/// c_j of p(u) = Σ c_j·T_(2j)(u).
pub const COEFFICIENTS: [f64; 16] = [
    -0.13213562760610006,
    -0.19132254737168902,
    0.06410124523667605,
    0.448957281958803,
    0.3869239034593906,
    -0.5805137948435456,
    0.2717785900820423,
    -0.07191423957028374,
    0.012725077482189153,
    -0.0016382870719721286,
    0.00016168558474663776,
    -1.2681624143178776e-05,
    8.118805810923739e-07,
    -4.3325994305863344e-08,
    1.9508188842664546e-09,
    -8.029705978488141e-11,
];

/// c = a·T_m + b for a polynomial of degree below 2m by its coefficients in T_0, T_1, …; where T_(m+j) = 2·T_m·T_j − T_(m−j).
#[must_use]
pub fn divide(c: &[f64], m: usize) -> (Vec<f64>, Vec<f64>) {
    let (low, high) = c.split_at(m.min(c.len()));
    let (mut a, mut b) = (high.to_vec(), low.to_vec());
    for j in 1..a.len() {
        b[m - j] -= a[j];
        a[j] *= 2.0;
    }
    (a, b)
}

/// What EvalMod makes of v by numbers alone: (1+δ)·sin(2πv/r)·r/2π for the ratio r = q_0 over the scale of v at level 0.
#[must_use]
pub fn read_back(v: f64, ratio: f64, delta: f64) -> f64 {
    (1.0 + delta) * (TAU * v / ratio).sin() * ratio / TAU
}

#[cfg(test)]
mod tests {
    use super::*;
    use hep_params::MAX_OVERFLOW;

    fn chebyshev(c: &[f64], t1: f64) -> f64 {
        let (mut sum, mut before, mut now) = (c[0], 1.0, t1);
        for coefficient in &c[1..] {
            sum += coefficient * now;
            (before, now) = (now, 2.0 * t1 * now - before);
        }
        sum
    }

    /// The largest error in x of the sine, over all places where x can be.
    #[test]
    fn the_fit_is_good_to_38_bits_where_x_can_be() {
        let mut worst = 0.0f64;
        let overflow = i64::from(MAX_OVERFLOW);
        for i in -overflow..=overflow {
            for step in -100..=100 {
                let x = i as f64 + f64::from(step) / 100.0 / 2048.0;
                let u = (x - 0.25) / WIDTH;
                let mut c = chebyshev(&COEFFICIENTS, 2.0 * u * u - 1.0);
                for _ in 0..DOUBLINGS {
                    c = 2.0 * c * c - 1.0;
                }
                worst = worst.max((c - (TAU * x).sin()).abs() / TAU);
            }
        }
        assert!((-39.0..-38.0).contains(&worst.log2()), "2^{}", worst.log2());
    }

    #[test]
    fn a_quotient_and_a_remainder_are_the_polynomial() {
        let (a, b) = divide(&COEFFICIENTS, 8);
        for x in [-1.0, -0.3, 0.0, 0.77, 1.0] {
            let t8 = chebyshev(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], x);
            let both = chebyshev(&a, x) * t8 + chebyshev(&b, x);
            assert!((both - chebyshev(&COEFFICIENTS, x)).abs() < 1e-14);
        }
    }
}

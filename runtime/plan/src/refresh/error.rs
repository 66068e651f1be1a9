//! The errors of a refresh, relative to the bound of the values.
//!
//! A rescale at scale Δ leaves an error of deviation ρ = √((1 + 2N/3)/12·N/2)/Δ in the real part of a slot. EvalMod's input is such a
//! rescale, and what its errors become was found by simulation and holds for every N that was measured: they add up to 29·ρ·r/B for
//! the ratio r = q_0/(scale at level 0).

use hep_params::refresh::{C2S_BITS, S2C_BITS, SINE_BITS, SINE_WIDTH, SPARSE_WEIGHT};
use hep_params::{MAX_OVERFLOW, Params, RefreshShape};

/// Deviations of a rescale that EvalMod's errors are, in units of the ratio; without the wide square it is that of its first square.
const AMPLIFIED: [f64; 2] = [88.0, 29.0];

/// log2 of the worst error of the polynomial, in x.
const FIT_BITS: f64 = -38.6;

/// Deviation of the multiples of q_0 in a coefficient: that of 32 uniforms.
const OVERFLOW_DEVIATION: f64 = 1.66;

/// What a refresh adds to a value, over the bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RefreshErrors {
    /// Deviation of the random part. In the loudest slots of a key it is three times as much: errors of a rescale are proportional to
    /// the secret's value in the slot.
    pub deviation: f64,
    /// The sine's cubic term: what v loses is v·(`slope` − `cubic`·v²), for v over the bound.
    pub slope: f64,
    /// See `slope`.
    pub cubic: f64,
    /// log2 of the probability that a coefficient has a multiple of q_0 that the polynomial was not made for. Even then the slot is off
    /// by 2^−13 … 2^−8 of the bound only.
    pub failure_log2: f64,
}

impl RefreshErrors {
    /// What the sine adds to a value, over the bound.
    #[must_use]
    pub fn fixed(&self, value: f64) -> f64 {
        value * (self.slope - self.cubic * value * value)
    }

    /// The root of the mean square of the error of uniform values.
    #[must_use]
    pub fn root_mean_square(&self) -> f64 {
        // ∫₀¹ v²(s − c·v²)² dv
        let (s, c) = (self.slope, self.cubic);
        let fixed = s * s / 3.0 - 2.0 * s * c / 5.0 + c * c / 7.0;
        (self.deviation * self.deviation + fixed).sqrt()
    }
}

/// The errors of a refresh of operands at a scale.
#[must_use]
pub fn errors(shape: &RefreshShape, params: &Params, operand_scale: f64) -> RefreshErrors {
    let (degree, slots) = (params.degree() as f64, shape.slots() as f64);
    let ratio = f64::from(shape.ratio_log2).exp2();
    let rescale = (1.0 + 2.0 * degree / 3.0) / 12.0;
    let rho = (rescale * degree / 2.0).sqrt() / f64::from(SINE_BITS).exp2();
    let sine = AMPLIFIED[usize::from(shape.wide_square)] * ratio * rho;
    let fit = ratio * FIT_BITS.exp2();

    // Diagonals are rounded to integers: 2n coefficients of each.
    let gap = degree / 2.0 / slots;
    let share = shape.finer_bits().exp2() / (SINE_WIDTH * 2.0 * gap);
    let sigma = share.powf(1.0 / shape.c2s.len() as f64);
    let up: f64 = shape
        .c2s_factors()
        .iter()
        .zip(&shape.c2s)
        .map(|(factor, &layers)| factor.diagonals() as f64 * 2.0 * slots * f64::from(layers).exp2() / 12.0)
        .sum();
    let up = ratio * up.sqrt() * OVERFLOW_DEVIATION / (f64::from(C2S_BITS).exp2() * sigma);
    let down: f64 = shape
        .s2c_factors()
        .iter()
        .zip(&shape.s2c)
        .map(|(factor, &layers)| factor.diagonals() as f64 * 2.0 * slots / 12.0 / f64::from(layers).exp2())
        .sum();
    // Of values of a third of the square of the bound.
    let down = (down / 3.0).sqrt() / f64::from(S2C_BITS).exp2();
    let rounded = 2.0 * (rescale * shape.s2c.len() as f64).sqrt() / (operand_scale * shape.bound);
    let sparse = SPARSE_WEIGHT as f64;
    let bottom =
        ((degree * 3.2 * 3.2 + 1.0 + sparse) / 12.0).sqrt() / (51.0 - f64::from(shape.ratio_log2)).exp2();

    let parts = [sine, fit, up, down, rounded, bottom];
    let end = std::f64::consts::TAU / ratio;
    RefreshErrors {
        deviation: parts.iter().map(|part| part * part).sum::<f64>().sqrt(),
        slope: shape.delta,
        cubic: end * end / 6.0,
        failure_log2: failure_log2(2.0 * slots),
    }
}

/// log2 of the probability that one of so many coefficients is beyond the polynomial's interval.
///
/// A coefficient's multiple of q_0 is the sum of 32 uniforms in ±½, rounded, so it is beyond K where the sum is beyond K + ½: with
/// x = 16 − K − ½ the tail is Σ_k (−1)^k·C(32,k)·(x − k)^32/32! over k < x (Irwin and Hall, 1927).
fn failure_log2(coefficients: f64) -> f64 {
    let terms = SPARSE_WEIGHT as f64;
    let x = terms / 2.0 - f64::from(MAX_OVERFLOW) - 0.5;
    let (mut tail, mut chosen, mut k) = (0.0, 1.0, 0.0);
    while k < x {
        tail += chosen * (x - k).powf(terms);
        chosen *= -(terms - k) / (k + 1.0);
        k += 1.0;
    }
    let factorial: f64 = (1..=SPARSE_WEIGHT).map(|k| (k as f64).log2()).sum();
    coefficients.log2() + 1.0 + tail.log2() - factorial
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::{Chain, chain};
    use hep_params::{Packing, Security};

    fn of(log_slots: u32, s2c: &[u8], c2s: &[u8]) -> RefreshErrors {
        let shape = RefreshShape::new(log_slots, s2c, c2s, Packing::Real);
        let of = Chain { log_n: 16, levels: 12, bits: 45, special: 10, security: Security::Standard128 };
        errors(&shape, &chain(of, vec![shape.clone()]).unwrap(), 43f64.exp2())
    }

    #[test]
    fn the_reference_set_has_21_bits() {
        let full = of(15, &[5, 5, 5], &[5, 5, 5]);
        let bits = -full.root_mean_square().log2();
        assert!((21.2..21.4).contains(&bits), "{bits}");
        assert!((-full.deviation.log2() - 21.7).abs() < 0.1, "{}", full.deviation.log2());
        assert!((full.failure_log2 + 81.9).abs() < 0.1, "{}", full.failure_log2);
        // The line leaves a quarter of the cubic term at the bound, with the other sign in between.
        assert!(full.fixed(1.0) < 0.0 && full.fixed(0.5) > 0.0);
        assert!((full.fixed(1.0).abs().log2() + 21.3).abs() < 0.1);
        let few = of(9, &[4, 5], &[4, 3, 2]);
        assert!((few.failure_log2 - full.failure_log2 + 6.0).abs() < 1e-9);
    }
}

//! What rounding hides of the noise of a result, and what it cannot hide.

use crate::plan::{CipherOutput, Plan};

/// The share of numbers with errors of this deviation that are expected to be rounded to another value of a grid of
/// 2^−`bits` than without their error. Whoever knows the exact result learns the sign of the error from each of them, and errors
/// depend on the secret key. A number that lies anywhere between two values of the grid is moved over the middle by an error e
/// with probability |e| / grid, and a normal error of deviation σ has a mean magnitude of σ·√(2/π).
#[must_use]
pub fn hint_rate(deviation: f64, bits: f64) -> f64 {
    let grid = (-bits.floor()).exp2();
    ((2.0 / std::f64::consts::PI).sqrt() * deviation / grid).min(1.0)
}

impl CipherOutput {
    /// How many of its numbers tell the sign of their noise in every publication, by what the plan knows: on the data that
    /// it was made for, rounded to its precision.
    #[must_use]
    pub fn expected_hints(&self) -> f64 {
        self.numbers() * hint_rate(self.deviation, self.precision_bits)
    }

    /// How many numbers it has.
    #[must_use]
    pub fn numbers(&self) -> f64 {
        self.layout.shape.iter().map(|&extent| extent as f64).product()
    }
}

impl Plan {
    /// Refuses an output whose noise is claimed to be smaller than ciphertexts of these parameters can have, or that would
    /// be rounded to a grid finer than its noise: rounding is what hides the noise, and a plan must not switch it off.
    pub(crate) fn validate_noise(&self, output: &CipherOutput) -> Result<(), String> {
        let CipherOutput { name, precision_bits, deviation, .. } = output;
        if !(deviation.is_finite() && *deviation > 0.0) {
            return Err(format!("the noise or the size of output `{name}` makes no sense"));
        }
        let scales =
            output.values.iter().filter_map(|v| self.server.values.get(*v as usize)).map(|v| v.scale.0);
        let least = scales.fold(0.0, |least, scale| self.params.least_deviation(scale).max(least));
        let bound = -deviation.max(least).log2();
        // A comparison that is also false for NaN.
        if *precision_bits <= bound {
            return Ok(());
        }
        Err(format!(
            "output `{name}` promises {precision_bits} bits after the point, and its noise leaves {bound:.1} at most"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Layout;

    fn output(precision_bits: f64, deviation: f64) -> CipherOutput {
        let layout =
            Layout { names: vec![], shape: vec![10, 20], slots: 8, axes: vec![], hollow: 0, turns: None };
        CipherOutput { name: "w".into(), layout, values: vec![], precision_bits, deviation, units: vec![] }
    }

    #[test]
    fn a_coarser_grid_tells_less() {
        // A grid of sixteen deviations: √(2/π)/16 of the numbers move.
        let deviation = (-14f64).exp2();
        assert!((hint_rate(deviation, 10.0) - 0.04987).abs() < 1e-5);
        assert!((output(10.0, deviation).expected_hints() - 9.97).abs() < 0.01);
        assert_eq!(hint_rate(deviation, 9.0), hint_rate(deviation, 10.0) / 2.0);
        assert_eq!(hint_rate(1.0, 60.0), 1.0);
    }
}

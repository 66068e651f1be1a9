//! Errors of slots, summed up.

use super::report::Precision;

/// Errors relative to the bound.
#[derive(Clone, Copy, Debug, Default)]
pub struct Errors {
    squares: f64,
    count: usize,
    worst: f64,
}

impl Errors {
    /// Adds those of all slots of a result; what is wanted repeats.
    pub fn add(&mut self, found: &[f64], wanted: &[f64], bound: f64) {
        for (found, wanted) in found.iter().zip(wanted.iter().cycle()) {
            // A slot that is no number is as wrong as can be.
            let error = Some((found - wanted).abs() / bound).filter(|e| !e.is_nan()).unwrap_or(f64::INFINITY);
            self.squares += error * error;
            self.worst = self.worst.max(error);
        }
        self.count += found.len();
    }

    /// In bits.
    pub fn precision(&self) -> Precision {
        let mean = self.squares / self.count.max(1) as f64;
        Precision { bits_rms: -mean.sqrt().log2(), bits_worst: -self.worst.log2() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_relative_to_the_bound() {
        let mut errors = Errors::default();
        // Off by 1/4, 0, 1/4 and 0, of 4.
        errors.add(&[1.25, 2.0, 0.75, 2.0], &[1.0, 2.0], 4.0);
        let Precision { bits_rms, bits_worst } = errors.precision();
        assert_eq!((bits_rms, bits_worst), (4.5, 4.0));
        errors.add(&[f64::NAN], &[1.0], 4.0);
        errors.add(&[1.0], &[1.0], 4.0);
        assert_eq!(errors.precision().bits_worst, f64::NEG_INFINITY);
    }
}

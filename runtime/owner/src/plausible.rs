//! Whether what was decrypted can be a result of the plan.
//!
//! Vectors of reals are encrypted, so the imaginary parts of the decrypted slots are noise and nothing else, of the size that
//! the compiler predicts of the real parts. A result of other keys, of damaged keys or of damaged ciphertexts is uniform
//! modulo Q and has imaginary parts beyond all bounds; a result that nobody encrypted, such as zeros, has none. This finds
//! accidents. It is no proof of what was computed: whoever computes something else correctly has the right noise.

use crate::error::Error;
use crate::rehearsal::Expected;
use hep_plan::noise::DEVIATIONS;

/// How many times the predicted deviation the measured one may be, or how many times smaller. Where they were compared, the
/// measured one was 0.06 to 1.4 times the predicted one, on rings of all sizes; garbage is off by 2^20 and more.
const FACTOR: f64 = 64.0;

/// The share of the least noise of any ciphertext below which nothing was encrypted. Noise that is far below its prediction
/// and above this comes of data far smaller than those the plan was made for, and does no harm.
const LEAST: f64 = 0.25;

///
/// The share of a number that double precision rounds in encoding and decoding.
const ROUNDING: f64 = 1.0 / (1u64 << 48) as f64;

/// How many times the largest magnitude expected, beside so many times the error promised, a number may have. The expected
/// one is that of the owner's rehearsal.
const REACH: f64 = 4.0;

/// The imaginary parts of the slots of one ciphertext, as its noise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Noise {
    /// Root mean square over all slots.
    all: f64,
    /// Root mean square over the slots that hold elements: a mask takes the noise from the others.
    held: f64,
}

impl Noise {
    /// Of imaginary parts; `support` is 1 where a slot holds an element, 0 elsewhere.
    pub(super) fn of(imaginary: &[f64], support: &[f64]) -> Self {
        let squares = |(sum, count): (f64, f64), (part, weight): (&f64, f64)| {
            (sum + weight * part * part, count + weight)
        };
        let mean = |(sum, count): (f64, f64)| (sum / count.max(1.0)).sqrt();
        let all = imaginary.iter().zip(std::iter::repeat(1.0)).fold((0.0, 0.0), squares);
        let held = imaginary.iter().zip(support.iter().copied()).fold((0.0, 0.0), squares);
        Self { all: mean(all), held: mean(held) }
    }

    /// The larger of both; NaN where one is.
    pub(super) fn measured(self) -> f64 {
        if self.all.is_nan() || self.all > self.held { self.all } else { self.held }
    }
}

/// Refuses a ciphertext of an output whose noise is not that of a result. `least` is the deviation that any ciphertext of
/// its scale has ([`hep_plan::Params::least_deviation`]). Who asked for coarser numbers, now `rounded` to so many bits, takes the noise that such a
/// grid hides as well as the plan's hides the predicted one.
pub(super) fn noise(
    (name, expected): (&str, Expected),
    least: f64,
    noise: Noise,
    rounded: Option<f64>,
) -> Result<(), Error> {
    // What floating-point numbers of this size cannot show is neither missed nor blamed.
    let seen = expected.largest * ROUNDING;
    let (measured, predicted) = (noise.measured(), expected.deviation.max(seen));
    let floor = if least * LEAST < seen { 0.0 } else { (predicted / FACTOR).min(least * LEAST) };
    let hidden = rounded.map_or(0.0, |bits| (-bits).exp2() / DEVIATIONS);
    if measured >= floor && measured <= hidden.max(predicted * FACTOR) {
        return Ok(());
    }
    Err(Error::Noise { name: name.into(), measured, predicted })
}

/// Refuses an output with a number far beyond what is expected of it.
pub(super) fn magnitude((name, expected): (&str, Expected), values: &[f64]) -> Result<(), Error> {
    let bound = REACH * expected.largest + REACH * DEVIATIONS * expected.deviation;
    // A number that is none is beyond every bound.
    match values.iter().find(|value| value.is_nan() || value.abs() > bound) {
        None => Ok(()),
        Some(value) => Err(Error::Magnitude { name: name.into(), found: *value, expected: expected.largest }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(deviation: f64, largest: f64) -> (&'static str, Expected) {
        ("w", Expected { deviation, largest })
    }

    #[test]
    fn noise_of_another_size_is_refused_in_both_directions() {
        let output = output(1e-6, 1.0);
        let support = [1.0, 0.0, 0.0, 1.0];
        let of = |part: f64, least: f64| {
            noise(output, least, Noise::of(&[part, -part, part, part], &support), None)
        };
        for size in [1e-6, 2e-8, 6e-5] {
            assert!(of(size, 1e-6).is_ok() && of(size, 1e-9).is_ok(), "{size}");
        }
        for size in [0.0, 1e-10, 1e-4, 1.0, 1e30, f64::INFINITY, f64::NAN] {
            assert!(of(size, 1e-6).is_err() && of(size, 1e-9).is_err(), "{size}");
        }
        // Small data have little noise, but no less than any ciphertext.
        assert!(of(1e-9, 1e-9).is_ok() && of(1e-9, 1e-6).is_err());
        // A mask left noise in one of many slots.
        let mut masked = vec![0.0; 1 << 14];
        masked[5] = 1e-6;
        let mut support = vec![0.0; 1 << 14];
        support[5] = 1.0;
        assert!(noise(output, 1e-6, Noise::of(&masked, &support), None).is_ok());
        assert!(noise(output, 1e-9, Noise::of(&vec![0.0; 1 << 14], &support), None).is_err());
    }

    #[test]
    fn a_coarser_grid_hides_more_noise_and_no_garbage() {
        let output = output(1e-6, 1.0);
        let of = |part: f64, round: Option<f64>| {
            noise(output, 1e-6, Noise::of(&[part, -part], &[1.0, 1.0]), round)
        };
        let found = of(1e-4, None).unwrap_err().to_string();
        assert!(
            found.contains("less precise than the plan promises") && found.contains("⟨round = BITS⟩"),
            "{found}"
        );
        assert!(of(1e-4, Some(9.0)).is_ok() && of(1e-4, Some(10.0)).is_err());
        assert!(of(0.0, Some(9.0)).unwrap_err().to_string().contains("nothing that was computed"));
        assert!(of(1e3, Some(9.0)).unwrap_err().to_string().contains("cannot come from"));
    }

    #[test]
    fn numbers_beyond_all_bounds_are_refused_where_a_size_is_expected() {
        assert!(magnitude(output(1e-6, 3.0), &[0.0, -11.0]).is_ok());
        assert!(magnitude(output(1e-6, 3.0), &[0.0, -13.0]).is_err());
        assert!(magnitude(output(1e-6, 0.0), &[1e-5, -1e-5]).is_ok());
        assert!(magnitude(output(1e-6, 0.0), &[1.0]).is_err());
        assert!(magnitude(output(1e-6, 1e-9), &[f64::NAN]).is_err());
    }
}

//! How large values are.

use serde::{Deserialize, Serialize};

/// Sizes of an owner's data are told to others in powers of two with multiples of this exponent.
const TOLD: f64 = 4.0;

/// A size in bits, rounded up to what may be told of it: to a power of 16.
#[must_use]
pub fn told_bits(bits: f64) -> f64 {
    (bits / TOLD).ceil() * TOLD
}

/// Size of a vector of slots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Magnitude {
    /// Root mean square over non-zero slots: what errors are multiplied by.
    pub rms: f64,
    /// Largest absolute slot: what must not wrap around the modulus.
    pub max: f64,
}

impl Magnitude {
    /// What is assumed where nothing is known.
    pub const UNIT: Self = Self { rms: 1.0, max: 1.0 };

    /// Of a vector; both figures are infinite where a value is not finite, or the squares are not.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        // Sums of their own for neighboring slots, which a processor adds at once.
        const LANES: usize = 8;
        let (mut squares, mut counts, mut maxima) = ([0.0f64; LANES], [0.0f64; LANES], [0.0f64; LANES]);
        let mut add = |lane: usize, v: f64| {
            squares[lane] += v * v;
            counts[lane] += if v == 0.0 { 0.0 } else { 1.0 };
            maxima[lane] = if v.abs() > maxima[lane] { v.abs() } else { maxima[lane] };
        };
        let (chunks, rest) = values.as_chunks::<LANES>();
        for chunk in chunks {
            for (lane, v) in chunk.iter().enumerate() {
                add(lane, *v);
            }
        }
        rest.iter().enumerate().for_each(|(lane, v)| add(lane, *v));
        let (squares, count) = (squares.iter().sum::<f64>(), counts.iter().sum::<f64>());
        let (rms, max) = ((squares / count.max(1.0)).sqrt(), maxima.into_iter().fold(0.0, f64::max));
        if rms.is_finite() {
            Self { rms, max }
        } else if values.iter().all(|v| v.is_finite()) {
            // Squares beyond the numbers: the largest value is no worse an estimate than its square root.
            Self { rms: max, max }
        } else {
            Self { rms: f64::INFINITY, max: f64::INFINITY }
        }
    }
}

/// Two numbers of which the first is less, with so many digits after the point that they differ.
#[must_use]
pub fn apart(less: f64, more: f64) -> (String, String) {
    let shown = |digits: usize| (format!("{less:.digits$}"), format!("{more:.digits$}"));
    (1..=6).map(shown).find(|(less, more)| less != more).unwrap_or_else(|| shown(6))
}

/// A number of bytes for people.
#[must_use]
pub fn bytes(count: u64) -> String {
    let mut value = count as f64;
    for unit in ["B", "kB", "MB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{count} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.2} GB")
}

#[cfg(test)]
mod tests {
    use super::Magnitude;

    #[test]
    fn zeros_count_for_nothing_and_infinities_for_all() {
        let of = |values: &[f64]| Magnitude::of(values);
        assert_eq!(of(&[0.0, -3.0, 0.0, 4.0]), Magnitude { rms: 12.5f64.sqrt(), max: 4.0 });
        assert_eq!(of(&[0.0; 9]), Magnitude::default());
        assert_eq!(of(&[1e200, -2e200]), Magnitude { rms: 2e200, max: 2e200 });
        assert_eq!(of(&[1.0, f64::NAN]).max, f64::INFINITY);
        assert_eq!(of(&[1.0, f64::NEG_INFINITY]).rms, f64::INFINITY);
    }
}

//! Newtypes for the numbers that are most easily confused.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Index of the highest prime a ciphertext still has: level `l` means the residues modulo `q_0 ..= q_l`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Level(pub u32);

impl Level {
    /// Number of limbs of a polynomial at this level.
    #[must_use]
    pub fn limbs(self) -> usize {
        self.0 as usize + 1
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "L{}", self.0)
    }
}

/// Factor between a slot's value and the integer that is encrypted. The compiler keeps it as an exact product of
/// primes; a plan holds the nearest `f64`, whose relative error of 2^-53 lies far below the noise.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Scale(pub f64);

impl Scale {
    /// Size of the scale in bits.
    #[must_use]
    pub fn bits(self) -> f64 {
        self.0.log2()
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "2^{:.3}", self.bits())
    }
}

/// A positive number that a value is multiplied by, as its bits, so that equal ones are equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Factor(u64);

impl Factor {
    /// The absolute value of a number, which is finite and not 0.
    #[must_use]
    pub fn of(value: f64) -> Self {
        Self(value.abs().to_bits())
    }

    /// As a number.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// Index of a slot of one ciphertext, `0 .. N/2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot(pub usize);

/// A cyclic rotation of all slots: slot `i + step` moves to slot `i` (left for positive steps).
/// Kept in `0 .. slots`, so that equal rotations are equal values.
///
/// ```
/// use hep_params::Step;
///
/// assert_eq!(Step::new(-1, 8), Step(7));
/// assert!(Step::new(16, 8).is_zero());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Step(pub u32);

impl Step {
    /// The step congruent to `by` modulo `slots` (a power of two).
    #[must_use]
    pub fn new(by: i64, slots: usize) -> Self {
        Step(by.rem_euclid(slots as i64) as u32)
    }

    /// Whether nothing moves.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

//! What was measured.

use hep_plan::cost::MachineName;
use serde::Serialize;

/// Refreshes on this machine.
#[derive(Clone, Debug, Serialize)]
pub struct RefreshReport {
    /// The machine.
    pub machine: MachineName,
    /// Threads.
    pub threads: usize,
    /// The clock of all seconds but [`RefreshFigures::seconds`]: `processor` (of the one thread) or `wall`.
    pub clock: &'static str,
    /// What was measured.
    pub sets: Vec<RefreshFigures>,
    /// What was not, as the memory does not suffice.
    pub left_out: Vec<LeftOut>,
}

/// A set that was measured.
#[derive(Clone, Debug, Serialize)]
pub struct RefreshFigures {
    /// Its name.
    pub name: &'static str,
    /// log2 of the ring degree.
    pub ring_log2: u32,
    /// The claim; 0 for none.
    pub security_bits: u32,
    /// Distinct slots of a vector.
    pub slots: usize,
    /// Real vectors in a refresh.
    pub vectors: usize,
    /// Median of the refreshes, on the wall.
    pub seconds: f64,
    /// Of the fastest.
    pub least_seconds: f64,
    /// Of the fastest rotation at 25 limbs, in digits of 9, between the refreshes.
    pub rotation_seconds: f64,
    /// The fastest refresh in fastest rotations.
    pub rotations: f64,
    /// Of the fastest refresh.
    pub phases: Phases,
    /// What the steps of a refresh are predicted to take, by the table of costs that ships and the rotation measured here.
    pub predicted: Phases,
    /// Refreshes that were timed, after one that was not.
    pub repetitions: usize,
    /// The precision that all slots of all refreshes have, whatever their values: the lower of the two below.
    #[serde(flatten)]
    pub precision: Precision,
    /// Of values drawn from the whole range.
    pub random: Precision,
    /// Of values at both ends of the range.
    pub at_bound: Precision,
    /// log2 of the modulus between an operand's level and its result's.
    pub bits_left: f64,
    /// Memory of the keys.
    pub key_bytes: u64,
    /// Memory of the diagonals.
    pub table_bytes: u64,
    /// Largest resident memory of the process in a refresh; none where the system does not say.
    pub peak_bytes: Option<u64>,
}

/// Bits of slots relative to the largest value that they may have.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Precision {
    /// −log2 of the root of the mean square of their errors.
    pub bits_rms: f64,
    /// −log2 of the largest error.
    pub bits_worst: f64,
}

impl Precision {
    /// What both have.
    #[must_use]
    pub fn least(self, other: Self) -> Self {
        Self {
            bits_rms: self.bits_rms.min(other.bits_rms),
            bits_worst: self.bits_worst.min(other.bits_worst),
        }
    }
}

/// Seconds of the parts of a refresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Phases {
    /// Slots become coefficients.
    pub slots_to_coeffs: f64,
    /// The modulus is raised.
    pub raise: f64,
    /// Coefficients become slots, up to the last factor.
    pub coeffs_to_slots: f64,
    /// What lies outside of the period is added away; the last factor, and the parts of its slots.
    pub trace: f64,
    /// The sine.
    pub eval_mod: f64,
}

impl Phases {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.slots_to_coeffs + self.raise + self.coeffs_to_slots + self.trace + self.eval_mod
    }
}

/// A set that was left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOut {
    /// Its name.
    pub name: &'static str,
    /// Keys and all else that a refresh of it takes.
    pub needed_bytes: u64,
    /// What there is, or what was allowed.
    pub available_bytes: u64,
    /// Of that, the keys.
    pub key_bytes: u64,
    /// log2 of the modulus between an operand's level and its result's.
    pub bits_left: f64,
}

//! How many levels a ring has.

use super::digits::modulus_bits;
use super::failure::{ParamsFailure, Spent};
use super::request::Requirements;
use crate::{ckks, slot};
use hep_plan::params::Security;
use hep_plan::primes::MAX_PRIME_BITS;

/// Scales tried, in bits, with the levels kept below the results: the preferred first, which leaves 11 bits before
/// the point at the last level; then smaller ones, which may fit a ring that the first does not; then larger ones for
/// precision, with one prime more where the last alone would leave no room before the point.
pub(super) const SCALES: [(u32, u32); 7] = [(40, 0), (36, 0), (32, 0), (44, 0), (44, 1), (48, 1), (30, 0)];

/// Most levels of test parameters, far more than any secure ring has: bounds the work of scheduling.
const INSECURE_LEVELS: u32 = 200;

/// Bits of the smallest modulus with its special primes for this many levels.
fn least_bits(levels: u32) -> f64 {
    modulus_bits(levels, least_scale()) + f64::from(MAX_PRIME_BITS)
}

fn least_scale() -> u32 {
    SCALES.iter().map(|(bits, _)| *bits).min().unwrap_or(30)
}

/// Bits that a modulus on this ring may have.
fn allowed_bits(log_n: u32, security: Security) -> f64 {
    let bits = security.max_log_qp(log_n).filter(|bits| bits.is_finite());
    bits.unwrap_or_else(|| least_bits(INSECURE_LEVELS))
}

/// Levels that fit the ring at the smallest scale.
pub(super) fn max_depth(log_n: u32, security: Security) -> u32 {
    let free = allowed_bits(log_n, security) - least_bits(0);
    (free / f64::from(least_scale())).max(0.0) as u32
}

/// The levels that a packed program really takes, with those that bring summands to one scale; none where they are more than are
/// ever counted.
pub(super) fn scheduled(packed: &slot::Program, wanted: &Requirements<'_>) -> Option<u32> {
    ckks::schedule(packed, INSECURE_LEVELS, wanted.copies, wanted.with).ok().map(|schedule| schedule.depth)
}

/// By how much the depth exceeds the ring, at the smallest scale.
pub(super) fn too_deep(levels: u32, log_n: u32, security: Security) -> ParamsFailure {
    let (needed, allowed) = (least_bits(levels), allowed_bits(log_n, security));
    let missing = levels.saturating_sub(max_depth(log_n, security)).max(1);
    let bound = match security {
        Security::Insecure => "the test set",
        Security::Standard128 => "128-bit security",
        Security::Standard192 => "192-bit security",
        Security::Standard256 => "256-bit security",
    };
    ParamsFailure::Depth {
        log_n,
        levels,
        scheduled: false,
        scale_bits: least_scale(),
        needed,
        bound,
        allowed,
        missing,
        spent: Spent::default(),
    }
}

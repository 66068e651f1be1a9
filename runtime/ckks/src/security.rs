//! How large a modulus 128 bits of security allow.
//!
//! Bounds on log2(Q·P) for a uniform ternary secret and error deviation 3.2 against classical attacks: J.-P. Bossuat et al.,
//! *Security Guidelines for Implementing Homomorphic Encryption*, ePrint 2024/463, Table 5.2. A planner has a table of its own with
//! more columns, which this crate does not know; a test across crates holds the two equal.

use crate::parameters::{ParameterError, Parameters};

/// The security that [`crate::Context::new`] insists on, in bits.
pub const SECURITY_BITS: u32 = 128;

/// log2 of the ring degree, and the largest log2(Q·P) there.
const BOUNDS: [(u32, f64); 6] =
    [(12, 106.0), (13, 214.0), (14, 430.0), (15, 868.0), (16, 1747.0), (17, 3523.0)];

/// The largest log2(Q·P) with [`SECURITY_BITS`] at ring degree 2^`log_n`; `None` for rings that no modulus makes secure enough.
pub fn max_log_qp(log_n: u32) -> Option<f64> {
    BOUNDS.iter().find(|(ring, _)| *ring == log_n).map(|(_, bound)| *bound)
}

/// Refuses parameters below [`SECURITY_BITS`].
pub(crate) fn check(parameters: &Parameters) -> Result<(), ParameterError> {
    let (log_n, log_qp) = (parameters.log_n, parameters.log_qp());
    match max_log_qp(log_n) {
        Some(bound) if log_qp <= bound => Ok(()),
        bound => Err(ParameterError::Insecure { log_n, log_qp, bound: bound.unwrap_or(0.0) }),
    }
}

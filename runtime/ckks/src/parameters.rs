//! What parameters must satisfy for tables to be made of them.

use hep_params::limits::{MAX_LIMBS, MAX_LOG_N, MIN_LOG_N};
use hep_params::security::{STANDARD_SECURITY_BITS, max_log_qp};
use hep_params::{Params, RefreshError};
use hep_ring::RingError;
use thiserror::Error;

/// Primes below this would be smaller than the errors.
const MIN_PRIME: u64 = 1 << 10;

/// Key switching tolerates a digit this many bits larger than P: its noise grows by the same factor.
const MAX_DIGIT_EXCESS_BITS: f64 = 10.0;

/// Parameters that cannot work.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ParameterError {
    /// log2(N) out of range.
    #[error("log_n = {log_n} is not between {MIN_LOG_N} and {MAX_LOG_N}")]
    BadDegree {
        /// The rejected value.
        log_n: u32,
    },
    /// No primes, or too many.
    #[error(
        "{q} primes for the modulus and {p} for key switching: both must be positive and at most {MAX_LIMBS} together"
    )]
    BadLimbCount {
        /// Primes in `q`.
        q: usize,
        /// Primes in `p`.
        p: usize,
    },
    /// A prime occurs twice.
    #[error("the prime {prime} occurs twice")]
    RepeatedPrime {
        /// The prime.
        prime: u64,
    },
    /// A prime is smaller than errors may be.
    #[error("the prime {prime} is too small, the least is {MIN_PRIME}")]
    PrimeTooSmall {
        /// The prime.
        prime: u64,
    },
    /// `digit_limbs` out of range.
    #[error("digit_limbs = {digit_limbs} is not between 1 and the number of primes, {limbs}")]
    BadDigit {
        /// The rejected value.
        digit_limbs: usize,
        /// Number of primes in `q`.
        limbs: usize,
    },
    /// P is so small that key switching would drown messages in noise.
    #[error("the special modulus has {special_bits:.1} bits, too few for digits of {digit_bits:.1} bits")]
    SpecialModulusTooSmall {
        /// log2 P.
        special_bits: f64,
        /// log2 of the largest digit.
        digit_bits: f64,
    },
    /// Q·P is larger than security allows.
    #[error(
        "log2(QP) = {log_qp:.1}, but {bits}-bit security allows {bound:.0} at N = 2^{log_n}: take a larger ring or fewer and smaller \
         primes"
    )]
    Insecure {
        /// Bits of security claimed, 128 where the parameters claim none.
        bits: u32,
        /// log2 of the ring degree.
        log_n: u32,
        /// log2 of Q·P.
        log_qp: f64,
        /// The largest that is allowed; 0 for rings without an entry in the table.
        bound: f64,
    },
    /// A builder found too few primes of a size.
    #[error("there are {found} of {wanted} primes of {bits} bits that are 1 modulo 2^{}", log_n + 1)]
    TooFewPrimes {
        /// The size.
        bits: u32,
        /// log2 of the ring degree.
        log_n: u32,
        /// How many there are.
        found: usize,
        /// How many were wanted.
        wanted: usize,
    },
    /// A modulus is not a suitable prime.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// A refresh that cannot be, or whose sparse secret has less security than the parameters claim.
    #[error(transparent)]
    Refresh(#[from] RefreshError),
}

/// Everything that can be checked before tables are built (primality is checked there). Plans keep to less: see
/// [`Params::validate`].
pub(crate) fn validate(parameters: &Params) -> Result<(), ParameterError> {
    if !(MIN_LOG_N..=MAX_LOG_N).contains(&parameters.log_n) {
        return Err(ParameterError::BadDegree { log_n: parameters.log_n });
    }
    let (q, p) = (parameters.q.len(), parameters.p.len());
    if q == 0 || p == 0 || q + p > MAX_LIMBS {
        return Err(ParameterError::BadLimbCount { q, p });
    }
    let digit_limbs = parameters.digit_limbs as usize;
    if digit_limbs == 0 || digit_limbs > q {
        return Err(ParameterError::BadDigit { digit_limbs, limbs: q });
    }
    let mut sorted: Vec<u64> = parameters.q.iter().chain(&parameters.p).copied().collect();
    sorted.sort_unstable();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(ParameterError::RepeatedPrime { prime: pair[0] });
    }
    if let Some(&prime) = sorted.first().filter(|&&q| q < MIN_PRIME) {
        return Err(ParameterError::PrimeTooSmall { prime });
    }
    let special_bits = bits(&parameters.p);
    let digit_bits = parameters.q.chunks(digit_limbs).map(bits).fold(0.0, f64::max);
    if digit_bits > special_bits + MAX_DIGIT_EXCESS_BITS {
        return Err(ParameterError::SpecialModulusTooSmall { special_bits, digit_bits });
    }
    Ok(())
}

/// Refuses parameters below the security they claim, and those that claim none below [`STANDARD_SECURITY_BITS`]. A refresh has a second
/// secret, for which its shape answers.
pub(crate) fn secure(parameters: &Params) -> Result<(), ParameterError> {
    parameters.refresh.iter().try_for_each(|shape| shape.validate(parameters))?;
    let (log_n, log_qp) = (parameters.log_n, parameters.log_qp());
    let bits = parameters.security.bits().unwrap_or(STANDARD_SECURITY_BITS);
    match max_log_qp(bits, log_n) {
        Some(bound) if log_qp <= bound => Ok(()),
        bound => Err(ParameterError::Insecure { bits, log_n, log_qp, bound: bound.unwrap_or(0.0) }),
    }
}

/// log2 of a product.
pub(crate) fn bits(primes: &[u64]) -> f64 {
    primes.iter().map(|&q| (q as f64).log2()).sum()
}

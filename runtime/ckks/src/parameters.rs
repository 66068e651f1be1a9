//! The numbers that define an instance of the scheme, and their validation.

use hep_ring::RingError;
use thiserror::Error;

use crate::security::SECURITY_BITS;

/// Smallest supported log2(N), for tests.
pub const MIN_LOG_N: u32 = 3;
/// Largest supported log2(N).
pub const MAX_LOG_N: u32 = 17;
/// The largest number of primes, of Q and P together.
pub const MAX_LIMBS: usize = 256;

/// The largest size of a prime that all kernels have.
pub(crate) const MAX_PRIME_BITS: u32 = 51;

/// Primes below this would be smaller than the errors.
const MIN_PRIME: u64 = 1 << 10;

/// Key switching tolerates a digit this many bits larger than P: its noise grows by the same factor.
const MAX_DIGIT_EXCESS_BITS: f64 = 10.0;

/// Ring degree and primes: of a [`crate::Preset`], chosen by [`Parameters::builder`], or written out. Validated by
/// [`crate::Context::new`], which refuses what has less than 128 bits of security.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// log2 of the ring degree N; there are N/2 slots.
    pub log_n: u32,
    /// The primes q_0, q_1, … of the ciphertext modulus, each 1 modulo 2N and at most 51 bits (58 in tests). Level l uses q_0…q_l.
    pub q: Vec<u64>,
    /// The primes of the special modulus P of key switching, distinct from those of `q`.
    pub p: Vec<u64>,
    /// Number of consecutive primes of `q` in one digit of key switching; P should be no smaller than any digit.
    pub digit_limbs: usize,
}

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
        "log2(QP) = {log_qp:.1}, but {SECURITY_BITS}-bit security allows {bound:.0} at N = 2^{log_n}: take a larger ring or fewer \
         and smaller primes"
    )]
    Insecure {
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
}

impl Parameters {
    /// log2 of Q·P, which decides the security.
    pub fn log_qp(&self) -> f64 {
        bits(&self.q) + bits(&self.p)
    }

    /// Everything that can be checked before tables are built (primality is checked there).
    pub(crate) fn validate(&self) -> Result<(), ParameterError> {
        if !(MIN_LOG_N..=MAX_LOG_N).contains(&self.log_n) {
            return Err(ParameterError::BadDegree { log_n: self.log_n });
        }
        let (q, p) = (self.q.len(), self.p.len());
        if q == 0 || p == 0 || q + p > MAX_LIMBS {
            return Err(ParameterError::BadLimbCount { q, p });
        }
        if self.digit_limbs == 0 || self.digit_limbs > q {
            return Err(ParameterError::BadDigit { digit_limbs: self.digit_limbs, limbs: q });
        }
        let mut sorted: Vec<u64> = self.q.iter().chain(&self.p).copied().collect();
        sorted.sort_unstable();
        if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(ParameterError::RepeatedPrime { prime: pair[0] });
        }
        if let Some(&prime) = sorted.first().filter(|&&q| q < MIN_PRIME) {
            return Err(ParameterError::PrimeTooSmall { prime });
        }
        let special_bits = bits(&self.p);
        let digit_bits = self.q.chunks(self.digit_limbs).map(bits).fold(0.0, f64::max);
        if digit_bits > special_bits + MAX_DIGIT_EXCESS_BITS {
            return Err(ParameterError::SpecialModulusTooSmall { special_bits, digit_bits });
        }
        Ok(())
    }
}

/// log2 of a product.
pub(crate) fn bits(primes: &[u64]) -> f64 {
    primes.iter().map(|&q| (q as f64).log2()).sum()
}

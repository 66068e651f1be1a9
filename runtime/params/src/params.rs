//! Parameters of the scheme, as a plan states them.

use crate::limits::{MAX_LOG_N, MAX_PRIME_BITS, MIN_LOG_N};
use crate::primes::is_prime;
use crate::refresh::{RefreshError, RefreshShape};
use crate::security::{STANDARD_SECURITY_BITS, estimated_bits, max_log_qp};
use crate::units::Level;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Deviation of the coefficients of a fresh error.
const FRESH_DEVIATION: f64 = 3.2;

/// Which security the parameters claim.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Security {
    /// log2(Q·P) lies within the table for 128 bits.
    #[default]
    Standard128,
    /// For tests: no claim. Every file made under it is marked.
    Insecure,
    /// log2(Q·P) lies within the table for 192 bits.
    Standard192,
    /// log2(Q·P) lies within the table for 256 bits.
    Standard256,
}

impl Security {
    /// The claims there are, weakest first.
    pub const CLAIMS: [Self; 3] = [Self::Standard128, Self::Standard192, Self::Standard256];

    /// The bits claimed; none for the insecure set.
    #[must_use]
    pub fn bits(self) -> Option<u32> {
        match self {
            Self::Insecure => None,
            Self::Standard128 => Some(STANDARD_SECURITY_BITS),
            Self::Standard192 => Some(192),
            Self::Standard256 => Some(256),
        }
    }

    /// The claim of so many bits.
    #[must_use]
    pub fn of_bits(bits: u32) -> Option<Self> {
        Self::CLAIMS.into_iter().find(|claim| claim.bits() == Some(bits))
    }

    /// Largest log2(Q·P) at ring degree 2^`log_n`, without end for the insecure set; `None` for rings without an entry.
    #[must_use]
    pub fn max_log_qp(self, log_n: u32) -> Option<f64> {
        self.bits().map_or(Some(f64::INFINITY), |bits| max_log_qp(bits, log_n))
    }
}

/// Ring degree, moduli and key-switching digits.
///
/// ```
/// use hep_params::primes::nearest;
/// use hep_params::{Level, Params, ParamsError, Security};
///
/// let q = nearest(45, 14, 7, &[])?;
/// let p = nearest(48, 14, 2, &q)?;
/// let params = Params { log_n: 14, q, p, digit_limbs: 2, security: Security::Standard128, refresh: vec![] };
/// assert_eq!(params.validate(), Ok(()));
/// assert_eq!((params.slots(), params.max_level(), params.digits(Level(6))), (8192, Level(6), 4));
/// // The same modulus does not have 192 bits.
/// let stronger = Params { security: Security::Standard192, ..params };
/// assert!(matches!(stronger.validate(), Err(ParamsError::Insecure { bits: 192, .. })));
/// # Ok::<(), hep_params::primes::TooFewPrimes>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// log2 of the ring degree N.
    pub log_n: u32,
    /// Primes of the ciphertext modulus; `q[0]` is never dropped.
    pub q: Vec<u64>,
    /// Special primes of key switching.
    pub p: Vec<u64>,
    /// Primes of Q in one key-switching digit.
    pub digit_limbs: u32,
    /// The claim, checked by [`Params::validate`].
    pub security: Security,
    /// The kinds of refresh there are.
    pub refresh: Vec<RefreshShape>,
}

/// Why parameters are refused.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ParamsError {
    /// The ring degree is outside what the runtime supports.
    #[error("ring degree 2^{0} is outside 2^{MIN_LOG_N} .. 2^{MAX_LOG_N}")]
    Ring(u32),
    /// A modulus is no prime for this ring.
    #[error("{0} is no prime that is 1 modulo 2N with at most {MAX_PRIME_BITS} bits, or it occurs twice")]
    Prime(u64),
    /// The digits cannot be switched with the special modulus.
    #[error(
        "a digit of {digit_bits:.0} bits needs a special modulus at least as large, found {special_bits:.0} bits"
    )]
    Digits {
        /// Bits of the largest digit.
        digit_bits: f64,
        /// Bits of P.
        special_bits: f64,
    },
    /// The modulus is too large for the claimed security.
    #[error("log2(QP) = {log_qp:.1} exceeds the {bound:.0} that {bits}-bit security allows at N = 2^{log_n}")]
    Insecure {
        /// Bits of security claimed.
        bits: u32,
        /// Ring degree.
        log_n: u32,
        /// Modulus found.
        log_qp: f64,
        /// Modulus allowed.
        bound: f64,
    },
    /// A refresh that cannot be.
    #[error(transparent)]
    Refresh(#[from] RefreshError),
}

impl Params {
    /// Number of slots, N/2.
    #[must_use]
    pub fn slots(&self) -> usize {
        1 << (self.log_n - 1)
    }

    /// Ring degree N.
    #[must_use]
    pub fn degree(&self) -> usize {
        1 << self.log_n
    }

    /// Level of a fresh ciphertext.
    #[must_use]
    pub fn max_level(&self) -> Level {
        Level(self.q.len() as u32 - 1)
    }

    /// log2 of the ciphertext modulus Q.
    #[must_use]
    pub fn log_q(&self) -> f64 {
        log2_product(&self.q)
    }

    /// log2 of Q·P, which decides the security.
    #[must_use]
    pub fn log_qp(&self) -> f64 {
        self.log_q() + log2_product(&self.p)
    }

    /// Estimated security in bits; 0 for the insecure set.
    #[must_use]
    pub fn security_bits(&self) -> f64 {
        self.security.bits().map_or(0.0, |bits| estimated_bits(bits, self.log_n, self.log_qp()))
    }

    /// Key-switching digits of a ciphertext or key at `level`.
    #[must_use]
    pub fn digits(&self, level: Level) -> usize {
        level.limbs().div_ceil(self.digit_limbs as usize)
    }

    /// Bytes of a switching key for ciphertexts up to `level`, both halves expanded.
    #[must_use]
    pub fn key_bytes(&self, level: Level) -> u64 {
        2 * (self.digits(level) * (level.limbs() + self.p.len()) * self.degree() * 8) as u64
    }

    /// Bytes of a switching key at rest: the uniform half is a 32-byte seed.
    #[must_use]
    pub fn key_bytes_at_rest(&self, level: Level) -> u64 {
        self.key_bytes(level) / 2 + 32
    }

    /// Bytes of a ciphertext of `parts` polynomials in memory.
    #[must_use]
    pub fn ciphertext_bytes(&self, level: Level, parts: usize) -> u64 {
        (parts * level.limbs() * self.degree() * 8) as u64
    }

    /// Least standard deviation that the error of a slot of a ciphertext at this scale has: that of a fresh encryption, or
    /// of a division by a prime, whichever is smaller. Errors of coefficients with variance v are slot errors of variance
    /// v·N/2.
    #[must_use]
    pub fn least_deviation(&self, scale: f64) -> f64 {
        let degree = self.degree() as f64;
        let division = (1.0 + 2.0 * degree / 3.0) / 12.0;
        (division.min(FRESH_DEVIATION * FRESH_DEVIATION) * degree / 2.0).sqrt() / scale
    }

    /// Hex digest that identifies the parameters.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("hep 2026 parameter fingerprint");
        for word in
            [u64::from(self.log_n), u64::from(self.digit_limbs), self.q.len() as u64, self.p.len() as u64]
        {
            hasher.update(&word.to_le_bytes());
        }
        for prime in self.q.iter().chain(&self.p) {
            hasher.update(&prime.to_le_bytes());
        }
        hasher.update(&[self.security as u8]);
        for shape in &self.refresh {
            shape.hash_into(&mut hasher);
        }
        hasher.finalize().to_hex()[..32].to_string()
    }

    /// Checks everything a key or ciphertext relies on, the security claim included.
    ///
    /// # Errors
    /// The first property that does not hold.
    pub fn validate(&self) -> Result<(), ParamsError> {
        if !(MIN_LOG_N..=MAX_LOG_N).contains(&self.log_n) || self.q.is_empty() {
            return Err(ParamsError::Ring(self.log_n));
        }
        let all: Vec<u64> = self.q.iter().chain(&self.p).copied().collect();
        let order = 2 * self.degree() as u64;
        for (position, &prime) in all.iter().enumerate() {
            let fits = prime >> MAX_PRIME_BITS == 0 && prime % order == 1 && is_prime(prime);
            if !fits || all[..position].contains(&prime) {
                return Err(ParamsError::Prime(prime));
            }
        }
        let digit_bits =
            self.q.chunks((self.digit_limbs as usize).max(1)).map(log2_product).fold(0.0, f64::max);
        let special_bits = log2_product(&self.p);
        if self.digit_limbs == 0 || special_bits + 1.0 < digit_bits {
            return Err(ParamsError::Digits { digit_bits, special_bits });
        }
        self.refresh.iter().try_for_each(|shape| shape.validate(self))?;
        let Some(bits) = self.security.bits() else { return Ok(()) };
        let (log_n, log_qp) = (self.log_n, self.log_qp());
        match self.security.max_log_qp(log_n) {
            Some(bound) if log_qp <= bound => Ok(()),
            bound => Err(ParamsError::Insecure { bits, log_n, log_qp, bound: bound.unwrap_or(0.0) }),
        }
    }
}

pub(crate) fn log2_product(primes: &[u64]) -> f64 {
    primes.iter().map(|&p| (p as f64).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primes::nearest;

    fn params(log_n: u32, limbs: usize, special: usize) -> Params {
        let q = nearest(45, log_n, limbs, &[]).unwrap();
        let p = nearest(48, log_n, special, &q).unwrap();
        Params { log_n, q, p, digit_limbs: special as u32, security: Security::Standard128, refresh: vec![] }
    }

    #[test]
    fn the_security_claim_is_checked_over_q_and_p() {
        assert_eq!(params(15, 13, 5).validate(), Ok(()));
        assert!(matches!(params(15, 16, 5).validate(), Err(ParamsError::Insecure { .. })));
        let mut insecure = params(12, 5, 2);
        assert!(insecure.validate().is_err());
        insecure.security = Security::Insecure;
        assert_eq!(insecure.validate(), Ok(()));
        assert_eq!(insecure.security_bits(), 0.0);
    }

    #[test]
    fn a_stronger_claim_allows_less() {
        // 12 primes of Q and 5 of P: 780 bits.
        let mut claimed = params(15, 12, 5);
        assert_eq!(claimed.validate(), Ok(()));
        claimed.security = Security::Standard192;
        assert!(matches!(claimed.validate(), Err(ParamsError::Insecure { bits: 192, .. })));
        let mut smaller = params(15, 7, 2);
        for claim in Security::CLAIMS {
            smaller.security = claim;
            assert_eq!(smaller.validate(), Ok(()));
            assert!(smaller.security_bits() >= f64::from(claim.bits().unwrap()));
            assert_eq!(Security::of_bits(claim.bits().unwrap()), Some(claim));
        }
    }

    #[test]
    fn digits_larger_than_the_special_modulus_are_refused() {
        let mut narrow = params(15, 9, 2);
        narrow.digit_limbs = 3;
        assert!(matches!(narrow.validate(), Err(ParamsError::Digits { .. })));
    }

    #[test]
    fn fingerprints_tell_parameters_apart() {
        assert_ne!(params(14, 5, 2).fingerprint(), params(14, 6, 2).fingerprint());
        let mut marked = params(14, 5, 2);
        marked.security = Security::Insecure;
        assert_ne!(marked.fingerprint(), params(14, 5, 2).fingerprint());
    }
}

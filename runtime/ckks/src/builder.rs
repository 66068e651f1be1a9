//! Parameters from what one wants of them: a depth and a precision.

use hep_params::limits::{MAX_LIMBS, MAX_LOG_N, MAX_PRIME_BITS, MIN_LOG_N};
use hep_params::primes::find_ntt_primes;
use hep_params::{Params, Security};

use crate::parameters::{ParameterError, secure, validate};

/// Chooses the primes of [`Params`].
///
/// ```
/// use hep_ckks::{ParameterError, ParamsBuilder};
///
/// let parameters = ParamsBuilder::new(14).depth(4).scale_bits(45).build()?;
/// assert_eq!(parameters.q.len(), 5);
/// // Twice as deep, the modulus is too large for this ring.
/// let refused = ParamsBuilder::new(14).depth(8).scale_bits(45).build();
/// assert!(matches!(refused, Err(ParameterError::Insecure { log_n: 14, .. })));
/// # Ok::<(), ParameterError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "`build` makes the parameters"]
pub struct ParamsBuilder {
    log_n: u32,
    depth: usize,
    scale_bits: u32,
    first_bits: u32,
    digit_limbs: usize,
}

impl ParamsBuilder {
    /// Begins with a ring of degree 2^`log_n`, the depth 1, scales of 2^40, a first prime of 50 bits and digits of two primes.
    pub fn new(log_n: u32) -> Self {
        Self { log_n, depth: 1, scale_bits: 40, first_bits: 50, digit_limbs: 2 }
    }

    /// How many divisions by a prime a fresh ciphertext can take: its level.
    pub fn depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }

    /// The size of the primes that are divided by. With a scale of the same size, products keep about that scale.
    pub fn scale_bits(mut self, bits: u32) -> Self {
        self.scale_bits = bits;
        self
    }

    /// The size of q_0, which is never divided by: results at level 0 must be below 2^(this − bits of their scale − 1).
    pub fn first_bits(mut self, bits: u32) -> Self {
        self.first_bits = bits;
        self
    }

    /// How many primes of Q are switched together, and how many primes P has. More of them make keys of a high level smaller and
    /// switching sooner, and take from the bits that Q may have.
    pub fn digit_limbs(mut self, limbs: usize) -> Self {
        self.digit_limbs = limbs;
        self
    }

    /// Parameters of at least 128 bits of security.
    ///
    /// # Errors
    /// [`ParameterError::Insecure`] below 128 bits, [`ParameterError::TooFewPrimes`] where there are no such primes, or what
    /// [`crate::Context::new`] would refuse.
    pub fn build(self) -> Result<Params, ParameterError> {
        let parameters = Params { security: Security::Standard128, ..self.build_insecure()? };
        secure(&parameters)?;
        Ok(parameters)
    }

    /// Parameters for tests, which may protect nothing. Only [`crate::Context::new_insecure`] takes those that do not.
    ///
    /// # Errors
    /// As [`Self::build`], but for the security.
    pub fn build_insecure(self) -> Result<Params, ParameterError> {
        let log_n = self.log_n;
        if !(MIN_LOG_N..=MAX_LOG_N).contains(&log_n) {
            return Err(ParameterError::BadDegree { log_n });
        }
        let (q, p) = (self.depth.saturating_add(1), self.digit_limbs);
        if p == 0 || p > q {
            return Err(ParameterError::BadDigit { digit_limbs: p, limbs: q });
        }
        if q.saturating_add(p) > MAX_LIMBS {
            return Err(ParameterError::BadLimbCount { q, p });
        }
        let mut taken = Vec::with_capacity(q + p);
        for (bits, wanted) in [(self.first_bits, 1), (self.scale_bits, self.depth), (MAX_PRIME_BITS, p)] {
            let found = primes(bits, log_n, wanted, &taken);
            if found.len() < wanted {
                return Err(ParameterError::TooFewPrimes { bits, log_n, found: found.len(), wanted });
            }
            taken.extend(found);
        }
        let p = taken.split_off(q);
        // No more than there are primes of Q.
        let digit_limbs = self.digit_limbs as u32;
        let parameters =
            Params { log_n, q: taken, p, digit_limbs, security: Security::Insecure, refresh: Vec::new() };
        validate(&parameters)?;
        Ok(parameters)
    }
}

/// The largest primes of a size that are not taken yet; fewer than wanted where there are no more, and none of a size that the
/// kernels do not have.
fn primes(bits: u32, log_n: u32, wanted: usize, taken: &[u64]) -> Vec<u64> {
    if !(1..=MAX_PRIME_BITS).contains(&bits) {
        return Vec::new();
    }
    let found = find_ntt_primes(bits, log_n, wanted + taken.len(), 0);
    found.into_iter().filter(|prime| !taken.contains(prime)).take(wanted).collect()
}

//! The parameter sets of the benchmark.

use hep_ckks::{Params, Security};
use hep_params::primes::find_ntt_primes;

/// Bits of q_0, and so of the yardstick's prime.
pub const BASE_BITS: u32 = 50;

/// A parameter set.
#[derive(Clone, Copy, Debug)]
pub struct Set {
    pub name: &'static str,
    pub log_n: u32,
    /// Primes beside q_0.
    pub levels: usize,
    /// Bits of these.
    pub bits: u32,
    /// Limbs in the middle.
    pub middle: usize,
}

/// N = 2^15, 50 + 12×45 bits, three digits.
pub const P1: Set = Set { name: "P1", log_n: 15, levels: 12, bits: 45, middle: 7 };
/// N = 2^16, 50 + 24×48 bits, three digits.
pub const P2: Set = Set { name: "P2", log_n: 16, levels: 24, bits: 48, middle: 13 };

impl Set {
    /// Three digits, and special primes one bit larger than those of a digit.
    pub fn parameters(&self) -> Params {
        let mut q = find_ntt_primes(BASE_BITS, self.log_n, 1, 0);
        q.extend(find_ntt_primes(self.bits, self.log_n, self.levels, 0));
        let digit_limbs = q.len().div_ceil(3);
        let p = find_ntt_primes(self.bits + 1, self.log_n, digit_limbs, 0);
        let digit_limbs = digit_limbs as u32;
        Params { log_n: self.log_n, q, p, digit_limbs, security: Security::Insecure, refresh: Vec::new() }
    }

    /// Limbs at the top.
    pub fn top(&self) -> usize {
        self.levels + 1
    }
}

//! Multiplication by a fixed residue (V. Shoup's trick; D. Harvey, "Faster arithmetic for number-theoretic transforms", 2014, §2).

use crate::modulus::Modulus;

/// A residue w in [0, q) together with w' = ⌊w·2^64/q⌋.
///
/// w·y mod q then costs one high and two low products, for *any* 64-bit y.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShoupScalar {
    value: u64,
    quotient: u64,
}

impl ShoupScalar {
    /// Precomputes w' for `value` in [0, q).
    pub fn new(value: u64, modulus: &Modulus) -> Self {
        debug_assert!(value < modulus.value());
        let quotient = ((u128::from(value) << 64) / u128::from(modulus.value())) as u64;
        Self { value, quotient }
    }

    /// The residue w, in [0, q).
    #[inline(always)]
    pub fn value(&self) -> u64 {
        self.value
    }

    /// w·y mod q up to one multiple of q: the result lies in [0, 2q), for any y < 2^64.
    #[inline(always)]
    pub fn mul_lazy(&self, y: u64, q: u64) -> u64 {
        let estimate = ((u128::from(self.quotient) * u128::from(y)) >> 64) as u64;
        self.value.wrapping_mul(y).wrapping_sub(estimate.wrapping_mul(q))
    }

    /// w·y mod q in [0, q), for any y < 2^64.
    #[inline(always)]
    pub fn mul(&self, y: u64, q: u64) -> u64 {
        reduce_once(self.mul_lazy(y, q), q)
    }
}

/// Maps [0, 2m) to [0, m) without a branch, for 2m ≤ 2^64.
#[inline(always)]
pub fn reduce_once(x: u64, m: u64) -> u64 {
    x.min(x.wrapping_sub(m))
}

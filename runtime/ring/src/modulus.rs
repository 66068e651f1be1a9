//! Arithmetic modulo one prime.

use crate::error::RingError;
use crate::shoup::reduce_once;
use hep_params::primes::is_prime;

/// Moduli have at most this many bits.
///
/// Plans use at most 51 bits (one AVX-512 IFMA product). The head-room up to 58 serves tests; the limit comes from the
/// transform, which lets values grow to 35·q before it reduces them (see [`crate::ntt`]).
pub const MAX_MODULUS_BITS: u32 = 58;

/// An odd prime q < 2^58 with the constants of Barrett reduction.
///
/// Residues are in [0, q) unless a method says otherwise.
///
/// ```
/// use hep_ring::Modulus;
///
/// let q = Modulus::new(97)?;
/// assert_eq!(q.mul(96, 96), 1);
/// assert_eq!(q.inv(5).map(|inverse| q.mul(5, inverse)), Some(1));
/// assert_eq!(q.centre(96), -1);
/// assert!(Modulus::new(91).is_err());
/// # Ok::<(), hep_ring::RingError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Modulus {
    q: u64,
    /// ⌊2^64/q⌋
    ratio: u64,
    /// ⌊2^(63+n)/q⌋ with n the bit length of q; lies in [2^63, 2^64).
    wide_ratio: u64,
    /// n − 1
    wide_shift: u32,
    /// q^(−1) mod 2^64
    word_inverse: u64,
}

impl Modulus {
    /// Accepts odd primes below 2^58.
    pub fn new(q: u64) -> Result<Self, RingError> {
        if q < 3 || q >> MAX_MODULUS_BITS != 0 || !is_prime(q) {
            return Err(RingError::BadModulus { q, max_bits: MAX_MODULUS_BITS });
        }
        let bits = u64::BITS - q.leading_zeros();
        Ok(Self {
            q,
            ratio: ((1u128 << 64) / u128::from(q)) as u64,
            wide_ratio: ((1u128 << (63 + bits)) / u128::from(q)) as u64,
            wide_shift: bits - 1,
            word_inverse: word_inverse(q),
        })
    }

    /// The prime q.
    #[inline(always)]
    pub fn value(&self) -> u64 {
        self.q
    }

    /// The bit length of q.
    pub fn bits(&self) -> u32 {
        self.wide_shift + 1
    }

    /// x mod q for any x (Barrett with one high product).
    #[inline(always)]
    pub fn reduce(&self, x: u64) -> u64 {
        let estimate = ((u128::from(self.ratio) * u128::from(x)) >> 64) as u64;
        // ⌊x/q⌋ − 1 ≤ estimate ≤ ⌊x/q⌋
        reduce_once(x.wrapping_sub(estimate.wrapping_mul(self.q)), self.q)
    }

    /// x mod q for a signed x, without a branch on the sign.
    #[inline(always)]
    pub fn reduce_signed(&self, x: i64) -> u64 {
        let r = self.reduce(x.unsigned_abs());
        let negative = (x >> 63) as u64;
        (self.neg(r) & negative) | (r & !negative)
    }

    /// x mod q for x < 2^63·2^n, n the bit length of q.
    ///
    /// That covers every sum Σ a_i·b_i with b_i < 2^n and Σ a_i < 2^63: products of residues, inner products of up to
    /// [`Modulus::lazy_terms`] terms, and base extension. With t = ⌊x/2^(n−1)⌋ and μ = ⌊2^(63+n)/q⌋ the estimate
    /// ⌊t·μ/2^64⌋ is at most 2 below ⌊x/q⌋ (Barrett, CRYPTO 1986; each of three floors costs less than 1).
    #[inline(always)]
    pub fn reduce_wide(&self, x: u128) -> u64 {
        // (x >> shift) as u64 for 0 < shift < 64, without the case distinction of a general 128-bit shift.
        let t = ((x >> 64) as u64) << (64 - self.wide_shift) | (x as u64) >> self.wide_shift;
        let estimate = ((u128::from(t) * u128::from(self.wide_ratio)) >> 64) as u64;
        let r = (x as u64).wrapping_sub(estimate.wrapping_mul(self.q));
        reduce_once(reduce_once(r, 2 * self.q), self.q)
    }

    /// x·2^(−64) mod q for x < 2^64·q (P. Montgomery, 1985): cheaper than [`Modulus::reduce_wide`] where a constant
    /// factor can absorb the 2^64 (see [`Modulus::to_montgomery`]).
    #[inline(always)]
    pub fn reduce_montgomery(&self, x: u128) -> u64 {
        // x − m·q is divisible by 2^64; the low words cancel, and both high words are below q.
        let m = (x as u64).wrapping_mul(self.word_inverse);
        let correction = ((u128::from(m) * u128::from(self.q)) >> 64) as u64;
        self.sub((x >> 64) as u64, correction)
    }

    /// a·2^64 mod q.
    pub fn to_montgomery(&self, a: u64) -> u64 {
        ((u128::from(a) << 64) % u128::from(self.q)) as u64
    }

    /// How many products of two residues may be added before [`Modulus::reduce_wide`]; at least 32, and 4096 for 51 bits.
    pub fn lazy_terms(&self) -> usize {
        ((1u64 << 63) / self.q) as usize
    }

    /// a + b.
    #[inline(always)]
    pub fn add(&self, a: u64, b: u64) -> u64 {
        reduce_once(a + b, self.q)
    }

    /// a − b.
    #[inline(always)]
    pub fn sub(&self, a: u64, b: u64) -> u64 {
        let d = a.wrapping_sub(b);
        d.min(d.wrapping_add(self.q))
    }

    /// −a.
    #[inline(always)]
    pub fn neg(&self, a: u64) -> u64 {
        self.sub(0, a)
    }

    /// a·b.
    #[inline(always)]
    pub fn mul(&self, a: u64, b: u64) -> u64 {
        self.reduce_wide(u128::from(a) * u128::from(b))
    }

    /// base^exponent, for base in [0, q).
    pub fn pow(&self, base: u64, mut exponent: u64) -> u64 {
        let (mut square, mut result) = (base, 1);
        while exponent != 0 {
            if exponent & 1 == 1 {
                result = self.mul(result, square);
            }
            square = self.mul(square, square);
            exponent >>= 1;
        }
        result
    }

    /// a^(−1), or `None` for a = 0 (Fermat: a^(q−2)).
    pub fn inv(&self, a: u64) -> Option<u64> {
        (a != 0).then(|| self.pow(a, self.q - 2))
    }

    /// The representative of a in (−q/2, q/2), without a branch.
    #[inline(always)]
    pub fn centre(&self, a: u64) -> i64 {
        let upper = u64::from(a > self.q / 2);
        a.wrapping_sub(self.q & upper.wrapping_neg()) as i64
    }

    /// Adds `b` to `a`, element by element.
    pub fn add_assign_slice(&self, a: &mut [u64], b: &[u64]) {
        a.iter_mut().zip(b).for_each(|(x, &y)| *x = self.add(*x, y));
    }

    /// Subtracts `b` from `a`, element by element.
    pub fn sub_assign_slice(&self, a: &mut [u64], b: &[u64]) {
        a.iter_mut().zip(b).for_each(|(x, &y)| *x = self.sub(*x, y));
    }

    /// Negates every element.
    pub fn neg_slice(&self, a: &mut [u64]) {
        a.iter_mut().for_each(|x| *x = self.neg(*x));
    }
}

/// The inverse of an odd number modulo 2^64: Newton's iteration doubles the number of right bits, from the 3 of q·q ≡ 1 (mod 8).
pub(crate) fn word_inverse(q: u64) -> u64 {
    (0..5).fold(q, |x, _| x.wrapping_mul(2u64.wrapping_sub(q.wrapping_mul(x))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shoup::ShoupScalar;
    use hep_params::primes::find_ntt_primes;
    use proptest::prelude::*;

    fn primes() -> Vec<u64> {
        [13, 20, 30, 45, 50, 51, 57, 58].iter().flat_map(|&b| find_ntt_primes(b, 4, 2, 0)).collect()
    }

    #[test]
    fn rejects_composites_and_large_values() {
        for q in [0, 1, 2, 4, 9, 561, (1 << 58) + 1, u64::MAX, (1 << 51) - 1] {
            assert!(Modulus::new(q).is_err(), "{q}");
        }
        assert!(Modulus::new(3).is_ok());
    }

    proptest! {
        #[test]
        fn agrees_with_u128_remainder(a: u64, b: u64, e in 0u64..50, s: i64) {
            for q in primes() {
                let m = Modulus::new(q).unwrap();
                let big = u128::from(q);
                let (x, y) = (a % q, b % q);
                prop_assert_eq!(m.reduce(a), x);
                prop_assert_eq!(u128::from(m.add(x, y)), (u128::from(x) + u128::from(y)) % big);
                prop_assert_eq!(u128::from(m.sub(x, y)), (big + u128::from(x) - u128::from(y)) % big);
                prop_assert_eq!(m.add(x, m.neg(x)), 0);
                let product = u128::from(x) * u128::from(y) % big;
                prop_assert_eq!(u128::from(m.mul(x, y)), product);
                prop_assert_eq!(u128::from(ShoupScalar::new(x, &m).mul(b, q)), u128::from(x) * u128::from(b) % big);
                // The largest sums that reduce_wide promises to take.
                let wide = u128::from(a >> 1) * ((1u128 << m.bits()) - 1);
                prop_assert_eq!(u128::from(m.reduce_wide(wide)), wide % big);
                let redc = m.reduce_montgomery(u128::from(m.to_montgomery(x)) * u128::from(b));
                prop_assert_eq!(u128::from(redc), u128::from(x) * u128::from(b) % big);
                prop_assert_eq!(m.pow(x, e), (0..e).fold(1, |p, _| m.mul(p, x)));
                prop_assert_eq!(m.inv(x).map(|i| m.mul(i, x)), (x != 0).then_some(1));
                prop_assert_eq!(i128::from(m.reduce_signed(s)), i128::from(s).rem_euclid(i128::from(q)));
                prop_assert_eq!(m.reduce_signed(m.centre(x)), x);
            }
        }
    }
}

//! Primes for the residue number system: p ≡ 1 modulo 2N. Two ways to choose: near a power of two, where scales hardly drift, and the
//! largest below one.

use thiserror::Error;

pub use crate::limits::MAX_PRIME_BITS;

/// Not enough primes of the wished size.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("found only {found} of {wanted} primes of {bits} bits that are 1 modulo 2^{log_order}")]
pub struct TooFewPrimes {
    /// Primes found.
    pub found: usize,
    /// Primes wanted.
    pub wanted: usize,
    /// Size asked for.
    pub bits: u32,
    /// log2 of 2N.
    pub log_order: u32,
}

/// The `count` primes p ≡ 1 (mod 2N) nearest to 2^`bits`, nearest first, none of them in `taken`.
/// Near the power of two the scale hardly drifts when a prime is dropped.
///
/// # Errors
/// When the window 2^(bits−1) .. 2^(bits+1) holds too few, or a prime would exceed [`MAX_PRIME_BITS`].
pub fn nearest(bits: u32, log_n: u32, count: usize, taken: &[u64]) -> Result<Vec<u64>, TooFewPrimes> {
    let order = 1u64 << (log_n + 1);
    let centre = 1u64 << bits;
    let mut primes = Vec::with_capacity(count);
    let mut distance = 0;
    while primes.len() < count && distance < centre / 2 {
        // 2^bits is a multiple of 2N, so candidates are centre ± k·2N + 1.
        for candidate in [centre + distance + 1, (centre + 1).saturating_sub(distance)] {
            let fits = candidate >> MAX_PRIME_BITS == 0 && candidate > order;
            let new = !taken.contains(&candidate) && !primes.contains(&candidate);
            if primes.len() < count && fits && new && is_prime(candidate) {
                primes.push(candidate);
            }
        }
        distance += order;
    }
    if primes.len() < count {
        return Err(TooFewPrimes { found: primes.len(), wanted: count, bits, log_order: log_n + 1 });
    }
    Ok(primes)
}

/// The `count` largest primes below 2^`bits` that are 1 modulo 2N, after the first `skip`; fewer if there are no more. They may be larger
/// than [`MAX_PRIME_BITS`], for kernels that can do more.
#[must_use]
pub fn find_ntt_primes(bits: u32, log_n: u32, count: usize, skip: usize) -> Vec<u64> {
    let step = 1u64 << (log_n + 1);
    let top = (1u64 << bits) + 1;
    (1..)
        .map_while(|k: u64| top.checked_sub(k * step).filter(|q| q >> (bits - 1) == 1))
        .filter(|&q| is_prime(q))
        .skip(skip)
        .take(count)
        .collect()
}

/// Deterministic Miller–Rabin for 64-bit numbers (the first twelve primes are sufficient witnesses below 3.3·10^24;
/// Sorenson and Webster 2015).
#[must_use]
pub fn is_prime(n: u64) -> bool {
    const WITNESSES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if n < 2 {
        return false;
    }
    for p in WITNESSES {
        if n.is_multiple_of(p) {
            return n == p;
        }
    }
    let shift = (n - 1).trailing_zeros();
    let odd = (n - 1) >> shift;
    WITNESSES.iter().all(|&base| {
        let mut x = power(base, odd, n);
        if x == 1 || x == n - 1 {
            return true;
        }
        for _ in 1..shift {
            x = product(x, x, n);
            if x == n - 1 {
                return true;
            }
        }
        false
    })
}

fn product(a: u64, b: u64, n: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(n)) as u64
}

fn power(mut base: u64, mut exponent: u64, n: u64) -> u64 {
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = product(result, base, n);
        }
        base = product(base, base, n);
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn primality_agrees_with_trial_division() {
        let slow = |n: u64| n >= 2 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
        for n in 0..20_000 {
            assert_eq!(is_prime(n), slow(n), "{n}");
        }
        assert!(is_prime((1 << 61) - 1));
        assert!(is_prime(18_446_744_073_709_551_557));
        // Strong pseudoprimes to many small bases.
        assert!(!is_prime(3_215_031_751));
        assert!(!is_prime(341_550_071_728_321));
        assert!(!is_prime(3_825_123_056_546_413_051));
    }

    #[test]
    fn the_largest_below_are_distinct_and_of_the_right_order() {
        let found = find_ntt_primes(45, 15, 20, 3);
        assert_eq!(found.len(), 20);
        assert_eq!(found[0], find_ntt_primes(45, 15, 4, 0)[3]);
        assert!(found.windows(2).all(|pair| pair[0] > pair[1]));
        assert!(found.iter().all(|&q| is_prime(q) && q % (1 << 16) == 1 && q >> 44 == 1));
        assert!(find_ntt_primes(10, 9, 5, 0).is_empty());
    }

    #[test]
    fn primes_are_near_distinct_and_of_the_right_order() {
        let first = nearest(45, 15, 12, &[]).unwrap();
        let more = nearest(45, 15, 12, &first).unwrap();
        for p in first.iter().chain(&more) {
            assert_eq!(p % (1 << 16), 1);
            assert!(is_prime(*p));
            assert!((*p as f64 / 2f64.powi(45) - 1.0).abs() < 1e-5);
        }
        assert!(first.iter().all(|p| !more.contains(p)));
        assert!(nearest(51, 16, 3, &[]).unwrap().iter().all(|p| p >> 51 == 0));
        assert!(nearest(14, 12, 5, &[]).is_err());
    }
}

//! Primality, and a small search for transform-friendly primes.
//!
//! The product's own prime selection lives in the planner; the search here serves tests, examples and validation.

/// Whether n is prime: Miller–Rabin with the first twelve primes as bases, which is deterministic below 2^64
/// (Sorenson & Webster, "Strong pseudoprimes to twelve prime bases", 2015).
pub fn is_prime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if n < 2 {
        return false;
    }
    for p in BASES {
        if n.is_multiple_of(p) {
            return n == p;
        }
    }
    let twos = (n - 1).trailing_zeros();
    let odd = (n - 1) >> twos;
    BASES.iter().all(|&base| {
        let mut x = pow_mod(base, odd, n);
        if x == 1 || x == n - 1 {
            return true;
        }
        for _ in 1..twos {
            x = mul_mod(x, x, n);
            if x == n - 1 {
                return true;
            }
        }
        false
    })
}

/// The `count` largest primes below 2^`bits` that are 1 modulo 2^(`log_n`+1), after the first `skip`; fewer if there are no more.
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

fn mul_mod(a: u64, b: u64, n: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(n)) as u64
}

fn pow_mod(mut base: u64, mut exponent: u64, n: u64) -> u64 {
    let mut result = 1;
    while exponent != 0 {
        if exponent & 1 == 1 {
            result = mul_mod(result, base, n);
        }
        base = mul_mod(base, base, n);
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_trial_division() {
        for n in 0..20_000u64 {
            let slow = n > 1 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
            assert_eq!(is_prime(n), slow, "{n}");
        }
        assert!(is_prime((1 << 61) - 1));
        assert!(is_prime(18_446_744_073_709_551_557));
        // Strong pseudoprimes to many small bases.
        assert!(!is_prime(3_215_031_751));
        assert!(!is_prime(341_550_071_728_321));
        assert!(!is_prime(3_825_123_056_546_413_051));
    }

    #[test]
    fn search_gives_distinct_friendly_primes() {
        let found = find_ntt_primes(45, 15, 20, 3);
        assert_eq!(found.len(), 20);
        assert_eq!(found[0], find_ntt_primes(45, 15, 4, 0)[3]);
        for pair in found.windows(2) {
            assert!(pair[0] > pair[1]);
        }
        assert!(found.iter().all(|&q| is_prime(q) && q % (1 << 16) == 1 && q >> 44 == 1));
        assert!(find_ntt_primes(10, 9, 5, 0).is_empty());
    }
}

//! How large a modulus 128-bit security allows.
//!
//! Bounds on log2(Q·P) for a uniform ternary secret, error deviation 3.2 and 128 bits against classical attacks:
//! J.-P. Bossuat et al., *Security Guidelines for Implementing Homomorphic Encryption*, ePrint 2024/463, the table
//! for uniform ternary secrets. The bound covers the special primes P of key switching as well as Q.

/// Security level every default parameter set has, in bits.
pub const STANDARD_SECURITY_BITS: u32 = 128;

/// Smallest and largest ring degree of the table, as powers of two.
pub const RING_LOG2: std::ops::RangeInclusive<u32> = 12..=17;

/// Largest log2(Q·P) with 128 bits of security at ring degree 2^`log_n`; `None` outside the table.
#[must_use]
pub fn max_log_qp(log_n: u32) -> Option<f64> {
    Some(match log_n {
        12 => 106.0,
        13 => 214.0,
        14 => 430.0,
        15 => 868.0,
        16 => 1747.0,
        17 => 3523.0,
        _ => return None,
    })
}

/// Security in bits of a ring and modulus, interpolated from the table: at a fixed degree the best known attacks
/// cost about 2^(c·N / log2 QP), so the estimate scales the 128 bits by the ratio of the moduli. It is a figure
/// for reports; what is allowed is decided by [`max_log_qp`] alone.
#[must_use]
pub fn estimated_bits(log_n: u32, log_qp: f64) -> f64 {
    let bound = max_log_qp(log_n).unwrap_or_else(|| 106.0 * 2f64.powi(log_n as i32 - 12));
    f64::from(STANDARD_SECURITY_BITS) * bound / log_qp.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_grows_with_the_ring_and_ends() {
        let bounds: Vec<f64> = RING_LOG2.map(|n| max_log_qp(n).unwrap()).collect();
        assert!(bounds.windows(2).all(|w| w[1] > 1.9 * w[0]));
        assert_eq!(max_log_qp(11), None);
        assert_eq!(max_log_qp(18), None);
    }

    #[test]
    fn the_estimate_meets_the_table_at_its_bound() {
        assert_eq!(estimated_bits(15, 868.0), 128.0);
        assert!(estimated_bits(15, 900.0) < 128.0);
    }
}

//! How large a modulus a level of security allows.
//!
//! Bounds on log2(Q·P) for a uniform ternary secret, error deviation 3.2 and 128, 192 or 256 bits against classical attacks:
//! J.-P. Bossuat et al., *Security Guidelines for Implementing Homomorphic Encryption*, ePrint 2024/463, Table 5.2 (uniform
//! ternary secrets), as the authors' `RNS-CKKS-examples/lattigo/parameters/tables.go` has it. The bound covers the special
//! primes P of key switching as well as Q.

use crate::limits::MAX_LOG_N;

/// Security level every default parameter set has, in bits.
pub const STANDARD_SECURITY_BITS: u32 = 128;

/// Smallest and largest ring degree of the table, as powers of two.
pub const RING_LOG2: std::ops::RangeInclusive<u32> = 12..=MAX_LOG_N;

/// Ring degree and largest log2(Q·P) for 128, 192 and 256 bits.
const TABLE: [(u32, [f64; 3]); 6] = [
    (12, [106.0, 73.0, 56.0]),
    (13, [214.0, 147.0, 114.0]),
    (14, [430.0, 297.0, 230.0]),
    (15, [868.0, 597.0, 462.0]),
    (16, [1747.0, 1199.0, 929.0]),
    (17, [3523.0, 2411.0, 1866.0]),
];

/// Largest log2(Q·P) with `bits` of security at ring degree 2^`log_n`; `None` outside the table.
#[must_use]
pub fn max_log_qp(bits: u32, log_n: u32) -> Option<f64> {
    let column = [128, 192, 256].iter().position(|level| *level == bits)?;
    TABLE.iter().find(|(ring, _)| *ring == log_n).map(|(_, bounds)| bounds[column])
}

/// Ring degree and largest log2 of the modulus for 128 bits under a ternary secret of weight 32: figures of the estimator that comes
/// with ePrint 2026/279, which counts the rotations of a secret. Smaller rings are not at 128 bits for such a secret at all.
const SPARSE_TABLE: [(u32, f64); 3] = [(15, 164.0), (16, 349.0), (17, 698.0)];

/// Largest log2 of a modulus under a ternary secret of weight [`crate::refresh::SPARSE_WEIGHT`] with 128 bits of security at ring degree
/// 2^`log_n`; `None` where there is no bound. That of 2^17 is twice that of 2^16.
#[must_use]
pub fn max_log_q_sparse(log_n: u32) -> Option<f64> {
    SPARSE_TABLE.iter().find(|(ring, _)| *ring == log_n).map(|(_, bound)| *bound)
}

/// Security in bits of a ring and modulus, interpolated from the table's column for `bits`: at a fixed degree the best known
/// attacks cost about 2^(c·N / log2 QP), so the estimate scales the bits by the ratio of the moduli. It is a figure
/// for reports; what is allowed is decided by [`max_log_qp`] alone.
#[must_use]
pub fn estimated_bits(bits: u32, log_n: u32, log_qp: f64) -> f64 {
    let bound = max_log_qp(bits, log_n).unwrap_or_else(|| 106.0 * 2f64.powi(log_n as i32 - 12));
    f64::from(bits) * bound / log_qp.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_grows_with_the_ring_and_ends() {
        for bits in [128, 192, 256] {
            let bounds: Vec<f64> = RING_LOG2.map(|n| max_log_qp(bits, n).unwrap()).collect();
            assert!(bounds.windows(2).all(|w| w[1] > 1.9 * w[0]));
            assert_eq!(max_log_qp(bits, 11), None);
            assert_eq!(max_log_qp(bits, 18), None);
        }
        assert_eq!(max_log_qp(100, 14), None);
    }

    #[test]
    fn more_security_allows_less() {
        for ring in RING_LOG2 {
            let [low, middle, high] = [128, 192, 256].map(|bits| max_log_qp(bits, ring).unwrap());
            // About in proportion to the bits.
            assert!((0.65..0.72).contains(&(middle / low)) && (0.5..0.54).contains(&(high / low)));
        }
    }

    #[test]
    fn the_estimate_meets_the_table_at_its_bound() {
        assert_eq!(estimated_bits(128, 15, 868.0), 128.0);
        assert_eq!(estimated_bits(256, 15, 462.0), 256.0);
        assert!(estimated_bits(128, 15, 900.0) < 128.0);
    }
}

//! The uniform ternary distribution of secrets.

use rand_core::CryptoRng;

/// `n` independent uniform values in {−1, 0, 1}.
///
/// Constant time: ⌊3r/2^64⌋ for a uniform 64-bit r, whose distance from uniform is below 2^(−62).
pub fn ternary<R: CryptoRng + ?Sized>(rng: &mut R, n: usize) -> Vec<i8> {
    (0..n).map(|_| ((u128::from(rng.next_u64()) * 3) >> 64) as i8 - 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::SeedableRng;

    #[test]
    fn is_balanced() {
        let mut rng = rand_chacha::ChaCha20Rng::from_seed([3; 32]);
        let n = 90_000;
        let values = ternary(&mut rng, n);
        for value in [-1, 0, 1] {
            let count = values.iter().filter(|&&v| v == value).count();
            // Standard deviation √(n·2/9) ≈ 141.
            assert!(count.abs_diff(n / 3) < 700, "{value}: {count}");
        }
    }
}

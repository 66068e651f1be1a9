//! Sparse ternary secrets.

use rand_core::CryptoRng;

/// A uniform vector of `n` (a power of two) values in {−1, 0, 1} of which `weight` are not 0.
///
/// Every place is drawn and written by a pass over all of them, so that no address depends on it. How often a draw met an earlier
/// place, and nothing else, can be seen from the time.
///
/// # Panics
/// If n is no power of two, or has fewer places than the weight.
pub fn sparse<R: CryptoRng + ?Sized>(rng: &mut R, n: usize, weight: usize) -> Vec<i8> {
    assert!(n.is_power_of_two() && weight <= n, "{weight} of {n} places");
    let mut out = vec![0i8; n];
    let mut placed = 0;
    while placed < weight {
        let random = rng.next_u64();
        // The lowest bit is the sign; places are a power of two.
        let (sign, place) = ((random & 1) as i8 * 2 - 1, (random >> 1) & (n as u64 - 1));
        let mut met = 0i8;
        for (i, value) in out.iter_mut().enumerate() {
            let here = equal(i as u64, place);
            met |= here & *value;
            // Written where there was nothing.
            let free = !(*value | value.wrapping_neg()) >> 7;
            *value |= here & free & sign;
        }
        placed += usize::from(met == 0);
    }
    out
}

/// All ones where a = b, else 0, without a branch.
fn equal(a: u64, b: u64) -> i8 {
    let different = a ^ b;
    // The top bit of x | −x is set exactly for x ≠ 0.
    ((different | different.wrapping_neg()) >> 63) as i8 - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::SeedableRng;

    #[test]
    fn has_its_weight_and_every_place_is_as_likely() {
        let mut rng = rand_chacha::ChaCha20Rng::from_seed([7; 32]);
        let (n, weight, rounds) = (64, 24, 4000);
        let mut counts = [[0f64; 2]; 64];
        for _ in 0..rounds {
            let values = sparse(&mut rng, n, weight);
            assert_eq!(values.iter().filter(|v| v.abs() == 1).count(), weight);
            assert!(values.iter().all(|v| (-1..=1).contains(v)));
            for (count, value) in counts.iter_mut().zip(values) {
                count[0] += f64::from(value == 1);
                count[1] += f64::from(value == -1);
            }
        }
        let expected = f64::from(rounds) * weight as f64 / n as f64 / 2.0;
        let chi2: f64 = counts.iter().flatten().map(|c| (c - expected).powi(2) / expected).sum();
        // 128 cells of variance expected·(1 − 3/16): mean 104, standard deviation about 15.
        assert!((50.0..170.0).contains(&chi2), "χ² {chi2}");
    }
}

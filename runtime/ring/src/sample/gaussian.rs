//! The discrete Gaussian of errors.

use rand_core::CryptoRng;

/// Standard deviation σ of the errors (that of the HE security guidelines, ePrint 2024/463).
pub const GAUSSIAN_SIGMA: f64 = 3.2;

/// No error is larger than this (9σ): the weight beyond is below 2^(−63), the resolution of the table.
pub const GAUSSIAN_TAIL: i8 = CUMULATIVE.len() as i8;

/// Entry k is 2^63·P(|x| ≤ k) rounded to nearest, P(x) ∝ exp(−x²/(2·3.2²)); computed with 60 decimal digits.
const CUMULATIVE: [u64; 29] = [
    0x0ff5_2b40_64a1_f258,
    0x2e5a_25d4_026f_ff6e,
    0x489a_e268_2e3d_b9bb,
    0x5d2b_c20d_e6f9_5106,
    0x6bc8_694a_862f_cdcf,
    0x7532_d898_e9d1_95da,
    0x7ab3_96c9_80f5_facb,
    0x7d9e_4e8f_6717_ea70,
    0x7f05_4956_150a_592b,
    0x7fa1_ce99_f8db_f691,
    0x7fdf_b3f0_0a8f_3398,
    0x7ff5_e6f7_c97d_68d9,
    0x7ffd_1f95_b372_bd36,
    0x7fff_40f7_f7ae_dc64,
    0x7fff_d2e6_2d05_7ef0,
    0x7fff_f650_3aaa_2875,
    0x7fff_fe1b_ab99_a744,
    0x7fff_ffaa_0140_ce53,
    0x7fff_fff2_1f8a_3a77,
    0x7fff_fffd_f723_01f4,
    0x7fff_ffff_ba9f_d472,
    0x7fff_ffff_f79b_78ce,
    0x7fff_ffff_ff13_f6f9,
    0x7fff_ffff_ffe8_748a,
    0x7fff_ffff_fffd_de24,
    0x7fff_ffff_ffff_d320,
    0x7fff_ffff_ffff_fca7,
    0x7fff_ffff_ffff_ffc6,
    0x7fff_ffff_ffff_fffc,
];

/// `n` independent samples of the discrete Gaussian with σ = 3.2.
///
/// Inversion of the cumulative distribution of |x| with 63 bits, and one bit for the sign. Constant time: every sample reads the
/// whole table and takes no branch.
pub fn gaussian<R: CryptoRng + ?Sized>(rng: &mut R, n: usize) -> Vec<i8> {
    (0..n)
        .map(|_| {
            let random = rng.next_u64();
            let (uniform, sign) = (random >> 1, (random & 1) as i8);
            // The difference of two 63-bit numbers has its top bit set exactly when it is negative.
            let below: u64 = CUMULATIVE.iter().map(|&c| 1 ^ (uniform.wrapping_sub(c) >> 63)).sum();
            (below as i8 ^ -sign) + sign
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::SeedableRng;

    #[test]
    fn moments_and_frequencies_are_those_of_the_distribution() {
        let mut rng = rand_chacha::ChaCha20Rng::from_seed([5; 32]);
        let n = 400_000;
        let values = gaussian(&mut rng, n);
        let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n as f64;
        let variance = values.iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() / n as f64;
        assert!(mean.abs() < 5.0 * GAUSSIAN_SIGMA / (n as f64).sqrt(), "mean {mean}");
        assert!((variance.sqrt() - GAUSSIAN_SIGMA).abs() < 0.02, "sigma {}", variance.sqrt());
        let weight = |x: i32| (-f64::from(x * x) / (2.0 * GAUSSIAN_SIGMA.powi(2))).exp();
        let total: f64 = (-40..=40).map(weight).sum();
        let chi2: f64 = (-10..=10)
            .map(|x| {
                let expected = n as f64 * weight(x) / total;
                let count = values.iter().filter(|&&v| i32::from(v) == x).count() as f64;
                (count - expected).powi(2) / expected
            })
            .sum();
        // 21 cells: mean 20, standard deviation 6.3.
        assert!(chi2 < 60.0, "χ² {chi2}");
        assert!(values.iter().all(|&v| v.abs() < 24));
    }

    #[test]
    fn table_is_increasing() {
        assert!(CUMULATIVE.windows(2).all(|w| w[0] < w[1]));
        assert!(CUMULATIVE[CUMULATIVE.len() - 1] < 1 << 63);
    }
}

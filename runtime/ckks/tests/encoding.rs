//! Encoding and decoding at all sizes of message and modulus.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use hep_ckks::{CkksError, Context, ParameterError, Params, Security};
use hep_params::primes::find_ntt_primes;
use proptest::prelude::*;

#[test]
fn round_trip_at_every_level_and_degree() {
    for log_n in [3, 4, 9, 12] {
        let ctx = Context::new_insecure(parameters(log_n, 5, 2)).unwrap();
        let values = random(1, ctx.slots());
        for level in 0..=5 {
            let plaintext = ctx.encode(&values, SCALE, level).unwrap();
            assert_eq!((plaintext.level(), plaintext.scale()), (level, SCALE));
            // Rounding N coefficients by up to 1/2 each: a standard deviation of √(N/12) per slot.
            let tolerance = 8.0 * (ctx.degree() as f64 / 12.0).sqrt() / SCALE;
            assert_close(&ctx.decode(&plaintext), &values, tolerance);
        }
    }
}

#[test]
fn short_vectors_are_padded_with_zeros() {
    let ctx = Context::new_insecure(parameters(5, 1, 1)).unwrap();
    let decoded = ctx.decode(&ctx.encode(&[1.5, -2.0], SCALE, 1).unwrap());
    let mut expected = vec![0.0; 16];
    expected[..2].copy_from_slice(&[1.5, -2.0]);
    assert_close(&decoded, &expected, 1e-10);
    assert_close(&ctx.decode(&ctx.encode(&[], SCALE, 0).unwrap()), &[0.0; 16], 0.0);
}

#[test]
fn refuses_what_does_not_fit() {
    let ctx = Context::new_insecure(parameters(5, 2, 1)).unwrap();
    let too_many = ctx.encode(&[0.0; 17], SCALE, 2);
    assert_eq!(too_many, Err(CkksError::TooManyValues { given: 17, slots: 16 }));
    assert!(matches!(ctx.encode(&[0.0, f64::NAN], SCALE, 2), Err(CkksError::NotFinite { index: 1, .. })));
    assert!(matches!(ctx.encode(&[f64::INFINITY], SCALE, 2), Err(CkksError::NotFinite { index: 0, .. })));
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(ctx.encode(&[1.0], scale, 2), Err(CkksError::BadScale { .. })));
    }
    assert!(matches!(ctx.encode(&[1.0], SCALE, 3), Err(CkksError::BadLevel { level: 3, max_level: 2, .. })));
    // A constant has one coefficient of its own size: 2^9·2^40 just fits a 50-bit prime minus the sign, 2^10·2^40 does not.
    let constant = |v: f64| vec![v; 16];
    assert!(ctx.encode(&constant(500.0), SCALE, 0).is_ok());
    assert!(matches!(ctx.encode(&constant(1024.0), SCALE, 0), Err(CkksError::DoesNotFit { level: 0, .. })));
    assert!(ctx.encode(&constant(1024.0), SCALE, 1).is_ok());
    assert!(matches!(ctx.encode(&constant(1e300), 1e300, 2), Err(CkksError::DoesNotFit { .. })));
}

#[test]
fn refuses_bad_parameters() {
    let good = parameters(6, 3, 2);
    let with = |change: &dyn Fn(&mut Params)| {
        let mut p = good.clone();
        change(&mut p);
        Context::new_insecure(p).unwrap_err()
    };
    assert!(matches!(with(&|p| p.log_n = 2), ParameterError::BadDegree { log_n: 2 }));
    assert!(matches!(with(&|p| p.log_n = 18), ParameterError::BadDegree { log_n: 18 }));
    assert!(matches!(with(&|p| p.q.clear()), ParameterError::BadLimbCount { q: 0, .. }));
    assert!(matches!(with(&|p| p.p.clear()), ParameterError::BadLimbCount { p: 0, .. }));
    assert!(matches!(with(&|p| p.q = vec![1; 1000]), ParameterError::BadLimbCount { q: 1000, .. }));
    assert!(matches!(with(&|p| p.p[0] = p.q[1]), ParameterError::RepeatedPrime { .. }));
    assert!(matches!(with(&|p| p.digit_limbs = 0), ParameterError::BadDigit { .. }));
    assert!(matches!(with(&|p| p.digit_limbs = 5), ParameterError::BadDigit { .. }));
    assert!(matches!(with(&|p| p.digit_limbs = 4), ParameterError::SpecialModulusTooSmall { .. }));
    assert!(matches!(with(&|p| p.q[1] = 257), ParameterError::PrimeTooSmall { prime: 257 }));
    assert!(matches!(with(&|p| p.q[0] += 2), ParameterError::Ring(_)));
    // A prime without the root of unity.
    assert!(matches!(with(&|p| p.q[0] = (1 << 50) - 27), ParameterError::Ring(_)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Scales from 2^20 to 2^200: the error is that of f64, or of rounding to integers.
    #[test]
    fn round_trip_of_any_scale(seed: u64, scale_bits in 20i32..200, magnitude in -3i32..4, level in 4usize..6) {
        let log_n = 8;
        let q = find_ntt_primes(45, log_n, 6, 0);
        let ctx = Context::new_insecure(Params { log_n, q, p: find_ntt_primes(50, log_n, 1, 0), digit_limbs: 1, security: Security::Insecure, refresh: Vec::new() }).unwrap();
        let size = 2f64.powi(magnitude);
        let values: Vec<f64> = random(seed, ctx.slots()).iter().map(|v| v * size).collect();
        let scale = 2f64.powi(scale_bits);
        let decoded = ctx.decode(&ctx.encode(&values, scale, level).unwrap());
        prop_assert!(max_error(&decoded, &values) <= 1e-13 * size + 40.0 / scale);
    }
}

/// A decrypted plaintext tells the secret key; printing one must not.
#[test]
fn printing_a_plaintext_shows_no_coefficients() {
    let ctx = hep_ckks::Context::new_insecure(common::parameters(4, 1, 1)).unwrap();
    let mut plain = ctx.encode(&[1.0; 8], 1024.0, 1).unwrap();
    assert_eq!(format!("{plain:?}"), "Plaintext { level: 1, scale: 1024.0, .. }");
    zeroize::Zeroize::zeroize(&mut plain);
    assert!(plain.poly().as_slice().is_empty());
}

//! Complex slots: encoding, conjugation, the imaginary unit, real and imaginary parts.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::*;
use hep_ckks::{
    Ciphertext, CkksError, Context, EvaluationKeys, Evaluator, SwitchingKey, decrypt, encrypt_secret,
};
use num_complex::Complex64;

const TOLERANCE: f64 = 1e-8;

fn vector(seed: u64, count: usize) -> Vec<Complex64> {
    random(seed, count)
        .into_iter()
        .zip(random(seed + 100, count))
        .map(|(re, im)| Complex64::new(re, im))
        .collect()
}

#[track_caller]
fn assert_near(found: &[Complex64], wanted: impl IntoIterator<Item = Complex64>, tolerance: f64) {
    let wanted: Vec<Complex64> = wanted.into_iter().collect();
    assert_eq!(found.len(), wanted.len());
    let worst = found.iter().zip(&wanted).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
    assert!(worst < tolerance, "{worst:e}");
}

fn encrypted(setup: &mut Setup, values: &[Complex64], level: usize) -> Ciphertext {
    let plain = setup.ctx.encode_complex(values, SCALE, level).unwrap();
    encrypt_secret(&setup.ctx, &setup.sk, &plain, &mut setup.rng).unwrap()
}

fn decrypted(setup: &Setup, ct: &Ciphertext) -> Vec<Complex64> {
    setup.ctx.decode_complex(&decrypt(&setup.ctx, &setup.sk, ct).unwrap())
}

/// With the key of the conjugation up to a level.
fn setup(key_level: usize) -> Setup {
    let mut setup = Setup::new(8, 4, 2, &[]);
    let conjugation = setup.ctx.conjugation();
    let key = SwitchingKey::automorphism(&setup.ctx, &setup.sk, conjugation, key_level, &mut setup.rng);
    setup.keys.galois.insert(conjugation, key.unwrap());
    setup
}

#[test]
fn complex_slots_come_back_at_every_level_and_degree() {
    for log_n in [3, 4, 9, 12] {
        let ctx = Context::new_insecure(parameters(log_n, 3, 2)).unwrap();
        let values = vector(1, ctx.slots());
        for level in 0..=3 {
            let plain = ctx.encode_complex(&values, SCALE, level).unwrap();
            assert_eq!((plain.level(), plain.scale()), (level, SCALE));
            assert_near(&ctx.decode_complex(&plain), values.iter().copied(), TOLERANCE);
            // The real parts alone, and those of reals.
            let reals: Vec<f64> = values.iter().map(|v| v.re).collect();
            assert_close(&ctx.decode(&plain), &reals, TOLERANCE);
            let of_reals: Vec<Complex64> = reals.iter().copied().map(Complex64::from).collect();
            assert_eq!(
                ctx.encode_complex(&of_reals, SCALE, level).unwrap(),
                ctx.encode(&reals, SCALE, level).unwrap()
            );
        }
    }
}

#[test]
fn encoding_refuses_complex_slots_as_it_does_reals() {
    let ctx = Context::new_insecure(parameters(5, 2, 1)).unwrap();
    let encode = |values: &[Complex64], scale, level| ctx.encode_complex(values, scale, level).unwrap_err();
    let one = [Complex64::ONE];
    assert_eq!(encode(&[one[0]; 17], SCALE, 2), CkksError::TooManyValues { given: 17, slots: 16 });
    let imaginary = Complex64::new(0.0, f64::NAN);
    assert!(matches!(encode(&[one[0], imaginary], SCALE, 2), CkksError::NotFinite { index: 1, .. }));
    assert!(matches!(encode(&one, -1.0, 2), CkksError::BadScale { .. }));
    assert!(matches!(encode(&one, SCALE, 3), CkksError::BadLevel { level: 3, max_level: 2, .. }));
    assert!(matches!(encode(&[one[0] * 2000.0; 16], SCALE, 0), CkksError::DoesNotFit { level: 0, .. }));
}

#[test]
fn the_imaginary_unit_is_exact() {
    let mut setup = setup(4);
    let values = vector(2, setup.ctx.slots());
    let ct = encrypted(&mut setup, &values, 3);
    let ev = setup.evaluator();
    let turned = ev.multiply_by_i(&ct).unwrap();
    assert_eq!((turned.level(), turned.scale()), (3, SCALE));
    assert_near(&decrypted(&setup, &turned), values.iter().map(|v| v * Complex64::I), TOLERANCE);
    // Twice is −1, bit for bit.
    assert_eq!(ev.multiply_by_i(&turned).unwrap(), ev.negate(&ct).unwrap());
    // Of three parts, too.
    let product = ev.sum_mul(&[(&ct, &ct)], 3).unwrap();
    let both = ev.relinearize(&ev.multiply_by_i(&product).unwrap()).unwrap();
    assert_near(&decrypted(&setup, &both), values.iter().map(|v| v * v * Complex64::I), 1e-6);
}

#[test]
fn conjugation_turns_slots_around() {
    let mut setup = setup(3);
    let values = vector(3, setup.ctx.slots());
    for level in 0..=3 {
        let ct = encrypted(&mut setup, &values, level);
        let ev = setup.evaluator();
        let turned = ev.conjugate(&ct).unwrap();
        assert_eq!((turned.level(), turned.scale()), (level, SCALE));
        assert_near(&decrypted(&setup, &turned), values.iter().map(|v| v.conj()), TOLERANCE);
    }
    let high = encrypted(&mut setup, &values, 4);
    let refused = setup.evaluator().conjugate(&high).unwrap_err();
    assert!(matches!(refused, CkksError::KeyLevelTooLow { ciphertext_level: 4, key_level: 3, .. }));
}

#[test]
fn real_and_imaginary_parts_are_those_of_sums_with_the_conjugate() {
    let mut setup = setup(4);
    let values = vector(4, setup.ctx.slots());
    for level in 1..=4 {
        let ct = encrypted(&mut setup, &values, level);
        let ev = setup.evaluator();
        let (real, imaginary) = ev.real_parts(&ct, true).unwrap();
        let imaginary = imaginary.unwrap();
        let last = setup.ctx.parameters().q[level] as f64;
        for part in [&real, &imaginary] {
            assert_eq!((part.level(), part.scale()), (level - 1, SCALE / last));
        }
        // At a scale of 1 rounding is all that is seen: the same errors are compared with the separate operations instead.
        let conjugate = ev.conjugate(&ct).unwrap();
        let sum = ev.rescale(&ev.add(&ct, &conjugate).unwrap()).unwrap();
        let difference = ev.multiply_by_i(&ev.sub(&conjugate, &ct).unwrap()).unwrap();
        let difference = ev.rescale(&difference).unwrap();
        // Roundings by up to 1/2 in two parts, the second times a secret of 2N/3 coefficients.
        let n = setup.ctx.degree() as f64;
        let tolerance = 20.0 * ((1.0 + 2.0 * n / 3.0) / 12.0 * n).sqrt() / sum.scale();
        assert_near(&decrypted(&setup, &real), decrypted(&setup, &sum), tolerance);
        assert_near(&decrypted(&setup, &imaginary), decrypted(&setup, &difference), tolerance);
        // Without the other, the one is the same.
        assert_eq!(ev.real_parts(&ct, false).unwrap(), (real, None));
    }
}

#[test]
fn real_and_imaginary_parts_are_right() {
    let mut setup = setup(4);
    let values = vector(5, setup.ctx.slots());
    // At twice the bits of a scale, so that a division leaves one.
    let plain = setup.ctx.encode_complex(&values, SCALE * SCALE, 3).unwrap();
    let ct = encrypt_secret(&setup.ctx, &setup.sk, &plain, &mut setup.rng).unwrap();
    let (real, imaginary) = setup.evaluator().real_parts(&ct, true).unwrap();
    assert_near(&decrypted(&setup, &real), values.iter().map(|v| Complex64::from(2.0 * v.re)), TOLERANCE);
    let imaginary = decrypted(&setup, &imaginary.unwrap());
    assert_near(&imaginary, values.iter().map(|v| Complex64::from(2.0 * v.im)), TOLERANCE);
}

#[test]
fn parts_that_cannot_be_taken_apart_are_refused() {
    let mut setup = setup(2);
    let values = vector(6, setup.ctx.slots());
    let [bottom, low, high] = [0, 1, 3].map(|level| encrypted(&mut setup, &values, level));
    let mut other = Setup::new(7, 4, 2, &[]);
    let foreign = encrypted(&mut other, &[Complex64::ONE], 2);
    let ev = setup.evaluator();
    let product = ev.sum_mul(&[(&low, &low)], 1).unwrap();
    let refused = |ct: &Ciphertext| ev.real_parts(ct, true).unwrap_err();
    assert!(matches!(refused(&bottom), CkksError::LevelExhausted { level: 0, .. }));
    assert!(matches!(refused(&high), CkksError::KeyLevelTooLow { ciphertext_level: 3, key_level: 2, .. }));
    assert!(matches!(refused(&product), CkksError::PartCount { found: 3, .. }));
    assert!(matches!(refused(&foreign), CkksError::OtherContext { .. }));
    assert!(matches!(ev.multiply_by_i(&foreign), Err(CkksError::OtherContext { .. })));
    let none = EvaluationKeys::default();
    let missing = Evaluator::new(&setup.ctx, &none).real_parts(&low, false).unwrap_err();
    assert!(matches!(missing, CkksError::MissingGaloisKey { step: None, .. }), "{missing}");
    assert!(missing.to_string().contains(&format!("X^{}", 2 * setup.ctx.degree() - 1)), "{missing}");
}

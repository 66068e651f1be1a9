//! Operations that do several in one: against the same operations one after the other, and their digests.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::*;
use hep_ckks::{Ciphertext, CkksError, ExtendedPlaintext};

const TOLERANCE: f64 = 1e-7;

#[test]
fn products_are_rescaled_as_they_are_relinearized() {
    for digit_limbs in 1..=4 {
        let mut setup = Setup::new(9, 5, digit_limbs, &[]);
        let (a, b) = (setup.random(1), setup.random(2));
        for level in 1..=5 {
            let (ca, cb) = (setup.encrypt(&a, level), setup.encrypt(&b, level));
            let ev = setup.evaluator();
            let terms = [(&ca, &cb), (&cb, &cb)];
            let product = ev.sum_mul(&terms, level).unwrap();
            let one = ev.relinearize_rescale(&product).unwrap();
            let apart = ev.rescale(&ev.relinearize(&product).unwrap()).unwrap();
            assert_eq!((one.level(), one.scale()), (apart.level(), apart.scale()));
            let expected: Vec<f64> =
                products(&a, &b).iter().zip(products(&b, &b)).map(|(x, y)| x + y).collect();
            assert_close(&setup.decrypt(&one), &expected, TOLERANCE);
            assert_eq!(ev.sum_mul_relinearize_rescale(&terms, level).unwrap(), one);
        }
    }
}

/// One rounding less: the noise is no larger than that of both operations apart.
#[test]
fn merged_rescaling_is_no_noisier() {
    let mut setup = Setup::new(12, 3, 2, &[]);
    let (a, b) = (setup.random(1), setup.random(2));
    let (ca, cb) = (setup.encrypt(&a, 3), setup.encrypt(&b, 3));
    let ev = setup.evaluator();
    let product = ev.sum_mul(&[(&ca, &cb)], 3).unwrap();
    let exact = setup.decrypt(&product);
    let merged = rms_error(&setup.decrypt(&ev.relinearize_rescale(&product).unwrap()), &exact);
    let apart = rms_error(&setup.decrypt(&ev.rescale(&ev.relinearize(&product).unwrap()).unwrap()), &exact);
    assert!(merged < 1.1 * apart, "{merged:e} against {apart:e}");
}

#[test]
fn merged_products_refuse_what_their_parts_refuse() {
    let mut setup = Setup::with_key_level(8, 2, 1, &[], 1);
    let (top, low) = (setup.encrypt(&[1.0], 2), setup.encrypt(&[1.0], 0));
    let ev = setup.evaluator();
    let too_low =
        |found| matches!(found, Err(CkksError::KeyLevelTooLow { ciphertext_level: 2, key_level: 1, .. }));
    assert!(too_low(ev.sum_mul_relinearize_rescale(&[(&top, &top)], 2)));
    assert!(too_low(ev.relinearize_rescale(&ev.sum_mul(&[(&top, &top)], 2).unwrap())));
    let exhausted = ev.sum_mul_relinearize_rescale(&[(&low, &low)], 0);
    assert!(matches!(exhausted, Err(CkksError::LevelExhausted { level: 0, .. })));
    assert!(matches!(ev.relinearize_rescale(&top), Err(CkksError::PartCount { found: 2, .. })));
    assert!(matches!(ev.sum_mul_relinearize_rescale(&[], 1), Err(CkksError::EmptySum { .. })));
}

const STEPS: [i64; 5] = [1, 0, -3, 100, 1];

fn diagonals(setup: &Setup, level: usize) -> (Vec<Vec<f64>>, Vec<ExtendedPlaintext>) {
    let values: Vec<_> = (0..STEPS.len() as u64).map(|k| setup.random(50 + k)).collect();
    let scale = setup.ctx.parameters().q[level] as f64;
    let plains = values.iter().map(|v| setup.ctx.encode_extended(v, scale, level).unwrap()).collect();
    (values, plains)
}

#[test]
fn a_matrix_by_its_diagonals() {
    for digit_limbs in [1, 3] {
        let mut setup = Setup::new(9, 4, digit_limbs, &STEPS);
        let values = setup.random(1);
        let others = setup.random(2);
        let (ct, other) = (setup.encrypt(&values, 4), setup.encrypt(&others, 4));
        for level in 1..=4 {
            let (factors, plains) = diagonals(&setup, level);
            let terms: Vec<_> = STEPS.iter().zip(&plains).map(|(&step, plain)| (&ct, step, plain)).collect();
            let mut expected = vec![0.0; values.len()];
            for (factor, &step) in factors.iter().zip(&STEPS) {
                let turned = products(factor, &rolled(&values, step));
                expected.iter_mut().zip(turned).for_each(|(e, x)| *e += x);
            }
            let ev = setup.evaluator();
            // A second sum of another ciphertext and of the last term.
            let [at, step] = [STEPS.len() - 1, 0].map(|at| STEPS[at]);
            let pair = [(&other, step, &plains[0]), terms[STEPS.len() - 1]];
            let mut mixed = products(&factors[0], &rolled(&others, step));
            let last = products(&factors[STEPS.len() - 1], &rolled(&values, at));
            mixed.iter_mut().zip(last).for_each(|(e, x)| *e += x);
            let sums = ev.rotated_products(&[&terms, &pair]).unwrap();
            for (sum, expected) in sums.iter().zip([&expected, &mixed]) {
                assert_eq!((sum.level(), sum.parts().len()), (level - 1, 2));
                assert_close(&setup.decrypt(sum), expected, TOLERANCE);
            }
            assert_eq!(sums.len(), 2);
        }
    }
}

#[test]
fn sums_of_rotations() {
    let mut setup = Setup::new(9, 4, 2, &STEPS);
    let vectors = [setup.random(1), setup.random(2)];
    for level in 0..=4 {
        let [a, b] = [0, 1].map(|k: usize| setup.encrypt(&vectors[k], level));
        let terms: Vec<(&Ciphertext, i64)> =
            STEPS.iter().enumerate().map(|(k, &step)| (if k < 3 { &a } else { &b }, step)).collect();
        let mut expected = vec![0.0; vectors[0].len()];
        for (k, &step) in STEPS.iter().enumerate() {
            expected.iter_mut().zip(rolled(&vectors[k / 3], step)).for_each(|(e, x)| *e += x);
        }
        let ev = setup.evaluator();
        let sum = ev.sum_rotations(&terms).unwrap();
        assert_eq!((sum.level(), sum.scale()), (level, a.scale()));
        assert_close(&setup.decrypt(&sum), &expected, TOLERANCE);
        // One rotation alone is that rotation.
        assert_eq!(ev.sum_rotations(&[(&b, -3)]).unwrap(), ev.rotate(&b, -3).unwrap());
        assert_eq!(ev.sum_rotations(&[(&b, 0)]).unwrap().parts(), b.parts());
    }
}

#[test]
fn sums_of_rotations_refuse_misfits() {
    let mut setup = Setup::new(8, 3, 2, &[1]);
    let (top, low) = (setup.encrypt(&[1.0], 3), setup.encrypt(&[1.0], 1));
    let other = Setup::new(9, 3, 2, &[]).ctx.encode_extended(&[1.0], SCALE, 3).unwrap();
    let ev = setup.evaluator();
    assert!(matches!(ev.sum_rotations(&[]), Err(CkksError::EmptySum { .. })));
    assert!(matches!(ev.sum_rotations(&[(&top, 1), (&low, 1)]), Err(CkksError::LevelMismatch { .. })));
    assert!(matches!(ev.sum_rotations(&[(&top, 2)]), Err(CkksError::MissingGaloisKey { step: Some(2), .. })));
    let refused = |sums: &[&[_]]| ev.rotated_products(sums).unwrap_err();
    let [plain, last] = [3, 0].map(|level| setup.ctx.encode_extended(&[1.0], SCALE, level).unwrap());
    assert!(matches!(refused(&[]), CkksError::EmptySum { .. }));
    assert!(matches!(refused(&[&[(&top, 1, &plain)], &[]]), CkksError::EmptySum { .. }));
    assert!(matches!(refused(&[&[(&top, 1, &other)]]), CkksError::OtherContext { .. }));
    assert!(matches!(refused(&[&[(&top, 2, &plain)]]), CkksError::MissingGaloisKey { step: Some(2), .. }));
    assert!(matches!(refused(&[&[(&top, 1, &last)]]), CkksError::LevelExhausted { .. }));
    assert!(matches!(refused(&[&[(&low, 1, &plain)]]), CkksError::LevelMismatch { .. }));
}

/// More rotations than are kept in the cache at a time, of two ciphertexts, in no order.
#[test]
fn sums_of_many_rotations() {
    for log_n in [6, 12] {
        let steps: Vec<i64> = (0..24).map(|k| (7 * k) % 24).collect();
        let mut setup = Setup::new(log_n, 2, 2, &steps);
        let (a, b) = (setup.random(1), setup.random(2));
        let (ca, cb) = (setup.encrypt(&a, 2), setup.encrypt(&b, 2));
        let factors: Vec<Vec<f64>> = (0..24).map(|k| setup.random(10 + k)).collect();
        let plains: Vec<ExtendedPlaintext> =
            factors.iter().map(|f| setup.ctx.encode_extended(f, SCALE, 2).unwrap()).collect();
        let ev = setup.evaluator();
        let added = |sum: Vec<f64>, term: Vec<f64>| sum.iter().zip(&term).map(|(s, t)| s + t).collect();
        let zero = || vec![0.0; setup.ctx.slots()];

        let terms: Vec<(&Ciphertext, i64)> =
            steps.iter().map(|&s| (&ca, s)).chain([(&cb, 5), (&cb, 0)]).collect();
        let wanted = steps.iter().map(|&s| rolled(&a, s)).fold(zero(), added);
        let wanted = added(added(wanted, rolled(&b, 5)), b.clone());
        assert_close(&setup.decrypt(&ev.sum_rotations(&terms).unwrap()), &wanted, 1e-6);

        // All of one; the last and nothing of the other; some of both.
        let products: [Vec<(&Ciphertext, i64, usize)>; 3] = [
            steps.iter().enumerate().map(|(k, &s)| (&ca, s, k)).collect(),
            vec![(&ca, 23, 0), (&cb, 0, 1)],
            vec![(&cb, 3, 4), (&ca, 22, 6), (&ca, 0, 5), (&cb, 17, 7)],
        ];
        let given: Vec<Vec<_>> =
            products.iter().map(|sum| sum.iter().map(|&(c, s, k)| (c, s, &plains[k])).collect()).collect();
        let given: Vec<&[_]> = given.iter().map(|sum| &sum[..]).collect();
        let found = ev.rotated_products(&given).unwrap();
        for (found, sum) in found.iter().zip(&products) {
            let values = |c: &Ciphertext| if std::ptr::eq(c, &ca) { &a } else { &b };
            let each = sum.iter().map(|&(c, s, k)| common::products(&rolled(values(c), s), &factors[k]));
            assert_close(&setup.decrypt(found), &each.fold(zero(), added), 1e-6);
        }
    }
}

/// As `reference.rs`, for operations that came later.
#[test]
fn merged_operations_give_the_same_bits_as_ever() {
    for (log_n, levels, digit_limbs, expected) in [
        (5, 4, 1, "5c9db72041fdbfe8b96fd2acf075dfcb"),
        (9, 6, 3, "bfcbf3bf73ace9879a6d47fdf2d0ab58"),
        (10, 4, 5, "aeb353d4384c3db05bdf6b9c05e80e30"),
        (12, 3, 2, "34023150b95d19251bc47f606667fb8b"),
    ] {
        let mut setup = Setup::new(log_n, levels, digit_limbs, &[1, 5, 12]);
        let slots = setup.ctx.slots();
        let (a, b) = (setup.encrypt(&vec![1.5; slots], levels), setup.encrypt(&vec![-0.25; slots], levels));
        let ev = setup.evaluator();
        let mut hasher = blake3::Hasher::new();
        let mut digest = |ct: &Ciphertext| {
            for word in ct.parts().iter().flat_map(|part| part.as_slice()) {
                hasher.update(&word.to_le_bytes());
            }
        };
        for level in 1..=levels {
            let (a, b) = (ev.drop_to_level(&a, level).unwrap(), ev.drop_to_level(&b, level).unwrap());
            let plain = setup.ctx.encode_extended(&vec![0.75; slots], SCALE, level).unwrap();
            digest(&ev.sum_mul_relinearize_rescale(&[(&a, &b), (&a, &a)], level).unwrap());
            let sums: [&[_]; 2] =
                [&[(&a, 1, &plain), (&a, 0, &plain), (&b, 12, &plain)], &[(&a, 12, &plain), (&a, 5, &plain)]];
            ev.rotated_products(&sums).unwrap().iter().for_each(&mut digest);
            digest(&ev.sum_rotations(&[(&a, 5), (&b, 0), (&b, 12), (&a, 1)]).unwrap());
        }
        let found = hasher.finalize().to_hex()[..32].to_string();
        assert_eq!(found, expected, "N = 2^{log_n}");
    }
}

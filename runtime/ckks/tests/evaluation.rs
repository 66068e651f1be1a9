//! Homomorphic operations against the same operations on slots.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use hep_ckks::{Ciphertext, CkksError, decrypt, encrypt_secret};
use proptest::prelude::*;

/// Far above the noise at N = 2^10 and scale 2^40 (about 2^−29), far below any message.
const TOLERANCE: f64 = 1e-7;

#[test]
fn products_at_every_level() {
    let mut setup = Setup::new(10, 6, 2, &[]);
    let (a, b) = (setup.random(1), setup.random(2));
    for level in (1..=6).rev() {
        let (ca, cb) = (setup.encrypt(&a, level), setup.encrypt(&b, level));
        let ev = setup.evaluator();
        let product = ev.sum_mul(&[(&ca, &cb)], ca.level()).unwrap();
        assert_eq!((product.parts().len(), product.level(), product.scale()), (3, level, SCALE * SCALE));
        // Three parts decrypt, rescale and relinearize in any order.
        let relinearized = ev.relinearize(&product).unwrap();
        let rescaled = ev.rescale(&relinearized).unwrap();
        let late = ev.relinearize(&ev.rescale(&product).unwrap()).unwrap();
        assert_eq!(rescaled.level(), level - 1);
        assert_eq!(rescaled.scale(), SCALE * SCALE / setup.ctx.parameters().q[level] as f64);
        for ct in [&product, &relinearized, &rescaled, &late] {
            // The product at level 1 has just 10 bits of room.
            assert_close(&setup.decrypt(ct), &products(&a, &b), TOLERANCE);
        }
    }
}

#[test]
fn a_chain_from_the_top_to_level_zero() {
    let mut setup = Setup::new(10, 6, 3, &[]);
    let values = setup.random(3);
    let mut ct = setup.encrypt(&values, 6);
    let mut expected = values;
    for level in (0..6).rev() {
        let ev = setup.evaluator();
        ct = ev.rescale(&ev.relinearize(&ev.sum_mul(&[(&ct, &ct)], ct.level()).unwrap()).unwrap()).unwrap();
        expected = products(&expected, &expected);
        assert_eq!(ct.level(), level);
        assert_close(&setup.decrypt(&ct), &expected, TOLERANCE);
    }
    let ev = setup.evaluator();
    assert!(matches!(ev.rescale(&ct), Err(CkksError::LevelExhausted { level: 0, .. })));
    assert_close(
        &setup.decrypt(&ev.add(&ct, &ct).unwrap()),
        &expected.iter().map(|v| 2.0 * v).collect::<Vec<_>>(),
        TOLERANCE,
    );
}

/// A plaintext encoded at the scale of the dropped prime leaves the scale as it was.
#[test]
fn plaintext_products_keep_the_scale() {
    let mut setup = Setup::new(10, 3, 2, &[]);
    let (a, w) = (setup.random(1), setup.random(2));
    let ct = setup.encrypt(&a, 3);
    let prime = setup.ctx.parameters().q[3] as f64;
    let plain = setup.ctx.encode(&w, prime, 3).unwrap();
    let ev = setup.evaluator();
    let product = ev.rescale(&ev.sum_mul_plain(&[(&ct, &plain)]).unwrap()).unwrap();
    assert_eq!(product.scale(), SCALE);
    assert_close(&setup.decrypt(&product), &products(&a, &w), TOLERANCE);
}

#[test]
fn sums_accept_three_parts() {
    let mut setup = Setup::new(9, 2, 1, &[]);
    let (a, b) = (setup.random(1), setup.random(2));
    let (ca, cb) = (setup.encrypt(&a, 2), setup.encrypt(&b, 2));
    let wide = setup.ctx.encode(&b, SCALE * SCALE, 2).unwrap();
    let cw = encrypt_secret(&setup.ctx, &setup.sk, &wide, &mut setup.rng).unwrap();
    let ev = setup.evaluator();
    let product = ev.sum_mul(&[(&ca, &cb)], ca.level()).unwrap();
    let plain = |f: fn(f64, f64) -> f64| -> Vec<f64> { a.iter().zip(&b).map(|(&x, &y)| f(x, y)).collect() };
    let check = |ct: Ciphertext, f| assert_close(&setup.decrypt(&ct), &plain(f), TOLERANCE);
    check(ev.add(&product, &cw).unwrap(), |x, y| x * y + y);
    check(ev.add(&cw, &product).unwrap(), |x, y| x * y + y);
    check(ev.sub(&product, &cw).unwrap(), |x, y| x * y - y);
    check(ev.sub(&cw, &product).unwrap(), |x, y| y - x * y);
    check(ev.negate(&product).unwrap(), |x, y| -x * y);
    check(ev.sub_plain(&product, &wide).unwrap(), |x, y| x * y - y);
    check(ev.add_plain(&product, &wide).unwrap(), |x, y| x * y + y);
    check(ev.drop_to_level(&product, 1).unwrap(), |x, y| x * y);
}

#[test]
fn set_scale_reinterprets_the_message() {
    let mut setup = Setup::new(8, 1, 1, &[]);
    let a = setup.random(1);
    let mut ct = setup.encrypt(&a, 1);
    ct.set_scale(SCALE * 4.0).unwrap();
    assert_close(&setup.decrypt(&ct), &a.iter().map(|v| v / 4.0).collect::<Vec<_>>(), TOLERANCE);
    assert!(matches!(ct.set_scale(f64::NAN), Err(CkksError::BadScale { .. })));
    assert_eq!(ct.scale(), SCALE * 4.0);
}

#[test]
fn every_misuse_has_its_error() {
    let mut setup = Setup::with_key_level(8, 3, 2, &[1], 1);
    let mut other = Setup::new(9, 3, 2, &[]);
    let a = setup.random(1);
    let (top, low) = (setup.encrypt(&a, 3), setup.encrypt(&a, 1));
    let foreign = other.encrypt(&a, 3);
    let mut scaled = top.clone();
    scaled.set_scale(SCALE * 1.001).unwrap();
    let plain = setup.ctx.encode(&a, SCALE, 1).unwrap();
    let ev = setup.evaluator();
    let cube = ev.sum_mul(&[(&low, &low)], low.level()).unwrap();

    assert!(matches!(
        ev.add(&top, &low),
        Err(CkksError::LevelMismatch { operation: "add", left: 3, right: 1 })
    ));
    assert!(matches!(ev.sub(&top, &scaled), Err(CkksError::ScaleMismatch { operation: "sub", .. })));
    assert!(matches!(ev.add_plain(&top, &plain), Err(CkksError::LevelMismatch { .. })));
    let high = setup.ctx.encode(&a, SCALE, 3).unwrap();
    assert!(matches!(ev.sum_mul_plain(&[(&low, &high)]), Err(CkksError::LevelMismatch { .. })));
    assert!(matches!(ev.sum_mul(&[(&top, &low)], 2), Err(CkksError::LevelMismatch { .. })));
    assert!(matches!(ev.sum_mul_plain(&[]), Err(CkksError::EmptySum { .. })));
    assert!(matches!(ev.sum_mul(&[], 0), Err(CkksError::EmptySum { .. })));
    assert!(matches!(
        ev.sum_mul(&[(&top, &top), (&top, &scaled)], top.level()),
        Err(CkksError::ScaleMismatch { .. })
    ));
    assert!(matches!(ev.sum_mul(&[(&cube, &low)], low.level()), Err(CkksError::PartCount { found: 3, .. })));
    assert!(matches!(
        ev.sum_mul_plain(&[(&low, &plain), (&cube, &plain)]),
        Err(CkksError::ScaleMismatch { .. })
    ));
    assert!(matches!(ev.relinearize(&low), Err(CkksError::PartCount { found: 2, .. })));
    assert!(matches!(ev.rotate(&cube, 1), Err(CkksError::PartCount { found: 3, .. })));
    assert!(matches!(ev.rotate(&cube, 0), Err(CkksError::PartCount { found: 3, .. })));
    assert!(matches!(ev.drop_to_level(&low, 2), Err(CkksError::CannotRaise { from: 1, to: 2 })));
    let missing = |result: Result<_, CkksError>| result.map(drop).unwrap_err().to_string();
    assert_eq!(
        missing(ev.rotate(&low, 2).map(|c| vec![c])),
        "rotate: there is no key for step 2 (of 128 slots)"
    );
    assert_eq!(
        missing(ev.rotate_many(&low, &[1, -1])),
        "rotate: there is no key for step 127 (of 128 slots)"
    );
    let too_low = CkksError::KeyLevelTooLow { operation: "rotate", ciphertext_level: 3, key_level: 1 };
    assert_eq!(ev.rotate(&top, 1), Err(too_low));
    let square = ev.sum_mul(&[(&top, &top)], top.level()).unwrap();
    assert!(matches!(ev.relinearize(&square), Err(CkksError::KeyLevelTooLow { .. })));
    assert!(matches!(ev.add(&top, &foreign), Err(CkksError::OtherContext { .. })));
    assert!(matches!(ev.rotate(&foreign, 1), Err(CkksError::OtherContext { .. })));
    assert!(matches!(decrypt(&setup.ctx, &other.sk, &top), Err(CkksError::OtherContext { .. })));
    let none = Default::default();
    let bare = hep_ckks::Evaluator::new(&setup.ctx, &none);
    assert_eq!(bare.relinearize(&cube), Err(CkksError::MissingRelinearizationKey));
    // Messages name the operation and the numbers.
    let text = ev.rotate(&low, 2).unwrap_err().to_string();
    assert!(text.contains("step 2") && text.contains("128"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn linear_operations(seed: u64, level in 0usize..=3, scale in 0.01f64..100.0) {
        let mut setup = Setup::new(8, 3, 2, &[]);
        let [a, b] = [1, 2].map(|k| setup.random(seed.wrapping_add(k)).iter().map(|v| v * scale).collect::<Vec<_>>());
        let (ca, cb) = (setup.encrypt(&a, level), setup.encrypt(&b, level));
        let pb = setup.ctx.encode(&b, SCALE, level).unwrap();
        let ev = setup.evaluator();
        let sum: Vec<f64> = a.iter().zip(&b).map(|(x, y)| x + y).collect();
        let difference: Vec<f64> = a.iter().zip(&b).map(|(x, y)| x - y).collect();
        prop_assert!(max_error(&setup.decrypt(&ev.add(&ca, &cb).unwrap()), &sum) < TOLERANCE);
        prop_assert!(max_error(&setup.decrypt(&ev.sub(&ca, &cb).unwrap()), &difference) < TOLERANCE);
        prop_assert!(max_error(&setup.decrypt(&ev.add_plain(&ca, &pb).unwrap()), &sum) < TOLERANCE);
        prop_assert!(max_error(&setup.decrypt(&ev.sub_plain(&ca, &pb).unwrap()), &difference) < TOLERANCE);
        prop_assert_eq!(ev.sub(&ca, &cb).unwrap(), ev.add(&ca, &ev.negate(&cb).unwrap()).unwrap());
    }

    #[test]
    fn sums_of_products(seed: u64, terms in 1usize..9, level in 1usize..=3) {
        let mut setup = Setup::new(9, 3, 2, &[]);
        let vectors: Vec<_> = (0..2 * terms as u64).map(|k| setup.random(seed.wrapping_add(k))).collect();
        let cts: Vec<_> = vectors.iter().map(|v| setup.encrypt(v, level)).collect();
        let plains: Vec<_> = vectors.iter().map(|v| setup.ctx.encode(v, SCALE, level).unwrap()).collect();
        let mut expected = vec![0.0; setup.ctx.slots()];
        for pair in vectors.chunks(2) {
            expected.iter_mut().zip(products(&pair[0], &pair[1])).for_each(|(e, p)| *e += p);
        }
        let ev = setup.evaluator();
        let pairs: Vec<_> = cts.chunks(2).map(|pair| (&pair[0], &pair[1])).collect();
        let mixed: Vec<_> = cts.iter().step_by(2).zip(plains.iter().skip(1).step_by(2)).collect();
        let finish = |ct: Ciphertext| setup.decrypt(&ev.rescale(&ct).unwrap());
        let product = finish(ev.relinearize(&ev.sum_mul(&pairs, pairs[0].0.level()).unwrap()).unwrap());
        prop_assert!(max_error(&product, &expected) < TOLERANCE);
        prop_assert!(max_error(&finish(ev.sum_mul_plain(&mixed).unwrap()), &expected) < TOLERANCE);
    }
}

#[test]
fn products_ignore_the_upper_limbs_of_their_operands() {
    let mut setup = Setup::new(8, 3, 2, &[]);
    let (a, b) = (setup.random(1), setup.random(2));
    let (top, low) = (setup.encrypt(&a, 3), setup.encrypt(&b, 1));
    let plain = setup.ctx.encode(&b, SCALE, 1).unwrap();
    let ev = setup.evaluator();
    let dropped = ev.drop_to_level(&top, 1).unwrap();
    assert_eq!(ev.sum_mul(&[(&top, &low)], 1).unwrap(), ev.sum_mul(&[(&dropped, &low)], 1).unwrap());
    assert_eq!(
        ev.sum_mul_plain(&[(&top, &plain)]).unwrap(),
        ev.sum_mul_plain(&[(&dropped, &plain)]).unwrap()
    );
}

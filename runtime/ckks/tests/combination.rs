//! Combinations with numbers, and products that are added to them.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::*;
use hep_ckks::{Ciphertext, CkksError, Combination, Evaluator};

fn setup() -> (Setup, [Vec<f64>; 3]) {
    let setup = Setup::new(9, 5, 2, &[]);
    let values = [1, 2, 3].map(|seed| setup.random(seed));
    (setup, values)
}

/// Σ c·a + constant, slot by slot.
fn sum(terms: &[(f64, &Vec<f64>)], constant: f64) -> Vec<f64> {
    (0..terms[0].1.len()).map(|j| terms.iter().map(|(c, a)| c * a[j]).sum::<f64>() + constant).collect()
}

#[test]
fn a_combination_is_a_sum_of_integer_multiples() {
    let (mut setup, [a, b, c]) = setup();
    let [ca, mut cb, cc] = [(&a, 5), (&b, 3), (&c, 4)].map(|(v, level)| setup.encrypt(v, level));
    // Scales differ: each factor is rounded for its own.
    cb.set_scale(SCALE * 1.5).unwrap();
    let b: Vec<f64> = b.iter().map(|b| b / 1.5).collect();
    let ev = setup.evaluator();
    let terms = [(0.3, &ca), (-1.7, &cb), (2.5e-3, &cc)];
    let above = SCALE * 2f64.powi(40);
    for level in 1..=3 {
        let combined =
            ev.combine_numbers(Combination { terms: &terms, constant: -0.625 }, level, above).unwrap();
        assert_eq!((combined.level(), combined.scale()), (level, above));
        let wanted = sum(&[(0.3, &a), (-1.7, &b), (2.5e-3, &c)], -0.625);
        // A factor is off by 2^−41 at most.
        assert_close(&setup.decrypt(&combined), &wanted, 1e-7);
    }
    // Integers at one scale are additions, bit for bit.
    let low = ev.drop_to_level(&ca, 3).unwrap();
    let twice = ev.add(&low, &low).unwrap();
    let difference = ev.sub(&twice, &ev.drop_to_level(&cc, 3).unwrap()).unwrap();
    let terms = [(2.0, &ca), (-1.0, &cc)];
    assert_eq!(
        ev.combine_numbers(Combination { terms: &terms, constant: 0.0 }, 3, SCALE).unwrap(),
        difference
    );
    // A factor that rounds to nothing is nothing.
    let none = ev.combine_numbers(Combination { terms: &[(0.4, &ca)], constant: 0.0 }, 3, SCALE).unwrap();
    assert!(none.parts().iter().all(|part| part.as_slice().iter().all(|word| *word == 0)));
}

#[test]
fn a_constant_is_added_to_every_slot() {
    let (mut setup, [a, ..]) = setup();
    for level in [0, 3] {
        let ct = setup.encrypt(&a, level);
        let ev = setup.evaluator();
        let more = ev.add_constant(&ct, -3.25).unwrap();
        assert_eq!((more.level(), more.scale(), more.seed()), (level, SCALE, None));
        // Exactly that, as it is a multiple of 1/scale.
        let plain = setup.ctx.encode(&vec![-3.25; setup.ctx.slots()], SCALE, level).unwrap();
        assert_eq!(more, ev.add_plain(&ct, &plain).unwrap());
        assert_eq!(ev.add_constant(&more, 3.25).unwrap().parts(), ct.parts());
    }
    // A product that was not relinearized takes one, too.
    let ct = setup.encrypt(&a, 2);
    let ev = setup.evaluator();
    let product = ev.add_constant(&ev.sum_mul(&[(&ct, &ct)], 2).unwrap(), 0.5).unwrap();
    let wanted: Vec<f64> = a.iter().map(|a| a * a + 0.5).collect();
    assert_close(&setup.decrypt(&product), &wanted, 1e-7);
}

#[test]
fn products_join_a_combination_before_the_division() {
    let (mut setup, [a, b, c]) = setup();
    let [ca, cb, cc] = [(&a, 5), (&b, 4), (&c, 4)].map(|(v, level)| setup.encrypt(v, level));
    let ev = setup.evaluator();
    let product = |factor, terms: &[(&Ciphertext, &Ciphertext)], sum| {
        ev.sum_mul_combine_relinearize_rescale((factor, terms), sum, 4).unwrap()
    };
    let none = Combination::default();
    // With nothing to add it is the operation without, and a factor is so many terms: bit for bit.
    let pairs = [(&ca, &cb), (&cb, &cb)];
    let apart = |terms: &[_]| ev.sum_mul_relinearize_rescale(terms, 4).unwrap();
    assert_eq!(product(1, &pairs, none), apart(&pairs));
    for factor in [2, 3, 7] {
        let many: Vec<_> = pairs.iter().flat_map(|pair| std::iter::repeat_n(*pair, factor)).collect();
        assert_eq!(product(factor, &pairs, none), apart(&many), "{factor}");
    }
    // With it, it is the separate operations but for a rounding.
    let terms = [(-1.25, &cc), (0.1, &ca)];
    let combination = Combination { terms: &terms, constant: 0.75 };
    let merged = product(2, &pairs, combination);
    let last = setup.ctx.parameters().q[4] as f64;
    assert_eq!((merged.level(), merged.scale()), (3, SCALE * SCALE / last));
    let whole = ev.relinearize(&ev.sum_mul(&[pairs[0], pairs[0], pairs[1], pairs[1]], 4).unwrap()).unwrap();
    let added = ev.combine_numbers(combination, 4, whole.scale()).unwrap();
    let apart = ev.rescale(&ev.add(&whole, &added).unwrap()).unwrap();
    assert_eq!((merged.level(), merged.scale()), (apart.level(), apart.scale()));
    let wanted: Vec<f64> =
        (0..a.len()).map(|j| 2.0 * (a[j] * b[j] + b[j] * b[j]) - 1.25 * c[j] + 0.1 * a[j] + 0.75).collect();
    assert_close(&setup.decrypt(&merged), &wanted, 1e-7);
    let n = setup.ctx.degree() as f64;
    let rounding = ((1.0 + 2.0 * n / 3.0) / 12.0 * n / 2.0).sqrt() / SCALE;
    let difference = rms_error(&setup.decrypt(&merged), &setup.decrypt(&apart));
    assert!(difference < 3.0 * rounding, "{difference:e} {rounding:e}");
    // And no noisier.
    let [one, two] = [&merged, &apart].map(|ct| rms_error(&setup.decrypt(ct), &wanted));
    assert!(one < 1.2 * two, "{one:e} {two:e}");
    // Nothing times a product is nothing.
    let nothing = product(0, &pairs, combination);
    let wanted = sum(&[(-1.25, &c), (0.1, &a)], 0.75);
    assert_close(&setup.decrypt(&nothing), &wanted, 1e-7);
}

#[test]
fn combinations_that_mean_nothing_are_refused() {
    let (mut setup, [a, ..]) = setup();
    let [top, low, bottom] = [5, 1, 0].map(|level| setup.encrypt(&a, level));
    let mut other = Setup::new(8, 5, 2, &[]);
    let foreign = other.encrypt(&[1.0], 5);
    let ev = setup.evaluator();
    let three = ev.sum_mul(&[(&top, &top)], 5).unwrap();
    let combine = |terms: &[(f64, &Ciphertext)], constant, level, scale| {
        let combination = Combination { terms, constant };
        let alone = ev.combine_numbers(combination, level, scale).unwrap_err();
        // The products say the same of it, where they have its scale.
        if scale == SCALE * SCALE && level <= 5 {
            let pairs = [(&top, &top)];
            let joined = ev.sum_mul_combine_relinearize_rescale((1, &pairs), combination, level);
            if let Err(joined) = joined {
                assert_eq!(std::mem::discriminant(&joined), std::mem::discriminant(&alone));
            } else {
                assert!(matches!(alone, CkksError::EmptySum { .. }));
            }
        }
        alone
    };
    let square = SCALE * SCALE;
    assert!(matches!(combine(&[], 1.0, 3, square), CkksError::EmptySum { .. }));
    assert!(matches!(combine(&[(1.0, &top), (1.0, &low)], 0.0, 2, square), CkksError::LevelMismatch { .. }));
    assert!(matches!(combine(&[(1.0, &top)], 0.0, 6, square), CkksError::BadLevel { level: 6, .. }));
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(combine(&[(1.0, &top)], 0.0, 3, scale), CkksError::BadScale { .. }), "{scale}");
    }
    let bad = combine(&[(1.0, &top), (f64::NAN, &top)], 0.0, 3, square);
    assert!(matches!(bad, CkksError::NotFinite { index: 1, .. }));
    // The constant comes after the factors.
    let bad = combine(&[(1.0, &top)], f64::INFINITY, 3, square);
    assert!(matches!(bad, CkksError::NotFinite { index: 1, .. }));
    assert!(matches!(combine(&[(1e300, &top)], 0.0, 3, square), CkksError::NotFinite { index: 0, .. }));
    assert!(matches!(combine(&[(1.0, &three)], 0.0, 3, square), CkksError::PartCount { found: 3, .. }));
    assert!(matches!(combine(&[(1.0, &foreign)], 0.0, 3, square), CkksError::OtherContext { .. }));

    assert!(matches!(ev.add_constant(&top, f64::NAN), Err(CkksError::NotFinite { index: 0, .. })));
    assert!(matches!(ev.add_constant(&foreign, 1.0), Err(CkksError::OtherContext { .. })));

    let products = |ev: Evaluator<'_>, terms: &[(&Ciphertext, &Ciphertext)], level| {
        ev.sum_mul_combine_relinearize_rescale((1, terms), Combination::default(), level).unwrap_err()
    };
    assert!(matches!(products(ev, &[], 3), CkksError::EmptySum { .. }));
    assert!(matches!(products(ev, &[(&top, &low)], 3), CkksError::LevelMismatch { .. }));
    assert!(matches!(products(ev, &[(&bottom, &bottom)], 0), CkksError::LevelExhausted { level: 0, .. }));
    let mut scaled = top.clone();
    scaled.set_scale(2.0 * SCALE).unwrap();
    let mixed = [(&top, &top), (&top, &scaled)];
    assert!(matches!(products(ev, &mixed, 3), CkksError::ScaleMismatch { .. }));
    assert!(matches!(products(ev, &[(&three, &top)], 3), CkksError::PartCount { .. }));
    let without = Default::default();
    let keyless = Evaluator::new(&setup.ctx, &without);
    assert_eq!(products(keyless, &[(&top, &top)], 3), CkksError::MissingRelinearizationKey);
    let short = Setup::with_key_level(9, 5, 2, &[], 2);
    let low_key = Evaluator::new(&setup.ctx, &short.keys);
    assert!(matches!(products(low_key, &[(&top, &top)], 3), CkksError::KeyLevelTooLow { key_level: 2, .. }));
}

//! What every refresh does with what it is given: it commutes, drifts, and hands over what can be computed on.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use hep_ckks::{EvaluationKeys, Evaluator, SwitchingKey};
use hep_params::{Packing, RefreshShape};
use num_complex::Complex64;

const PACKINGS: [Packing; 3] = [Packing::Real, Packing::Pair, Packing::SideBySide];

fn real(seed: u8) -> Setup {
    Setup::new(shared(9, vec![shape(5, &[2, 3], &[2, 3], Packing::Real)]), seed)
}

#[test]
fn it_commutes_with_negation_and_with_what_leaves_the_period_alone() {
    let mut setup = real(1);
    let values = setup.values();
    let ct = setup.encrypt(&values);
    let refreshed = setup.run(&[&ct]).remove(0);
    let tolerance = 20.0 * setup.noise() * BOUND;
    let mut keys = EvaluationKeys::default();
    let (period, level) = (setup.shape().slots() as i64, refreshed.level());
    for k in [1, 3, 7] {
        let step = k * period;
        let key = SwitchingKey::rotation(&setup.ctx, &setup.secret, step, level, &mut setup.rng).unwrap();
        keys.galois.insert(setup.ctx.rotation(step), key);
    }
    let ev = Evaluator::new(&setup.ctx, &keys);
    let alike = |before, after| {
        let found = setup.decrypt(&setup.run(&[&before])[0]);
        worst(&difference(&found, &setup.decrypt(&after))) < tolerance
    };
    assert!(alike(ev.negate(&ct).unwrap(), ev.negate(&refreshed).unwrap()));
    // Which is no property of all results.
    assert!(!alike(ev.negate(&ct).unwrap(), refreshed.clone()));
    for k in [1, 3, 7] {
        let turned = |ct| ev.rotate(ct, k * period).unwrap();
        assert!(alike(turned(&ct), turned(&refreshed)), "{k}");
    }
}

#[test]
fn what_does_not_repeat_is_its_mean_over_the_period() {
    let mut setup = real(2);
    let (slots, n) = (setup.ctx.slots(), setup.shape().slots());
    let (scale, level) = (setup.refresh.operand_scale(), setup.refresh.operand_level());
    let all: Vec<Complex64> = (0..slots).map(|_| Complex64::from(setup.uniform())).collect();
    let mean: Vec<f64> = (0..n)
        .map(|j| all.iter().skip(j).step_by(n).map(|v| v.re).sum::<f64>() * n as f64 / slots as f64)
        .collect();
    let ct = setup.encrypt_at(&all, scale, level);
    let found = setup.decrypt(&setup.run(&[&ct])[0]);
    assert!(worst(&setup.errors(&found, &setup.read(&mean))) < 20.0 * setup.noise());

    // An odd power of X is in no subring Z[Y]: nothing of it is left.
    let order = 4 * slots;
    let powers = std::iter::successors(Some(1), |power| Some(power * 5 % order)).take(slots);
    for exponent in [1, 3, slots - 1, slots + 7] {
        let root = |power: usize| {
            Complex64::from_polar(
                1.0,
                std::f64::consts::TAU * (power * exponent % order) as f64 / order as f64,
            )
        };
        let ct = setup.encrypt_at(&powers.clone().map(root).collect::<Vec<_>>(), scale, level);
        let found = setup.decrypt(&setup.run(&[&ct])[0]);
        assert!(worst(&setup.errors(&found, &[0.0])) < 20.0 * setup.noise(), "X^{exponent}");
    }
}

#[test]
fn shorter_periods_go_as_a_period_of_four() {
    assert_eq!(RefreshShape::standard(0, Packing::Real), RefreshShape::standard(2, Packing::Real));
    assert_eq!(RefreshShape::standard(1, Packing::Pair), RefreshShape::standard(2, Packing::Pair));
    let shape = RefreshShape::standard(1, Packing::Real).with_bound(BOUND);
    let mut setup = Setup::new(shared(8, vec![shape]), 3);
    for values in [vec![2.75], vec![-3.5, 1.25]] {
        let ct = setup.encrypt(&values);
        let found = setup.decrypt(&setup.run(&[&ct])[0]);
        assert!(worst(&setup.errors(&found, &setup.read(&values))) < 20.0 * setup.noise());
    }
}

#[test]
fn values_at_the_bound_come_back_as_the_sine_says() {
    for (number, packing) in PACKINGS.into_iter().enumerate() {
        let shape = shape(6, &[3, 3], &[3, 3], packing);
        let mut setup = Setup::new(shared(8, vec![shape]), number as u8);
        let signs = (0..setup.shape().slots()).map(|_| if setup.uniform() < 0.0 { -BOUND } else { BOUND });
        let (mixed, same) = (signs.collect::<Vec<_>>(), vec![BOUND; 64]);
        let (ca, cb) = (setup.encrypt(&mixed), setup.encrypt(&same));
        let vectors = [&ca, &cb];
        let out = setup.run(&vectors[..if packing == Packing::Real { 1 } else { 2 }]);
        for (ct, wanted) in out.iter().zip(setup.packed([&mixed, &same])) {
            let found = setup.decrypt(ct);
            assert!(worst(&setup.errors(&found, &setup.read(&wanted))) < 20.0 * setup.noise());
            // The line leaves a quarter of the cubic term at the ends.
            let bits = -rms(&setup.errors(&found, &wanted)).log2();
            assert!((bits - 21.28).abs() < 0.1, "{bits}");
        }
    }
}

#[test]
fn two_vectors_that_are_swapped_come_out_swapped() {
    for packing in [Packing::Pair, Packing::SideBySide] {
        let mut setup = Setup::new(shared(8, vec![shape(5, &[2, 3], &[3, 2], packing)]), 4);
        let (a, b) = (setup.values(), setup.values());
        let (ca, cb) = (setup.encrypt(&a), setup.encrypt(&b));
        let out = setup.run(&[&cb, &ca]);
        let wanted = setup.packed([&b, &a]);
        assert_eq!(out.len(), wanted.len());
        for (ct, wanted) in out.iter().zip(&wanted) {
            assert!(
                worst(&setup.errors(&setup.decrypt(ct), &setup.read(wanted))) < 20.0 * setup.noise(),
                "{packing:?}"
            );
        }
    }
}

#[test]
fn six_refreshes_drift_six_times_as_far() {
    let mut setup = Setup::new(shared(10, vec![shape(9, &[3, 3, 3], &[3, 3, 3], Packing::Real)]), 5);
    let values = setup.values();
    let mut ct = setup.encrypt(&values);
    for _ in 0..6 {
        ct = setup.operand(&setup.run(&[&ct])[0]);
    }
    let drift = setup.errors(&setup.decrypt(&ct), &values);
    let six: Vec<f64> = setup.errors(&setup.read(&values), &values).iter().map(|e| 6.0 * e).collect();
    // What is random grows with the root.
    let random = rms(&difference(&drift, &six));
    assert!(random < 1.6 * 6f64.sqrt() * setup.noise(), "{random:e} of {:e}", rms(&six));
    assert!(random < 0.02 * rms(&six));
}

#[test]
fn what_was_refreshed_is_computed_on() {
    let mut setup = real(6);
    let values = setup.values();
    let ct = setup.encrypt(&values);
    let fresh = setup.run(&[&ct]).remove(0);
    let ev = setup.top();
    let square = ev.sum_mul_relinearize_rescale(&[(&fresh, &fresh)], fresh.level()).unwrap();
    assert_eq!(square.level() + 1, fresh.level());
    let wanted: Vec<f64> = values.iter().map(|v| v * v).collect();
    // A relative error of 2^−20 of a factor is twice that of the square.
    assert!(worst(&setup.errors(&setup.decrypt(&square), &wanted)) < BOUND * 2f64.powi(-19));
    let n = setup.shape().slots() as i64;
    let step = setup.ctx.normalize_step(n / 8 - n);
    let key =
        SwitchingKey::rotation(&setup.ctx, &setup.secret, step, square.level(), &mut setup.rng).unwrap();
    let keys = EvaluationKeys { galois: [(setup.ctx.rotation(step), key)].into(), relinearization: None };
    let turned = Evaluator::new(&setup.ctx, &keys).rotate(&square, step).unwrap();
    let wanted: Vec<f64> = (0..values.len()).map(|j| wanted[(j + values.len() / 8) % values.len()]).collect();
    assert!(worst(&setup.errors(&setup.decrypt(&turned), &wanted)) < BOUND * 2f64.powi(-19));
}

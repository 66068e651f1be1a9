//! The multiples of q_0 that a raise brings, and what happens beyond the bounds.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::f64::consts::TAU;

use common::*;
use hep_circuits::dft::{Direction, factors};
use hep_circuits::eval_mod::EvalMod;
use hep_circuits::sine::{COEFFICIENTS, DOUBLINGS, WIDTH};
use hep_ckks::{
    Context, EvaluationKeys, Evaluator, Params, RaisedTransform, SecretKey, Security, SparseSecret,
    SwitchingKey, decrypt, encrypt_secret,
};
use hep_params::Packing;
use hep_params::primes::nearest;
use hep_params::refresh::{MAX_OVERFLOW, SPARSE_WEIGHT};
use num_complex::Complex64;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

/// The probability that so many uniforms between −½ and ½ have a sum that rounds to k: the density, at k, of the sum of one more, from
/// its characteristic function.
fn irwin_hall(weight: usize, k: i64) -> f64 {
    let (step, terms) = (1.0 / 256.0, 256 * 40);
    let value = |t: f64| ((t / 2.0).sin() / (t / 2.0)).powi(weight as i32 + 1) * (k as f64 * t).cos();
    let sum: f64 = (1..terms).map(|j| value(f64::from(j) * step)).sum();
    (sum + 0.5) * step * 2.0 / TAU
}

/// The parts of a raise in coefficients: what was there at level 0, over q_0, and multiples of 1.
fn raised(log_n: u32, count: usize) -> Vec<f64> {
    let q = nearest(51, log_n, 4, &[]).unwrap();
    let p = nearest(51, log_n, 1, &q).unwrap();
    let shape = shape(log_n - 1, &[3], &[3, 3], Packing::Real);
    // No refresh fits so short a chain; the raise does.
    let params = Params { log_n, q, p, digit_limbs: 1, security: Security::Insecure, refresh: vec![shape] };
    let ctx = Context::new_insecure(params).unwrap();
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    let (n, q0) = (ctx.slots(), ctx.parameters().q[0] as f64);
    let layers: Vec<u8> = vec![3; n.trailing_zeros() as usize / 3];
    let to_coefficients = factors(n, &layers, Direction::CoeffsToSlots);
    let identity = RaisedTransform::new(&ctx, 3, 1.0, [1, 2, 3], &[(0, vec![Complex64::ONE])]).unwrap();
    let none = EvaluationKeys::default();
    let ev = Evaluator::new(&ctx, &none);
    let mut out = Vec::new();
    for _ in 0..count {
        let secret = SecretKey::generate(&ctx, &mut rng);
        let sparse = SparseSecret::generate(&ctx, &mut rng);
        let down = SwitchingKey::to_sparse(&ctx, &secret, &sparse, &mut rng).unwrap();
        let at = (ctx.rotation(0), 3);
        let up = SwitchingKey::from_sparse(&ctx, &sparse, &secret, at, &mut rng).unwrap();
        let plain = ctx.encode(&vec![0.25; n], q0, 0).unwrap();
        let ct = encrypt_secret(&ctx, &secret, &plain, &mut rng).unwrap();
        let ct = ev.raise(&ev.encapsulate(&ct, &down).unwrap(), &identity, |_| Some(&up)).unwrap();
        let slots = ctx.decode_complex(&decrypt(&ctx, &secret, &ct).unwrap());
        let coefficients = to_coefficients.iter().fold(slots, |v, matrix| {
            (0..n).map(|j| matrix.iter().map(|(d, m)| m[j % m.len()] * v[(j + d) % n]).sum()).collect()
        });
        out.extend(coefficients.iter().flat_map(|c: &Complex64| [c.re, c.im]));
    }
    out
}

#[test]
fn multiples_of_q0_are_as_32_uniforms_say() {
    let coefficients = raised(10, 256);
    assert_eq!(coefficients.len(), 1 << 18);
    const REACH: i64 = 6;
    let mut found = [0.0; 2 * REACH as usize + 1];
    let mut quarters = 0;
    for c in &coefficients {
        // One coefficient of a constant vector is not 0; no error is seen.
        let integer = if (c - c.round()).abs() > 0.1 { c - 0.25 } else { *c };
        quarters += usize::from(integer != *c);
        assert!((integer - integer.round()).abs() < 1e-9, "{c}");
        assert!(integer.abs() < f64::from(MAX_OVERFLOW));
        found[((integer.round() as i64).clamp(-REACH, REACH) + REACH) as usize] += 1.0;
    }
    assert_eq!(quarters, 256);
    let chi_squared = |weight: usize| -> f64 {
        let inner: Vec<f64> = (1 - REACH..REACH).map(|k| irwin_hall(weight, k)).collect();
        let tail = (1.0 - inner.iter().sum::<f64>()) / 2.0;
        let expected = [&[tail], &inner[..], &[tail]].concat();
        let terms = found.iter().zip(&expected).map(|(found, p)| {
            let expected = p * coefficients.len() as f64;
            (found - expected).powi(2) / expected
        });
        terms.sum()
    };
    // Of 12 degrees of freedom: above 40 once in 10^4 times.
    let right = chi_squared(SPARSE_WEIGHT);
    assert!(right < 40.0, "{right}: {found:?}");
    // Another weight is told apart.
    for other in [SPARSE_WEIGHT - 1, SPARSE_WEIGHT + 1] {
        let wrong = chi_squared(other);
        assert!(wrong > 80.0, "{other}: {wrong}");
    }
}

#[test]
fn the_failure_probability_is_the_tail_of_32_uniforms() {
    let weight = SPARSE_WEIGHT as f64;
    let log_factorial: f64 = (1..=SPARSE_WEIGHT).map(|k| (k as f64).log2()).sum();
    // Both tails beyond K + ½. Of the alternating sum two terms are not 0 there.
    let room = weight / 2.0 - f64::from(MAX_OVERFLOW) - 0.5;
    let tail = room.powi(SPARSE_WEIGHT as i32) - weight * (room - 1.0).powi(SPARSE_WEIGHT as i32);
    let one = (2.0 * tail).log2() - log_factorial;
    assert!((one + 97.9).abs() < 0.1 && (one + 16.0 + 81.9).abs() < 0.1, "{one}");
}

/// EvalMod in numbers.
fn polynomial(u: f64) -> f64 {
    let t2 = 2.0 * u * u - 1.0;
    let (mut sum, mut before, mut now) = (COEFFICIENTS[0], 1.0, t2);
    for c in &COEFFICIENTS[1..] {
        sum += c * now;
        (before, now) = (now, 2.0 * t2 * now - before);
    }
    (0..DOUBLINGS).fold(sum, |c, _| 2.0 * c * c - 1.0)
}

#[test]
fn one_multiple_too_many_is_a_small_error_in_its_slot() {
    let mut setup = Setup::new(shared(8, vec![shape(6, &[3, 3], &[3, 3], Packing::Real)]), 1);
    let level = setup.shape().sine_level(setup.ctx.max_level());
    let scale = setup.ctx.parameters().q[level] as f64 * setup.shape().finer_bits().exp2();
    let far = i64::from(MAX_OVERFLOW) + 1;
    let slots = setup.ctx.slots();
    // Slot 5 at 15, slot 77 at −15, the others anywhere up to 14.
    let integers: Vec<i64> = (0..slots as i64)
        .map(|j| match j {
            5 => far,
            77 => -far,
            j => j % (2 * far - 1) - far + 1,
        })
        .collect();
    let values: Vec<f64> = (0..slots).map(|_| setup.uniform()).collect();
    let x = integers.iter().zip(&values).map(|(i, v)| *i as f64 + v / 2048.0);
    let u: Vec<f64> = x.map(|x| (x - 0.25) / WIDTH).collect();
    let ct = setup.encrypt_at(&u.iter().map(Complex64::from).collect::<Vec<_>>(), scale, level);
    let y = EvalMod::new(true).apply(&setup.top(), &ct).unwrap();
    let found: Vec<f64> = setup.decrypt(&y).iter().map(|y| y * 2048.0 / TAU).collect();
    let read = values.iter().map(|v| (v / 2048.0 * TAU).sin() * 2048.0 / TAU);
    for (j, (found, read)) in found.iter().zip(read).enumerate() {
        let error = (found - read).abs().log2();
        if [5, 77].contains(&j) {
            assert!((-14.0..-8.0).contains(&error), "{j}: 2^{error}");
            // There is no cliff: the polynomial goes on.
            let clear = polynomial(u[j]) * 2048.0 / TAU;
            assert!((found - clear).abs() < 2f64.powi(-20), "{j}: {found} {clear}");
        } else {
            assert!(error < -23.0, "{j}: 2^{error}");
        }
    }
}

#[test]
fn values_beyond_the_bound_follow_the_sine_and_harm_nobody() {
    let mut setup = Setup::new(shared(9, vec![shape(8, &[4, 4], &[3, 3, 2], Packing::Real)]), 2);
    let mut values = setup.values();
    values[3] = 4.0 * BOUND;
    values[200] = -16.0 * BOUND;
    let ct = setup.encrypt(&values);
    let found = setup.decrypt(&setup.run(&[&ct])[0]);
    let read = setup.read(&values);
    assert!(worst(&setup.errors(&found, &read)) < 20.0 * setup.noise());
    // About 2^−19.3·|v/B|³ of B.
    for (slot, times) in [(3, 4.0f64), (200, 16.0)] {
        let cubic = times.powi(3) * 2f64.powf(-19.3);
        let error = (found[slot] - values[slot]).abs() / BOUND;
        assert!((0.8 * cubic..1.2 * cubic).contains(&error), "{error:e} {cubic:e}");
    }
    let others = setup.errors(&found, &values).into_iter().enumerate().filter(|(j, _)| ![3, 200].contains(j));
    assert!(others.map(|(_, e)| e.abs()).fold(0.0, f64::max) < 2f64.powi(-20));
}

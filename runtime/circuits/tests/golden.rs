//! Steps of a refresh against `golden/golden.json`, which `golden/golden.py` wrote in exact maths.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::*;
use hep_circuits::dft::{Direction, factors};
use hep_circuits::eval_mod::EvalMod;
use hep_circuits::sine::WIDTH;
use hep_ckks::{
    Ciphertext, Combination, EvaluationKeys, Evaluator, KeyForm, LinearTransform, SwitchingKey, decrypt,
};
use hep_params::Packing;
use hep_params::refresh::Factor;
use num_complex::Complex64;
use serde_json::Value;

/// Of the range of what is compared.
const TOLERANCE: f64 = 1.0 / (1 << 20) as f64;

fn golden() -> Value {
    serde_json::from_str(include_str!("golden/golden.json")).unwrap()
}

fn reals(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn complex(values: &Value) -> Vec<Complex64> {
    let pair = |v: &Value| Complex64::new(v[0].as_f64().unwrap(), v[1].as_f64().unwrap());
    values.as_array().unwrap().iter().map(pair).collect()
}

fn setup() -> Setup {
    Setup::new(shared(8, vec![shape(5, &[2, 3], &[3, 2], Packing::Pair)]), 8)
}

#[track_caller]
fn assert_same(found: &[Complex64], wanted: &[Complex64], what: &str) {
    let range = wanted.iter().map(|w| w.norm()).fold(0.0, f64::max);
    for (slot, found) in found.iter().enumerate() {
        let error = (found - wanted[slot % wanted.len()]).norm();
        assert!(error < TOLERANCE * range, "{what}, slot {slot}: {error:e} of {range}");
    }
}

/// Applies the factors of a transform one after the other, and compares all that is in between.
fn transformed(
    setup: &mut Setup,
    mut ct: Ciphertext,
    (direction, layers, layout): (Direction, &[u8], Vec<Factor>),
    golden: &Value,
) {
    for (number, (matrix, factor)) in factors(32, layers, direction).iter().zip(layout).enumerate() {
        let (ctx, level) = (setup.ctx.clone(), ct.level());
        let diagonals: Vec<(i64, i64, &[Complex64])> = matrix
            .iter()
            .map(|(&offset, values)| {
                // Offsets above the middle are steps back.
                let back = !factor.whole && offset > 16;
                let (baby, giant) =
                    factor.steps((offset as i64 - if back { 32 } else { 0 }) / factor.stride as i64);
                (baby, giant, &values[..])
            })
            .collect();
        let scale = ctx.parameters().q[level] as f64;
        let transform = LinearTransform::new(&ctx, (KeyForm::Full, level), scale, &diagonals).unwrap();
        let mut keys = EvaluationKeys::default();
        for step in transform.steps() {
            let key = SwitchingKey::rotation(&ctx, &setup.secret, step, level, &mut setup.rng).unwrap();
            keys.galois.insert(ctx.rotation(step), key);
        }
        ct = Evaluator::new(&ctx, &keys).transform_rescale(&ct, &transform).unwrap();
        let found = ctx.decode_complex(&decrypt(&ctx, &setup.secret, &ct).unwrap());
        assert_same(&found, &complex(&golden[number]), &format!("{direction:?}, factor {number}"));
    }
}

#[test]
fn transforms_are_those_of_loops_and_of_the_dense_matrix() {
    let (mut setup, golden) = (setup(), golden());
    let shape = setup.shape().clone();
    let (slots, top) = (setup.ctx.slots(), setup.ctx.max_level());
    let whole = |v: Vec<Complex64>| (0..slots).map(|j| v[j % v.len()]).collect::<Vec<_>>();
    let before = whole(complex(&golden["v"]));
    let ct = setup.encrypt_at(&before, 2f64.powi(43), shape.bottom());
    let s2c = (Direction::SlotsToCoeffs, &shape.s2c[..], shape.s2c_factors());
    transformed(&mut setup, ct, s2c, &golden["s2c"]);
    let between = whole(complex(&golden["s2c"][1]));
    let ct = setup.encrypt_at(&between, 2f64.powi(45), top);
    let c2s = (Direction::CoeffsToSlots, &shape.c2s[..], shape.c2s_factors());
    transformed(&mut setup, ct, c2s, &golden["c2s"]);
}

#[test]
fn chebyshev_polynomials_and_the_sine_are_exact() {
    let (mut setup, golden) = (setup(), golden());
    let shape = setup.shape().clone();
    let level = shape.sine_level(setup.ctx.max_level());
    let scale = setup.ctx.parameters().q[level] as f64 * shape.finer_bits().exp2();
    let x = reals(&golden["x"]);
    let u: Vec<Complex64> =
        (0..setup.ctx.slots()).map(|j| Complex64::from((x[j % x.len()] - 0.25) / WIDTH)).collect();
    let u = setup.encrypt_at(&u, scale, level);
    let compare = |ct: &Ciphertext, name: &str| {
        let found: Vec<Complex64> = setup.decrypt(ct).into_iter().map(Complex64::from).collect();
        let wanted: Vec<Complex64> = reals(&golden[name]).into_iter().map(Complex64::from).collect();
        assert_same(&found, &wanted, name);
    };
    let ev = setup.top();
    // 2ab − c − constant.
    let step = |a: &Ciphertext, b: &Ciphertext, less: Option<&Ciphertext>| {
        let terms: Vec<(f64, &Ciphertext)> = less.map(|c| (-1.0, c)).into_iter().collect();
        let constant = if less.is_some() { 0.0 } else { -1.0 };
        let level = a.level().min(b.level());
        let sum = Combination { terms: &terms, constant };
        ev.sum_mul_combine_relinearize_rescale((2, &[(a, b)]), sum, level).unwrap()
    };
    let c1 = step(&u, &u, None);
    let c2 = ev.rescale(&step(&c1, &c1, None)).unwrap();
    let c3 = step(&c1, &c2, Some(&c1));
    let c4 = step(&c2, &c2, None);
    let c8 = step(&c4, &c4, None);
    for (ct, name) in [(&c1, "c1"), (&c2, "c2"), (&c3, "c3"), (&c4, "c4"), (&c8, "c8")] {
        compare(ct, name);
    }
    // Whose range is 2^−9 as x is near integers.
    compare(&EvalMod::new(true).apply(&ev, &u).unwrap(), "y");
}

//! Values come back from every shape, with the errors, the level and the scale that are announced.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::collections::BTreeMap;

use common::*;
use hep_circuits::Refresh;
use hep_ckks::Context;
use hep_params::{Packing, RefreshShape};
use num_complex::Complex64;

const PACKINGS: [Packing; 3] = [Packing::Real, Packing::Pair, Packing::SideBySide];

/// Refreshes random vectors: errors, level and scale are those announced.
fn check(setup: &mut Setup) {
    let (shape, log_n) = (setup.shape().clone(), setup.ctx.parameters().log_n);
    let (a, b) = (setup.values(), setup.values());
    let (ca, cb) = (setup.encrypt(&a), setup.encrypt(&b));
    let vectors = if shape.packing == Packing::Real { vec![&ca] } else { vec![&ca, &cb] };
    let (out, wanted) = (setup.run(&vectors), setup.packed([&a, &b]));
    assert_eq!(out.len(), wanted.len());
    let noise = setup.noise();
    for (ct, wanted) in out.iter().zip(&wanted) {
        let (found, read) = (setup.decrypt(ct), setup.read(wanted));
        let [all, random] = [wanted, &read].map(|wanted| setup.errors(&found, wanted));
        let fixed = rms(&setup.errors(&read, wanted));
        let cubic: Vec<f64> = wanted.iter().map(|v| setup.announced().fixed(v / shape.bound)).collect();
        assert!((rms(&cubic) / fixed - 1.0).abs() < 1e-3, "{shape:?}: {fixed:e}");
        let away = (rms(&all) / fixed.hypot(noise)).log2();
        let louder = (rms(&random) / noise).log2();
        let of = format!("2^{log_n}, {shape:?}: {away} bits off, noise {louder} bits off");
        assert!(away.abs() < if wanted.len() > 256 { 0.3 } else { 0.5 }, "{of}");
        // Errors of a few values depend on where they are; and the rounding of diagonals, which is what is left at a small ratio, is
        // announced twice as large as it is.
        let typical = wanted.len() > 64 && shape.ratio_log2 > 9;
        assert!(louder.abs() < if typical { 0.6 } else { 1.4 }, "{of}");
        assert!(worst(&random) < 20.0 * noise, "{of}");
        assert_eq!(ct.level(), shape.result_level(setup.ctx.max_level()), "{of}");
        let scale = setup.result_scale();
        assert!((ct.scale() / scale - 1.0).abs() < 1e-12, "{of}: {:e} {scale:e}", ct.scale());
    }
}

/// All shapes with the same number of factors share a context.
fn check_all(log_n: u32, shapes: impl IntoIterator<Item = RefreshShape>) {
    let mut groups: BTreeMap<[usize; 2], Vec<RefreshShape>> = BTreeMap::new();
    for shape in shapes {
        let shape = shape.with_bound(BOUND);
        groups.entry([shape.s2c.len(), shape.c2s.len()]).or_default().push(shape);
    }
    for shapes in groups.into_values() {
        let ctx = Context::new_insecure(shared(log_n, shapes.clone())).unwrap();
        for (number, shape) in shapes.iter().enumerate() {
            check(&mut Setup::of(&ctx, shape, number as u8));
        }
    }
}

fn standard(log_n: u32) -> impl Iterator<Item = RefreshShape> {
    PACKINGS.into_iter().flat_map(move |packing| {
        let most = if packing == Packing::SideBySide { log_n - 2 } else { log_n - 1 };
        (2..=most).map(move |log_slots| RefreshShape::standard(log_slots, packing))
    })
}

#[test]
fn values_come_back_from_every_period_of_2_to_the_8() {
    check_all(8, standard(8));
}

#[test]
fn values_come_back_from_every_period_of_2_to_the_9() {
    check_all(9, standard(9));
}

#[test]
fn values_come_back_from_every_period_of_2_to_the_10() {
    check_all(10, standard(10));
}

#[test]
fn values_come_back_from_every_period_of_2_to_the_11() {
    check_all(11, standard(11));
}

#[test]
fn values_come_back_from_every_split() {
    let splits: [(u32, &[u8], &[u8]); 9] = [
        (2, &[2], &[1, 1]),
        (3, &[1, 2], &[1, 1, 1]),
        (4, &[4], &[1, 3]),
        (5, &[2, 3], &[3, 2]),
        (5, &[5], &[4, 1]),
        (6, &[1, 2, 3], &[1, 2, 1, 2]),
        (6, &[3, 3], &[5, 1]),
        (7, &[4, 3], &[2, 5]),
        (7, &[2, 3, 2], &[3, 2, 2]),
    ];
    let shapes = splits.into_iter().flat_map(|(log_slots, s2c, c2s)| {
        let fits = PACKINGS.into_iter().filter(move |p| *p != Packing::SideBySide || log_slots < 7);
        fits.map(move |packing| RefreshShape::new(log_slots, s2c, c2s, packing))
    });
    check_all(8, shapes);
}

#[test]
fn values_come_back_whatever_the_baby_steps() {
    let with = |babies: &[u8]| RefreshShape {
        babies: babies.to_vec(),
        ..RefreshShape::new(6, &[3, 3], &[3, 3], Packing::Real)
    };
    check_all(8, [[0, 0, 0], [4, 4, 4], [1, 2, 3], [3, 1, 0]].map(|babies| with(&babies)));
}

#[test]
fn values_come_back_with_any_number_of_special_primes() {
    for (levels, special) in [(0, 8), (1, 1), (3, 2), (2, 3), (1, 5)] {
        let shape = shape(5, &[2, 3], &[2, 3], Packing::Pair);
        check(&mut Setup::new(params(8, levels, special, vec![shape]), special as u8));
    }
}

#[test]
fn values_of_every_size_come_back() {
    for bound in [1e-12, 0.03, 1.0, 3e7] {
        let shape = shape(5, &[2, 3], &[2, 3], Packing::SideBySide).with_bound(bound);
        check(&mut Setup::new(shared(8, vec![shape]), 7));
    }
}

#[test]
fn values_come_back_at_every_ratio() {
    for ratio in [6, 8, 9, 10, 12, 14, 17, 20] {
        let shape = shape(7, &[4, 3], &[3, 2, 2], Packing::Real).with_ratio(ratio);
        check(&mut Setup::new(shared(8, vec![shape]), ratio));
    }
}

#[test]
fn operands_may_have_any_scale_and_level() {
    let shape = shape(6, &[3, 3], &[3, 3], Packing::Pair);
    let mut setup = Setup::new(params(8, 2, 8, vec![shape.clone()]), 8);
    for bits in [41, 45, 49] {
        setup.refresh = Refresh::new(&setup.ctx, &shape, 2f64.powi(bits) / BOUND).unwrap();
        check(&mut setup);
    }
    // Above the level of operands, and not both at one.
    let (a, b) = (setup.values(), setup.values());
    let (scale, level) = (setup.refresh.operand_scale(), setup.refresh.operand_level());
    let [ca, cb] = [(&a, level + 2), (&b, level + 1)].map(|(values, level)| {
        let slots: Vec<Complex64> =
            (0..setup.ctx.slots()).map(|j| Complex64::from(values[j % values.len()])).collect();
        setup.encrypt_at(&slots, scale, level)
    });
    for (ct, wanted) in setup.run(&[&ca, &cb]).iter().zip([a, b]) {
        let found = setup.decrypt(ct);
        assert!(worst(&setup.errors(&found, &setup.read(&wanted))) < 20.0 * setup.noise());
    }
}

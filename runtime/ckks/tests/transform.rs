//! Linear transforms by their diagonals against dense matrices, and plaintexts that repeat.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::*;
use hep_ckks::{
    Ciphertext, CkksError, Context, EvaluationKeys, Evaluator, KeyForm, LinearTransform, Params, SecretKey,
    SwitchingKey, decrypt, encrypt_secret,
};
use hep_params::{Packing, RefreshShape};
use num_complex::Complex64;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// A ring whose parameters name a refresh, so that there are keys with one and with two of its three special primes.
fn refreshing(log_n: u32) -> Params {
    let shape = RefreshShape::new(log_n - 1, &[log_n as u8 - 1], &[2, log_n as u8 - 3], Packing::Real);
    Params { refresh: vec![shape], ..parameters(log_n, 5, 3) }
}

const LOW: KeyForm = KeyForm::Low { special: 2 };

struct Ring {
    ctx: Context,
    sk: SecretKey,
    rng: ChaCha20Rng,
}

impl Ring {
    fn new(log_n: u32) -> Self {
        let ctx = Context::new_insecure(refreshing(log_n)).unwrap();
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        let sk = SecretKey::generate(&ctx, &mut rng);
        Self { ctx, sk, rng }
    }

    fn draw(&mut self, below: usize) -> usize {
        (self.rng.next_u64() % below as u64) as usize
    }

    fn vector(&mut self, count: usize) -> Vec<Complex64> {
        let mut one = || self.rng.next_u64() as f64 / 2f64.powi(63) - 1.0;
        (0..count).map(|_| Complex64::new(one(), one())).collect()
    }

    fn encrypt(&mut self, values: &[Complex64], level: usize) -> Ciphertext {
        let plain = self.ctx.encode_complex(values, SCALE, level).unwrap();
        encrypt_secret(&self.ctx, &self.sk, &plain, &mut self.rng).unwrap()
    }

    fn keys(&mut self, transform: &LinearTransform) -> EvaluationKeys {
        let at = (transform.form(), transform.level());
        let mut keys = EvaluationKeys::default();
        for step in transform.steps() {
            let galois = self.ctx.rotation(step);
            let key = SwitchingKey::automorphism_of(&self.ctx, &self.sk, galois, at, &mut self.rng).unwrap();
            keys.galois.insert(galois, key);
        }
        keys
    }

    fn decrypt(&self, ct: &Ciphertext) -> Vec<Complex64> {
        self.ctx.decode_complex(&decrypt(&self.ctx, &self.sk, ct).unwrap())
    }
}

/// The matrix times a vector, written out where it is small.
fn dense(diagonals: &[(i64, i64, Vec<Complex64>)], x: &[Complex64]) -> Vec<Complex64> {
    let n = x.len();
    if n > 256 {
        let mut out = vec![Complex64::ZERO; n];
        for (baby, giant, values) in diagonals {
            for (j, out) in out.iter_mut().enumerate() {
                *out += values[j % values.len()] * x[(j as i64 + baby + giant).rem_euclid(n as i64) as usize];
            }
        }
        return out;
    }
    let mut matrix = vec![vec![Complex64::ZERO; n]; n];
    for (baby, giant, values) in diagonals {
        for (j, row) in matrix.iter_mut().enumerate() {
            row[(j as i64 + baby + giant).rem_euclid(n as i64) as usize] += values[j % values.len()];
        }
    }
    matrix.iter().map(|row| row.iter().zip(x).map(|(m, x)| m * x).sum()).collect()
}

#[track_caller]
fn assert_near(found: &[Complex64], wanted: &[Complex64], tolerance: f64, what: &str) {
    let worst = found.iter().zip(wanted).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
    assert!(found.len() == wanted.len() && worst < tolerance, "{what}: {worst:e}");
}

fn borrowed(diagonals: &[(i64, i64, Vec<Complex64>)]) -> Vec<(i64, i64, &[Complex64])> {
    diagonals.iter().map(|(baby, giant, values)| (*baby, *giant, &values[..])).collect()
}

/// More baby steps than are worked on at a time: some giant steps meet the first of them only, some the last, some a few of all.
#[test]
fn transforms_of_many_baby_steps_are_products_with_dense_matrices() {
    for (log_n, period) in [(8, 8), (8, 128), (12, 1), (12, 2048)] {
        let mut ring = Ring::new(log_n);
        let slots = ring.ctx.slots();
        let babies = |range: std::ops::Range<i64>| range.step_by(3).collect::<Vec<i64>>();
        let rows =
            [(0, babies(0..9)), (1, babies(99..126)), (2, babies(0..126)), (-5, vec![0]), (64, vec![60])];
        let mut diagonals = Vec::new();
        for (giant, babies) in rows {
            // Not in order.
            diagonals.extend(babies.into_iter().rev().map(|baby| (baby, giant, ring.vector(period))));
        }
        for (form, level) in [(KeyForm::Full, 2), (LOW, 1)] {
            let prime = ring.ctx.parameters().q[level] as f64;
            let transform =
                LinearTransform::new(&ring.ctx, (form, level), prime, &borrowed(&diagonals)).unwrap();
            let x = ring.vector(slots);
            let ct = ring.encrypt(&x, level);
            let keys = ring.keys(&transform);
            let found = Evaluator::new(&ring.ctx, &keys).transform_rescale(&ct, &transform).unwrap();
            let what = format!("2^{log_n}, period {period}, {form:?}");
            assert_near(&ring.decrypt(&found), &dense(&diagonals, &x), 1e-6, &what);
        }
    }
}

/// Random steps of both kinds, some by nothing, some negative, some of them met twice.
fn random_diagonals(ring: &mut Ring, period: usize) -> Vec<(i64, i64, Vec<Complex64>)> {
    let slots = ring.ctx.slots();
    let mut step = |zero: bool| if zero { 0 } else { ring.draw(2 * slots) as i64 - slots as i64 };
    let babies = [step(true), step(false), step(false)];
    let giants = [step(true), step(false), step(false)];
    let mut out = Vec::new();
    for giant in giants {
        for baby in babies {
            if out.is_empty() || ring.draw(4) > 0 {
                out.push((baby, giant, ring.vector(period)));
            }
        }
    }
    out
}

#[test]
fn transforms_are_products_with_dense_matrices() {
    for log_n in [5, 8, 12] {
        let mut ring = Ring::new(log_n);
        let slots = ring.ctx.slots();
        for (number, period) in [1, 2, slots / 4, slots].into_iter().enumerate() {
            for (form, level) in [(KeyForm::Full, 5), (KeyForm::Full, 3 + number % 2), (LOW, 1)] {
                let diagonals = random_diagonals(&mut ring, period);
                let prime = ring.ctx.parameters().q[level] as f64;
                let transform =
                    LinearTransform::new(&ring.ctx, (form, level), prime, &borrowed(&diagonals)).unwrap();
                assert_eq!((transform.form(), transform.level()), (form, level));
                let limbs = level + 1 + if form == LOW { 2 } else { 3 };
                assert_eq!(transform.bytes(), diagonals.len() * limbs * 2 * period * 8);
                let x = ring.vector(slots);
                // Upper limbs are ignored.
                let ct = ring.encrypt(&x, (level + number % 2).min(5));
                let keys = ring.keys(&transform);
                let ev = Evaluator::new(&ring.ctx, &keys);
                let (plain, wanted) = (ev.transform_rescale(&ct, &transform).unwrap(), dense(&diagonals, &x));
                let what = format!("2^{log_n}, period {period}, {form:?}, level {level}");
                assert_eq!((plain.level(), plain.scale()), (level - 1, SCALE), "{what}");
                assert_near(&ring.decrypt(&plain), &wanted, 1e-6, &what);
                if level > 1 {
                    let whole = ev.transform(&ct, &transform).unwrap();
                    assert_eq!((whole.level(), whole.scale()), (level, SCALE * prime), "{what}");
                    assert_near(&ring.decrypt(&whole), &wanted, 1e-6, &what);
                }
            }
        }
    }
}

#[test]
fn the_steps_that_need_keys_are_those_that_move() {
    let ctx = Context::new_insecure(refreshing(6)).unwrap();
    let one = [Complex64::ONE];
    let steps = |diagonals: &[(i64, i64, &[Complex64])]| {
        let transform = LinearTransform::new(&ctx, (KeyForm::Full, 2), 1.0, diagonals).unwrap();
        let mut steps = transform.steps();
        steps.sort_unstable();
        steps
    };
    assert!(steps(&[(0, 0, &one)]).is_empty());
    // 32 slots: −1 is 31, and 32 is nothing.
    assert_eq!(steps(&[(-1, 0, &one), (32, 8, &one), (-1, 8, &one), (3, -32, &one)]), [3, 8, 31]);
}

#[test]
fn what_repeats_is_what_is_written_out() {
    // A whole period is the plaintext of the other way to encode.
    let ctx = Context::new_insecure(refreshing(7)).unwrap();
    let values = random(1, ctx.slots());
    let complex: Vec<Complex64> = values.iter().copied().map(Complex64::from).collect();
    for level in [1, 4] {
        let repeated = ctx.encode_repeated(&complex, SCALE, level, KeyForm::Full).unwrap();
        assert_eq!(repeated, ctx.encode_extended(&values, SCALE, level).unwrap());
        assert_eq!((repeated.level(), repeated.scale()), (level, SCALE));
        for period in [1, 2, 16, 64] {
            let part = ctx.encode_repeated(&complex[..period], SCALE, level, LOW).unwrap();
            assert_eq!(part.bytes(), (level + 3) * 2 * period * 8);
        }
    }
}

#[test]
fn plaintexts_that_do_not_repeat_are_refused() {
    let ctx = Context::new_insecure(refreshing(6)).unwrap();
    let encode = |count, scale, level, form| {
        ctx.encode_repeated(&vec![Complex64::ONE; count], scale, level, form).unwrap_err()
    };
    let full = KeyForm::Full;
    for period in [0, 3, 64] {
        assert_eq!(encode(period, SCALE, 2, full), CkksError::BadPeriod { period, slots: 32 });
    }
    assert!(matches!(encode(4, 0.0, 2, full), CkksError::BadScale { .. }));
    assert!(matches!(encode(4, SCALE, 6, full), CkksError::BadLevel { level: 6, .. }));
    assert!(matches!(encode(4, 2f64.powi(60), 0, full), CkksError::DoesNotFit { .. }));
    let bad = [Complex64::new(0.0, f64::INFINITY)];
    assert!(matches!(ctx.encode_repeated(&bad, SCALE, 1, full), Err(CkksError::NotFinite { .. })));
    // Tables are there for all three primes, for one, and for the two that the bottom asks for.
    for special in [0, 4, 7] {
        let refused = encode(4, SCALE, 1, KeyForm::Low { special });
        assert!(matches!(refused, CkksError::OtherContext { .. }), "{special}");
    }
    let short = Context::new_insecure(parameters(6, 5, 3)).unwrap();
    let refused = short.encode_repeated(&[Complex64::ONE], SCALE, 1, LOW);
    assert!(matches!(refused, Err(CkksError::OtherContext { .. })));
}

#[test]
fn transforms_that_cannot_be_are_refused() {
    let mut ring = Ring::new(6);
    let ctx = ring.ctx.clone();
    let (one, two) = (vec![Complex64::ONE], vec![Complex64::ONE; 2]);
    let new = |at, diagonals: &[(i64, i64, &[Complex64])]| LinearTransform::new(&ctx, at, SCALE, diagonals);
    let full = KeyForm::Full;
    assert!(matches!(new((full, 2), &[]), Err(CkksError::EmptySum { .. })));
    let mixed = new((full, 2), &[(0, 0, &one), (1, 0, &two)]);
    assert_eq!(mixed.unwrap_err(), CkksError::BadPeriod { period: 1, slots: 2 });
    assert!(matches!(new((full, 6), &[(0, 0, &one)]), Err(CkksError::BadLevel { .. })));
    // A key of one digit switches what is small only.
    assert!(matches!(new((KeyForm::Whole, 2), &[(1, 0, &one)]), Err(CkksError::OtherContext { .. })));

    let transform = new((full, 2), &[(1, 0, &one), (0, 4, &one)]).unwrap();
    let keys = ring.keys(&transform);
    let ev = Evaluator::new(&ctx, &keys);
    let [low, high] = [1, 3].map(|level| ring.encrypt(&two, level));
    let refused = |ev: Evaluator<'_>, ct: &Ciphertext, by: &LinearTransform| {
        let errors = [ev.transform(ct, by).unwrap_err(), ev.transform_rescale(ct, by).unwrap_err()];
        assert_eq!(errors[0], errors[1]);
        errors[0].clone()
    };
    assert!(ev.transform(&high, &transform).is_ok());
    assert!(matches!(refused(ev, &low, &transform), CkksError::LevelMismatch { left: 2, right: 1, .. }));
    let product = ev.sum_mul(&[(&high, &high)], 3).unwrap();
    assert!(matches!(refused(ev, &product, &transform), CkksError::PartCount { found: 3, .. }));
    let other = new((full, 2), &[(2, 0, &one)]).unwrap();
    assert!(matches!(refused(ev, &high, &other), CkksError::MissingGaloisKey { step: Some(2), .. }));
    let above = new((full, 3), &[(1, 0, &one)]).unwrap();
    let too_low = refused(ev, &high, &above);
    assert!(matches!(too_low, CkksError::KeyLevelTooLow { ciphertext_level: 3, key_level: 2, .. }));
    // Keys of another form, and a ciphertext or a transform of another ring.
    let form = new((LOW, 1), &[(1, 0, &one)]).unwrap();
    assert!(matches!(refused(ev, &high, &form), CkksError::OtherContext { .. }));
    let mut larger = Ring::new(7);
    let foreign = larger.encrypt(&two, 3);
    assert!(matches!(refused(ev, &foreign, &transform), CkksError::OtherContext { .. }));
    let bottom = new((full, 0), &[(0, 0, &one)]).unwrap();
    let exhausted = ev.transform_rescale(&high, &bottom).unwrap_err();
    assert!(matches!(exhausted, CkksError::LevelExhausted { level: 0, .. }));
}

/// There are divisions by primes of Q and of a part of P together up to the level of the bottom only.
#[test]
fn low_keys_above_the_bottom_divide_by_no_prime_of_q() {
    let mut ring = Ring::new(6);
    let values = ring.vector(4);
    let diagonals = [(1, 0, &values[..]), (0, 0, &values[..])];
    let x = ring.vector(32);
    let ct = ring.encrypt(&x, 4);
    for (form, level) in [(LOW, 2), (KeyForm::Low { special: 1 }, 1)] {
        let prime = ring.ctx.parameters().q[level] as f64;
        let transform = LinearTransform::new(&ring.ctx, (form, level), prime, &diagonals).unwrap();
        let keys = ring.keys(&transform);
        let ev = Evaluator::new(&ring.ctx, &keys);
        let refused = ev.transform_rescale(&ct, &transform).unwrap_err();
        assert!(matches!(refused, CkksError::OtherContext { .. }), "{form:?}: {refused}");
        // Without the division it is what it is, where the key's primes are enough for the digits.
        let whole = ev.transform(&ct, &transform).unwrap();
        assert_eq!(whole.level(), level);
    }
}

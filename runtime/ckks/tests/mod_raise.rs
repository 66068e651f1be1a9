//! To the sparse secret, and up from level 0 with a linear transform.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use std::collections::BTreeMap;

use common::*;
use hep_ckks::{
    Ciphertext, CkksError, Context, Encapsulated, EvaluationKeys, Evaluator, Galois, KeyForm, Params,
    RaisedTransform, SecretKey, Security, SparseSecret, SwitchingKey, decrypt, encrypt_secret,
};
use hep_params::primes::nearest;
use hep_params::{Packing, RefreshShape};
use num_complex::Complex64;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

const TOP: usize = 5;
const EXACT: [usize; 3] = [3, 4, 5];

type Diagonals = Vec<(i64, Vec<Complex64>)>;

/// Primes of 51 bits but for number 2; a refresh is named, which is what sparse secrets are for.
fn params(log_n: u32) -> Params {
    let mut q = nearest(51, log_n, TOP, &[]).unwrap();
    q.insert(2, nearest(40, log_n, 1, &q).unwrap()[0]);
    let p = nearest(51, log_n, 2, &q).unwrap();
    let refresh = vec![RefreshShape::new(log_n - 1, &[1], &[1, 1], Packing::Real)];
    Params { log_n, q, p, digit_limbs: 2, security: Security::Insecure, refresh }
}

struct Ring {
    ctx: Context,
    sk: SecretKey,
    sparse: SparseSecret,
    down: SwitchingKey,
    up: BTreeMap<Galois, SwitchingKey>,
    rng: ChaCha20Rng,
}

impl Ring {
    fn new(log_n: u32) -> Self {
        let ctx = Context::new_insecure(params(log_n)).unwrap();
        let mut rng = ChaCha20Rng::from_seed([5; 32]);
        let sk = SecretKey::generate(&ctx, &mut rng);
        let sparse = SparseSecret::generate(&ctx, &mut rng);
        let down = SwitchingKey::to_sparse(&ctx, &sk, &sparse, &mut rng).unwrap();
        Self { ctx, sk, sparse, down, up: BTreeMap::new(), rng }
    }

    fn raised(&self, diagonals: &Diagonals) -> RaisedTransform {
        RaisedTransform::new(&self.ctx, TOP, 1.0, EXACT, diagonals).unwrap()
    }

    fn add_keys(&mut self, transform: &RaisedTransform) {
        for galois in transform.automorphisms() {
            let at = (galois, transform.level());
            let key = SwitchingKey::from_sparse(&self.ctx, &self.sparse, &self.sk, at, &mut self.rng);
            self.up.insert(galois, key.unwrap());
        }
    }

    fn encrypt(&mut self, values: &[Complex64], scale: f64, level: usize) -> Ciphertext {
        let plain = self.ctx.encode_complex(values, scale, level).unwrap();
        encrypt_secret(&self.ctx, &self.sk, &plain, &mut self.rng).unwrap()
    }

    fn raise(&self, a: &Encapsulated, transform: &RaisedTransform) -> Ciphertext {
        let none = EvaluationKeys::default();
        Evaluator::new(&self.ctx, &none).raise(a, transform, |galois| self.up.get(&galois)).unwrap()
    }

    fn encapsulate(&self, ct: &Ciphertext) -> Encapsulated {
        let none = EvaluationKeys::default();
        Evaluator::new(&self.ctx, &none).encapsulate(ct, &self.down).unwrap()
    }

    fn decrypt(&self, ct: &Ciphertext) -> Vec<Complex64> {
        self.ctx.decode_complex(&decrypt(&self.ctx, &self.sk, ct).unwrap())
    }
}

fn vector(seed: u64, count: usize) -> Vec<Complex64> {
    random(seed, count)
        .into_iter()
        .zip(random(seed + 50, count))
        .map(|(re, im)| Complex64::new(re, im))
        .collect()
}

fn identity() -> Diagonals {
    vec![(0, vec![Complex64::ONE])]
}

/// A polynomial's coefficients by its slots: (2/N)·Re Σ z_j·conj(ζ^(5^j·k)).
fn coefficients(slots: &[Complex64]) -> Vec<f64> {
    let n = 2 * slots.len();
    let powers: Vec<usize> =
        std::iter::successors(Some(1), |p| Some(p * 5 % (2 * n))).take(slots.len()).collect();
    let one = |k: usize| {
        let terms = slots.iter().zip(&powers).map(|(z, power)| {
            let angle = std::f64::consts::PI * (power * k % (2 * n)) as f64 / n as f64;
            (z * Complex64::from_polar(1.0, -angle)).re
        });
        terms.sum::<f64>() * 2.0 / n as f64
    };
    (0..n).map(one).collect()
}

#[test]
fn a_raise_adds_small_multiples_of_q0() {
    for log_n in [6, 9] {
        let mut ring = Ring::new(log_n);
        let slots = ring.ctx.slots();
        let (values, scale) = (vector(1, slots), 2f64.powi(35));
        let ct = ring.encrypt(&values, scale, 0);
        let transform = ring.raised(&identity());
        ring.add_keys(&transform);
        let mut raised = ring.raise(&ring.encapsulate(&ct), &transform);
        assert_eq!((raised.level(), raised.scale(), raised.parts().len()), (TOP, scale, 2));
        let q0 = ring.ctx.parameters().q[0] as f64;
        raised.set_scale(q0).unwrap();
        let before = coefficients(&values.iter().map(|v| v * scale / q0).collect::<Vec<_>>());
        let after = coefficients(&ring.decrypt(&raised));
        let mut multiples = 0;
        for (before, after) in before.iter().zip(&after) {
            let multiple = (after - before).round();
            assert!((after - before - multiple).abs() < 2f64.powi(-38), "{after} {before}");
            // Half the weight, and no more.
            assert!(multiple.abs() <= 16.0);
            multiples += usize::from(multiple != 0.0);
        }
        assert!(multiples > slots, "{multiples} of {}", 2 * slots);
    }
}

#[test]
fn a_transform_of_a_raise_is_that_of_what_is_raised() {
    let mut ring = Ring::new(8);
    let slots = ring.ctx.slots();
    let (values, scale) = (vector(2, slots), 2f64.powi(40));
    let ct = ring.encrypt(&values, scale, 0);
    let encapsulated = ring.encapsulate(&ct);
    let q0 = ring.ctx.parameters().q[0] as f64;
    let alone = ring.raised(&identity());
    ring.add_keys(&alone);
    let mut plain = ring.raise(&encapsulated, &alone);
    plain.set_scale(q0).unwrap();
    let plain = ring.decrypt(&plain);
    for (period, steps) in
        [(1, &[0, 1][..]), (8, &[5]), (32, &[0, 3, -2, 64, 100]), (slots, &[1, 2, 4, 8, 16, 32, 127])]
    {
        let diagonals: Diagonals =
            steps.iter().enumerate().map(|(k, &step)| (step, vector(10 + k as u64, period))).collect();
        let transform = ring.raised(&diagonals);
        // In three limbs, of which one value of a run is kept.
        assert_eq!(transform.bytes(), steps.len() * 3 * 2 * period * 8);
        ring.add_keys(&transform);
        let mut raised = ring.raise(&encapsulated, &transform);
        assert_eq!((raised.level(), raised.scale()), (TOP, scale));
        raised.set_scale(q0).unwrap();
        let moved = |j: usize, step: i64| plain[(j as i64 + step).rem_euclid(slots as i64) as usize];
        let wanted: Vec<Complex64> =
            (0..slots).map(|j| diagonals.iter().map(|(d, v)| v[j % period] * moved(j, *d)).sum()).collect();
        let found = ring.decrypt(&raised);
        let range = wanted.iter().map(|w| w.norm()).fold(0.0, f64::max);
        let worst = found.iter().zip(&wanted).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
        assert!(worst < range * 2f64.powi(-38), "period {period}: {worst:e} of {range}");
    }
}

#[test]
fn a_raise_goes_to_the_level_of_its_transform() {
    let mut ring = Ring::new(6);
    let values = vector(3, 32);
    let ct = ring.encrypt(&values, 2f64.powi(40), 0);
    let transform = RaisedTransform::new(&ring.ctx, 4, 0.5, [1, 3, 4], &identity()).unwrap();
    let whole = ring.raised(&identity());
    ring.add_keys(&whole);
    // With keys that reach further, too.
    let encapsulated = ring.encapsulate(&ct);
    let [mut low, mut high] = [ring.raise(&encapsulated, &transform), ring.raise(&encapsulated, &whole)];
    assert_eq!((transform.level(), low.level(), low.scale()), (4, 4, 2f64.powi(39)));
    low.set_scale(2f64.powi(50)).unwrap();
    high.set_scale(2f64.powi(51)).unwrap();
    let worst =
        ring.decrypt(&low).iter().zip(ring.decrypt(&high)).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
    assert!(worst < 2f64.powi(-36), "{worst:e}");
}

#[test]
fn raises_that_cannot_be_are_refused() {
    let mut ring = Ring::new(6);
    let ctx = ring.ctx.clone();
    let new = |level, scale, exact, diagonals: &Diagonals| {
        RaisedTransform::new(&ctx, level, scale, exact, diagonals).unwrap_err()
    };
    let good = identity();
    assert!(matches!(new(6, 1.0, EXACT, &good), CkksError::BadLevel { level: 6, .. }));
    assert!(matches!(new(TOP, 1.0, EXACT, &Vec::new()), CkksError::EmptySum { .. }));
    assert!(matches!(new(TOP, f64::NAN, EXACT, &good), CkksError::BadScale { .. }));
    // Of 40 bits, and above the level.
    assert!(matches!(new(TOP, 1.0, [2, 4, 5], &good), CkksError::OtherContext { .. }));
    assert!(matches!(new(4, 1.0, EXACT, &good), CkksError::OtherContext { .. }));
    for period in [0, 3, 64] {
        let diagonals = vec![(0, vec![Complex64::ONE; period])];
        assert_eq!(new(TOP, 1.0, EXACT, &diagonals), CkksError::BadPeriod { period, slots: 32 });
    }
    let infinite = vec![(0, vec![Complex64::new(f64::INFINITY, 0.0)])];
    assert!(matches!(new(TOP, 1.0, EXACT, &infinite), CkksError::NotFinite { .. }));

    let none = EvaluationKeys::default();
    let ev = Evaluator::new(&ctx, &none);
    let [bottom, above] = [0, 1].map(|level| ring.encrypt(&[Complex64::ONE], 2f64.powi(40), level));
    let refused = |ct: &Ciphertext, key: &SwitchingKey| ev.encapsulate(ct, key).unwrap_err();
    assert!(matches!(refused(&above, &ring.down), CkksError::LevelMismatch { left: 1, right: 0, .. }));
    let product = ev.sum_mul(&[(&bottom, &bottom)], 0).unwrap();
    assert!(matches!(refused(&product, &ring.down), CkksError::PartCount { found: 3, .. }));
    let rotation = SwitchingKey::rotation(&ctx, &ring.sk, 1, 0, &mut ring.rng).unwrap();
    assert!(matches!(refused(&bottom, &rotation), CkksError::OtherContext { .. }));
    let mut larger = Ring::new(7);
    let foreign = larger.encrypt(&[Complex64::ONE], 2f64.powi(40), 0);
    assert!(matches!(refused(&foreign, &ring.down), CkksError::OtherContext { .. }));
    assert!(matches!(refused(&bottom, &larger.down), CkksError::OtherContext { .. }));

    let transform = ring.raised(&vec![(3, vec![Complex64::ONE])]);
    let encapsulated = ring.encapsulate(&bottom);
    let raise = |key: Option<&SwitchingKey>| ev.raise(&encapsulated, &transform, |_| key).unwrap_err();
    assert!(matches!(raise(None), CkksError::MissingGaloisKey { step: Some(3), .. }));
    let at = |level| (ctx.rotation(3), level);
    let low = SwitchingKey::from_sparse(&ctx, &ring.sparse, &ring.sk, at(4), &mut ring.rng).unwrap();
    assert!(matches!(raise(Some(&low)), CkksError::KeyLevelTooLow { ciphertext_level: 5, key_level: 4, .. }));
    let rotation = SwitchingKey::rotation(&ctx, &ring.sk, 3, TOP, &mut ring.rng).unwrap();
    assert!(matches!(raise(Some(&rotation)), CkksError::OtherContext { .. }));
}

#[test]
fn sparse_keys_have_their_forms_and_are_refused_for_other_secrets() {
    let mut ring = Ring::new(6);
    let other = Ring::new(7);
    let ctx = ring.ctx.clone();
    assert_eq!((ring.down.form(), ring.down.level()), (KeyForm::Low { special: 1 }, 0));
    let at = (ctx.rotation(1), 4);
    let up = SwitchingKey::from_sparse(&ctx, &ring.sparse, &ring.sk, at, &mut ring.rng).unwrap();
    assert_eq!((up.form(), up.level()), (KeyForm::Whole, 4));
    // One digit, modulo q_0 … q_4 and p_0.
    assert_eq!(up.b().len(), 6 * ctx.degree());
    // Stored and read back.
    let again = SwitchingKey::from_parts_of(&ctx, KeyForm::Whole, 4, *up.seed(), up.b().to_vec()).unwrap();
    assert_eq!(again, up);
    let down = SwitchingKey::to_sparse(&ctx, &other.sk, &ring.sparse, &mut ring.rng);
    assert!(matches!(down, Err(CkksError::OtherContext { .. })));
    let foreign = SwitchingKey::from_sparse(&ctx, &ring.sparse, &other.sk, at, &mut ring.rng);
    assert!(matches!(foreign, Err(CkksError::OtherContext { .. })));
    let above = (ctx.rotation(1), 6);
    let high = SwitchingKey::from_sparse(&ctx, &ring.sparse, &ring.sk, above, &mut ring.rng);
    assert!(matches!(high, Err(CkksError::BadLevel { level: 6, .. })));
}

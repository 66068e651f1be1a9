//! Small parameter sets, keys and comparisons for the tests.
#![allow(dead_code)]

use hep_ckks::{
    Ciphertext, Context, EvaluationKeys, Evaluator, Params, SecretKey, Security, SwitchingKey, decrypt,
    encrypt_secret,
};
use hep_params::primes::find_ntt_primes;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// log2 of the scale of the test parameters: that of all primes but q_0.
pub const SCALE_BITS: u32 = 40;
pub const SCALE: f64 = (1u64 << SCALE_BITS) as f64;

/// A 50-bit q_0, `levels` primes of 40 bits, and as many 51-bit special primes as a digit has limbs. Not secure.
pub fn parameters(log_n: u32, levels: usize, digit_limbs: usize) -> Params {
    let mut q = find_ntt_primes(50, log_n, 1, 0);
    q.extend(find_ntt_primes(SCALE_BITS, log_n, levels, 0));
    let p = find_ntt_primes(51, log_n, digit_limbs, 0);
    Params { log_n, q, p, digit_limbs: digit_limbs as u32, security: Security::Insecure, refresh: Vec::new() }
}

pub struct Setup {
    pub ctx: Context,
    pub sk: SecretKey,
    pub keys: EvaluationKeys,
    pub rng: ChaCha20Rng,
}

impl Setup {
    pub fn new(log_n: u32, levels: usize, digit_limbs: usize, steps: &[i64]) -> Self {
        Self::with_key_level(log_n, levels, digit_limbs, steps, levels)
    }

    pub fn with_key_level(
        log_n: u32,
        levels: usize,
        digit_limbs: usize,
        steps: &[i64],
        key_level: usize,
    ) -> Self {
        let ctx = Context::new_insecure(parameters(log_n, levels, digit_limbs)).unwrap();
        let mut rng = ChaCha20Rng::from_seed([log_n as u8; 32]);
        let sk = SecretKey::generate(&ctx, &mut rng);
        let relinearization = Some(SwitchingKey::relinearization(&ctx, &sk, key_level, &mut rng).unwrap());
        let galois = steps
            .iter()
            .map(|&s| (ctx.rotation(s), SwitchingKey::rotation(&ctx, &sk, s, key_level, &mut rng).unwrap()))
            .collect();
        Self { ctx, sk, keys: EvaluationKeys { relinearization, galois }, rng }
    }

    pub fn evaluator(&self) -> Evaluator<'_> {
        Evaluator::new(&self.ctx, &self.keys)
    }

    pub fn encrypt(&mut self, values: &[f64], level: usize) -> Ciphertext {
        let plaintext = self.ctx.encode(values, SCALE, level).unwrap();
        encrypt_secret(&self.ctx, &self.sk, &plaintext, &mut self.rng).unwrap()
    }

    pub fn decrypt(&self, ciphertext: &Ciphertext) -> Vec<f64> {
        self.ctx.decode(&decrypt(&self.ctx, &self.sk, ciphertext).unwrap())
    }

    /// Values in (−1, 1), one per slot.
    pub fn random(&self, seed: u64) -> Vec<f64> {
        random(seed, self.ctx.slots())
    }
}

pub fn random(seed: u64, count: usize) -> Vec<f64> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    (0..count).map(|_| rng.next_u64() as f64 / 2f64.powi(63) - 1.0).collect()
}

pub fn max_error(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, |m, e| if e.is_nan() { f64::NAN } else { m.max(e) })
}

/// Root mean square of the difference.
pub fn rms_error(a: &[f64], b: &[f64]) -> f64 {
    (a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f64>() / a.len() as f64).sqrt()
}

#[track_caller]
pub fn assert_close(got: &[f64], want: &[f64], tolerance: f64) {
    let error = max_error(got, want);
    assert!(error <= tolerance, "largest error {error:e} exceeds {tolerance:e}");
}

/// Left rotation of plain values, any step.
pub fn rolled(values: &[f64], step: i64) -> Vec<f64> {
    let n = values.len() as i64;
    (0..n).map(|i| values[(i + step).rem_euclid(n) as usize]).collect()
}

pub fn products(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(x, y)| x * y).collect()
}

//! Small rings that refresh as the large ones do.
#![allow(dead_code, clippy::unwrap_used, reason = "shared by several tests")]

use hep_circuits::{Refresh, RefreshKeys};
use hep_ckks::{Ciphertext, Context, Params, SecretKey, Security, decrypt, encrypt_secret};
use hep_params::{Packing, RefreshShape};
use hep_plan::refresh::{Chain, chain};
use num_complex::Complex64;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// The shape of some factors, for values up to 4.
pub fn shape(log_slots: u32, s2c: &[u8], c2s: &[u8], packing: Packing) -> RefreshShape {
    RefreshShape::new(log_slots, s2c, c2s, packing).with_bound(4.0)
}

/// Parameters with the primes of the large rings, and little else of them.
pub fn params(log_n: u32, levels: usize, special: usize, refresh: Vec<RefreshShape>) -> Params {
    let of = Chain { log_n: 16, levels, bits: 45, special, security: Security::Insecure };
    Params { log_n, ..chain(of, refresh).unwrap() }
}

pub struct Setup {
    pub ctx: Context,
    pub secret: SecretKey,
    pub refresh: Refresh,
    pub keys: RefreshKeys,
    pub rng: ChaCha20Rng,
}

impl Setup {
    pub fn new(params: Params, seed: u8) -> Self {
        let shape = params.refresh[0].clone();
        let ctx = Context::new_insecure(params).unwrap();
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        let secret = SecretKey::generate(&ctx, &mut rng);
        let refresh = Refresh::new(&ctx, &shape, 2f64.powi(43) / shape.bound).unwrap();
        let keys = RefreshKeys::generate(&ctx, &secret, &refresh, &mut rng).unwrap();
        Self { ctx, secret, refresh, keys, rng }
    }

    /// Uniform in ± the bound.
    pub fn values(&mut self) -> Vec<f64> {
        let (n, bound) = (self.refresh.shape().slots(), self.refresh.shape().bound);
        (0..n).map(|_| (self.rng.next_u64() as f64 / 2f64.powi(63) - 1.0) * bound).collect()
    }

    pub fn encrypt(&mut self, values: &[f64]) -> Ciphertext {
        let slots: Vec<Complex64> =
            (0..self.ctx.slots()).map(|j| Complex64::from(values[j % values.len()])).collect();
        let (scale, level) = (self.refresh.operand_scale(), self.refresh.operand_level());
        let plain = self.ctx.encode_complex(&slots, scale, level).unwrap();
        encrypt_secret(&self.ctx, &self.secret, &plain, &mut self.rng).unwrap()
    }

    pub fn decrypt(&self, ct: &Ciphertext) -> Vec<f64> {
        self.ctx.decode(&decrypt(&self.ctx, &self.secret, ct).unwrap())
    }

    /// Errors of all slots over the bound, and of them without what the sine does.
    pub fn errors(&self, found: &[f64], wanted: &[f64]) -> [Vec<f64>; 2] {
        let shape = self.refresh.shape();
        let ratio = f64::from(shape.ratio_log2).exp2() * shape.bound;
        let each = |sine: bool| {
            let pairs = found.iter().enumerate().map(|(j, found)| (found, wanted[j % wanted.len()]));
            pairs
                .map(|(found, wanted)| {
                    let read = hep_circuits::sine::read_back(wanted, ratio, shape.delta);
                    (found - if sine { read } else { wanted }) / shape.bound
                })
                .collect()
        };
        [each(false), each(true)]
    }
}

/// −log2 of the root of the mean square, and of the largest.
pub fn bits(errors: &[f64]) -> [f64; 2] {
    let mean = errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64;
    let worst = errors.iter().fold(0.0f64, |m, e| m.max(e.abs()));
    [-mean.sqrt().log2(), -worst.log2()]
}

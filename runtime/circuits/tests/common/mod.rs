//! Small rings that refresh as the large ones do, and what their errors are predicted to be.
#![allow(dead_code, clippy::unwrap_used, reason = "shared by several tests")]

use hep_circuits::{Refresh, RefreshKeys};
use hep_ckks::{
    Ciphertext, Combination, Context, EvaluationKeys, Evaluator, Params, SecretKey, Security, decrypt,
    encrypt_secret,
};
use hep_params::{Packing, RefreshShape};
use hep_plan::refresh::{Chain, RefreshErrors, chain, errors, result_scale};
use num_complex::Complex64;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// The largest magnitude of values.
pub const BOUND: f64 = 4.0;

/// The shape of some factors, for values up to 4.
pub fn shape(log_slots: u32, s2c: &[u8], c2s: &[u8], packing: Packing) -> RefreshShape {
    RefreshShape::new(log_slots, s2c, c2s, packing).with_bound(BOUND)
}

/// Parameters with the primes of the large rings, and little else of them.
pub fn params(log_n: u32, levels: usize, special: usize, refresh: Vec<RefreshShape>) -> Params {
    let of = Chain { log_n: 16, levels, bits: 45, special, security: Security::Insecure };
    Params { log_n, ..chain(of, refresh).unwrap() }
}

/// Parameters for shapes with the same numbers of factors, one level above the operands.
pub fn shared(log_n: u32, refresh: Vec<RefreshShape>) -> Params {
    Params { refresh: refresh.clone(), ..params(log_n, 1, 8, vec![refresh[0].clone()]) }
}

pub struct Setup {
    pub ctx: Context,
    pub secret: SecretKey,
    pub refresh: Refresh,
    pub keys: RefreshKeys,
    pub rng: ChaCha20Rng,
}

impl Setup {
    /// For the first shape of parameters.
    pub fn new(params: Params, seed: u8) -> Self {
        let shape = params.refresh[0].clone();
        Self::of(&Context::new_insecure(params).unwrap(), &shape, seed)
    }

    /// One of the shapes of a context.
    pub fn of(ctx: &Context, shape: &RefreshShape, seed: u8) -> Self {
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        let secret = SecretKey::generate(ctx, &mut rng);
        let refresh = Refresh::new(ctx, shape, 2f64.powi(43) / shape.bound).unwrap();
        let keys = RefreshKeys::generate(ctx, &secret, &refresh, &mut rng).unwrap();
        Self { ctx: ctx.clone(), secret, refresh, keys, rng }
    }

    pub fn shape(&self) -> &RefreshShape {
        self.refresh.shape()
    }

    /// Uniform in ± the bound.
    pub fn values(&mut self) -> Vec<f64> {
        let (n, bound) = (self.shape().slots(), self.shape().bound);
        (0..n).map(|_| self.uniform() * bound).collect()
    }

    /// Between −1 and 1.
    pub fn uniform(&mut self) -> f64 {
        self.rng.next_u64() as f64 / 2f64.powi(63) - 1.0
    }

    pub fn encrypt(&mut self, values: &[f64]) -> Ciphertext {
        let slots: Vec<Complex64> =
            (0..self.ctx.slots()).map(|j| Complex64::from(values[j % values.len()])).collect();
        self.encrypt_at(&slots, self.refresh.operand_scale(), self.refresh.operand_level())
    }

    pub fn encrypt_at(&mut self, slots: &[Complex64], scale: f64, level: usize) -> Ciphertext {
        let plain = self.ctx.encode_complex(slots, scale, level).unwrap();
        encrypt_secret(&self.ctx, &self.secret, &plain, &mut self.rng).unwrap()
    }

    pub fn run(&self, vectors: &[&Ciphertext]) -> Vec<Ciphertext> {
        self.refresh.run(&self.ctx, &self.keys, vectors, &mut ()).unwrap()
    }

    pub fn decrypt(&self, ct: &Ciphertext) -> Vec<f64> {
        self.ctx.decode(&decrypt(&self.ctx, &self.secret, ct).unwrap())
    }

    /// An evaluator with the keys at the top.
    pub fn top(&self) -> Evaluator<'_> {
        Evaluator::new(&self.ctx, &self.keys.top)
    }

    /// What was refreshed as an operand again: at its level and scale.
    pub fn operand(&self, ct: &Ciphertext) -> Ciphertext {
        let keys = EvaluationKeys::default();
        let ev = Evaluator::new(&self.ctx, &keys);
        let (level, scale) = (self.refresh.operand_level() + 1, self.refresh.operand_scale());
        let above = scale * self.ctx.parameters().q[level] as f64;
        let sum = Combination { terms: &[(1.0, ct)], constant: 0.0 };
        let mut out = ev.rescale(&ev.combine_numbers(sum, level, above).unwrap()).unwrap();
        out.set_scale(scale).unwrap();
        out
    }

    /// What the sine makes of values.
    pub fn read(&self, values: &[f64]) -> Vec<f64> {
        let shape = self.shape();
        let ratio = f64::from(shape.ratio_log2).exp2() * shape.bound;
        values.iter().map(|v| hep_circuits::sine::read_back(*v, ratio, shape.delta)).collect()
    }

    /// (found − wanted)/bound for all slots, where what is wanted repeats.
    pub fn errors(&self, found: &[f64], wanted: &[f64]) -> Vec<f64> {
        let pairs = found.iter().enumerate().map(|(j, found)| (found, wanted[j % wanted.len()]));
        pairs.map(|(found, wanted)| (found - wanted) / self.shape().bound).collect()
    }

    /// Vectors to refresh, and what comes out in the slots of each result.
    pub fn packed(&self, [a, b]: [&[f64]; 2]) -> Vec<Vec<f64>> {
        match self.shape().packing {
            Packing::Real => vec![a.to_vec()],
            Packing::Pair => vec![a.to_vec(), b.to_vec()],
            Packing::SideBySide => vec![[a, b].concat()],
        }
    }

    /// What a plan says of the errors.
    pub fn announced(&self) -> RefreshErrors {
        errors(self.shape(), self.ctx.parameters(), self.refresh.operand_scale())
    }

    /// The deviation of the random part of an error over the bound.
    pub fn noise(&self) -> f64 {
        self.announced().deviation
    }

    /// The exact scale of a result: that of the sine's input through all products of EvalMod.
    pub fn result_scale(&self) -> f64 {
        result_scale(self.shape(), self.ctx.parameters()).0
    }
}

/// The deviation of a rescale's error in the real part of a slot, at a scale of 51 bits.
pub fn rounding(log_n: u32) -> f64 {
    let n = f64::from(log_n).exp2();
    ((1.0 + 2.0 * n / 3.0) / 12.0 * n / 2.0).sqrt() / 2f64.powi(51)
}

/// Root of the mean square.
pub fn rms(errors: &[f64]) -> f64 {
    (errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64).sqrt()
}

/// The largest magnitude.
pub fn worst(errors: &[f64]) -> f64 {
    errors.iter().fold(0.0, |m: f64, e| if e.is_nan() { f64::INFINITY } else { m.max(e.abs()) })
}

pub fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

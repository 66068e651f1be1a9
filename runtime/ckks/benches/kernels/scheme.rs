//! Operations of the scheme.

use crate::Failure;
use crate::clock::Clock;
use crate::ring;
use crate::row::{KeyBytes, Row};
use crate::sets::Set;
use hep_ckks::{
    Ciphertext, CkksError, Context, EvaluationKeys, Evaluator, Plaintext, PublicKey, SecretKey, SwitchingKey,
    decrypt, encrypt_public, encrypt_secret,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::sync::Arc;

/// Rotations of one ciphertext.
const STEPS: std::ops::RangeInclusive<i64> = 1..=16;
/// Ciphertexts that are rotated and summed.
const OTHERS: usize = 4;

/// What the kernels of a set work on.
struct Bench<'a> {
    clock: &'a Clock,
    filter: &'a str,
    set: &'a Set,
    ctx: Context,
    sk: SecretKey,
    pk: PublicKey,
    keys: EvaluationKeys,
    rows: Vec<Row>,
}

/// Every kernel of a set.
pub fn measure(clock: &Clock, set: &Set, filter: &str) -> Result<(Vec<Row>, KeyBytes), Failure> {
    let wanted = |kernel: &str| kernel.contains(filter);
    let rows = ring::measure(clock, set, &wanted)?;
    let ctx = Context::new_insecure(set.parameters())?;
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let sk = SecretKey::generate(&ctx, &mut rng);
    let pk = PublicKey::generate(&ctx, &sk, &mut rng)?;
    let relinearization = SwitchingKey::relinearization(&ctx, &sk, set.levels, &mut rng)?;
    let sizes =
        KeyBytes { at_rest: relinearization.bytes_at_rest(), expanded: relinearization.bytes_expanded() };
    let mut keys = EvaluationKeys { relinearization: Some(relinearization), ..Default::default() };
    for step in STEPS {
        keys.galois
            .insert(ctx.rotation(step), SwitchingKey::rotation(&ctx, &sk, step, set.levels, &mut rng)?);
    }
    let mut bench = Bench { clock, filter, set, ctx, sk, pk, keys, rows };
    for limbs in [set.top(), set.middle] {
        bench.owner(limbs)?;
        bench.server(limbs)?;
    }
    bench.key_material()?;
    Ok((bench.rows, sizes))
}

impl Bench<'_> {
    fn row<T>(
        &mut self,
        kernel: &'static str,
        limbs: usize,
        work: impl Fn(&Self) -> Result<T, CkksError>,
    ) -> Result<(), Failure> {
        if kernel.contains(self.filter) {
            let time = self.clock.try_time(|| work(self))?;
            self.rows.push(Row { kernel, limbs, time });
        }
        Ok(())
    }

    fn values(&self) -> Vec<f64> {
        (0..self.ctx.slots()).map(|i| (i as f64).sin()).collect()
    }

    fn scale(&self) -> f64 {
        f64::from(self.set.bits).exp2()
    }

    fn encrypted(&self, limbs: usize) -> Result<(Plaintext, Ciphertext), CkksError> {
        let plain = self.ctx.encode(&self.values(), self.scale(), limbs - 1)?;
        let ct = encrypt_secret(&self.ctx, &self.sk, &plain, &mut rng())?;
        Ok((plain, ct))
    }

    /// What the owner does.
    fn owner(&mut self, limbs: usize) -> Result<(), Failure> {
        let values = self.values();
        let (plain, ct) = self.encrypted(limbs)?;
        self.row("encode", limbs, |b| b.ctx.encode(&values, b.scale(), limbs - 1))?;
        self.row("encrypt", limbs, |b| encrypt_secret(&b.ctx, &b.sk, &plain, &mut rng()))?;
        self.row("encrypt with public key", limbs, |b| encrypt_public(&b.ctx, &b.pk, &plain, &mut rng()))?;
        self.row("decrypt", limbs, |b| decrypt(&b.ctx, &b.sk, &ct))?;
        self.row("decode", limbs, |b| Ok(b.ctx.decode(&plain)))
    }

    /// What the server does.
    fn server(&mut self, limbs: usize) -> Result<(), Failure> {
        let (plain, ct) = self.encrypted(limbs)?;
        let (_, other) = self.encrypted(limbs)?;
        let steps: Vec<i64> = STEPS.collect();
        self.row("add", limbs, |b| b.ev().add(&ct, &other))?;
        self.row("multiply by plaintext", limbs, |b| b.ev().sum_mul_plain(&[(&ct, &plain)]))?;
        self.row("rescale", limbs, |b| b.ev().rescale(&ct))?;
        self.row("rotate", limbs, |b| b.ev().rotate(&ct, 1))?;
        self.row("multiply relinearize rescale", limbs, |b| {
            b.ev().sum_mul_relinearize_rescale(&[(&ct, &other)], limbs - 1)
        })?;
        self.row("the same in three calls", limbs, |b| {
            let ev = b.ev();
            ev.rescale(&ev.relinearize(&ev.sum_mul(&[(&ct, &other)], limbs - 1)?)?)
        })?;
        self.row("16 rotations hoisted", limbs, |b| b.ev().rotate_many(&ct, &steps))?;
        self.sums_of_rotations(limbs, &ct, &steps)
    }

    /// Rotations that are brought down once.
    fn sums_of_rotations(&mut self, limbs: usize, ct: &Ciphertext, steps: &[i64]) -> Result<(), Failure> {
        let values = self.values();
        self.row("encode for double hoisting", limbs, |b| {
            b.ctx.encode_extended(&values, b.scale(), limbs - 1)
        })?;
        let factor = self.ctx.encode_extended(&values, self.scale(), limbs - 1)?;
        // One plaintext per step, as in a product with a matrix.
        let factors = vec![factor; steps.len()];
        let terms: Vec<_> = steps.iter().zip(&factors).map(|(&step, factor)| (ct, step, factor)).collect();
        self.row("16 rotations doubly hoisted", limbs, |b| b.ev().rotated_products(&[&terms]))?;
        let others = vec![ct.clone(); OTHERS];
        let turns: Vec<_> = others.iter().zip(steps.iter().copied()).collect();
        self.row("sum of 4 ciphertexts rotated", limbs, |b| b.ev().sum_rotations(&turns))
    }

    fn ev(&self) -> Evaluator<'_> {
        Evaluator::new(&self.ctx, &self.keys)
    }

    /// Making keys and reading them back.
    fn key_material(&mut self) -> Result<(), Failure> {
        let (limbs, level) = (self.set.top(), self.set.levels);
        self.row("relinearization key", limbs, |b| {
            SwitchingKey::relinearization(&b.ctx, &b.sk, level, &mut rng())
        })?;
        self.row("rotation key", limbs, |b| SwitchingKey::rotation(&b.ctx, &b.sk, 1, level, &mut rng()))?;
        let key = SwitchingKey::rotation(&self.ctx, &self.sk, 1, level, &mut rng())?;
        let stored: Arc<[u64]> = key.b().into();
        self.row("key expansion", limbs, |b| {
            SwitchingKey::from_parts(&b.ctx, level, *key.seed(), Arc::clone(&stored))
        })
    }
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([2; 32])
}

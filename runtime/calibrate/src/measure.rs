//! Whole operations, timed.

use super::clock::Clock;
use super::error::CalibrateError as Error;
use hep_ckks::{
    Ciphertext, Context, EvaluationKeys, Evaluator, Params, SecretKey, Security, SwitchingKey, encrypt_secret,
};
use hep_plan::cost::{Shape, Work};
use hep_plan::primes::nearest;
use hep_ring::{Modulus, NttTable};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rayon::ThreadPool;

/// Bits of the scale, and of every prime of Q but the first.
const SCALE_BITS: u32 = 45;
/// Bits of the first prime.
const BASE_BITS: u32 = 50;
/// Rotations that share a decomposition.
const STEPS: [i64; 4] = [1, 2, 3, 4];
/// Attempts to see what all cores gain.
const ATTEMPTS: usize = 3;
/// Limbs of the rotation that other work is counted in.
const YARDSTICK_LIMBS: usize = 25;
/// Limbs of its digits.
const YARDSTICK_DIGIT: usize = 9;
/// Products in a sum.
const TERMS: usize = 4;

/// An operation that was timed.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name, with what it depends on.
    pub name: String,
    /// What it is composed of.
    pub work: Work,
    /// Least seconds of some calls on one thread.
    pub seconds: f64,
}

/// A short measurement, to compare with a table.
#[derive(Clone, Debug)]
pub struct Probe {
    /// log2 of the ring degree.
    pub log_n: u32,
    /// One transform of a limb.
    pub transform: Operation,
    /// One rotation.
    pub rotation: Operation,
}

/// A parameter set with keys and a ciphertext at its top level.
struct Bench {
    ctx: Context,
    sk: SecretKey,
    keys: EvaluationKeys,
    digit_limbs: usize,
}

/// Limbs of Q at the top: about as many as programs on such a ring have.
fn top_limbs(log_n: u32) -> usize {
    match log_n {
        ..=12 => 4,
        13 => 6,
        14 => 9,
        15 => 13,
        _ => 25,
    }
}

/// Everything that the fit needs, on one ring.
pub fn operations(clock: &Clock, log_n: u32) -> Result<Vec<Operation>, Error> {
    let limbs = top_limbs(log_n);
    let mut found = vec![transform(clock, log_n, limbs)?];
    let long = limbs.div_ceil(3);
    // Few long digits, and many short ones: conversions against transforms.
    for digit_limbs in [long, if long == 2 { 1 } else { 2 }] {
        let bench = Bench::new(log_n, limbs, digit_limbs)?;
        for limbs in [limbs, limbs.div_ceil(2)] {
            bench.switching(clock, limbs, &mut found)?;
            if digit_limbs == long {
                bench.others(clock, limbs, &mut found)?;
            }
        }
    }
    Ok(found)
}

/// The share of a rotation's time that `all` threads do not shorten.
pub fn serial_share(clock: &Clock, log_n: u32, one: &ThreadPool, all: &ThreadPool) -> Result<f64, Error> {
    let limbs = top_limbs(log_n);
    let bench = one.install(|| Bench::of_rotation(log_n, limbs, limbs.div_ceil(3)))?;
    let seconds = |pool: &ThreadPool| Ok::<_, Error>(pool.install(|| bench.rotation(clock, limbs))?.seconds);
    // Other programs can only take cores away: the best of some attempts is the nearest to the truth.
    let mut gain = 1.0f64;
    for _ in 0..ATTEMPTS {
        gain = gain.max(seconds(one)? / seconds(all)?);
    }
    // seconds on t threads = seconds on one · (s + (1 − s)/t)
    let threads = all.current_num_threads() as f64;
    Ok(((1.0 / gain - 1.0 / threads) / (1.0 - 1.0 / threads)).clamp(0.0, 1.0))
}

/// Times a transform and a rotation on the calling thread's pool.
///
/// # Errors
/// A ring that cannot be measured.
pub fn probe(log_n: u32) -> Result<Probe, Error> {
    let (clock, limbs) = (Clock::new(true), top_limbs(log_n));
    let transform = transform(&clock, log_n, limbs)?;
    let bench = Bench::of_rotation(log_n, limbs, limbs.div_ceil(3))?;
    Ok(Probe { log_n, transform, rotation: bench.rotation(&clock, limbs)? })
}

/// A rotation that other work is counted in: at 25 limbs, in digits of 9, with as many special primes.
pub struct Yardstick {
    bench: Bench,
    ct: Ciphertext,
}

impl Yardstick {
    /// With its key and a ciphertext, on a ring.
    pub fn new(log_n: u32) -> Result<Self, Error> {
        let bench = Bench::of_rotation(log_n, YARDSTICK_LIMBS, YARDSTICK_DIGIT)?;
        let ct = bench.ciphertext(YARDSTICK_LIMBS)?;
        Ok(Self { bench, ct })
    }

    /// What it is composed of.
    pub fn work() -> Work {
        let (limbs, digit_limbs) = (YARDSTICK_LIMBS, YARDSTICK_DIGIT);
        Shape { limbs, digit_limbs, special: digit_limbs }.rotate(1, 1)
    }

    /// Rotates once.
    pub fn rotate(&self) -> Result<(), Error> {
        drop(Evaluator::new(&self.bench.ctx, &self.bench.keys).rotate(&self.ct, STEPS[0])?);
        Ok(())
    }
}

/// A transform of a limb, forward and inverse in equal parts, inside a ciphertext with a prime for every limb.
fn transform(clock: &Clock, log_n: u32, limbs: usize) -> Result<Operation, Error> {
    let table = |&q: &u64| NttTable::new(log_n, Modulus::new(q)?);
    let primes = parameters(log_n, limbs, limbs.div_ceil(3))?.q;
    let tables: Vec<NttTable> = primes.iter().map(table).collect::<Result<_, _>>()?;
    let mut data: Vec<u64> = (0..limbs as u64).flat_map(|_| 0..1 << log_n).collect();
    let seconds = clock.seconds(|| {
        for (table, limb) in tables.iter().zip(data.chunks_exact_mut(1 << log_n)) {
            table.forward(limb);
            table.inverse(limb);
        }
        Ok::<(), Error>(())
    })?;
    let work = Work { transforms: 1.0, ..Work::default() };
    Ok(Operation { name: "transform".into(), work, seconds: seconds / (2 * limbs) as f64 })
}

impl Bench {
    fn new(log_n: u32, limbs: usize, digit_limbs: usize) -> Result<Self, Error> {
        let mut bench = Self::of_rotation(log_n, limbs, digit_limbs)?;
        let (ctx, sk, level) = (&bench.ctx, &bench.sk, limbs - 1);
        let mut rng = ChaCha20Rng::from_seed([6; 32]);
        bench.keys.relinearization = Some(SwitchingKey::relinearization(ctx, sk, level, &mut rng)?);
        for step in STEPS.into_iter().skip(1) {
            let key = SwitchingKey::rotation(ctx, sk, step, level, &mut rng)?;
            bench.keys.galois.insert(ctx.rotation(step), key);
        }
        Ok(bench)
    }

    /// With the key of a single rotation.
    fn of_rotation(log_n: u32, limbs: usize, digit_limbs: usize) -> Result<Self, Error> {
        let ctx = Context::new_insecure(parameters(log_n, limbs, digit_limbs)?)?;
        // Keys that protect nothing: they only take the time that keys take.
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        let sk = SecretKey::generate(&ctx, &mut rng);
        let key = SwitchingKey::rotation(&ctx, &sk, STEPS[0], limbs - 1, &mut rng)?;
        let mut keys = EvaluationKeys::default();
        keys.galois.insert(ctx.rotation(STEPS[0]), key);
        Ok(Self { ctx, sk, keys, digit_limbs })
    }

    fn shape(&self, limbs: usize) -> Shape {
        Shape { limbs, digit_limbs: self.digit_limbs, special: self.ctx.parameters().p.len() }
    }

    fn operation(&self, what: &str, limbs: usize, work: Work, seconds: f64) -> Operation {
        let name = format!("{what}, {limbs} limbs, digits of {}", self.digit_limbs);
        Operation { name, work, seconds }
    }

    fn values(&self) -> Vec<f64> {
        (0..self.ctx.slots()).map(|i| (i as f64).sin()).collect()
    }

    fn ciphertext(&self, limbs: usize) -> Result<Ciphertext, Error> {
        let plain = self.ctx.encode(&self.values(), f64::from(SCALE_BITS).exp2(), limbs - 1)?;
        Ok(encrypt_secret(&self.ctx, &self.sk, &plain, &mut ChaCha20Rng::from_seed([4; 32]))?)
    }

    fn rotation(&self, clock: &Clock, limbs: usize) -> Result<Operation, Error> {
        let (ev, ct) = (Evaluator::new(&self.ctx, &self.keys), self.ciphertext(limbs)?);
        let seconds = clock.seconds(|| ev.rotate(&ct, STEPS[0]))?;
        Ok(self.operation("rotate", limbs, self.shape(limbs).rotate(1, 1), seconds))
    }

    /// Operations with a key.
    fn switching(&self, clock: &Clock, limbs: usize, found: &mut Vec<Operation>) -> Result<(), Error> {
        let (ev, ct, shape) =
            (Evaluator::new(&self.ctx, &self.keys), self.ciphertext(limbs)?, self.shape(limbs));
        found.push(self.rotation(clock, limbs)?);
        let seconds = clock.seconds(|| ev.rotate_many(&ct, &STEPS))?;
        found.push(self.operation("rotate 4 steps", limbs, shape.rotate(1, STEPS.len()), seconds));
        let product = ev.sum_mul(&[(&ct, &ct)], limbs - 1)?;
        let seconds = clock.seconds(|| ev.relinearize(&product))?;
        found.push(self.operation("relinearize", limbs, shape.relinearize(), seconds));
        let seconds = clock.seconds(|| ev.relinearize_rescale(&product))?;
        found.push(self.operation("relinearize and rescale", limbs, shape.relinearize_rescale(), seconds));
        let factor = self.ctx.encode_extended(&self.values(), f64::from(SCALE_BITS).exp2(), limbs - 1)?;
        let terms = STEPS.map(|step| (&ct, step, &factor));
        let seconds = clock.seconds(|| ev.rotated_products(&[&terms]))?;
        let work = shape.rotated_products(1, STEPS.len(), STEPS.len(), 1);
        found.push(self.operation("rotated sum of 4", limbs, work, seconds));
        Ok(())
    }

    /// Operations without.
    fn others(&self, clock: &Clock, limbs: usize, found: &mut Vec<Operation>) -> Result<(), Error> {
        let (ev, ct, shape) =
            (Evaluator::new(&self.ctx, &self.keys), self.ciphertext(limbs)?, self.shape(limbs));
        let (values, scale, level) = (self.values(), f64::from(SCALE_BITS).exp2(), limbs - 1);
        let plain = self.ctx.encode(&values, scale, level)?;
        let mut push = |what, work, seconds| found.push(self.operation(what, limbs, work, seconds));
        push("add", shape.sum(), clock.seconds(|| ev.add(&ct, &ct))?);
        let terms = vec![(&ct, &ct); TERMS];
        push("sum_mul of 4", shape.sum_mul(TERMS), clock.seconds(|| ev.sum_mul(&terms, level))?);
        let terms = vec![(&ct, &plain); TERMS];
        push("sum_mul_plain of 4", shape.sum_mul_plain(TERMS), clock.seconds(|| ev.sum_mul_plain(&terms))?);
        push("rescale", shape.rescale(2), clock.seconds(|| ev.rescale(&ct))?);
        push("encode", shape.encode(), clock.seconds(|| self.ctx.encode(&values, scale, level))?);
        Ok(())
    }
}

fn parameters(log_n: u32, limbs: usize, digit_limbs: usize) -> Result<Params, Error> {
    let mut q = nearest(BASE_BITS, log_n, 1, &[])?;
    q.extend(nearest(SCALE_BITS, log_n, limbs - 1, &q)?);
    let p = nearest(SCALE_BITS + 2, log_n, digit_limbs, &q)?;
    Ok(Params {
        log_n,
        q,
        p,
        digit_limbs: digit_limbs as u32,
        security: Security::Insecure,
        refresh: Vec::new(),
    })
}

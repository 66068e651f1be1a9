//! Times of the kernels, in milliseconds: `cargo run --release -p hep-ckks --example kernels [threads]`.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use hep_ckks::{
    Context, EvaluationKeys, Evaluator, Parameters, PublicKey, SecretKey, SwitchingKey, decrypt,
    encrypt_public, encrypt_secret,
};
use hep_ring::primes::find_ntt_primes;
use hep_ring::{Modulus, NttTable};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

type Failure = Box<dyn std::error::Error>;

/// The least time of some repetitions, in milliseconds, and the last result.
fn time<T>(repetitions: usize, mut f: impl FnMut() -> T) -> (f64, T) {
    let mut once = || {
        let start = Instant::now();
        let result = f();
        (start.elapsed().as_secs_f64() * 1e3, result)
    };
    let (mut best, mut result) = once();
    for _ in 1..repetitions {
        let (elapsed, next) = once();
        best = best.min(elapsed);
        result = next;
    }
    (best, result)
}

fn row(name: &str, milliseconds: f64) {
    println!("  {name:<38} {milliseconds:>10.3} ms");
}

/// q_0 of 50 bits, `levels` primes of `bits` bits, three digits, and a P just larger than a digit.
fn parameters(log_n: u32, levels: usize, bits: u32) -> Parameters {
    let mut q = find_ntt_primes(50, log_n, 1, 0);
    q.extend(find_ntt_primes(bits, log_n, levels, 0));
    let digit_limbs = q.len().div_ceil(3);
    Parameters { log_n, q, p: find_ntt_primes(bits + 1, log_n, digit_limbs, 0), digit_limbs }
}

fn measure(log_n: u32, levels: usize, bits: u32) -> Result<(), Failure> {
    let parameters = parameters(log_n, levels, bits);
    let (q, p) = (parameters.q.len(), parameters.p.len());
    println!(
        "N = 2^{log_n}, {q} primes of 50 + {levels}×{bits} bits, P of {p}×{} bits, {} per digit",
        bits + 1,
        parameters.digit_limbs
    );

    let table = NttTable::new(log_n, Modulus::new(parameters.q[1])?)?;
    let mut limb: Vec<u64> = (0..1 << log_n).collect();
    row("NTT of a limb", time(40, || table.forward(&mut limb)).0);
    row("inverse NTT of a limb", time(40, || table.inverse(&mut limb)).0);

    let (elapsed, ctx) = time(1, || Context::new(parameters.clone()));
    let ctx = ctx?;
    row("context", elapsed);
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let (elapsed, sk) = time(1, || SecretKey::generate(&ctx, &mut rng));
    row("secret key", elapsed);
    let pk = PublicKey::generate(&ctx, &sk, &mut rng);
    let (elapsed, relinearization) = time(1, || SwitchingKey::relinearization(&ctx, &sk, levels, &mut rng));
    row("relinearisation key", elapsed);
    let steps: Vec<i64> = (1..=16).collect();
    let mut keys = EvaluationKeys { relinearization: Some(relinearization?), ..Default::default() };
    for &step in &steps {
        keys.rotations.insert(step, SwitchingKey::rotation(&ctx, &sk, step, levels, &mut rng)?);
    }
    let key = &keys.rotations[&1];
    row(
        "switching key from file (expand)",
        time(1, || SwitchingKey::from_parts(&ctx, levels, *key.seed(), key.b_digits().to_vec())).0,
    );

    let scale = 2f64.powi(bits as i32);
    let values: Vec<f64> = (0..ctx.slots()).map(|i| (i as f64).sin()).collect();
    let (elapsed, plain) = time(3, || ctx.encode(&values, scale, levels));
    let plain = plain?;
    row("encode", elapsed);
    let (elapsed, ct) = time(2, || encrypt_secret(&ctx, &sk, &plain, &mut rng));
    let ct = ct?;
    row("encrypt_secret", elapsed);
    row("encrypt_public", time(2, || encrypt_public(&ctx, &pk, &plain, &mut rng)).0);
    row("decrypt", time(3, || decrypt(&ctx, &sk, &ct)).0);
    row("decode", time(2, || ctx.decode(&plain)).0);

    let ev = Evaluator::new(&ctx, &keys);
    row("add", time(5, || ev.add(&ct, &ct)).0);
    row("rotate: decompose", time(5, || ev.decompose(&ct)).0);
    row("rotate", time(5, || ev.rotate(&ct, 1)).0);
    row("rotate_many(16)", time(2, || ev.rotate_many(&ct, &steps)).0);
    row("sum_mul_plain(16)", time(3, || ev.sum_mul_plain(&[(&ct, &plain); 16])).0);
    row("sum_mul(1)", time(5, || ev.sum_mul(&[(&ct, &ct)], ct.level())).0);
    let product = ev.sum_mul(&[(&ct, &ct)], ct.level())?;
    row("relinearize", time(5, || ev.relinearize(&product)).0);
    row("rescale", time(5, || ev.rescale(&ct)).0);
    let all = time(5, || ev.rescale(&ev.relinearize(&ev.sum_mul(&[(&ct, &ct)], ct.level())?)?));
    row("sum_mul(1) + relinearize + rescale", all.0);
    all.1?;
    println!();
    Ok(())
}

fn main() -> Result<(), Failure> {
    let threads = std::env::args().nth(1).map_or(Ok(1), |t| t.parse())?;
    println!("{threads} thread(s)\n");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    pool.install(|| {
        measure(15, 12, 45).map_err(|e| e.to_string())?;
        measure(16, 24, 48).map_err(|e| e.to_string())
    })?;
    Ok(())
}

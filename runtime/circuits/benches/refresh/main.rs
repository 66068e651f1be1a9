//! Times, errors and memory of a refresh: `cargo bench -p hep-circuits --features secret -- --help`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a benchmark prints, and fails by panicking"
)]

use hep_circuits::*;
use hep_ckks::*;
use hep_params::{Packing, RefreshShape};
use hep_plan::refresh::{Chain, chain};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use std::time::Instant;

fn cpu() -> f64 {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .parse::<f64>()
        .unwrap()
        / 1e9
}

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let which = args.first().map_or("full-pair", |s| s.as_str()).to_owned();
    let threads: usize = args.get(1).map_or(1, |s| s.parse().unwrap());
    let runs: usize = args.get(2).map_or(3, |s| s.parse().unwrap());
    let (log_n, levels, special, shape) = match which.as_str() {
        "full-pair" => (16, 12, 10, RefreshShape::new(15, &[5, 5, 5], &[5, 5, 5], Packing::Pair)),
        "full-real" => (16, 12, 10, RefreshShape::new(15, &[5, 5, 5], &[5, 5, 5], Packing::Real)),
        "slots13-real" => (16, 12, 10, RefreshShape::new(13, &[6, 7], &[4, 3, 3, 3], Packing::Real)),
        "slots9-real" => (16, 13, 10, RefreshShape::new(9, &[4, 5], &[4, 3, 2], Packing::Real)),
        "small" => (13, 12, 10, RefreshShape::new(12, &[4, 4, 4], &[4, 4, 4], Packing::Pair)),
        other => return Err(other.into()),
    };
    let security = if log_n < 15 { Security::Insecure } else { Security::Standard128 };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    pool.install(|| {
        let params = chain(Chain { log_n, levels, bits: 45, special, security }, vec![shape.clone()])?;
        println!("{} + {} primes, log QP {:.0}", params.q.len(), params.p.len(), params.log_qp());
        let t = Instant::now();
        let ctx = Context::new_insecure(params)?;
        println!("context {:.2} s", t.elapsed().as_secs_f64());
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        let secret = SecretKey::generate(&ctx, &mut rng);
        let t = Instant::now();
        let refresh = Refresh::new(&ctx, &shape, 2f64.powi(43))?;
        println!("tables {:.2} s, {} MiB", t.elapsed().as_secs_f64(), refresh.bytes() >> 20);
        let t = Instant::now();
        let keys = RefreshKeys::generate(&ctx, &secret, &refresh, &mut rng)?;
        println!(
            "keys {:.2} s, {:?}, {:.2} GiB",
            t.elapsed().as_secs_f64(),
            keys.counts(),
            keys.bytes_expanded() as f64 / 2f64.powi(30)
        );
        let n = shape.slots();
        let mut draw =
            || -> Vec<f64> { (0..n).map(|_| rng.next_u64() as f64 / 2f64.powi(63) - 1.0).collect() };
        let (a, b) = (draw(), draw());
        let mut enc = |v: &[f64]| {
            let all: Vec<f64> = (0..ctx.slots()).map(|j| v[j % n]).collect();
            let p = ctx.encode(&all, refresh.operand_scale(), refresh.operand_level()).unwrap();
            encrypt_secret(&ctx, &secret, &p, &mut rng).unwrap()
        };
        let (ca, cb) = (enc(&a), enc(&b));
        let vectors = if shape.packing == Packing::Real { vec![&ca] } else { vec![&ca, &cb] };
        let mut rot_keys = EvaluationKeys::default();
        rot_keys.galois.insert(
            ctx.rotation(1),
            SwitchingKey::rotation(&ctx, &secret, 1, 24.min(ctx.max_level()), &mut rng)?,
        );
        let x = encrypt_secret(
            &ctx,
            &secret,
            &ctx.encode(&a, 2f64.powi(45), 24.min(ctx.max_level()))?,
            &mut rng,
        )?;
        for run in 0..runs {
            let mut marks = Vec::new();
            let start = cpu();
            let out = refresh.run(&ctx, &keys, &vectors, &mut |phase: Phase| {
                marks.push((phase, (cpu() - start)));
                true
            })?;
            let total = cpu() - start;
            marks.push((Phase::EvalMod, total));
            let t = cpu();
            Evaluator::new(&ctx, &rot_keys).rotate(&x, 1)?;
            let rotation = cpu() - t;
            print!(
                "run {run}: {total:.3} s = {:.1} rotations of {:.1} ms:",
                total / rotation,
                rotation * 1e3
            );
            for pair in marks.windows(2) {
                print!(" {:?} {:.0}", pair[0].0, (pair[1].1 - pair[0].1) * 1e3);
            }
            println!();
            for (ct, wanted) in out.iter().zip([&a, &b]) {
                let found = ctx.decode(&decrypt(&ctx, &secret, ct)?);
                let e: Vec<f64> = found.iter().enumerate().map(|(j, f)| f - wanted[j % n]).collect();
                let rms = (e.iter().map(|e| e * e).sum::<f64>() / e.len() as f64).sqrt();
                let worst = e.iter().fold(0.0f64, |m, e| m.max(e.abs()));
                println!("   level {} rms {:.2} worst {:.2}", ct.level(), -rms.log2(), -worst.log2());
            }
        }
        println!("peak buffers {:.2} GiB", buffer::usage().peak as f64 / 2f64.powi(30));
        Ok(())
    })
}

//! Everything once: keys, encoding, encryption, x² + y rotated by one slot, decryption, and how far it is off.
//!
//! `cargo run --release -p hep-ckks --example quick_start`
#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use std::error::Error;

use hep_ckks::{
    Context, EvaluationKeys, Evaluator, Preset, PublicKey, SecretKey, SwitchingKey, decrypt, encrypt_public,
    encrypt_secret,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

fn main() -> Result<(), Box<dyn Error>> {
    println!("largest error {:.1e}", largest_error()?);
    Ok(())
}

fn largest_error() -> Result<f64, Box<dyn Error>> {
    // At least 128 bits of security; anything less is refused.
    let preset = Preset::Depth6;
    let ctx = Context::new(preset.parameters()?)?;
    let (scale, top) = (preset.scale(), ctx.max_level());

    // The owner: a secret, keys for the server, and data.
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    let mut rng = ChaCha20Rng::from_seed(seed);
    let secret = SecretKey::generate(&ctx, &mut rng);
    let public = PublicKey::generate(&ctx, &secret, &mut rng)?;
    let mut keys = EvaluationKeys {
        relinearization: Some(SwitchingKey::relinearization(&ctx, &secret, top, &mut rng)?),
        ..EvaluationKeys::default()
    };
    keys.galois.insert(ctx.rotation(1), SwitchingKey::rotation(&ctx, &secret, 1, top, &mut rng)?);
    let x: Vec<f64> = (0..ctx.slots()).map(|slot| (slot as f64 * 0.01).sin()).collect();
    let y: Vec<f64> = (0..ctx.slots()).map(|slot| (slot as f64 * 0.02).cos()).collect();
    let x_encrypted = encrypt_secret(&ctx, &secret, &ctx.encode(&x, scale, top)?, &mut rng)?;
    // Whoever has no secret encrypts with the public key.
    let y_encrypted = encrypt_public(&ctx, &public, &ctx.encode(&y, scale, top)?, &mut rng)?;

    // The server, which has the keys but not the secret.
    let ev = Evaluator::new(&ctx, &keys);
    let product = ev.sum_mul(&[(&x_encrypted, &x_encrypted)], top)?;
    let square = ev.rescale(&ev.relinearize(&product)?)?;
    let rotated = ev.rotate(&y_encrypted, 1)?;
    // Summands have one level and one scale: a factor 1 takes this one the way that the square went.
    let one = ctx.encode(&vec![1.0; ctx.slots()], scale, top)?;
    let moved = ev.rescale(&ev.sum_mul_plain(&[(&rotated, &one)])?)?;
    let sum = ev.add(&square, &moved)?;

    // The owner again.
    let found = ctx.decode(&decrypt(&ctx, &secret, &sum)?);
    let meant = (0..ctx.slots()).map(|slot| x[slot] * x[slot] + y[(slot + 1) % ctx.slots()]);
    Ok(found.iter().zip(meant).fold(0.0, |worst, (found, meant)| f64::max(worst, (found - meant).abs())))
}

#[test]
fn it_is_accurate() -> Result<(), Box<dyn Error>> {
    let error = largest_error()?;
    assert!(error > 0.0 && error < 1e-6, "{error:e}");
    Ok(())
}

//! Measured noise against its predicted size. `cargo test -p hep-ckks --test noise -- --nocapture` prints the table.
//!
//! A polynomial with independent coefficients of standard deviation τ has slots whose real parts have τ·√(N/2).

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use hep_ckks::{Ciphertext, PublicKey, encrypt_public, encrypt_secret};

const SIGMA: f64 = 3.2;

struct Noise {
    fresh: f64,
    public: f64,
    rotation: f64,
    relinearization: f64,
    rescale: f64,
}

/// Root mean square errors of the slots, times the scale.
fn measure(log_n: u32) -> Noise {
    let mut setup = Setup::new(log_n, 3, 2, &[1]);
    let values = setup.random(1);
    let ct = setup.encrypt(&values, 3);
    let plain = setup.ctx.encode(&values, SCALE, 3).unwrap();
    let pk = PublicKey::generate(&setup.ctx, &setup.sk, &mut setup.rng).unwrap();
    let public = encrypt_public(&setup.ctx, &pk, &plain, &mut setup.rng).unwrap();
    let exact = setup.ctx.decode(&plain);
    // Relinearize an unscaled message: a product with a constant 1 of scale 1 keeps it small.
    let one = setup.ctx.encode(&vec![1.0; setup.ctx.slots()], 1.0, 3).unwrap();
    let unit = encrypt_secret(&setup.ctx, &setup.sk, &one, &mut setup.rng).unwrap();
    let ev = setup.evaluator();
    let error = |ct: &Ciphertext, reference: &[f64]| rms_error(&setup.decrypt(ct), reference) * ct.scale();
    // Operations alone: against the decryption of their input.
    let input = setup.decrypt(&ct);
    let rotated = ev.rotate(&ct, 1).unwrap();
    let product = ev.sum_mul(&[(&unit, &unit)], unit.level()).unwrap();
    let relinearized = ev.relinearize(&product).unwrap();
    let rescaled = ev.rescale(&ct).unwrap();
    Noise {
        fresh: error(&ct, &exact),
        public: error(&public, &exact),
        rotation: error(&rotated, &rolled(&input, 1)),
        relinearization: rms_error(&setup.decrypt(&relinearized), &setup.decrypt(&product)) * product.scale(),
        rescale: error(&rescaled, &input),
    }
}

#[test]
fn noise_is_as_predicted() {
    println!("log N    fresh   public   rotate    relin  rescale   (std of the slot error × scale)");
    for log_n in 10..=15 {
        let Noise { fresh, public, rotation, relinearization, rescale } = measure(log_n);
        println!("{log_n:5} {fresh:8.1} {public:8.1} {rotation:8.1} {relinearization:8.1} {rescale:8.1}");
        let n = 2f64.powi(log_n as i32);
        let slot = (n / 2.0).sqrt();
        // e_0 + e_1·s + e·v, with ternary s and v of variance 2/3.
        let public_predicted = slot * SIGMA * (1.0 + n * 4.0 / 3.0).sqrt();
        // Rounding errors of variance 1/12 in both parts, the second times s.
        let rounding = slot * ((1.0 + n * 2.0 / 3.0) / 12.0).sqrt();
        for (name, measured, predicted) in [
            ("fresh", fresh, slot * SIGMA),
            ("public", public, public_predicted),
            ("rescale", rescale, rounding),
        ] {
            assert!(
                (measured / predicted - 1.0).abs() < 0.25,
                "{name} at 2^{log_n}: {measured} against {predicted}"
            );
        }
        // The primes of P have 51 bits, those of the digits 50 and 40: Σ c_d·e_d/P is negligible beside the rounding.
        for (name, measured) in [("rotation", rotation), ("relinearization", relinearization)] {
            assert!(
                measured < 1.25 * rounding && measured > 0.75 * rounding,
                "{name} at 2^{log_n}: {measured} against {rounding}"
            );
        }
        assert!(rotation < 2f64.powi(-20) * SCALE);
    }
}

//! Rotations, hoisted and not, with keys of several levels, and independence from the number of threads.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use hep_ckks::{
    Ciphertext, Context, EvaluationKeys, Evaluator, SecretKey, SwitchingKey, decrypt, encrypt_public,
    encrypt_secret,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

const TOLERANCE: f64 = 1e-7;

#[test]
fn all_powers_of_two_in_both_directions() {
    let steps: Vec<i64> =
        (0..9).flat_map(|k| [1 << k, -(1 << k)]).chain([0, 3, -511, 512, 517, -1000]).collect();
    let mut setup = Setup::new(10, 3, 2, &steps);
    let values = setup.random(1);
    let ct = setup.encrypt(&values, 3);
    let ev = setup.evaluator();
    let many = ev.rotate_many(&ct, &steps).unwrap();
    assert_eq!(many.len(), steps.len());
    for (&step, hoisted) in steps.iter().zip(&many) {
        let single = ev.rotate(&ct, step).unwrap();
        assert_eq!(&single, hoisted, "step {step}");
        assert_close(&setup.decrypt(&single), &rolled(&values, step), TOLERANCE);
    }
}

#[test]
fn zero_steps_need_no_key_and_add_no_noise() {
    let mut setup = Setup::new(8, 1, 1, &[]);
    let values = setup.random(1);
    let ct = setup.encrypt(&values, 1);
    let rotated = setup.evaluator().rotate_many(&ct, &[0, 128, -256]).unwrap();
    for r in rotated {
        assert_eq!(r.parts(), ct.parts());
        assert_eq!(r.seed(), None);
    }
    assert!(setup.evaluator().rotate_many(&ct, &[]).unwrap().is_empty());
}

/// Every digit width, every key level, every ciphertext level at or below it.
#[test]
fn keys_work_at_and_below_their_level() {
    for digit_limbs in 1..=4 {
        for key_level in 0..=4 {
            let mut setup = Setup::with_key_level(8, 4, digit_limbs, &[5], key_level);
            assert_eq!(setup.keys.galois[&setup.ctx.rotation(5)].level(), key_level);
            let values = setup.random(7);
            for level in 0..=key_level {
                let ct = setup.encrypt(&values, level);
                let ev = setup.evaluator();
                assert_close(&setup.decrypt(&ev.rotate(&ct, 5).unwrap()), &rolled(&values, 5), TOLERANCE);
                if level > 0 {
                    let square = ev.relinearize(&ev.sum_mul(&[(&ct, &ct)], ct.level()).unwrap()).unwrap();
                    assert_close(&setup.decrypt(&square), &products(&values, &values), TOLERANCE);
                }
            }
        }
    }
}

/// Digits wider than the specialized kernels of base extension.
#[test]
fn wide_digits() {
    let mut setup = Setup::new(7, 13, 12, &[3]);
    let values = setup.random(7);
    for level in [0, 10, 11, 12, 13] {
        let ct = setup.encrypt(&values, level);
        let rotated = setup.evaluator().rotate(&ct, 3).unwrap();
        assert_close(&setup.decrypt(&rotated), &rolled(&values, 3), TOLERANCE);
    }
}

/// The same keys and ciphertexts at any number of threads.
#[test]
fn bits_do_not_depend_on_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| -> (Vec<Ciphertext>, EvaluationKeys, Vec<u64>) {
            let ctx = Context::new_insecure(parameters(11, 5, 2)).unwrap();
            let mut rng = ChaCha20Rng::from_seed([9; 32]);
            let sk = SecretKey::generate(&ctx, &mut rng);
            let pk = hep_ckks::PublicKey::generate(&ctx, &sk, &mut rng).unwrap();
            let relinearization = Some(SwitchingKey::relinearization(&ctx, &sk, 5, &mut rng).unwrap());
            let galois = [1, 2, 700]
                .map(|s| (ctx.rotation(s), SwitchingKey::rotation(&ctx, &sk, s, 4, &mut rng).unwrap()))
                .into();
            let keys = EvaluationKeys { relinearization, galois };
            let plain = ctx.encode(&random(4, ctx.slots()), SCALE, 5).unwrap();
            let fresh = encrypt_secret(&ctx, &sk, &plain, &mut rng).unwrap();
            let public = encrypt_public(&ctx, &pk, &plain, &mut rng).unwrap();
            let ev = Evaluator::new(&ctx, &keys);
            let product = ev.sum_mul(&[(&fresh, &public), (&public, &public)], public.level()).unwrap();
            let rescaled = ev.rescale(&ev.relinearize(&product).unwrap()).unwrap();
            let mut out = ev.rotate_many(&rescaled, &[1, 2, 700]).unwrap();
            let message = decrypt(&ctx, &sk, &out[0]).unwrap();
            let bits = ctx.decode(&message).iter().map(|v| v.to_bits()).collect();
            let extended = ctx.encode_extended(&random(5, ctx.slots()), SCALE, 4).unwrap();
            out.extend([
                ev.sum_mul_relinearize_rescale(&[(&fresh, &public)], 5).unwrap(),
                ev.relinearize_rescale(&product).unwrap(),
                ev.sum_rotations(&[(&rescaled, 2), (&rescaled, 1), (&rescaled, 0)]).unwrap(),
            ]);
            let products = [1, 0, 700].map(|step| (&rescaled, step, &extended));
            out.extend(ev.rotated_products(&[&products, &products[1..], &products[..1]]).unwrap());
            out.extend([fresh, public, product, rescaled]);
            (out, keys, bits)
        })
    };
    let single = run(1);
    assert!(single == run(4));
    assert!(single == run(3));
}

/// Slots are real, so that they stay; the ciphertext is another one, and turns like the one before.
#[test]
fn conjugation_keeps_real_slots() {
    let mut setup = Setup::new(8, 4, 2, &[3]);
    let conjugation = setup.ctx.conjugation();
    assert_eq!(conjugation.element(), 2 * setup.ctx.degree() as u64 - 1);
    let values = setup.random(5);
    let a = setup.encrypt(&values, 3);
    let refused = setup.evaluator().conjugate(&a).unwrap_err().to_string();
    assert!(refused.starts_with("conjugate: there is no key for X → X^"), "{refused}");
    let key = SwitchingKey::automorphism(&setup.ctx, &setup.sk, conjugation, 3, &mut setup.rng).unwrap();
    setup.keys.galois.insert(conjugation, key);
    let ev = setup.evaluator();
    let once = ev.conjugate(&a).unwrap();
    assert_ne!(once.parts(), a.parts());
    let turned = ev.rotate(&once, 3).unwrap();
    assert_close(&setup.decrypt(&once), &values, 1e-6);
    assert_close(&setup.decrypt(&turned), &rolled(&values, 3), 1e-6);
}

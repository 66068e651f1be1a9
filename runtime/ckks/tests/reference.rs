//! Digests of what every operation gives for fixed randomness: a faster kernel must not change a bit.
//!
//! The messages are constant vectors, whose encoding needs no rounded root of unity, so that the digests hold on every
//! machine. A change of format or of sampling changes them on purpose; a change of speed never does.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::parameters;
use hep_ckks::{
    Ciphertext, Context, EvaluationKeys, Evaluator, PublicKey, SecretKey, SwitchingKey, decrypt,
    encrypt_public, encrypt_secret,
};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

struct Digest(blake3::Hasher);

impl Digest {
    fn words(&mut self, words: &[u64]) {
        for word in words {
            self.0.update(&word.to_le_bytes());
        }
    }

    fn ciphertext(&mut self, ciphertext: &Ciphertext) {
        self.words(&[ciphertext.level() as u64, ciphertext.scale().to_bits()]);
        ciphertext.parts().iter().for_each(|part| self.words(part.as_slice()));
    }

    fn key(&mut self, key: &SwitchingKey) {
        self.0.update(key.seed());
        self.words(key.b());
    }
}

fn digest(log_n: u32, levels: usize, digit_limbs: usize) -> String {
    let ctx = Context::new_insecure(parameters(log_n, levels, digit_limbs)).unwrap();
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    let mut out = Digest(blake3::Hasher::new());
    let sk = SecretKey::generate(&ctx, &mut rng);
    out.0.update(&sk.to_bytes());
    let pk = PublicKey::generate(&ctx, &sk, &mut rng).unwrap();
    out.words(pk.b().as_slice());
    let relinearization = SwitchingKey::relinearization(&ctx, &sk, levels, &mut rng).unwrap();
    out.key(&relinearization);
    let mut keys = EvaluationKeys { relinearization: Some(relinearization), ..Default::default() };
    for step in [1, 5, 12] {
        let key = SwitchingKey::rotation(&ctx, &sk, step, levels, &mut rng).unwrap();
        out.key(&key);
        keys.galois.insert(ctx.rotation(step), key);
    }
    let scale = 2f64.powi(common::SCALE_BITS as i32);
    let plain = |value: f64, level| ctx.encode(&vec![value; ctx.slots()], scale, level).unwrap();
    let a = encrypt_secret(&ctx, &sk, &plain(1.5, levels), &mut rng).unwrap();
    let b = encrypt_public(&ctx, &pk, &plain(-0.25, levels), &mut rng).unwrap();
    out.ciphertext(&a);
    out.ciphertext(&b);
    let ev = Evaluator::new(&ctx, &keys);
    for level in (1..=levels).rev() {
        let (a, b) = (ev.drop_to_level(&a, level).unwrap(), ev.drop_to_level(&b, level).unwrap());
        for count in 1..=9 {
            let terms: Vec<_> = (0..count).map(|k| if k % 2 == 0 { (&a, &b) } else { (&b, &b) }).collect();
            out.ciphertext(&ev.sum_mul(&terms, level).unwrap());
        }
        let product = ev.sum_mul(&[(&a, &b)], level).unwrap();
        let two = ev.relinearize(&product).unwrap();
        out.ciphertext(&two);
        out.ciphertext(&ev.rescale(&two).unwrap());
        out.ciphertext(&ev.rescale(&product).unwrap());
        out.ciphertext(&ev.rotate(&a, 5).unwrap());
        ev.rotate_many(&b, &[1, 0, 12]).unwrap().iter().for_each(|c| out.ciphertext(c));
        let p = plain(0.75, level);
        out.ciphertext(&ev.sum_mul_plain(&[(&a, &p), (&b, &p)]).unwrap());
        out.ciphertext(&ev.sub_plain(&a, &p).unwrap());
        out.words(decrypt(&ctx, &sk, &two).unwrap().poly().as_slice());
    }
    out.0.finalize().to_hex()[..32].to_string()
}

#[test]
fn every_operation_gives_the_same_bits_as_ever() {
    for (log_n, levels, digit_limbs, expected) in [
        (5, 4, 1, "48af3db79c8cf78524d810997b1f1cf3"),
        (6, 5, 2, "2a0019b3f0d65fbc3d3ca4ea4cf54010"),
        (9, 6, 3, "776ddcaca86cd61192def882dcf0b887"),
        (10, 4, 5, "ecd0375592cf7041f4df4e427234217d"),
        (12, 3, 2, "0623cf0b9b8bce059e43faa17ee04b08"),
        (5, 12, 12, "18fae60fab1f75e8b86070972b75f748"),
        (13, 5, 2, "bf7fb527cecf89d06fdfff1e1d0bdd5d"),
    ] {
        assert_eq!(digest(log_n, levels, digit_limbs), expected, "N = 2^{log_n}");
    }
}

//! What files need: seeds, stored halves, and refusal of damaged data.

#![allow(clippy::unwrap_used)]

mod common;

use common::*;
use hep_ckks::{Buffer, Ciphertext, CkksError, PublicKey, SecretKey, SwitchingKey, decrypt, encrypt_public};

fn parts(ct: &Ciphertext) -> Vec<Buffer> {
    ct.parts().iter().map(|p| p.as_slice().into()).collect()
}

#[test]
fn ciphertexts_round_trip() {
    let mut setup = Setup::new(8, 3, 2, &[]);
    let values = setup.random(1);
    for level in 0..=3 {
        let ct = setup.encrypt(&values, level);
        let seed = *ct.seed().unwrap();
        let part0 = ct.parts()[0].as_slice().into();
        assert_eq!(Ciphertext::from_seeded(&setup.ctx, level, SCALE, part0, seed).unwrap(), ct);
        let whole = Ciphertext::from_parts(&setup.ctx, level, SCALE, parts(&ct)).unwrap();
        assert_eq!(whole.seed(), None);
        assert_eq!(whole.parts(), ct.parts());
        assert_close(&setup.decrypt(&whole), &values, 1e-7);
    }
    // Two encryptions of one message share nothing.
    let (a, b) = (setup.encrypt(&values, 1), setup.encrypt(&values, 1));
    assert_ne!(a.seed(), b.seed());
    assert_ne!(a.parts()[0], b.parts()[0]);
}

#[test]
fn damaged_ciphertexts_are_refused() {
    let mut setup = Setup::new(8, 3, 2, &[]);
    let ct = setup.encrypt(&setup.random(1), 2);
    let ctx = &setup.ctx;
    let q = &ctx.parameters().q;
    let read = |parts| Ciphertext::from_parts(ctx, 2, SCALE, parts);

    let mut bad = parts(&ct);
    bad[1][256 + 17] = q[1];
    let (part, limb, index) = (1, 1, 17);
    let what = "ciphertext";
    assert_eq!(read(bad), Err(CkksError::BadResidue { what, part, limb, index, value: q[1], modulus: q[1] }));
    let mut bad = parts(&ct);
    bad[0][0] = u64::MAX;
    assert!(matches!(read(bad), Err(CkksError::BadResidue { part: 0, limb: 0, index: 0, .. })));
    let mut short = parts(&ct);
    short[1] = short[1][1..].into();
    assert!(matches!(read(short), Err(CkksError::BadLength { expected: 768, found: 767, .. })));
    assert!(matches!(read(parts(&ct)[..1].to_vec()), Err(CkksError::PartCount { found: 1, .. })));
    assert!(matches!(read(vec![]), Err(CkksError::PartCount { found: 0, .. })));
    assert!(matches!(
        Ciphertext::from_parts(ctx, 4, SCALE, parts(&ct)),
        Err(CkksError::BadLevel { level: 4, .. })
    ));
    assert!(Ciphertext::from_parts(ctx, usize::MAX, SCALE, parts(&ct)).is_err());
    assert!(matches!(Ciphertext::from_parts(ctx, 1, SCALE, parts(&ct)), Err(CkksError::BadLength { .. })));
    assert!(matches!(Ciphertext::from_parts(ctx, 2, -1.0, parts(&ct)), Err(CkksError::BadScale { .. })));
    assert!(matches!(
        Ciphertext::from_seeded(ctx, 2, SCALE, vec![0; 5].into(), [0; 32]),
        Err(CkksError::BadLength { .. })
    ));
}

#[test]
fn secret_keys_round_trip() {
    let mut setup = Setup::new(8, 2, 1, &[]);
    let bytes = setup.sk.to_bytes();
    let values = setup.random(1);
    let ct = setup.encrypt(&values, 2);
    let again = SecretKey::from_bytes(&setup.ctx, &bytes).unwrap();
    assert_eq!(again.to_bytes(), bytes);
    assert_eq!(decrypt(&setup.ctx, &again, &ct).unwrap(), decrypt(&setup.ctx, &setup.sk, &ct).unwrap());
    for value in [-1i8, 0, 1] {
        assert!(bytes.contains(&(value as u8)));
    }

    let refusal = |bytes: &[u8]| SecretKey::from_bytes(&setup.ctx, bytes).err();
    assert!(matches!(refusal(&bytes[1..]), Some(CkksError::BadLength { expected: 256, found: 255, .. })));
    let mut bad = bytes.to_vec();
    bad[100] = 2;
    assert_eq!(refusal(&bad), Some(CkksError::BadSecretCoefficient { index: 100 }));
}

#[test]
fn switching_keys_round_trip() {
    let mut setup = Setup::new(8, 4, 2, &[]);
    for level in 0..=4 {
        let key = SwitchingKey::rotation(&setup.ctx, &setup.sk, 3, level, &mut setup.rng).unwrap();
        let digits = (level + 1).div_ceil(2);
        let stored = digits * (level + 1 + 2) * 256 * 8;
        assert_eq!((key.bytes_at_rest(), key.bytes_expanded()), (stored + 32, 2 * stored + 32));
        let b = key.b().to_vec();
        let read = |b: Vec<u64>| SwitchingKey::from_parts(&setup.ctx, level, *key.seed(), b);
        assert_eq!(read(b.clone()).unwrap(), key);

        assert!(matches!(read(b[1..].to_vec()), Err(CkksError::BadLength { unit: "residues", .. })));
        let mut bad = b.clone();
        // The last limb of the first digit is modulo the last special prime.
        bad[b.len() / digits - 1] = setup.ctx.parameters().p[1];
        assert!(matches!(read(bad), Err(CkksError::BadResidue { part: 0, index: 255, .. })));
        assert!(SwitchingKey::from_parts(&setup.ctx, 5, *key.seed(), b).is_err());
    }
}

/// A file holds half of a key and a seed.
#[test]
fn keys_at_rest_are_half_as_large() {
    let mut setup = Setup::new(10, 4, 2, &[]);
    for level in 0..=4 {
        let key = SwitchingKey::relinearization(&setup.ctx, &setup.sk, level, &mut setup.rng).unwrap();
        assert!(key.bytes_at_rest() as f64 <= 0.52 * key.bytes_expanded() as f64);
    }
}

#[test]
fn public_keys_round_trip() {
    let mut setup = Setup::new(9, 2, 1, &[]);
    let pk = PublicKey::generate(&setup.ctx, &setup.sk, &mut setup.rng).unwrap();
    let again = PublicKey::from_parts(&setup.ctx, *pk.seed(), pk.b().as_slice().into()).unwrap();
    assert_eq!(again, pk);
    assert!(PublicKey::from_parts(&setup.ctx, *pk.seed(), vec![0; 3].into()).is_err());
    let values = setup.random(2);
    for level in 0..=2 {
        let plain = setup.ctx.encode(&values, SCALE, level).unwrap();
        let ct = encrypt_public(&setup.ctx, &again, &plain, &mut setup.rng).unwrap();
        assert_eq!(ct.seed(), None);
        assert_close(&setup.decrypt(&ct), &values, 1e-7);
    }
}

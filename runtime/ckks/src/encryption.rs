//! Encryption and decryption.

use hep_ring::sample;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::ciphertext::{Ciphertext, expand_seed};
use crate::context::Context;
use crate::error::CkksError;
use crate::keys::{PublicKey, SecretKey, small_to_limb};
use crate::plaintext::Plaintext;
use crate::poly::Poly;

/// Encrypts under the secret key: (−a·s + e + m, a) with a uniform a expanded from a new seed.
///
/// Smaller noise (σ = 3.2 per coefficient) and half the file size of [`encrypt_public`].
pub fn encrypt_secret<R: CryptoRng + ?Sized>(
    ctx: &Context,
    sk: &SecretKey,
    plaintext: &Plaintext,
    rng: &mut R,
) -> Result<Ciphertext, CkksError> {
    check_plaintext("encrypt_secret", ctx, plaintext)?;
    check_secret("encrypt_secret", ctx, sk)?;
    let (level, scale) = (plaintext.level, plaintext.scale);
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    let error = Zeroizing::new(sample::gaussian(rng, ctx.degree()));
    let a = expand_seed(ctx, level, &seed);
    let mut first = Poly::zero(ctx.degree(), level + 1);
    first.par_limbs_mut(|i, limb| {
        let modulus = ctx.modulus(i);
        small_to_limb(ctx, &error, i, limb);
        modulus.add_assign_slice(limb, plaintext.poly.limb(i));
        for ((c, &a), &s) in limb.iter_mut().zip(a.limb(i)).zip(sk.limb(i)) {
            *c = modulus.sub(*c, modulus.mul(a, s));
        }
    });
    Ok(Ciphertext { level, scale, parts: vec![first, a], seed: Some(seed) })
}

/// Encrypts under the public key (b, a): (b·v + e_0 + m, a·v + e_1) with a uniform ternary v.
pub fn encrypt_public<R: CryptoRng + ?Sized>(
    ctx: &Context,
    pk: &PublicKey,
    plaintext: &Plaintext,
    rng: &mut R,
) -> Result<Ciphertext, CkksError> {
    let operation = "encrypt_public";
    check_plaintext(operation, ctx, plaintext)?;
    if pk.b().degree() != ctx.degree() || pk.b().limb_count() != ctx.max_level() + 1 {
        return Err(CkksError::OtherContext { operation });
    }
    let mask = Zeroizing::new(sample::ternary(rng, ctx.degree()));
    let errors = [(); 2].map(|()| Zeroizing::new(sample::gaussian(rng, ctx.degree())));
    let level = plaintext.level;
    let part = |half: &Poly, error: &[i8], message: Option<&Poly>| {
        let mut out = Poly::zero(ctx.degree(), level + 1);
        out.par_limbs_mut(|i, limb| {
            let modulus = ctx.modulus(i);
            small_to_limb(ctx, error, i, limb);
            if let Some(message) = message {
                modulus.add_assign_slice(limb, message.limb(i));
            }
            let mut v = Zeroizing::new(vec![0; ctx.degree()]);
            small_to_limb(ctx, &mask, i, &mut v);
            for ((c, &h), &v) in limb.iter_mut().zip(half.limb(i)).zip(v.iter()) {
                *c = modulus.add(*c, modulus.mul(h, v));
            }
        });
        out
    };
    let parts = vec![part(pk.b(), &errors[0], Some(&plaintext.poly)), part(pk.a(), &errors[1], None)];
    Ok(Ciphertext::new(level, plaintext.scale, parts))
}

/// Σ c_i·s^i for a ciphertext of two or three parts: the message with its noise.
///
/// The noise depends on the secret (Li & Micciancio, EUROCRYPT 2021): a result that goes to others must be rounded first.
pub fn decrypt(ctx: &Context, sk: &SecretKey, ciphertext: &Ciphertext) -> Result<Plaintext, CkksError> {
    check_ciphertext("decrypt", ctx, ciphertext)?;
    check_secret("decrypt", ctx, sk)?;
    let mut poly = Poly::zero(ctx.degree(), ciphertext.level + 1);
    poly.par_limbs_mut(|i, limb| {
        let modulus = ctx.modulus(i);
        // Horner's rule in s.
        for part in ciphertext.parts.iter().rev() {
            for ((m, &c), &s) in limb.iter_mut().zip(part.limb(i)).zip(sk.limb(i)) {
                *m = modulus.add(modulus.mul(*m, s), c);
            }
        }
    });
    Ok(Plaintext { level: ciphertext.level, scale: ciphertext.scale, poly })
}

fn check_secret(operation: &'static str, ctx: &Context, sk: &SecretKey) -> Result<(), CkksError> {
    if sk.matches(ctx) { Ok(()) } else { Err(CkksError::OtherContext { operation }) }
}

fn check_poly(operation: &'static str, ctx: &Context, level: usize, poly: &Poly) -> Result<(), CkksError> {
    let fits = level <= ctx.max_level() && poly.degree() == ctx.degree() && poly.limb_count() == level + 1;
    if fits { Ok(()) } else { Err(CkksError::OtherContext { operation }) }
}

/// Refuses plaintexts of another ring.
pub(crate) fn check_plaintext(
    operation: &'static str,
    ctx: &Context,
    p: &Plaintext,
) -> Result<(), CkksError> {
    check_poly(operation, ctx, p.level, &p.poly)
}

/// Refuses ciphertexts of another ring.
pub(crate) fn check_ciphertext(
    operation: &'static str,
    ctx: &Context,
    c: &Ciphertext,
) -> Result<(), CkksError> {
    c.parts.iter().try_for_each(|part| check_poly(operation, ctx, c.level, part))
}

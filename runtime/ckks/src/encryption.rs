//! Encryption and decryption.

use hep_ring::{Buffer, sample};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::ciphertext::{Ciphertext, expand_seed};
use crate::context::Context;
use crate::error::CkksError;
use crate::keys::{PublicKey, SecretKey, small_to_limb, subtract_product};
use crate::plaintext::Plaintext;
use crate::poly::Poly;

/// Encrypts under the secret key: (−a·s + e + m, a) with a uniform a expanded from a new seed.
///
/// Smaller noise (σ = 3.2 per coefficient) and half the file size of [`encrypt_public`].
///
/// **Level and scale:** those of the plaintext.
///
/// # Errors
/// [`CkksError::OtherContext`] for a plaintext or key of another ring.
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
    let first = Poly::written(ctx.degree(), level + 1, |i, limb| {
        small_to_limb(ctx, &error, i, limb);
        ctx.field(i).add_assign(limb, plaintext.poly.limb(i));
        subtract_product(ctx.field(i), limb, a.limb(i), sk.limb(i));
    });
    Ok(Ciphertext { seed: Some(seed), ..Ciphertext::new(level, scale, [first, a]) })
}

/// Encrypts under the public key (b, a): (b·v + e_0 + m, a·v + e_1) with a uniform ternary v.
///
/// **Level and scale:** those of the plaintext.
///
/// # Errors
/// [`CkksError::OtherContext`] for a plaintext or key of another ring.
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
        Poly::written(ctx.degree(), level + 1, |i, limb| {
            let field = ctx.field(i);
            let [mut v, mut product] = [(); 2].map(|()| Zeroizing::new(Buffer::recycled(ctx.degree())));
            small_to_limb(ctx, &mask, i, &mut v);
            field.sum_of_products(&[(half.limb(i), &v)], &mut product);
            small_to_limb(ctx, error, i, limb);
            field.add_assign(limb, &product);
            if let Some(message) = message {
                field.add_assign(limb, message.limb(i));
            }
        })
    };
    let parts = [part(pk.b(), &errors[0], Some(&plaintext.poly)), part(pk.a(), &errors[1], None)];
    Ok(Ciphertext::new(level, plaintext.scale, parts))
}

/// Σ c_i·s^i for a ciphertext of two or three parts: the message with its noise.
///
/// The noise depends on the secret (Li & Micciancio, EUROCRYPT 2021): a result that goes to others must be rounded first.
///
/// **Level and scale:** those of the ciphertext, which may be at any level. What exceeds Q_level/2 comes back as another number, and
/// nothing can tell.
///
/// # Errors
/// [`CkksError::OtherContext`] for a ciphertext or key of another ring.
pub fn decrypt(ctx: &Context, sk: &SecretKey, ciphertext: &Ciphertext) -> Result<Plaintext, CkksError> {
    check_ciphertext("decrypt", ctx, ciphertext)?;
    check_secret("decrypt", ctx, sk)?;
    let poly = Poly::written(ctx.degree(), ciphertext.level + 1, |i, limb| {
        let (field, s) = (ctx.field(i), sk.limb(i));
        let mut power = Zeroizing::new(Buffer::copy_of(s));
        let mut product = Zeroizing::new(Buffer::recycled(ctx.degree()));
        limb.copy_from_slice(ciphertext.parts[0].limb(i));
        for (k, part) in ciphertext.parts.iter().enumerate().skip(1) {
            if k > 1 {
                field.sum_of_products(&[(&power, s)], &mut product);
                std::mem::swap(&mut power, &mut product);
            }
            field.sum_of_products(&[(part.limb(i), &power)], &mut product);
            field.add_assign(limb, &product);
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

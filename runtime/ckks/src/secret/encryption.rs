//! Encryption and decryption under the secret key.

use hep_ring::{Buffer, sample};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::key::{SecretKey, subtract_product};
use crate::ciphertext::{Ciphertext, expand_seed};
use crate::context::Context;
use crate::encryption::{check_ciphertext, check_plaintext};
use crate::error::CkksError;
use crate::keys::small_to_limb;
use crate::plaintext::Plaintext;
use crate::poly::Poly;

/// Encrypts under the secret key: (−a·s + e + m, a) with a uniform a expanded from a new seed.
///
/// Smaller noise (σ = 3.2 per coefficient) and half the file size of [`crate::encrypt_public`].
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

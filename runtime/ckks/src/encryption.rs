//! Encryption under the public key, and what every operation checks of its operands.

use hep_ring::{Buffer, sample};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::ciphertext::Ciphertext;
use crate::context::Context;
use crate::error::CkksError;
use crate::keys::{PublicKey, small_to_limb};
use crate::plaintext::Plaintext;
use crate::poly::Poly;

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

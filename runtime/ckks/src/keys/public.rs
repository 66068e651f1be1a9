//! The public encryption key.

use hep_ring::{Buffer, sample};

use crate::context::Context;
use crate::error::CkksError;
use crate::poly::{Poly, validate_residues};

const SEED_DOMAIN: &str = "ckks public key";

/// An encryption of zero at the top level: b = −a·s + e with a uniform, expanded from a seed.
///
/// ```
/// use hep_ckks::{Context, ParamsBuilder, PublicKey, SecretKey, decrypt, encrypt_public};
/// use rand_chacha::ChaCha20Rng;
/// use rand_core::SeedableRng;
///
/// let ctx = Context::new_insecure(ParamsBuilder::new(6).build_insecure()?)?;
/// let mut rng = ChaCha20Rng::from_seed([2; 32]);
/// let secret = SecretKey::generate(&ctx, &mut rng);
/// let public = PublicKey::generate(&ctx, &secret, &mut rng)?;
/// let message = ctx.encode(&[0.25], 2f64.powi(40), 1)?;
/// let ciphertext = encrypt_public(&ctx, &public, &message, &mut rng)?;
/// assert!((ctx.decode(&decrypt(&ctx, &secret, &ciphertext)?)[0] - 0.25).abs() < 1e-6);
/// // What it was made from comes back from what is stored.
/// let stored = hep_ckks::Buffer::copy_of(public.b().as_slice());
/// assert_eq!(PublicKey::from_parts(&ctx, *public.seed(), stored)?, public);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PublicKey {
    pub(crate) seed: [u8; 32],
    pub(crate) a: Poly,
    pub(crate) b: Poly,
}

impl PublicKey {
    /// Rebuilds a key from its seed and its stored half, checking sizes and ranges.
    ///
    /// # Errors
    /// [`CkksError::BadLength`], or [`CkksError::BadResidue`].
    pub fn from_parts(ctx: &Context, seed: [u8; 32], b: Buffer) -> Result<Self, CkksError> {
        validate_residues("public key", 0, &b, ctx.degree(), ctx.q_moduli())?;
        Ok(Self { seed, a: expand_public(ctx, &seed), b: Poly::from_buffer(ctx.degree(), b) })
    }

    /// The seed of the uniform half.
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The half that must be stored.
    pub fn b(&self) -> &Poly {
        &self.b
    }

    /// The uniform half.
    pub(crate) fn a(&self) -> &Poly {
        &self.a
    }
}

pub(crate) fn expand_public(ctx: &Context, seed: &[u8; 32]) -> Poly {
    Poly::written(ctx.degree(), ctx.max_level() + 1, |i, limb| {
        sample::uniform_into(seed, SEED_DOMAIN, 0, i as u64, ctx.modulus(i), limb);
    })
}

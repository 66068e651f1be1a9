//! The public encryption key.

use hep_ring::{Buffer, sample};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::secret::SecretKey;
use super::small::{small_to_limb, subtract_product};
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
    seed: [u8; 32],
    a: Poly,
    b: Poly,
}

impl PublicKey {
    /// Samples a public key of `sk`.
    ///
    /// **Level:** that of all primes; it encrypts plaintexts of every level.
    ///
    /// # Errors
    /// [`CkksError::OtherContext`] for a secret of another ring.
    pub fn generate<R: CryptoRng + ?Sized>(
        ctx: &Context,
        sk: &SecretKey,
        rng: &mut R,
    ) -> Result<Self, CkksError> {
        if !sk.matches(ctx) {
            return Err(CkksError::OtherContext { operation: "public key" });
        }
        let mut seed = [0; 32];
        rng.fill_bytes(&mut seed);
        let error = Zeroizing::new(sample::gaussian(rng, ctx.degree()));
        let a = expand(ctx, &seed);
        let b = Poly::written(ctx.degree(), ctx.max_level() + 1, |i, limb| {
            small_to_limb(ctx, &error, i, limb);
            subtract_product(ctx.field(i), limb, a.limb(i), sk.limb(i));
        });
        Ok(Self { seed, a, b })
    }

    /// Rebuilds a key from its seed and its stored half, checking sizes and ranges.
    ///
    /// # Errors
    /// [`CkksError::BadLength`], or [`CkksError::BadResidue`].
    pub fn from_parts(ctx: &Context, seed: [u8; 32], b: Buffer) -> Result<Self, CkksError> {
        validate_residues("public key", 0, &b, ctx.degree(), ctx.q_moduli())?;
        Ok(Self { seed, a: expand(ctx, &seed), b: Poly::from_buffer(ctx.degree(), b) })
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

fn expand(ctx: &Context, seed: &[u8; 32]) -> Poly {
    Poly::written(ctx.degree(), ctx.max_level() + 1, |i, limb| {
        sample::uniform_into(seed, SEED_DOMAIN, 0, i as u64, ctx.modulus(i), limb);
    })
}

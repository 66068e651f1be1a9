//! Encrypted messages.

use arrayvec::ArrayVec;
use hep_ring::{Buffer, sample};

use crate::context::Context;
use crate::error::CkksError;
use crate::poly::{Poly, validate_residues};

/// Domain of the expansion of a ciphertext's uniform part from its seed.
const SEED_DOMAIN: &str = "ckks ciphertext";

/// The parts of a ciphertext.
pub(crate) type Parts = ArrayVec<Poly, 3>;

/// An encrypted message: parts c_0, c_1 (and c_2 after a product) with Σ c_i·s^i ≈ Δ·message modulo Q_level.
///
/// A fresh ciphertext of [`crate::encrypt_secret`] has a uniform second part that is expanded from a seed, so that a file needs to
/// keep only the first part and the seed. Every operation forgets the seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Ciphertext {
    pub(crate) level: usize,
    pub(crate) scale: f64,
    pub(crate) parts: Parts,
    pub(crate) seed: Option<[u8; 32]>,
}

impl Ciphertext {
    pub(crate) fn new(level: usize, scale: f64, parts: impl IntoIterator<Item = Poly>) -> Self {
        Self { level, scale, parts: parts.into_iter().collect(), seed: None }
    }

    /// The level l: residues modulo q_0…q_l.
    pub fn level(&self) -> usize {
        self.level
    }

    /// The scale Δ.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Declares another scale, which multiplies the message by old/new at no cost.
    ///
    /// **Level and scale:** the scale given; the residues, and so the level, stay.
    ///
    /// # Errors
    /// [`CkksError::BadScale`] for what is no positive finite number.
    pub fn set_scale(&mut self, scale: f64) -> Result<(), CkksError> {
        check_scale("set_scale", scale)?;
        self.scale = scale;
        Ok(())
    }

    /// The parts: 2, or 3 after a product that has not been relinearized. Each has level + 1 limbs.
    pub fn parts(&self) -> &[Poly] {
        &self.parts
    }

    /// The seed that the second part was expanded from, for a fresh ciphertext of [`crate::encrypt_secret`].
    pub fn seed(&self) -> Option<&[u8; 32]> {
        self.seed.as_ref()
    }

    /// Rebuilds a ciphertext from stored parts (limb-major residues), checking their sizes and ranges.
    ///
    /// **Level and scale:** those given, which the parts do not know: keep them beside.
    ///
    /// # Errors
    /// [`CkksError::PartCount`] for other than 2 or 3, [`CkksError::BadScale`], [`CkksError::BadLevel`], [`CkksError::BadLength`], or
    /// [`CkksError::BadResidue`].
    pub fn from_parts(
        ctx: &Context,
        level: usize,
        scale: f64,
        parts: Vec<Buffer>,
    ) -> Result<Self, CkksError> {
        if !(2..=3).contains(&parts.len()) {
            return Err(CkksError::PartCount {
                operation: "ciphertext",
                expected: "2 or 3",
                found: parts.len(),
            });
        }
        check_scale("ciphertext", scale)?;
        let moduli = ctx.moduli_at("ciphertext", level)?;
        for (part, data) in parts.iter().enumerate() {
            validate_residues("ciphertext", part, data, ctx.degree(), moduli)?;
        }
        let parts = parts.into_iter().map(|data| Poly::from_buffer(ctx.degree(), data));
        Ok(Self::new(level, scale, parts))
    }

    /// Rebuilds a fresh ciphertext from its stored first part and its seed.
    ///
    /// **Level and scale:** those given, as [`Self::from_parts`].
    ///
    /// # Errors
    /// [`CkksError::BadScale`], [`CkksError::BadLevel`], [`CkksError::BadLength`], or [`CkksError::BadResidue`].
    pub fn from_seeded(
        ctx: &Context,
        level: usize,
        scale: f64,
        part0: Buffer,
        seed: [u8; 32],
    ) -> Result<Self, CkksError> {
        check_scale("ciphertext", scale)?;
        let moduli = ctx.moduli_at("ciphertext", level)?;
        validate_residues("ciphertext", 0, &part0, ctx.degree(), moduli)?;
        let parts = [Poly::from_buffer(ctx.degree(), part0), expand_seed(ctx, level, &seed)];
        Ok(Self { seed: Some(seed), ..Self::new(level, scale, parts) })
    }
}

/// The uniform part of a seeded ciphertext at `level`.
pub(crate) fn expand_seed(ctx: &Context, level: usize, seed: &[u8; 32]) -> Poly {
    Poly::written(ctx.degree(), level + 1, |i, limb| {
        sample::uniform_into(seed, SEED_DOMAIN, 0, i as u64, ctx.modulus(i), limb);
    })
}

pub(crate) fn check_scale(operation: &'static str, scale: f64) -> Result<(), CkksError> {
    if scale.is_finite() && scale > 0.0 { Ok(()) } else { Err(CkksError::BadScale { operation, scale }) }
}

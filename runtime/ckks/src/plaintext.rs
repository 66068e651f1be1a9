//! Encoded, unencrypted messages.

use std::fmt;

use zeroize::Zeroize;

use crate::context::Context;
use crate::poly::Poly;

/// An encoded message: Δ·message modulo Q_level, transformed.
///
/// What was decrypted has noise from which the secret key can be computed (Li & Micciancio, EUROCRYPT 2021), so
/// formatting shows no coefficients, and whoever encrypts or decrypts should hold plaintexts in [`zeroize::Zeroizing`].
#[derive(Clone, PartialEq)]
pub struct Plaintext {
    pub(crate) level: usize,
    pub(crate) scale: f64,
    pub(crate) poly: Poly,
}

impl Zeroize for Plaintext {
    fn zeroize(&mut self) {
        self.poly.zeroize();
    }
}

impl fmt::Debug for Plaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (level, scale) = (self.level, self.scale);
        f.debug_struct("Plaintext").field("level", &level).field("scale", &scale).finish_non_exhaustive()
    }
}

impl Plaintext {
    /// The level l: residues modulo q_0…q_l.
    pub fn level(&self) -> usize {
        self.level
    }

    /// The scale Δ.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// The polynomial (level + 1 limbs).
    pub fn poly(&self) -> &Poly {
        &self.poly
    }
}

/// An encoded message modulo Q_level·P, for sums of rotated products before they are divided by P
/// ([`crate::Evaluator::rotated_products`]).
#[derive(Clone, PartialEq)]
pub struct ExtendedPlaintext {
    pub(crate) level: usize,
    pub(crate) scale: f64,
    /// Limbs of q_0…q_level, then P.
    pub(crate) poly: Poly,
}

impl fmt::Debug for ExtendedPlaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (level, scale) = (self.level, self.scale);
        f.debug_struct("ExtendedPlaintext")
            .field("level", &level)
            .field("scale", &scale)
            .finish_non_exhaustive()
    }
}

impl ExtendedPlaintext {
    /// The level l: residues modulo q_0…q_l and P.
    pub fn level(&self) -> usize {
        self.level
    }

    /// The scale Δ.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Whether its sizes are those of a plaintext of this context.
    pub(crate) fn matches(&self, ctx: &Context) -> bool {
        self.level <= ctx.max_level()
            && self.poly.degree() == ctx.degree()
            && self.poly.limb_count() == ctx.basis(self.level).limbs()
    }
}

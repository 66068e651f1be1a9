//! Encoded, unencrypted messages.

use std::fmt;

use zeroize::Zeroize;

use crate::basis::Basis;
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

/// An encoded message modulo Q_level·P, or a part of P, for sums of rotated products before they are divided by P
/// ([`crate::Evaluator::rotated_products`], [`crate::LinearTransform`]).
#[derive(Clone, PartialEq)]
pub struct ExtendedPlaintext {
    pub(crate) basis: Basis,
    pub(crate) scale: f64,
    /// Limbs of the basis. Slots that repeat with a period n < N/2 have 2n values in a limb, each of which stands for N/2n.
    pub(crate) poly: Poly,
}

impl fmt::Debug for ExtendedPlaintext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (level, scale) = (self.basis.level, self.scale);
        f.debug_struct("ExtendedPlaintext")
            .field("level", &level)
            .field("scale", &scale)
            .finish_non_exhaustive()
    }
}

impl ExtendedPlaintext {
    /// The level l: residues modulo q_0…q_l and P.
    pub fn level(&self) -> usize {
        self.basis.level
    }

    /// The scale Δ.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Whether its sizes are those of a plaintext of this context modulo so many special primes.
    pub(crate) fn matches(&self, ctx: &Context, special: usize) -> bool {
        self.basis.level <= ctx.max_level()
            && self.basis == ctx.basis_with(self.basis.level, special)
            && self.poly.degree() <= ctx.degree()
            && self.poly.limb_count() == self.basis.limbs()
    }

    /// Memory taken.
    pub fn bytes(&self) -> usize {
        size_of_val(self.poly.as_slice())
    }
}

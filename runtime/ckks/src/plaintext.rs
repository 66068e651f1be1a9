//! Encoded, unencrypted messages.

use crate::poly::Poly;

/// An encoded message: Δ·message modulo Q_level, transformed.
#[derive(Debug, Clone, PartialEq)]
pub struct Plaintext {
    pub(crate) level: usize,
    pub(crate) scale: f64,
    pub(crate) poly: Poly,
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

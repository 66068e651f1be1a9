//! The work of an operation, from its row.

use super::{Cost, Op};
use crate::cost::{Shape, Work};

/// What work depends on beside the level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Terms {
    /// Ciphertexts that are read, as often as they are.
    pub ciphers: usize,
    /// Polynomials of what a pass goes over.
    pub parts: usize,
    /// Whether the result has limbs modulo the special primes too.
    pub extended: bool,
    /// Results.
    pub results: usize,
    /// Ciphertexts that are decomposed for rotations.
    pub sources: usize,
    /// Rotations.
    pub rotations: usize,
}

impl Cost {
    /// Steps at the level that is computed at, whose shape this is.
    #[must_use]
    pub fn work(self, terms: Terms, shape: Shape) -> Work {
        let Terms { ciphers, parts, extended, results, sources, rotations } = terms;
        match self {
            Cost::Passes | Cost::Copies => shape.sum() * (parts as f64 / 2.0),
            Cost::Fresh => shape.sum(),
            Cost::Encode if extended => shape.encode_extended(),
            Cost::Encode => shape.encode(),
            Cost::Products => shape.sum_mul(ciphers / 2),
            Cost::PlainProducts => shape.sum_mul_plain(ciphers),
            Cost::Switch => shape.relinearize(),
            Cost::Divide => shape.rescale(parts),
            Cost::SwitchAndDivide => shape.relinearize_rescale(),
            Cost::Rotations => shape.rotate(sources, rotations),
            Cost::SumRotations => shape.sum_rotations(sources as u32, rotations as u32, ciphers),
            Cost::HoistedProducts => shape.rotated_products(sources, rotations, ciphers, results),
            // Depends on the parameters: [`crate::refresh::work`].
            Cost::Refresh(_) => Work::default(),
        }
    }
}

impl<P> Op<P> {
    /// Terms of the operation on these ciphertexts, of which the first, or else the result, has so many polynomials.
    #[must_use]
    pub fn work_terms<V: Copy + Ord>(&self, ciphers: &[V], parts: usize, extended: bool) -> Terms {
        let groups = self.rotations(ciphers);
        Terms {
            ciphers: ciphers.len(),
            parts,
            extended,
            results: self.row().results,
            sources: groups.len(),
            rotations: groups.iter().map(|(_, count)| *count as usize).sum(),
        }
    }
}

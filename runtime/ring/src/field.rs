//! Limbs added, multiplied and summed, element by element, modulo one prime.
//!
//! All inputs and outputs are residues in [0, q). Every kernel is one pass over its operands.

use crate::automorphism::NttPermutation;
use crate::isa::Isa;
use crate::modulus::Modulus;
use crate::portable;
use crate::unit::Unit;

/// A prime and the kernels for its limbs.
///
/// ```
/// use hep_ring::{Field, Modulus};
///
/// let field = Field::new(Modulus::new(97)?);
/// let (a, b) = ([1, 2, 96, 0], [10, 50, 96, 3]);
/// let mut sum = a;
/// field.add_assign(&mut sum, &b);
/// assert_eq!(sum, [11, 52, 95, 3]);
/// // a∘b + b∘b, reduced once.
/// let mut out = [0; 4];
/// field.sum_of_products(&[(&a, &b), (&b, &b)], &mut out);
/// assert_eq!(out, [13, 78, 2, 9]);
/// # Ok::<(), hep_ring::RingError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Field {
    modulus: Modulus,
    unit: Unit,
}

/// Calls a kernel of the field's instruction set; portable kernels take the same arguments.
macro_rules! dispatch {
    ($field:ident.$kernel:ident($($argument:expr),*)) => {
        match $field.unit {
            Unit::Portable => portable::field::$kernel(&$field.modulus, $($argument),*),
            #[cfg(target_arch = "x86_64")]
            Unit::Avx2(unit) => unit.$kernel(&$field.modulus, $($argument),*),
            #[cfg(target_arch = "x86_64")]
            Unit::Avx512(unit) => unit.$kernel(&$field.modulus, $($argument),*),
        }
    };
}

impl Field {
    /// The prime's fastest kernels.
    pub fn new(modulus: Modulus) -> Self {
        Self::with_isa(Isa::active(), modulus)
    }

    /// The kernels of one instruction set, or portable ones where it cannot be used.
    pub fn with_isa(isa: Isa, modulus: Modulus) -> Self {
        Self { modulus, unit: Unit::new(isa, modulus.value()) }
    }

    /// The prime.
    pub fn modulus(&self) -> &Modulus {
        &self.modulus
    }

    pub(crate) fn unit(&self) -> Unit {
        self.unit
    }

    /// a ← a + b.
    ///
    /// # Panics
    /// As all kernels: if the slices differ in length.
    pub fn add_assign(&self, a: &mut [u64], b: &[u64]) {
        same_length(a, [b]);
        dispatch!(self.add_assign(a, b));
    }

    /// a ← a − b.
    pub fn sub_assign(&self, a: &mut [u64], b: &[u64]) {
        same_length(a, [b]);
        dispatch!(self.sub_assign(a, b));
    }

    /// a ← −a.
    pub fn negate(&self, a: &mut [u64]) {
        dispatch!(self.negate(a));
    }

    /// a ← a·w for w in [0, q).
    pub fn scale(&self, a: &mut [u64], w: u64) {
        debug_assert!(w < self.modulus.value());
        dispatch!(self.scale(a, w));
    }

    /// out ← Σ_k a_k·b_k for the pairs (a_k, b_k) of `terms`, with one reduction at the end; zero for no terms.
    pub fn sum_of_products(&self, terms: &[(&[u64], &[u64])], out: &mut [u64]) {
        terms.iter().for_each(|(a, b)| same_length(out, [a, b]));
        dispatch!(self.sum_of_products(terms, out));
    }

    /// (Σ_k x_k·a_k, Σ_k x_k·b_k): what switches one limb of a ciphertext's digits x_k with both halves of a key.
    ///
    /// Terms are (x_k, a_k, b_k).
    pub fn inner_products(&self, terms: &[(&[u64], &[u64], &[u64])], out_a: &mut [u64], out_b: &mut [u64]) {
        same_length(out_a, [out_b]);
        terms.iter().for_each(|(x, a, b)| same_length(out_a, [x, a, b]));
        dispatch!(self.inner_products(terms, out_a, out_b));
    }

    /// out ← φ((x − y)·w + z), with z = 0 and φ the identity where they are not given: what ends a division of x by a divisor
    /// of inverse w, y being x modulo that divisor.
    ///
    /// # Panics
    /// If the slices or the permutation differ in length.
    pub fn sub_scale(
        &self,
        (x, y): (&[u64], &[u64]),
        w: u64,
        z: Option<&[u64]>,
        permutation: Option<&NttPermutation>,
        out: &mut [u64],
    ) {
        debug_assert!(w < self.modulus.value());
        same_length(out, [x, y, z.unwrap_or(x)]);
        assert!(permutation.is_none_or(|p| p.len() == out.len()));
        dispatch!(self.sub_scale((x, y), w, z, permutation, out));
    }

    /// out ← out + p·φ(x), with p = 1 where it is not given: a rotated value, perhaps times a plaintext, joins a sum.
    ///
    /// # Panics
    /// If the slices or the permutation differ in length.
    pub fn add_permuted(&self, out: &mut [u64], x: &[u64], p: Option<&[u64]>, permutation: &NttPermutation) {
        same_length(out, [x, p.unwrap_or(x)]);
        assert_eq!(permutation.len(), out.len());
        dispatch!(self.add_permuted(out, x, p, permutation));
    }
}

fn same_length<const K: usize>(a: &[u64], others: [&[u64]; K]) {
    others.iter().for_each(|b| assert_eq!(a.len(), b.len(), "limbs of different length"));
}

#[cfg(test)]
mod tests;

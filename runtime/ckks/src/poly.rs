//! Polynomials over a residue basis.

use hep_ring::{Buffer, Modulus};
use rayon::prelude::*;
use zeroize::Zeroize;

use crate::error::CkksError;

/// Words that stay in the first-level cache between two passes over them.
const CACHED: usize = 1024;

/// A polynomial of degree below N over some primes: limb-major, transformed, residues in [0, q_i).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poly {
    degree: usize,
    data: Buffer,
}

impl Zeroize for Poly {
    fn zeroize(&mut self) {
        self.data.zeroize();
    }
}

impl Poly {
    /// `limbs` limbs of `degree` words, every one of which is yet to be written.
    pub(crate) fn unwritten(degree: usize, limbs: usize) -> Self {
        Self { degree, data: Buffer::recycled(degree * limbs) }
    }

    /// `limbs` limbs of `degree` residues, all written by `f(limb index, limb)` in parallel.
    pub(crate) fn written(degree: usize, limbs: usize, f: impl Fn(usize, &mut [u64]) + Send + Sync) -> Self {
        let mut poly = Self::unwritten(degree, limbs);
        poly.par_limbs_mut(f);
        poly
    }

    /// Takes limb-major residues; the length must be a multiple of `degree`.
    pub(crate) fn from_buffer(degree: usize, data: Buffer) -> Self {
        debug_assert_eq!(data.len() % degree, 0);
        Self { degree, data }
    }

    /// The ring degree N.
    pub fn degree(&self) -> usize {
        self.degree
    }

    /// The number of limbs.
    pub fn limb_count(&self) -> usize {
        self.data.len() / self.degree
    }

    /// The N residues of limb i.
    pub fn limb(&self, i: usize) -> &[u64] {
        &self.data[i * self.degree..(i + 1) * self.degree]
    }

    /// All residues, limb-major.
    pub fn as_slice(&self) -> &[u64] {
        &self.data
    }

    pub(crate) fn into_buffer(self) -> Buffer {
        self.data
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u64] {
        &mut self.data
    }

    /// The first `limbs` limbs.
    pub(crate) fn truncated(&self, limbs: usize) -> Self {
        Self::written(self.degree, limbs, |i, limb| limb.copy_from_slice(self.limb(i)))
    }

    /// Applies `f(limb index, limb)` to every limb in parallel.
    pub(crate) fn par_limbs_mut(&mut self, f: impl Fn(usize, &mut [u64]) + Send + Sync) {
        self.data.par_chunks_exact_mut(self.degree).enumerate().for_each(|(i, limb)| f(i, limb));
    }

    /// What `f(limb index, words of self, words of other)` makes of the words of self, in one pass.
    pub(crate) fn combined(&self, other: &Self, f: impl Fn(usize, &mut [u64], &[u64]) + Send + Sync) -> Self {
        Self::written(self.degree, self.limb_count(), |i, limb| {
            let operands = self.limb(i).chunks(CACHED).zip(other.limb(i).chunks(CACHED));
            for (out, (words, others)) in limb.chunks_mut(CACHED).zip(operands) {
                out.copy_from_slice(words);
                f(i, out, others);
            }
        })
    }
}

/// Checks that `data` has one limb of `degree` residues for every modulus, each below it. `part` is for the message only.
pub(crate) fn validate_residues(
    what: &'static str,
    part: usize,
    data: &[u64],
    degree: usize,
    moduli: &[Modulus],
) -> Result<(), CkksError> {
    let expected = degree * moduli.len();
    if data.len() != expected {
        return Err(CkksError::BadLength { what, expected, found: data.len(), unit: "residues" });
    }
    let bad =
        data.par_chunks_exact(degree).zip(moduli).enumerate().find_map_first(|(limb, (values, modulus))| {
            let index = first_above(values, modulus.value())?;
            Some(CkksError::BadResidue {
                what,
                part,
                limb,
                index,
                value: values[index],
                modulus: modulus.value(),
            })
        });
    bad.map_or(Ok(()), Err)
}

/// The first position of a value that is not below q. All values are compared first, which is fast.
fn first_above(values: &[u64], q: u64) -> Option<usize> {
    let any = values.iter().fold(false, |any, &v| any | (v >= q));
    if any { values.iter().position(|&v| v >= q) } else { None }
}

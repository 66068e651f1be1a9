//! Polynomials over a residue basis.

use hep_ring::Modulus;
use rayon::prelude::*;
use zeroize::Zeroize;

use crate::error::CkksError;

/// A polynomial of degree below N over some primes: limb-major, transformed, residues in [0, q_i).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poly {
    degree: usize,
    data: Vec<u64>,
}

impl Zeroize for Poly {
    fn zeroize(&mut self) {
        self.data.zeroize();
    }
}

impl Poly {
    /// Zero, with `limbs` limbs of `degree` residues.
    pub(crate) fn zero(degree: usize, limbs: usize) -> Self {
        Self { degree, data: vec![0; degree * limbs] }
    }

    /// Takes limb-major residues; the length must be a multiple of `degree`.
    pub(crate) fn from_vec(degree: usize, data: Vec<u64>) -> Self {
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

    /// All residues, limb-major.
    pub fn into_vec(self) -> Vec<u64> {
        self.data
    }

    /// Keeps the first `limbs` limbs.
    pub(crate) fn truncated(&self, limbs: usize) -> Self {
        Self { degree: self.degree, data: self.data[..limbs * self.degree].to_vec() }
    }

    /// Applies `f(limb index, limb)` to every limb in parallel.
    pub(crate) fn par_limbs_mut(&mut self, f: impl Fn(usize, &mut [u64]) + Send + Sync) {
        self.data.par_chunks_exact_mut(self.degree).enumerate().for_each(|(i, limb)| f(i, limb));
    }

    /// self += other, limb i modulo `moduli[i]`.
    pub(crate) fn add_assign(&mut self, other: &Self, moduli: &[Modulus]) {
        self.par_limbs_mut(|i, limb| moduli[i].add_assign_slice(limb, other.limb(i)));
    }

    /// self −= other, limb i modulo `moduli[i]`.
    pub(crate) fn sub_assign(&mut self, other: &Self, moduli: &[Modulus]) {
        self.par_limbs_mut(|i, limb| moduli[i].sub_assign_slice(limb, other.limb(i)));
    }

    /// self = −self, limb i modulo `moduli[i]`.
    pub(crate) fn negate(&mut self, moduli: &[Modulus]) {
        self.par_limbs_mut(|i, limb| moduli[i].neg_slice(limb));
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
            let index = values.iter().position(|&v| v >= modulus.value())?;
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

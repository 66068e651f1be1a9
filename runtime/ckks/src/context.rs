//! Everything that is computed once from the parameters.

use std::ops::Range;
use std::sync::Arc;

use hep_params::Params;
use hep_ring::automorphism::NttPermutation;
use hep_ring::{Field, Modulus, NttTable, RingError, ShoupScalar};
use rayon::prelude::*;

use crate::basis::Basis;
use crate::division::Division;
use crate::encoding::Encoder;
use crate::error::CkksError;
use crate::keyswitch::Digit;
use crate::parameters::{ParameterError, secure, validate};
use crate::permutations::Permutations;
use crate::special::Special;

/// The tables of one parameter set; cheap to clone and to share between threads.
///
/// Primes are numbered q_0 … q_L, then those of P: index L+1+j stands for p_j wherever a "basis" is a list of indices.
///
/// ```
/// use hep_ckks::{Context, ParamsBuilder};
///
/// let parameters = ParamsBuilder::new(12).digit_limbs(1).scale_bits(25).first_bits(30);
/// let ctx = Context::new(parameters.build()?)?;
/// let plaintext = ctx.encode(&[0.5, -3.0], 2f64.powi(20), 1)?;
/// let slots = ctx.decode(&plaintext);
/// assert_eq!(slots.len(), 2048);
/// assert!((slots[1] + 3.0).abs() < 1e-3 && slots[2].abs() < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Context(Arc<Tables>);

#[derive(Debug)]
struct Tables {
    parameters: Params,
    ntt: Vec<NttTable>,
    moduli: Vec<Modulus>,
    fields: Vec<Field>,
    encoder: Encoder,
    permutations: Permutations,
    /// `digits[i]`: the digit that ends with q_i.
    digits: Vec<Digit>,
    /// By level: by q_level.
    rescalings: Vec<Division>,
    /// All of P first, then the subsets that keys of refreshes are modulo.
    specials: Vec<Special>,
    /// `inverses[j][i]` = q_j^(−1) mod q_i, for i ≠ j (0 on the diagonal).
    inverses: Vec<Vec<ShoupScalar>>,
}

impl Context {
    /// Validates the parameters and builds all tables (in parallel).
    ///
    /// # Errors
    /// Parameters that cannot work, or that have less security than they claim and less than 128 bits ([`ParameterError::Insecure`]).
    pub fn new(parameters: Params) -> Result<Self, ParameterError> {
        validate(&parameters)?;
        secure(&parameters)?;
        Self::build(parameters)
    }

    /// The same without a look at the security, for tests, for measurements, and where somebody else answers for it.
    ///
    /// # Errors
    /// Parameters that cannot work.
    pub fn new_insecure(parameters: Params) -> Result<Self, ParameterError> {
        validate(&parameters)?;
        Self::build(parameters)
    }

    fn build(parameters: Params) -> Result<Self, ParameterError> {
        let moduli: Vec<Modulus> =
            parameters.q.iter().chain(&parameters.p).map(|&q| Modulus::new(q)).collect::<Result<_, _>>()?;
        let ntt: Vec<NttTable> =
            moduli.par_iter().map(|&m| NttTable::new(parameters.log_n, m)).collect::<Result<_, _>>()?;
        let (q, p) = moduli.split_at(parameters.q.len());
        let (width, levels) = (parameters.digit_limbs as usize, q.len());

        let digits = (0..levels)
            .into_par_iter()
            .map(|i| Digit::new(&ntt, i - i % width..i + 1))
            .collect::<Result<_, RingError>>()?;
        let rescalings = (0..levels)
            .into_par_iter()
            .map(|level| Division::new(&ntt, vec![level], level))
            .collect::<Result<_, RingError>>()?;
        let mut specials = vec![Special::new(&ntt, (levels, width), (p.len(), levels - 1))?];
        for shape in &parameters.refresh {
            // Keys of the raise, which divides by no prime of Q, and those at the bottom.
            for (count, top) in [(1, 0), (shape.low_special(&parameters), shape.bottom())] {
                let known = specials.iter().any(|set: &Special| set.count == count && set.covers(top));
                if !known {
                    specials.retain(|set| set.count != count);
                    specials.push(Special::new(&ntt, (levels, width), (count, top))?);
                }
            }
        }
        // Distinct primes are invertible modulo each other: 0 stands only for the (unused) diagonal.
        let inverse = |m: &Modulus, x: u64| ShoupScalar::new(m.inv(m.reduce(x)).unwrap_or(0), m);
        Ok(Self(Arc::new(Tables {
            encoder: Encoder::new(parameters.log_n, q),
            permutations: Permutations::new(parameters.log_n),
            digits,
            rescalings,
            specials,
            inverses: q.iter().map(|qj| q.iter().map(|m| inverse(m, qj.value())).collect()).collect(),
            fields: moduli.iter().map(|&m| Field::new(m)).collect(),
            ntt,
            moduli,
            parameters,
        })))
    }

    /// The parameters it was made from.
    pub fn parameters(&self) -> &Params {
        &self.0.parameters
    }

    /// The number of slots, N/2.
    pub fn slots(&self) -> usize {
        self.degree() / 2
    }

    /// The ring degree N.
    pub fn degree(&self) -> usize {
        1 << self.0.parameters.log_n
    }

    /// The highest level, L: one less than the number of primes q_i.
    pub fn max_level(&self) -> usize {
        self.0.parameters.q.len() - 1
    }

    /// The number of digits of key switching at `level`.
    pub fn digits(&self, level: usize) -> usize {
        (level + 1).div_ceil(self.digit_limbs())
    }

    /// Primes of Q in one digit of key switching.
    pub(crate) fn digit_limbs(&self) -> usize {
        self.0.parameters.digit_limbs as usize
    }

    /// The step of a rotation in 0..slots.
    pub fn normalize_step(&self, step: i64) -> i64 {
        step.rem_euclid(self.slots() as i64)
    }

    pub(crate) fn q_moduli(&self) -> &[Modulus] {
        &self.0.moduli[..self.0.parameters.q.len()]
    }

    /// The moduli q_0…q_level, if the level exists.
    pub(crate) fn moduli_at(&self, operation: &'static str, level: usize) -> Result<&[Modulus], CkksError> {
        let max_level = self.max_level();
        self.q_moduli().get(..=level).ok_or(CkksError::BadLevel { operation, level, max_level })
    }

    /// Prime number `index` (q first, then P).
    pub(crate) fn modulus(&self, index: usize) -> &Modulus {
        &self.0.moduli[index]
    }

    pub(crate) fn field(&self, index: usize) -> &Field {
        &self.0.fields[index]
    }

    pub(crate) fn ntt(&self, index: usize) -> &NttTable {
        &self.0.ntt[index]
    }

    pub(crate) fn encoder(&self) -> &Encoder {
        &self.0.encoder
    }

    /// The number of primes of P.
    pub(crate) fn special_len(&self) -> usize {
        self.0.parameters.p.len()
    }

    /// q_0…q_level, P.
    pub(crate) fn basis(&self, level: usize) -> Basis {
        self.basis_with(level, self.special_len())
    }

    /// q_0…q_level and the first `special` primes of P.
    pub(crate) fn basis_with(&self, level: usize, special: usize) -> Basis {
        Basis::new(level, special, self.max_level())
    }

    /// Digit number `digit` of a polynomial at `level`.
    pub(crate) fn digit(&self, level: usize, digit: usize) -> &Digit {
        let width = self.digit_limbs();
        &self.0.digits[((digit + 1) * width - 1).min(level)]
    }

    /// The groups of limbs of a basis.
    pub(crate) fn groups(&self, basis: Basis) -> &[Range<usize>] {
        self.special(basis.special).map_or(&[], |special| special.groups(basis.level))
    }

    /// By q_level.
    pub(crate) fn rescaling(&self, level: usize) -> &Division {
        &self.0.rescalings[level]
    }

    /// All primes of P.
    pub(crate) fn all_special(&self) -> &Special {
        &self.0.specials[0]
    }

    /// The first `count` primes of P: all of them, or a subset that a refresh of the parameters needs.
    pub(crate) fn special(&self, count: usize) -> Option<&Special> {
        self.0.specials.iter().find(|set| set.count == count)
    }

    /// q_j^(−1) mod q_i.
    pub(crate) fn prime_inverse(&self, j: usize, i: usize) -> &ShoupScalar {
        &self.0.inverses[j][i]
    }

    /// The automorphism of a rotation by `step` slots to the left: X → X^(5^step).
    pub fn rotation(&self, step: i64) -> Galois {
        // 0 ≤ step < 2^16; wrapping modulo 2^64 is harmless for a power of two below.
        self.galois(5u64.wrapping_pow(self.normalize_step(step) as u32))
    }

    /// The automorphism X → X^element, for an odd element.
    pub(crate) fn galois(&self, element: u64) -> Galois {
        Galois(element & (2 * self.degree() as u64 - 1))
    }

    /// The step of an automorphism that is a rotation.
    pub(crate) fn step_of(&self, galois: Galois) -> Option<i64> {
        (0..self.slots() as i64).find(|step| self.rotation(*step) == galois)
    }

    /// An automorphism on transformed values.
    pub(crate) fn permutation(&self, galois: Galois) -> Arc<NttPermutation> {
        self.0.permutations.get(galois.0)
    }
}

/// An automorphism X → X^g of the ring, by its Galois element g, which is odd and below 2N. Rotations of the slots are those by powers
/// of 5 ([`Context::rotation`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Galois(u64);

impl Galois {
    /// The Galois element.
    pub fn element(self) -> u64 {
        self.0
    }
}

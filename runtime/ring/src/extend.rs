//! Exact conversion of residues from one basis to another.
//!
//! Let Q = Π q_i and let x be given by its residues x_i. With y_i = \[x_i·(Q/q_i)^(−1)\]_{q_i} the Chinese remainder theorem says
//!
//! x = Σ y_i·(Q/q_i) − v·Q,
//!
//! and for the *centered* representative, x in \[−Q/2, Q/2), the multiple is v = ⌊Σ y_i/q_i + 1/2⌋. Following Halevi, Polyakov & Shoup
//! ("An improved RNS variant of the BFV homomorphic encryption scheme", ePrint 2018/117, §2.2) v is computed in
//! floating point, so nothing of the source modulus is left in the result. Where |x| is within about k·2^(−52)·Q of
//! Q/2 the result may be the neighboring representative x ± Q, which is harmless: it is still a representative of magnitude Q/2.

use crate::error::RingError;
use crate::isa::Isa;
use crate::modulus::Modulus;
use crate::portable;
use crate::unit::Unit;
#[cfg(target_arch = "x86_64")]
use crate::{avx2, avx512};

/// Constants for the conversion from the basis {q_i} to a list of other primes.
///
/// ```
/// use hep_ring::{BaseExtender, Modulus};
///
/// let prime = Modulus::new;
/// let extender = BaseExtender::new(&[prime(97)?, prime(101)?], &[prime(113)?])?;
/// // −3 and 1000 modulo 97 and modulo 101, limb after limb; found modulo 113.
/// assert_eq!(extender.extend(&[94, 30, 98, 91]), [110, 96]);
/// # Ok::<(), hep_ring::RingError>(())
/// ```
#[derive(Debug, Clone)]
pub struct BaseExtender {
    source: Vec<Modulus>,
    /// (Q/q_i)^(−1) mod q_i
    inverse_cofactors: Vec<u64>,
    weights: Weights,
}

/// Constants in the form that the kernels want.
#[derive(Debug, Clone)]
enum Weights {
    Portable(portable::extend::Weights),
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::extend::Weights),
    #[cfg(target_arch = "x86_64")]
    Avx512(avx512::extend::Weights),
}

/// What kernels are made from.
#[derive(Debug, Clone)]
pub(crate) struct Constants {
    /// The q_i.
    pub(crate) source: Vec<Modulus>,
    /// The primes p_t.
    pub(crate) target: Vec<Modulus>,
    /// `cofactors[t][i]` = Q/q_i mod p_t, and −Q mod p_t at the end.
    pub(crate) cofactors: Vec<Vec<u64>>,
}

impl BaseExtender {
    /// From the basis `source` of distinct primes to every prime in `target`.
    ///
    /// # Errors
    /// A basis that is empty, too long, or repeats a prime.
    pub fn new(source: &[Modulus], target: &[Modulus]) -> Result<Self, RingError> {
        Self::with_isa(Isa::active(), source, target)
    }

    /// The same for the kernels of one instruction set, or portable ones where it cannot be used.
    ///
    /// # Errors
    /// As [`BaseExtender::new`].
    pub fn with_isa(isa: Isa, source: &[Modulus], target: &[Modulus]) -> Result<Self, RingError> {
        let bad = |reason| RingError::BadBasis { limbs: source.len(), reason };
        if source.is_empty() {
            return Err(bad("it is empty"));
        }
        // The left factors of the sum, Σ y_i + v, must stay below 2^63 (see Modulus::reduce_montgomery, which asks even less).
        let bound = source.iter().map(|m| u128::from(m.value()) + 1).sum::<u128>();
        if bound >> 63 != 0 {
            return Err(bad("it is too long for lazy sums"));
        }
        let inverse_cofactors = source
            .iter()
            .enumerate()
            .map(|(i, m)| m.inv(product_except(source, Some(i), m)))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| bad("it repeats a prime"))?;
        let row = |m: &Modulus| {
            let cofactors = (0..source.len()).map(|i| product_except(source, Some(i), m));
            cofactors.chain([m.neg(product_except(source, None, m))]).collect()
        };
        let constants = Constants {
            source: source.to_vec(),
            target: target.to_vec(),
            cofactors: target.iter().map(row).collect(),
        };
        let largest = source.iter().chain(target).map(Modulus::value).max().unwrap_or(0);
        Ok(Self {
            source: source.to_vec(),
            inverse_cofactors,
            weights: match Unit::new(isa, largest) {
                Unit::Portable => Weights::Portable(portable::extend::Weights::new(&constants)),
                #[cfg(target_arch = "x86_64")]
                Unit::Avx2(unit) => Weights::Avx2(avx2::extend::Weights::new(unit, &constants)),
                #[cfg(target_arch = "x86_64")]
                Unit::Avx512(unit) => Weights::Avx512(avx512::extend::Weights::new(unit, &constants)),
            },
        })
    }

    /// The number of primes of the source basis.
    pub fn source_len(&self) -> usize {
        self.source.len()
    }

    /// (Q/q_i)^(−1) mod q_i: multiplied by it, x_i becomes y_i.
    pub fn source_factor(&self, i: usize) -> u64 {
        self.inverse_cofactors[i]
    }

    /// The residues Σ y_i·(Q/q_i) − v·Q modulo the target primes of these numbers, in [0, p_t).
    ///
    /// `scaled` holds the y_i in [0, q_i), `out` the results, both limb-major; the coefficients of a limb are as many as fit.
    /// Several targets at once cost less than one after the other, because all of `scaled` is read once.
    ///
    /// # Panics
    /// If the lengths do not match.
    pub fn convert(&self, scaled: &[u64], targets: &[usize], out: &mut [u64]) {
        let n = scaled.len() / self.source.len();
        assert_eq!(scaled.len(), n * self.source.len());
        assert_eq!(out.len(), n * targets.len());
        match &self.weights {
            Weights::Portable(weights) => weights.convert(scaled, targets, out),
            #[cfg(target_arch = "x86_64")]
            Weights::Avx2(weights) => weights.convert(scaled, targets, out),
            #[cfg(target_arch = "x86_64")]
            Weights::Avx512(weights) => weights.convert(scaled, targets, out),
        }
    }

    /// From residues x_i, limb-major, to all targets.
    pub fn extend(&self, source: &[u64]) -> Vec<u64> {
        let n = source.len() / self.source.len();
        let mut scaled = source.to_vec();
        for ((limb, modulus), &factor) in
            scaled.chunks_exact_mut(n).zip(&self.source).zip(&self.inverse_cofactors)
        {
            limb.iter_mut().for_each(|x| *x = modulus.mul(*x, factor));
        }
        let targets: Vec<usize> = (0..self.target_len()).collect();
        let mut out = vec![0; targets.len() * n];
        self.convert(&scaled, &targets, &mut out);
        out
    }

    fn target_len(&self) -> usize {
        match &self.weights {
            Weights::Portable(weights) => weights.target_len(),
            #[cfg(target_arch = "x86_64")]
            Weights::Avx2(weights) => weights.target_len(),
            #[cfg(target_arch = "x86_64")]
            Weights::Avx512(weights) => weights.target_len(),
        }
    }
}

/// The product of all primes but number `skip`, modulo m.
fn product_except(primes: &[Modulus], skip: Option<usize>, m: &Modulus) -> u64 {
    let others = primes.iter().enumerate().filter(|(i, _)| Some(*i) != skip);
    others.fold(1, |product, (_, q)| m.mul(product, m.reduce(q.value())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hep_params::primes::find_ntt_primes;
    use proptest::prelude::*;

    fn moduli(bits: u32, count: usize, skip: usize) -> Vec<Modulus> {
        find_ntt_primes(bits, 3, count, skip).into_iter().map(|q| Modulus::new(q).unwrap()).collect()
    }

    proptest! {
        /// Signed values far below Q/2, of every size, come out exactly: nothing of Q is left.
        #[test]
        fn small_signed_values_are_preserved(
            values in prop::collection::vec(any::<i64>(), 8),
            shift in 0u32..60,
            limbs in 2usize..14,
            bits in 45u32..=58,
        ) {
            let (source, target) = (moduli(bits, limbs, 0), moduli(44, 3, 0));
            let values: Vec<i64> = values.iter().map(|v| v >> shift).collect();
            let residues: Vec<u64> =
                source.iter().flat_map(|m| values.iter().map(|&v| m.reduce_signed(v)).collect::<Vec<_>>()).collect();
            let expected: Vec<u64> =
                target.iter().flat_map(|m| values.iter().map(|&v| m.reduce_signed(v)).collect::<Vec<_>>()).collect();
            let extender = BaseExtender::new(&source, &target).unwrap();
            prop_assert_eq!(extender.extend(&residues), expected);
        }

        /// From one prime the result is the centered residue.
        #[test]
        fn single_prime_is_centered(x: u64) {
            let (source, target) = (moduli(50, 1, 0), moduli(51, 2, 0));
            let x = source[0].reduce(x);
            let expected: Vec<u64> = target.iter().map(|m| m.reduce_signed(source[0].centre(x))).collect();
            prop_assert_eq!(BaseExtender::new(&source, &target).unwrap().extend(&[x]), expected);
        }
    }

    /// Scaled residues of coefficient j: extreme or random.
    fn coefficient(source: &[Modulus], weights: &[i64], j: usize) -> Vec<u64> {
        let random = (j as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let pick = |(i, m): (usize, &Modulus)| {
            let largest_if = |yes: bool| if yes { m.value() - 1 } else { 0 };
            match j % 11 {
                0 => 0,
                1 => m.value() - 1,
                2 => m.value() / 2,
                3 => m.value() / 2 + 1,
                // The products with the weights of one target have the same sign.
                4 => largest_if(weights[i] > 0),
                5 => largest_if(weights[i] < 0),
                6 => largest_if(i % 2 == 0),
                7 => 1,
                _ => m.reduce(random.rotate_left(i as u32 * 7)),
            }
        };
        source.iter().enumerate().map(pick).collect()
    }

    /// All instruction sets give the same bits as portable code, for the first targets and any order of them.
    fn check_instruction_sets(source: &[Modulus], target: &[Modulus], n: usize) {
        let worst = &target[n % target.len()];
        let weights: Vec<_> =
            (0..source.len()).map(|i| worst.centre(product_except(source, Some(i), worst))).collect();
        let mut scaled = vec![0; source.len() * n];
        for j in 0..n {
            for (i, y) in coefficient(source, &weights, j).into_iter().enumerate() {
                scaled[i * n + j] = y;
            }
        }
        let run = |isa: Isa, targets: &[usize]| {
            let mut out = vec![u64::MAX; targets.len() * n];
            BaseExtender::with_isa(isa, source, target).unwrap().convert(&scaled, targets, &mut out);
            out
        };
        for isa in Isa::ALL.into_iter().filter(|isa| isa.is_available()) {
            for count in 1..=target.len() {
                let targets: Vec<usize> = (0..count).rev().collect();
                let same = run(isa, &targets) == run(Isa::Portable, &targets);
                assert!(same, "{isa}: {n} coefficients, {count} targets, from {source:?}");
            }
        }
    }

    #[test]
    fn instruction_sets_agree_for_all_sizes_of_primes() {
        const BITS: [u32; 7] = [20, 30, 45, 48, 49, 50, 51];
        for (source_bits, target_bits) in BITS.into_iter().flat_map(|a| BITS.map(|b| (a, b))) {
            let (source, target) = (moduli(source_bits, 14, 0), moduli(target_bits, 3, 14));
            (1..=14).for_each(|limbs| check_instruction_sets(&source[..limbs], &target, 37));
        }
    }

    /// Bases may be of mixed and of tiny primes, and a source longer than any that is unrolled.
    #[test]
    fn instruction_sets_agree_for_mixed_primes() {
        let tiny: Vec<_> = [3, 5, 7, 13, 17, 97].map(|q| Modulus::new(q).unwrap()).to_vec();
        let mixed = [tiny.clone(), moduli(51, 3, 0), moduli(30, 2, 0), moduli(50, 3, 0)].concat();
        for (source, target) in [
            (&tiny, &moduli(51, 3, 0)),
            (&moduli(51, 40, 0), &tiny),
            (&mixed, &moduli(50, 3, 3)),
            (&moduli(50, 3, 3), &mixed),
            (&moduli(45, 33, 0), &[moduli(51, 2, 0), moduli(45, 2, 33)].concat()),
        ] {
            check_instruction_sets(source, target, 75);
        }
    }

    /// Lengths around those of vectors, lines and blocks.
    #[test]
    fn instruction_sets_agree_for_all_lengths() {
        let (source, target) = (moduli(50, 9, 0), moduli(50, 9, 9));
        for n in (1..=40).chain([199, 200, 201, 208, 1024, 1999]) {
            check_instruction_sets(&source, &target, n);
            check_instruction_sets(&source[..1], &target[..3], n);
        }
    }

    #[test]
    fn refuses_bad_bases() {
        let m = moduli(45, 2, 0);
        assert!(BaseExtender::new(&[], &m).is_err());
        assert!(BaseExtender::new(&[m[0], m[0]], &m).is_err());
        assert!(BaseExtender::new(&moduli(58, 40, 0), &m).is_err());
    }
}

//! Exact conversion of residues from one basis to another.
//!
//! Let Q = Π q_i and let x be given by its residues x_i. With y_i = \[x_i·(Q/q_i)^(−1)\]_{q_i} the Chinese remainder theorem says
//!
//! x = Σ y_i·(Q/q_i) − v·Q,
//!
//! and for the *centred* representative, x in \[−Q/2, Q/2), the multiple is v = ⌊Σ y_i/q_i + 1/2⌋. Following Halevi, Polyakov & Shoup
//! ("An improved RNS variant of the BFV homomorphic encryption scheme", ePrint 2018/117, §2.2) v is computed in
//! floating point, so nothing of the source modulus is left in the result. Where |x| is within about k·2^(−52)·Q of
//! Q/2 the result may be the neighbouring representative x ± Q, which is harmless: it is still a representative of magnitude Q/2.

use crate::error::RingError;
use crate::modulus::Modulus;
use crate::shoup::ShoupScalar;

/// Constants for the conversion from the basis {q_i} to a list of other primes.
#[derive(Debug, Clone)]
pub struct BaseExtender {
    source: Vec<Modulus>,
    /// (Q/q_i)^(−1) mod q_i
    inverse_cofactors: Vec<ShoupScalar>,
    /// 1/q_i
    reciprocals: Vec<f64>,
    target: Vec<Modulus>,
    /// Per target p: 2^64·(Q/q_i) mod p for every i, then −2^64·Q mod p; the factor serves Montgomery reduction.
    weights: Vec<Vec<u64>>,
}

impl BaseExtender {
    /// From the basis `source` of distinct primes to every prime in `target`.
    pub fn new(source: &[Modulus], target: &[Modulus]) -> Result<Self, RingError> {
        let bad = |reason| RingError::BadBasis { limbs: source.len(), reason };
        if source.is_empty() {
            return Err(bad("it is empty"));
        }
        // The left factors of the sum, Σ y_i + v, must stay below 2^63 (see Modulus::reduce_montgomery, which asks even less).
        let bound = source.iter().map(|m| u128::from(m.value()) + 1).sum::<u128>();
        if bound >> 63 != 0 {
            return Err(bad("it is too long for lazy sums"));
        }
        // The product of all source primes but `skip`, modulo m.
        let product_except = |skip: Option<usize>, m: &Modulus| {
            source
                .iter()
                .enumerate()
                .filter(|(i, _)| Some(*i) != skip)
                .fold(1, |p, (_, q)| m.mul(p, m.reduce(q.value())))
        };
        let inverse_cofactors = source
            .iter()
            .enumerate()
            .map(|(i, m)| m.inv(product_except(Some(i), m)).map(|inverse| ShoupScalar::new(inverse, m)))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| bad("it repeats a prime"))?;
        let weights = target
            .iter()
            .map(|m| {
                let cofactors = (0..source.len()).map(|i| product_except(Some(i), m));
                cofactors.chain([m.neg(product_except(None, m))]).map(|w| m.to_montgomery(w)).collect()
            })
            .collect();
        Ok(Self {
            inverse_cofactors,
            reciprocals: source.iter().map(|m| 1.0 / m.value() as f64).collect(),
            source: source.to_vec(),
            target: target.to_vec(),
            weights,
        })
    }

    /// The number of primes of the source basis.
    pub fn source_len(&self) -> usize {
        self.source.len()
    }

    /// Step 1: replaces x_i by y_i = x_i·(Q/q_i)^(−1) mod q_i in source limb i, coefficients in [0, q_i).
    pub fn scale_source(&self, i: usize, limb: &mut [u64]) {
        let (w, q) = (self.inverse_cofactors[i], self.source[i].value());
        limb.iter_mut().for_each(|x| *x = w.mul(*x, q));
    }

    /// Step 2: v = ⌊Σ y_i/q_i + 1/2⌋ in [0, source_len], for a range of coefficients of the scaled limbs.
    ///
    /// # Panics
    /// If there are not `source_len` limbs, or one is shorter than `out`.
    pub fn quotients(&self, scaled: &[&[u64]], out: &mut [u64]) {
        assert_eq!(scaled.len(), self.source.len());
        const BLOCK: usize = 512;
        for (index, block) in out.chunks_mut(BLOCK).enumerate() {
            let start = index * BLOCK;
            let mut sums = [0.5f64; BLOCK];
            for (limb, &reciprocal) in scaled.iter().zip(&self.reciprocals) {
                for (sum, &y) in sums.iter_mut().zip(&limb[start..start + block.len()]) {
                    // y < 2^58 fits i64, for which there is a direct conversion instruction.
                    *sum += y as i64 as f64 * reciprocal;
                }
            }
            for (o, &sum) in block.iter_mut().zip(&sums) {
                *o = sum as i64 as u64;
            }
        }
    }

    /// Step 3: the residues modulo target prime number `t`: Σ y_i·(Q/q_i) − v·Q mod p_t, in [0, p_t).
    ///
    /// # Panics
    /// If there are not `source_len` limbs, or one (or `quotients`) is shorter than `out`.
    pub fn target_limb(&self, t: usize, scaled: &[&[u64]], quotients: &[u64], out: &mut [u64]) {
        assert_eq!(scaled.len(), self.source.len());
        let (modulus, weights) = (&self.target[t], &self.weights[t][..]);
        match scaled.len() {
            1 => weighted_sum::<1>(modulus, weights, scaled, quotients, out),
            2 => weighted_sum::<2>(modulus, weights, scaled, quotients, out),
            3 => weighted_sum::<3>(modulus, weights, scaled, quotients, out),
            4 => weighted_sum::<4>(modulus, weights, scaled, quotients, out),
            5 => weighted_sum::<5>(modulus, weights, scaled, quotients, out),
            6 => weighted_sum::<6>(modulus, weights, scaled, quotients, out),
            7 => weighted_sum::<7>(modulus, weights, scaled, quotients, out),
            8 => weighted_sum::<8>(modulus, weights, scaled, quotients, out),
            9 => weighted_sum::<9>(modulus, weights, scaled, quotients, out),
            10 => weighted_sum::<10>(modulus, weights, scaled, quotients, out),
            _ => weighted_sum_blocked(modulus, weights, scaled, quotients, out),
        }
    }

    /// All three steps: residues of N coefficients, limb-major, to the target limbs, limb-major.
    pub fn extend(&self, source: &[u64], n: usize) -> Vec<u64> {
        let mut scaled = source.to_vec();
        scaled.chunks_exact_mut(n).enumerate().for_each(|(i, limb)| self.scale_source(i, limb));
        let limbs: Vec<&[u64]> = scaled.chunks_exact(n).collect();
        let mut quotients = vec![0; n];
        self.quotients(&limbs, &mut quotients);
        let mut out = vec![0; self.target.len() * n];
        for (t, limb) in out.chunks_exact_mut(n).enumerate() {
            self.target_limb(t, &limbs, &quotients, limb);
        }
        out
    }
}

/// Σ y_i·w_i + v·w_K for a number of limbs known at compile time, so that the sum stays in registers.
fn weighted_sum<const K: usize>(
    modulus: &Modulus,
    weights: &[u64],
    limbs: &[&[u64]],
    quotients: &[u64],
    out: &mut [u64],
) {
    // Fixed-size groups leave one bounds check per group instead of one per product.
    const GROUP: usize = 8;
    let n = out.len();
    let factors: [u64; K] = std::array::from_fn(|i| weights[i]);
    let last = weights[K];
    let groups: [&[[u64; GROUP]]; K] = std::array::from_fn(|i| limbs[i][..n].as_chunks().0);
    let quotient_groups = quotients[..n].as_chunks::<GROUP>().0;
    let (out_groups, rest) = out.as_chunks_mut::<GROUP>();
    for (g, (out, quotients)) in out_groups.iter_mut().zip(quotient_groups).enumerate() {
        let inputs: [&[u64; GROUP]; K] = std::array::from_fn(|i| &groups[i][g]);
        for j in 0..GROUP {
            let mut sum = u128::from(quotients[j]) * u128::from(last);
            for (input, &factor) in inputs.iter().zip(&factors) {
                sum += u128::from(input[j]) * u128::from(factor);
            }
            out[j] = modulus.reduce_montgomery(sum);
        }
    }
    let done = n - rest.len();
    for (j, o) in rest.iter_mut().enumerate() {
        let mut sum = u128::from(quotients[done + j]) * u128::from(last);
        for (limb, &factor) in limbs.iter().zip(&factors) {
            sum += u128::from(limb[done + j]) * u128::from(factor);
        }
        *o = modulus.reduce_montgomery(sum);
    }
}

/// The same for any number of limbs.
fn weighted_sum_blocked(
    modulus: &Modulus,
    weights: &[u64],
    limbs: &[&[u64]],
    quotients: &[u64],
    out: &mut [u64],
) {
    const BLOCK: usize = 256;
    for (index, block) in out.chunks_mut(BLOCK).enumerate() {
        let start = index * BLOCK;
        let mut sums = [0u128; BLOCK];
        for (limb, &weight) in limbs.iter().copied().chain([quotients]).zip(weights) {
            for (sum, &y) in sums.iter_mut().zip(&limb[start..start + block.len()]) {
                *sum += u128::from(y) * u128::from(weight);
            }
        }
        for (o, &sum) in block.iter_mut().zip(&sums) {
            *o = modulus.reduce_montgomery(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primes::find_ntt_primes;
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
            prop_assert_eq!(extender.extend(&residues, 8), expected);
        }

        /// From one prime the result is the centred residue.
        #[test]
        fn single_prime_is_centred(x: u64) {
            let (source, target) = (moduli(50, 1, 0), moduli(51, 2, 0));
            let x = source[0].reduce(x);
            let expected: Vec<u64> = target.iter().map(|m| m.reduce_signed(source[0].centre(x))).collect();
            prop_assert_eq!(BaseExtender::new(&source, &target).unwrap().extend(&[x], 1), expected);
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

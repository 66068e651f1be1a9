//! Base extension with 128-bit sums and one Montgomery reduction.

use crate::extend::Constants;
use crate::modulus::Modulus;

/// Coefficients per block: the sums of a block stay in the first-level cache.
const BLOCK: usize = 256;

#[derive(Debug, Clone)]
pub(crate) struct Weights {
    /// 1/q_i
    reciprocals: Vec<f64>,
    target: Vec<Modulus>,
    /// Per target p: 2^64·(Q/q_i) mod p for every i, then −2^64·Q mod p; the factor serves Montgomery reduction.
    weights: Vec<Vec<u64>>,
}

impl Weights {
    pub(crate) fn new(constants: &Constants) -> Self {
        let row = |(m, row): (&Modulus, &Vec<u64>)| row.iter().map(|&w| m.to_montgomery(w)).collect();
        Self {
            reciprocals: constants.source.iter().map(|m| 1.0 / m.value() as f64).collect(),
            weights: constants.target.iter().zip(&constants.cofactors).map(row).collect(),
            target: constants.target.clone(),
        }
    }

    pub(crate) fn target_len(&self) -> usize {
        self.target.len()
    }

    pub(crate) fn convert(&self, scaled: &[u64], targets: &[usize], out: &mut [u64]) {
        let n = scaled.len() / self.reciprocals.len();
        for start in (0..n).step_by(BLOCK) {
            let range = start..n.min(start + BLOCK);
            let mut quotients = [0u64; BLOCK];
            self.quotients(scaled, range.start, &mut quotients[..range.len()]);
            for (&t, out) in targets.iter().zip(out.chunks_exact_mut(n)) {
                let mut sums = [0u128; BLOCK];
                let sums = &mut sums[..range.len()];
                let limbs = scaled.chunks_exact(n).map(|limb| &limb[range.clone()]);
                for (limb, &weight) in limbs.chain([&quotients[..]]).zip(&self.weights[t]) {
                    for (sum, &y) in sums.iter_mut().zip(limb) {
                        *sum += u128::from(y) * u128::from(weight);
                    }
                }
                for (o, &sum) in out[range.clone()].iter_mut().zip(sums.iter()) {
                    *o = self.target[t].reduce_montgomery(sum);
                }
            }
        }
    }

    /// v = ⌊Σ y_i/q_i + 1/2⌋ for the coefficients from `start` on. All kernels add in this order, and round after every product.
    fn quotients(&self, scaled: &[u64], start: usize, out: &mut [u64]) {
        let n = scaled.len() / self.reciprocals.len();
        let mut sums = [0.5f64; BLOCK];
        for (limb, &reciprocal) in scaled.chunks_exact(n).zip(&self.reciprocals) {
            for (sum, &y) in sums.iter_mut().zip(&limb[start..start + out.len()]) {
                // y < 2^58 fits i64, for which there is a direct conversion instruction.
                *sum += y as i64 as f64 * reciprocal;
            }
        }
        out.iter_mut().zip(&sums).for_each(|(o, &sum)| *o = sum as i64 as u64);
    }
}

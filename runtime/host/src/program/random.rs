//! Reproducible random tensors.

use crate::tensor::Tensor;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

/// Independent numbers of the standard normal distribution, the same for the same seed and shape on every machine:
/// ChaCha12 seeded with the number, by the ziggurat.
pub(super) fn normal(seed: u64, shape: &[usize]) -> Tensor {
    let mut rng = ChaCha12Rng::seed_from_u64(seed);
    let count = shape.iter().product();
    Tensor { shape: shape.to_vec(), data: (0..count).map(|_| StandardNormal.sample(&mut rng)).collect() }
}

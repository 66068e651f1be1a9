//! Polynomials of packed tensors: least depth, masks and factors in the leaves.
//!
//! p(z) = hi(z)·z^k + lo(z) with k the largest power of two up to the degree, recursively; leaves c₁·z + c₀ multiply
//! by public vectors. The depth is ⌈log2(degree + 1)⌉, which is least, and a mask or a public factor multiplied into
//! every coefficient is free.

use super::build::Builder;
use super::graph::FactorId;
use crate::dag::NodeId;
use std::collections::BTreeMap;

/// What the polynomials of several ciphertexts share: mask and factor, and the coefficients made so far.
struct Leaves<'a> {
    mask: &'a [f64],
    factor: Option<FactorId>,
    /// By the bits of the coefficient.
    made: BTreeMap<u64, NodeId>,
}

impl Leaves<'_> {
    fn constant(&mut self, builder: &mut Builder, value: f64) -> NodeId {
        *self.made.entry(value.to_bits()).or_insert_with(|| {
            let masked: Vec<f64> = self.mask.iter().map(|m| m * value).collect();
            builder.public(&masked, self.factor)
        })
    }
}

/// One ciphertext's polynomial, and its powers z^(2^k) made so far.
struct Evaluation<'a, 'm> {
    builder: &'a mut Builder,
    leaves: &'a mut Leaves<'m>,
    powers: Vec<NodeId>,
}

/// Σ mask·factor·cₖ·z^k for each argument; `mask` is 0 outside the support, so the results are clean.
pub(super) fn evaluate(
    builder: &mut Builder,
    arguments: &[NodeId],
    coefficients: &[f64],
    mask: &[f64],
    factor: Option<FactorId>,
) -> Vec<NodeId> {
    let mut leaves = Leaves { mask, factor, made: BTreeMap::new() };
    let one = |&z: &NodeId| {
        let value = Evaluation { builder, leaves: &mut leaves, powers: vec![z] }.sum(coefficients);
        value.unwrap_or_else(|| leaves.constant(builder, 0.0))
    };
    arguments.iter().map(one).collect()
}

impl Evaluation<'_, '_> {
    fn sum(&mut self, coefficients: &[f64]) -> Option<NodeId> {
        let degree = coefficients.iter().rposition(|c| *c != 0.0)?;
        if degree <= 1 {
            return self.leaf(&coefficients[..=degree]);
        }
        let split = usize::BITS - 1 - degree.leading_zeros();
        let (low, high) = coefficients[..=degree].split_at(1 << split);
        let high = self.sum(high);
        let low = self.sum(low);
        let power = self.power(split as usize);
        let product = high.map(|high| self.builder.mul(high, power));
        match (product, low) {
            (Some(a), Some(b)) => Some(self.builder.add(a, b)),
            (one, other) => one.or(other),
        }
    }

    fn leaf(&mut self, coefficients: &[f64]) -> Option<NodeId> {
        let constant = coefficients.first().filter(|c| **c != 0.0).map(|&c| self.constant(c));
        let linear = coefficients.get(1).filter(|c| **c != 0.0).map(|&c| {
            let coefficient = self.constant(c);
            let z = self.powers[0];
            self.builder.mul(z, coefficient)
        });
        match (linear, constant) {
            (Some(a), Some(b)) => Some(self.builder.add(a, b)),
            (one, other) => one.or(other),
        }
    }

    fn constant(&mut self, value: f64) -> NodeId {
        self.leaves.constant(self.builder, value)
    }

    fn power(&mut self, log2: usize) -> NodeId {
        while self.powers.len() <= log2 {
            let last = self.powers[self.powers.len() - 1];
            let square = self.builder.mul(last, last);
            self.powers.push(square);
        }
        self.powers[log2]
    }
}

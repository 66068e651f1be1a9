//! Polynomials of packed tensors: least depth, masks and factors in the leaves.
//!
//! p(z) = hi(z)·z^k + lo(z) with k the largest power of two up to the degree, recursively; leaves c₁·z + c₀ multiply
//! by public vectors. The depth is ⌈log2(degree + 1)⌉, which is least, and a mask or a public factor multiplied into
//! every coefficient is free.

use super::build::Builder;
use super::graph::FactorId;
use crate::dag::NodeId;

/// Coefficients with their mask and factor, and the powers z^(2^k) made so far.
struct Evaluation<'a> {
    builder: &'a mut Builder,
    mask: &'a [f64],
    factor: Option<FactorId>,
    powers: Vec<NodeId>,
}

/// Σ mask·factor·cₖ·z^k as a node; `mask` is 0 outside the support, so the result is clean. `None` when all
/// coefficients vanish.
pub(super) fn evaluate(
    builder: &mut Builder,
    z: NodeId,
    coefficients: &[f64],
    mask: &[f64],
    factor: Option<FactorId>,
) -> Option<NodeId> {
    Evaluation { builder, mask, factor, powers: vec![z] }.sum(coefficients)
}

impl Evaluation<'_> {
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
        let masked: Vec<f64> = self.mask.iter().map(|m| m * value).collect();
        self.builder.public(&masked, self.factor)
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

//! Polynomials of packed tensors: least depth; masks, factors and secret multipliers in the leaves.
//!
//! p(z) = hi(z)·z^k + lo(z) with k the largest power of two up to the degree, recursively; leaves c₁·z + c₀ multiply
//! by public vectors. The depth is ⌈log2(degree + 1)⌉, which is least, and a mask or a public factor multiplied into
//! every coefficient is free. So is a secret multiplier at a higher level than z: u·p(z) has coefficients cₖ·u, which
//! are made before the iteration begins, and the product costs no level after z.

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

    /// cₖ + Σⱼ cⱼₖ·uⱼ in one ciphertext; `None` when it is 0.
    fn coefficient(
        &mut self,
        builder: &mut Builder,
        terms: &Terms<'_>,
        block: usize,
        k: usize,
    ) -> Option<NodeId> {
        let of = |coefficients: &[f64]| coefficients.get(k).copied().filter(|c| *c != 0.0);
        let mut sum = of(terms.coefficients).map(|c| self.constant(builder, c));
        for (multiplier, coefficients) in &terms.multiples {
            let Some(c) = of(coefficients) else { continue };
            let constant = self.constant(builder, c);
            let product = builder.mul(multiplier[block], constant);
            sum = Some(sum.map_or(product, |sum| builder.add(product, sum)));
        }
        sum
    }
}

/// The coefficients of a polynomial: public ones, and those of each secret multiplier with its ciphertexts.
pub(super) struct Terms<'a> {
    pub coefficients: &'a [f64],
    pub multiples: Vec<(&'a [NodeId], &'a [f64])>,
}

impl Terms<'_> {
    fn len(&self) -> usize {
        let longest = self.multiples.iter().map(|(_, c)| c.len()).max().unwrap_or(0);
        longest.max(self.coefficients.len())
    }
}

/// One ciphertext's polynomial, and its powers z^(2^k) made so far.
struct Evaluation<'a> {
    builder: &'a mut Builder,
    powers: Vec<NodeId>,
}

/// Σ mask·factor·(cₖ + Σⱼ cⱼₖ·uⱼ)·z^k for each argument; `mask` is 0 outside the support, so the results are clean.
pub(super) fn evaluate(
    builder: &mut Builder,
    arguments: &[NodeId],
    terms: &Terms<'_>,
    mask: &[f64],
    factor: Option<FactorId>,
) -> Vec<NodeId> {
    let mut leaves = Leaves { mask, factor, made: BTreeMap::new() };
    let one = |(block, &z): (usize, &NodeId)| {
        let coefficients: Vec<_> =
            (0..terms.len()).map(|k| leaves.coefficient(builder, terms, block, k)).collect();
        let value = Evaluation { builder, powers: vec![z] }.sum(&coefficients);
        value.unwrap_or_else(|| leaves.constant(builder, 0.0))
    };
    arguments.iter().enumerate().map(one).collect()
}

impl Evaluation<'_> {
    fn sum(&mut self, coefficients: &[Option<NodeId>]) -> Option<NodeId> {
        let degree = coefficients.iter().rposition(Option::is_some)?;
        if degree <= 1 {
            return self.leaf(coefficients[0], coefficients.get(1).copied().flatten());
        }
        let split = usize::BITS - 1 - degree.leading_zeros();
        let (low, high) = coefficients[..=degree].split_at(1 << split);
        let high = self.sum(high);
        let low = self.sum(low);
        let power = self.power(split as usize);
        let product = high.map(|high| self.builder.mul(high, power));
        self.added(product, low)
    }

    fn leaf(&mut self, constant: Option<NodeId>, slope: Option<NodeId>) -> Option<NodeId> {
        let z = self.powers[0];
        let linear = slope.map(|slope| self.builder.mul(z, slope));
        self.added(linear, constant)
    }

    fn added(&mut self, a: Option<NodeId>, b: Option<NodeId>) -> Option<NodeId> {
        match (a, b) {
            (Some(a), Some(b)) => Some(self.builder.add(a, b)),
            (one, other) => one.or(other),
        }
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

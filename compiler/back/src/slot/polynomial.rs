//! Polynomials of packed tensors: least depth; masks, factors and secret multipliers in the leaves.
//!
//! p(z) = hi(z)·z^k + lo(z) with k the largest power of two up to the degree, recursively; leaves c₁·z + c₀ multiply
//! by public vectors. The depth is ⌈log2(degree + 1)⌉, which is least, and a mask or a public factor multiplied into
//! every coefficient is free. So is a secret multiplier at a higher level than z: u·p(z) has coefficients cₖ·u, which
//! are made before the iteration begins, and the product costs no level after z.
//!
//! Where z is zero outside its support, so are its powers, and only the constant needs the mask: the other coefficients are the same in every slot,
//! and may become parts of scales ([`crate::ckks`]), which costs neither product nor level. Then c₃·z³ + c₁·z is
//! (c₃·z² + c₁)·z, whose scales need no equation.

use super::build::Builder;
use super::graph::FactorId;
use hep_tensor::dag::NodeId;
use std::collections::BTreeMap;

/// What the polynomials of several ciphertexts share: mask and factor, and the coefficients made so far.
struct Leaves<'a> {
    support: Support<'a>,
    factor: Option<FactorId>,
    /// By the bits of the coefficient, masked or not.
    made: BTreeMap<(u64, bool), NodeId>,
}

/// Where the values of a polynomial count.
#[derive(Clone, Copy)]
pub(super) struct Support<'a> {
    /// 1 where they do, 0 elsewhere.
    pub mask: &'a [f64],
    /// Whether the argument is 0 elsewhere, so that only the constant coefficient is masked.
    pub numbers: bool,
}

impl Leaves<'_> {
    fn constant(&mut self, builder: &mut Builder, value: f64, masked: bool) -> NodeId {
        *self.made.entry((value.to_bits(), masked)).or_insert_with(|| {
            let at = |mask: &f64| if masked { mask * value } else { value };
            let values: Vec<f64> = self.support.mask.iter().map(at).collect();
            builder.public(&values, self.factor)
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
        let masked = k == 0 || !self.support.numbers;
        let mut sum = of(terms.coefficients).map(|c| self.constant(builder, c, masked));
        for multiple in &terms.multiples {
            let Some(c) = of(multiple.coefficients) else { continue };
            let constant = self.constant(builder, c, masked && !multiple.clean);
            let product = builder.mul(multiple.by[block], constant);
            sum = Some(sum.map_or(product, |sum| builder.add(product, sum)));
        }
        sum
    }
}

/// The coefficients of a polynomial: public ones, and those of each secret multiplier with its ciphertexts.
pub(super) struct Terms<'a> {
    pub coefficients: &'a [f64],
    pub multiples: Vec<Multiplier<'a>>,
}

/// A secret multiplier of some ciphertexts of the argument.
pub(super) struct Multiplier<'a> {
    pub by: &'a [NodeId],
    pub coefficients: &'a [f64],
    /// Whether it is 0 outside the support.
    pub clean: bool,
}

impl Terms<'_> {
    fn len(&self) -> usize {
        let longest = self.multiples.iter().map(|m| m.coefficients.len()).max().unwrap_or(0);
        longest.max(self.coefficients.len())
    }
}

/// Largest coefficient of a square that is multiplied with the square.
const STEEP: f64 = 2.0;

/// One ciphertext's polynomial, and its powers z^(2^k) made so far.
struct Evaluation<'a> {
    builder: &'a mut Builder,
    powers: Vec<NodeId>,
    degree: usize,
    /// Whether coefficients may be parts of scales.
    numbers: bool,
    /// Whether the coefficient of z² would enlarge the errors of a square: it is multiplied before.
    steep: bool,
    /// Whether the coefficient of z³ is no ciphertext: a product with one takes a level more before the last.
    public_cube: bool,
}

/// Σ mask·factor·(cₖ + Σⱼ cⱼₖ·uⱼ)·z^k for each argument; the results are 0 outside the support.
pub(super) fn evaluate(
    builder: &mut Builder,
    arguments: &[NodeId],
    terms: &Terms<'_>,
    support: Support<'_>,
    factor: Option<FactorId>,
) -> Vec<NodeId> {
    let mut leaves = Leaves { support, factor, made: BTreeMap::new() };
    let one = |(block, &z): (usize, &NodeId)| {
        let coefficients: Vec<_> =
            (0..terms.len()).map(|k| leaves.coefficient(builder, terms, block, k)).collect();
        let degree = coefficients.iter().rposition(Option::is_some).unwrap_or(0);
        let public_cube = terms.multiples.iter().all(|m| m.coefficients.get(3).is_none_or(|c| *c == 0.0));
        let steep = terms.coefficients.get(2).is_some_and(|c| c.abs() > STEEP);
        let numbers = support.numbers;
        let mut value = Evaluation { builder, powers: vec![z], degree, numbers, steep, public_cube };
        value.sum(&coefficients).unwrap_or_else(|| leaves.constant(builder, 0.0, true))
    };
    arguments.iter().enumerate().map(one).collect()
}

impl Evaluation<'_> {
    fn sum(&mut self, coefficients: &[Option<NodeId>]) -> Option<NodeId> {
        let degree = coefficients.iter().rposition(Option::is_some)?;
        match coefficients[..=degree] {
            [constant] => return constant,
            [constant, slope] => return self.leaf(constant, slope),
            // The square is made for nothing else.
            [constant, slope, square] if self.degree == 2 && (slope.is_some() || self.steep) => {
                let slope = self.leaf(slope, square);
                return self.leaf(constant, slope);
            }
            [constant, slope @ Some(_), None, Some(cube)] if self.numbers && self.public_cube => {
                let square = self.power(1);
                let product = Some(self.builder.mul(square, cube));
                let slope = self.added(product, slope);
                return self.leaf(constant, slope);
            }
            _ => {}
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

//! ModUp: the digits of a polynomial, extended to Q_l·P and transformed, one group of limbs at a time.

use std::ops::Range;

use hep_ring::Buffer;
use smallvec::SmallVec;

use super::groups::Limbs;
use crate::basis::Basis;
use crate::context::Context;
use crate::keys::SwitchingKey;
use crate::poly::Poly;

/// Digits of a polynomial at some level, by groups of limbs.
pub(crate) trait Digits: Sync {
    /// The basis that the digits are extended to; its level is that of the polynomial.
    fn basis(&self) -> Basis;

    /// All digits at the limbs of a group.
    fn group(&self, ctx: &Context, group: &Range<usize>) -> GroupDigits<'_>;
}

/// A digit with both halves of a key.
pub(crate) type Product<'a> = (&'a [u64], &'a [u64], &'a [u64]);

/// All digits at the limbs of a group: first all limbs of digit 0, then those of digit 1, …
pub(crate) struct GroupDigits<'a> {
    first: usize,
    len: usize,
    degree: usize,
    limbs: Place<'a>,
    /// The digit that the limbs belong to, where it is the polynomial itself and is not in `limbs`.
    own: Option<(usize, &'a Poly)>,
}

enum Place<'a> {
    Stored(&'a [u64]),
    Made(Buffer),
}

impl<'a> GroupDigits<'a> {
    /// Digits that lie somewhere.
    pub(super) fn stored(group: &Range<usize>, degree: usize, limbs: &'a [u64]) -> Self {
        Self { first: group.start, len: group.len(), degree, limbs: Place::Stored(limbs), own: None }
    }

    fn limb(&self, digit: usize, position: usize) -> &[u64] {
        if let Some((own, poly)) = self.own
            && own == digit
        {
            return poly.limb(position);
        }
        let limbs = match &self.limbs {
            Place::Stored(limbs) => limbs,
            Place::Made(limbs) => &limbs[..],
        };
        let start = (digit * self.len + position - self.first) * self.degree;
        &limbs[start..start + self.degree]
    }

    /// (Σ c_d·b_d, Σ c_d·a_d) at one limb of the group, for digits extended to `basis`.
    pub(crate) fn inner_products(
        &self,
        ctx: &Context,
        basis: Basis,
        key: &SwitchingKey,
        position: usize,
        [first, second]: [&mut [u64]; 2],
    ) {
        let terms = self.terms(ctx, basis, key, position, 0..self.degree);
        ctx.field(basis.index(position)).inner_products(&terms, first, second);
    }

    /// The products of some coefficients of the limb with a key.
    pub(crate) fn terms<'s>(
        &'s self,
        ctx: &Context,
        basis: Basis,
        key: &'s SwitchingKey,
        position: usize,
        part: Range<usize>,
    ) -> SmallVec<[Product<'s>; 8]> {
        let term = |digit| {
            let [b, a] = key.limbs(digit, basis, position);
            (&self.limb(digit, position)[part.clone()], &b[part.clone()], &a[part.clone()])
        };
        (0..ctx.digits(basis.level)).map(term).collect()
    }
}

/// A polynomial whose digits are made when they are asked for.
pub(crate) struct Raise<'a> {
    basis: Basis,
    poly: &'a Poly,
    /// Limb-major coefficients, each limb times its factor of the base extension of its digit.
    coefficients: Buffer,
}

impl<'a> Raise<'a> {
    /// Inverse transforms of the limbs q_0…q_level of a basis.
    pub(crate) fn new(ctx: &Context, basis: Basis, poly: &'a Poly) -> Self {
        let (level, width) = (basis.level, ctx.digit_limbs());
        let coefficients = Poly::written(ctx.degree(), level + 1, |i, out| {
            let last = ctx.digit(level, i / width).last_layer(i);
            ctx.ntt(i).inverse_scaled_from(poly.limb(i), out, last);
        });
        Self { basis, poly, coefficients: coefficients.into_buffer() }
    }

    /// Writes the digits at the limbs of a group, but for the one that the limbs belong to; the number of that is returned.
    pub(super) fn write(&self, ctx: &Context, group: &Range<usize>, out: &mut [u64]) -> Option<usize> {
        let (n, width) = (ctx.degree(), ctx.digit_limbs());
        let own = self.basis.in_q(group.start).then(|| group.start / width);
        let indices: Limbs = group.clone().map(|position| self.basis.index(position)).collect();
        for (d, limbs) in out.chunks_exact_mut(group.len() * n).enumerate() {
            if own == Some(d) {
                continue;
            }
            let digit = ctx.digit(self.basis.level, d);
            let source = digit.limbs();
            digit.extender().convert(&self.coefficients[source.start * n..source.end * n], &indices, limbs);
            limbs.chunks_exact_mut(n).zip(&indices).for_each(|(limb, &index)| ctx.ntt(index).forward(limb));
        }
        own
    }

    /// Limb `position` of the polynomial.
    pub(super) fn limb(&self, position: usize) -> &[u64] {
        self.poly.limb(position)
    }
}

impl Digits for Raise<'_> {
    fn basis(&self) -> Basis {
        self.basis
    }

    fn group(&self, ctx: &Context, group: &Range<usize>) -> GroupDigits<'_> {
        let n = ctx.degree();
        let mut limbs = Buffer::recycled(ctx.digits(self.basis.level) * group.len() * n);
        let own = self.write(ctx, group, &mut limbs).map(|digit| (digit, self.poly));
        GroupDigits { first: group.start, len: group.len(), degree: n, limbs: Place::Made(limbs), own }
    }
}

//! Digits that are kept, to be switched with many keys.

use std::ops::Range;

use hep_ring::Buffer;

use super::groups::for_each_group;
use super::raise::{Digits, GroupDigits, Raise};
use crate::basis::Basis;
use crate::context::Context;
use crate::poly::Poly;

/// The digits c_d of a polynomial, extended to Q_l·P and transformed: decompose once, switch with many keys (hoisting).
#[derive(Debug, Clone)]
pub struct Decomposed {
    basis: Basis,
    degree: usize,
    digits: usize,
    /// Group after group of limbs of q_0…q_level, P; within a group digit-major.
    data: Buffer,
}

impl Decomposed {
    pub(crate) fn new(ctx: &Context, basis: Basis, poly: &Poly) -> Self {
        let (n, digits) = (ctx.degree(), ctx.digits(basis.level));
        let raise = Raise::new(ctx, basis, poly);
        let mut data = Buffer::recycled(digits * basis.limbs() * n);
        for_each_group(ctx.groups(basis), digits * n, [&mut data], &|group, [out]| {
            if let Some(own) = raise.write(ctx, group, out) {
                let limbs = out[own * group.len() * n..].chunks_exact_mut(n);
                limbs.zip(group.clone()).for_each(|(limb, i)| limb.copy_from_slice(raise.limb(i)));
            }
        });
        Self { basis, degree: n, digits, data }
    }

    /// The level of the ciphertext.
    pub fn level(&self) -> usize {
        self.basis.level
    }

    /// Whether the sizes are those of a decomposition of this context.
    pub(crate) fn matches(&self, ctx: &Context) -> bool {
        self.degree == ctx.degree()
            && self.basis.level <= ctx.max_level()
            && self.basis == ctx.basis(self.basis.level)
            && self.digits == ctx.digits(self.basis.level)
            && self.data.len() == self.digits * self.basis.limbs() * self.degree
    }
}

impl Digits for Decomposed {
    fn basis(&self) -> Basis {
        self.basis
    }

    fn group(&self, _: &Context, group: &Range<usize>) -> GroupDigits<'_> {
        let words = self.digits * self.degree;
        GroupDigits::stored(group, self.degree, &self.data[group.start * words..group.end * words])
    }
}

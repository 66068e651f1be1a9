//! Digits that are kept, to be switched with many keys.

use std::ops::Range;

use hep_ring::Buffer;

use super::groups::for_each_group;
use super::raise::{Digits, GroupDigits, Raise};
use crate::context::Context;
use crate::poly::Poly;

/// The digits c_d of a polynomial, extended to Q_l·P and transformed: decompose once, switch with many keys (hoisting).
#[derive(Debug, Clone)]
pub struct Decomposed {
    level: usize,
    degree: usize,
    digits: usize,
    /// Group after group of limbs of q_0…q_level, P; within a group digit-major.
    data: Buffer,
}

impl Decomposed {
    pub(crate) fn new(ctx: &Context, level: usize, poly: &Poly) -> Self {
        let (n, digits) = (ctx.degree(), ctx.digits(level));
        let raise = Raise::new(ctx, level, poly);
        let mut data = Buffer::recycled(digits * ctx.extended_limbs(level) * n);
        for_each_group(ctx.groups(level), digits * n, [&mut data], &|group, [out]| {
            if let Some(own) = raise.write(ctx, group, out) {
                let limbs = out[own * group.len() * n..].chunks_exact_mut(n);
                limbs.zip(group.clone()).for_each(|(limb, i)| limb.copy_from_slice(raise.limb(i)));
            }
        });
        Self { level, degree: n, digits, data }
    }

    /// The level of the ciphertext.
    pub fn level(&self) -> usize {
        self.level
    }

    /// Whether the sizes are those of a decomposition of this context.
    pub(crate) fn matches(&self, ctx: &Context) -> bool {
        self.degree == ctx.degree()
            && self.level <= ctx.max_level()
            && self.digits == ctx.digits(self.level)
            && self.data.len() == self.digits * ctx.extended_limbs(self.level) * self.degree
    }
}

impl Digits for Decomposed {
    fn level(&self) -> usize {
        self.level
    }

    fn group(&self, _: &Context, group: &Range<usize>) -> GroupDigits<'_> {
        let words = self.digits * self.degree;
        GroupDigits::stored(group, self.degree, &self.data[group.start * words..group.end * words])
    }
}

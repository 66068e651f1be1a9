//! Pairs of polynomials modulo Q_l·P: what inner products with keys give, and what is brought down.

use hep_ring::Buffer;
use hep_ring::automorphism::NttPermutation;
use rayon::prelude::*;

use super::groups::for_each_group;
use super::raise::{Digits, GroupDigits};
use crate::basis::Basis;
use crate::context::Context;
use crate::division::Division;
use crate::keys::SwitchingKey;
use crate::poly::Poly;
use crate::special::Special;

/// Two polynomials modulo Q_l·P, limb-major over q_0…q_l, then P or a subset of it.
pub(crate) struct Sums<'c> {
    basis: Basis,
    special: &'c Special,
    parts: [Buffer; 2],
}

impl<'c> Sums<'c> {
    /// Zero.
    pub(crate) fn zero(ctx: &'c Context, level: usize, special: &'c Special) -> Self {
        let mut zero = Self::unwritten(ctx, level, special);
        zero.parts
            .iter_mut()
            .for_each(|part| part.par_chunks_mut(ctx.degree()).for_each(|limb| limb.fill(0)));
        zero
    }

    /// Sums whose every limb `write(digits, position, limbs of the parts)` makes from digits.
    pub(crate) fn written<D: Digits>(
        ctx: &'c Context,
        special: &'c Special,
        digits: &D,
        write: impl Fn(&GroupDigits<'_>, usize, [&mut [u64]; 2]) + Sync,
    ) -> Self {
        debug_assert_eq!(digits.basis().special, special.count);
        let mut sums = Self::unwritten(ctx, digits.basis().level, special);
        sums.update(ctx, digits, |made, position, [first, second]| write(made, position, [first, second]));
        sums
    }

    /// Sums of which `write(first position, limbs of the parts)` makes so many limbs at a time, in parallel.
    pub(crate) fn by_limbs(
        ctx: &'c Context,
        (level, special): (usize, &'c Special),
        count: usize,
        write: impl Fn(usize, [&mut [u64]; 2]) + Sync,
    ) -> Self {
        let mut sums = Self::unwritten(ctx, level, special);
        let ([first, second], words) = (&mut sums.parts, count * ctx.degree());
        let limbs = first.par_chunks_mut(words).zip(second.par_chunks_mut(words));
        limbs.enumerate().for_each(|(number, (a, b))| write(number * count, [a, b]));
        sums
    }

    /// (Σ c_d·b_d, Σ c_d·a_d).
    pub(crate) fn switched<D: Digits>(
        ctx: &'c Context,
        special: &'c Special,
        digits: &D,
        key: &SwitchingKey,
    ) -> Self {
        Self::written(ctx, special, digits, |group, position, limbs| {
            group.inner_products(ctx, digits.basis(), key, position, limbs);
        })
    }

    /// Lets `update(digits, position, limbs of the parts)` change every limb.
    pub(crate) fn update<D: Digits>(
        &mut self,
        ctx: &Context,
        digits: &D,
        update: impl Fn(&GroupDigits<'_>, usize, &mut [&mut [u64]; 2]) + Sync,
    ) {
        let n = ctx.degree();
        let [first, second] = &mut self.parts;
        for_each_group(ctx.groups(self.basis), n, [first, second], &|group, [first, second]| {
            let made = digits.group(ctx, group);
            let limbs = first.chunks_exact_mut(n).zip(second.chunks_exact_mut(n));
            group.clone().zip(limbs).for_each(|(position, (a, b))| update(&made, position, &mut [a, b]));
        });
    }

    /// The same for several sums of the digits' level: `update` gets a limb of both parts of each.
    pub(crate) fn update_all<D: Digits>(
        sums: &mut [Self],
        ctx: &Context,
        digits: &D,
        update: impl Fn(&GroupDigits<'_>, usize, &mut [[&mut [u64]; 2]]) + Sync,
    ) {
        let mut limbs = Self::limbs_of_all(sums, ctx);
        let mut next = |_| limbs.next().unwrap_or_default();
        let groups = ctx.groups(digits.basis());
        let tasks: Vec<_> =
            groups.iter().map(|group| (group, group.clone().map(&mut next).collect::<Vec<_>>())).collect();
        tasks.into_par_iter().for_each(|(group, mut limbs)| {
            let made = digits.group(ctx, group);
            group.clone().zip(&mut limbs).for_each(|(position, limbs)| update(&made, position, limbs));
        });
    }

    /// One limb of both parts of every sum, position after position.
    fn limbs_of_all<'s>(
        sums: &'s mut [Self],
        ctx: &Context,
    ) -> impl Iterator<Item = Vec<[&'s mut [u64]; 2]>> + use<'s> {
        let (n, count) = (ctx.degree(), sums.first().map_or(0, |sum| sum.basis.limbs()));
        let mut limbs: Vec<_> =
            sums.iter_mut().map(|sum| sum.parts.each_mut().map(|part| part.chunks_exact_mut(n))).collect();
        (0..count).map(move |_| {
            let next = |parts: &mut [std::slice::ChunksExactMut<'s, u64>; 2]| {
                parts.each_mut().map(|part| part.next().unwrap_or_default())
            };
            limbs.iter_mut().map(next).collect()
        })
    }

    /// The primes of P that it is modulo.
    pub(crate) fn special(&self) -> &'c Special {
        self.special
    }

    /// ModDown: ⌊x/P⌉ + z modulo Q_l of both parts, permuted, with z = 0 where it is not given.
    pub(crate) fn bring_down(
        self,
        ctx: &Context,
        addends: [Option<&Poly>; 2],
        permutation: Option<&NttPermutation>,
    ) -> [Poly; 2] {
        let (special, kept) = (self.special, self.basis.level + 1);
        self.divide(ctx, special.division(), kept, addends, permutation)
    }

    /// Whether there is a division by P·q_l.
    pub(crate) fn can_rescale(&self) -> bool {
        self.basis.level > 0 && self.special.covers(self.basis.level)
    }

    /// ⌊x/(P·q_l)⌉ modulo Q_(l−1) of both parts, where [`Self::can_rescale`].
    pub(crate) fn bring_down_and_rescale(self, ctx: &Context) -> [Poly; 2] {
        let (special, kept) = (self.special, self.basis.level);
        self.divide(ctx, special.merged(kept), kept, [None, None], None)
    }

    /// Both parts.
    pub(crate) fn into_parts(self) -> [Poly; 2] {
        let n = self.parts[0].len() / self.basis.limbs();
        self.parts.map(|part| Poly::from_buffer(n, part))
    }

    /// ⌊x/P⌉ modulo Q_l of one polynomial.
    pub(crate) fn divided(ctx: &Context, basis: Basis, special: &Special, x: Poly) -> Poly {
        let mut words = x.into_buffer();
        let (kept, remainder) = words.split_at_mut((basis.level + 1) * ctx.degree());
        special.division().remainder(ctx, remainder);
        special.division().finish(ctx, kept, remainder, None, None)
    }

    /// Sums that are all to be written.
    pub(crate) fn unwritten(ctx: &'c Context, level: usize, special: &'c Special) -> Self {
        let basis = ctx.basis_with(level, special.count);
        let words = basis.limbs() * ctx.degree();
        Self { basis, special, parts: [(); 2].map(|()| Buffer::recycled(words)) }
    }

    fn divide(
        self,
        ctx: &Context,
        division: &Division,
        kept: usize,
        [first_addend, second_addend]: [Option<&Poly>; 2],
        permutation: Option<&NttPermutation>,
    ) -> [Poly; 2] {
        let part = |mut part: Buffer, addend: Option<&Poly>| {
            let (kept, remainder) = part.split_at_mut(kept * ctx.degree());
            division.remainder(ctx, remainder);
            division.finish(ctx, kept, remainder, addend, permutation)
        };
        let [first, second] = self.parts;
        let (first, second) = rayon::join(|| part(first, first_addend), || part(second, second_addend));
        [first, second]
    }
}

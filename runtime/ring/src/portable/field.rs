//! One pass over limbs, in 128-bit integers.

use crate::automorphism::NttPermutation;
use crate::modulus::Modulus;
use crate::shoup::ShoupScalar;

/// Coefficients per block: the 128-bit accumulators of a block (4 KiB) stay in the first-level cache.
const BLOCK: usize = 256;

/// Coefficients per group: fixed-size groups need one bounds check each instead of one per coefficient.
const GROUP: usize = 8;

pub(crate) fn add_assign(modulus: &Modulus, a: &mut [u64], b: &[u64]) {
    a.iter_mut().zip(b).for_each(|(x, &y)| *x = modulus.add(*x, y));
}

pub(crate) fn sub_assign(modulus: &Modulus, a: &mut [u64], b: &[u64]) {
    a.iter_mut().zip(b).for_each(|(x, &y)| *x = modulus.sub(*x, y));
}

pub(crate) fn negate(modulus: &Modulus, a: &mut [u64]) {
    a.iter_mut().for_each(|x| *x = modulus.neg(*x));
}

pub(crate) fn scale(modulus: &Modulus, a: &mut [u64], w: u64) {
    let w = ShoupScalar::new(w, modulus);
    a.iter_mut().for_each(|x| *x = w.mul(*x, modulus.value()));
}

/// x, a, b of Σ x·a and Σ x·b.
type Term<'a> = (&'a [u64], &'a [u64], &'a [u64]);

pub(crate) fn inner_products(modulus: &Modulus, terms: &[Term<'_>], out_a: &mut [u64], out_b: &mut [u64]) {
    // One reduced sum takes the place of a product.
    let group = modulus.lazy_terms() - 1;
    for (j, (out_a, out_b)) in out_a.iter_mut().zip(out_b).enumerate() {
        let (mut sum_a, mut sum_b) = (0, 0);
        for terms in terms.chunks(group) {
            let wide_a = terms.iter().map(|(x, a, _)| wide(x[j], a[j])).sum::<u128>();
            let wide_b = terms.iter().map(|(x, _, b)| wide(x[j], b[j])).sum::<u128>();
            sum_a = modulus.reduce_wide(u128::from(sum_a) + wide_a);
            sum_b = modulus.reduce_wide(u128::from(sum_b) + wide_b);
        }
        (*out_a, *out_b) = (sum_a, sum_b);
    }
}

pub(crate) fn sub_scale(
    modulus: &Modulus,
    (x, y): (&[u64], &[u64]),
    w: u64,
    z: Option<&[u64]>,
    permutation: Option<&NttPermutation>,
    out: &mut [u64],
) {
    let w = ShoupScalar::new(w, modulus);
    for (j, o) in out.iter_mut().enumerate() {
        let s = permutation.map_or(j, |p| p.source(j));
        let scaled = w.mul(modulus.sub(x[s], y[s]), modulus.value());
        *o = z.map_or(scaled, |z| modulus.add(scaled, z[s]));
    }
}

pub(crate) fn add_permuted(
    modulus: &Modulus,
    out: &mut [u64],
    x: &[u64],
    p: Option<&[u64]>,
    permutation: &NttPermutation,
) {
    for (j, o) in out.iter_mut().enumerate() {
        let value = x[permutation.source(j)];
        *o = modulus.add(*o, p.map_or(value, |p| modulus.mul(p[j], value)));
    }
}

/// Products are accumulated in 128 bits and reduced once per [`Modulus::lazy_terms`] terms.
pub(crate) fn sum_of_products(modulus: &Modulus, terms: &[(&[u64], &[u64])], out: &mut [u64]) {
    match *terms {
        // The usual numbers of digits, with all sums in registers; lazy_terms is at least 32.
        [t0] => fixed(modulus, [t0], out),
        [t0, t1] => fixed(modulus, [t0, t1], out),
        [t0, t1, t2] => fixed(modulus, [t0, t1, t2], out),
        [t0, t1, t2, t3] => fixed(modulus, [t0, t1, t2, t3], out),
        _ => blocked(modulus, terms, out),
    }
}

/// A number of terms known at compile time.
fn fixed<const K: usize>(modulus: &Modulus, terms: [(&[u64], &[u64]); K], out: &mut [u64]) {
    let n = out.len();
    let groups = terms.map(|(a, b)| (a[..n].as_chunks::<GROUP>().0, b[..n].as_chunks::<GROUP>().0));
    let (out_groups, rest) = out.as_chunks_mut::<GROUP>();
    for (g, out) in out_groups.iter_mut().enumerate() {
        let operands = groups.map(|(a, b)| (&a[g], &b[g]));
        for j in 0..GROUP {
            let sum = operands.iter().map(|(a, b)| wide(a[j], b[j])).sum();
            out[j] = modulus.reduce_wide(sum);
        }
    }
    let done = n - rest.len();
    for (j, o) in rest.iter_mut().enumerate() {
        *o = modulus.reduce_wide(terms.iter().map(|(a, b)| wide(a[done + j], b[done + j])).sum());
    }
}

/// Any number of terms: one block of accumulators at a time, four terms per pass over it.
fn blocked(modulus: &Modulus, terms: &[(&[u64], &[u64])], out: &mut [u64]) {
    let lazy = modulus.lazy_terms();
    for (index, block) in out.chunks_mut(BLOCK).enumerate() {
        let start = index * BLOCK;
        let mut sums = [0u128; BLOCK];
        let sums = &mut sums[..block.len()];
        // One accumulated residue takes the place of one product.
        for (round, group) in terms.chunks(lazy - 1).enumerate() {
            if round > 0 {
                sums.iter_mut().for_each(|s| *s = modulus.reduce_wide(*s).into());
            }
            let (quads, rest) = group.as_chunks::<4>();
            quads.iter().for_each(|quad| accumulate(quad, start, sums));
            rest.iter().for_each(|&term| accumulate(&[term], start, sums));
        }
        for (o, &sum) in block.iter_mut().zip(sums.iter()) {
            *o = modulus.reduce_wide(sum);
        }
    }
}

/// Adds the products of some terms, from coefficient `start` on, to the accumulators.
fn accumulate<const K: usize>(terms: &[(&[u64], &[u64]); K], start: usize, sums: &mut [u128]) {
    let len = sums.len();
    let slices = terms.map(|(a, b)| (&a[start..start + len], &b[start..start + len]));
    let groups = slices.map(|(a, b)| (a.as_chunks::<GROUP>().0, b.as_chunks::<GROUP>().0));
    let (sum_groups, rest) = sums.as_chunks_mut::<GROUP>();
    for (g, sums) in sum_groups.iter_mut().enumerate() {
        let operands = groups.map(|(a, b)| (&a[g], &b[g]));
        for j in 0..GROUP {
            sums[j] += operands.iter().map(|(a, b)| wide(a[j], b[j])).sum::<u128>();
        }
    }
    let done = len - rest.len();
    for (j, sum) in rest.iter_mut().enumerate() {
        *sum += slices.iter().map(|(a, b)| wide(a[done + j], b[done + j])).sum::<u128>();
    }
}

#[inline(always)]
fn wide(x: u64, y: u64) -> u128 {
    u128::from(x) * u128::from(y)
}

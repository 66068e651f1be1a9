//! Coefficients to values: Cooley–Tukey butterflies (x, y) → (x + w·y, x − w·y).
//!
//! Layer m (m = 1, 2, … N/2) has m blocks of N/m values; block i uses `roots[m + i]`.

use super::{BLOCK, Roots};
use crate::modulus::Modulus;
use crate::shoup::ShoupScalar;

pub(super) fn transform(table: &Roots, values: &mut [u64]) {
    let (n, q) = (values.len(), table.modulus.value());
    let roots = &table.roots[..];
    let mut m = 1;
    if table.log_n % 2 == 1 {
        let (low, high) = values.split_at_mut(n / 2);
        for (x, y) in low.iter_mut().zip(high) {
            (*x, *y) = butterfly(*x, *y, &roots[1], q);
        }
        m = 2;
    }
    while n / m > BLOCK {
        for (i, block) in values.chunks_exact_mut(n / m).enumerate() {
            two_layers(block, &roots[m + i], &roots[2 * (m + i)], &roots[2 * (m + i) + 1], q);
        }
        m *= 4;
    }
    for (i, block) in values.chunks_exact_mut(n / m).enumerate() {
        finish_block(block, roots, m, i, &table.modulus);
    }
}

/// All layers from m on, restricted to block i of layer m.
fn finish_block(values: &mut [u64], roots: &[ShoupScalar], mut m: usize, i: usize, modulus: &Modulus) {
    let (q, len) = (modulus.value(), values.len());
    // This block contains `inner` blocks of layer m, of which the first has this index.
    let (mut inner, mut first) = (1, i);
    while len / inner > 16 {
        for (j, block) in values.chunks_exact_mut(len / inner).enumerate() {
            let k = m + first + j;
            two_layers(block, &roots[k], &roots[2 * k], &roots[2 * k + 1], q);
        }
        (m, inner, first) = (4 * m, 4 * inner, 4 * first);
    }
    if len / inner == 16 {
        // Blocks of a fixed small size: no loop or bounds checks inside.
        for (j, block) in values.as_chunks_mut::<16>().0.iter_mut().enumerate() {
            let k = m + first + j;
            let (w1, w2, w3) = (&roots[k], &roots[2 * k], &roots[2 * k + 1]);
            for i in 0..4 {
                let (a, c) = butterfly(block[i], block[i + 8], w1, q);
                let (b, d) = butterfly(block[i + 4], block[i + 12], w1, q);
                (block[i], block[i + 4]) = butterfly(a, b, w2, q);
                (block[i + 8], block[i + 12]) = butterfly(c, d, w3, q);
            }
        }
        (m, inner, first) = (4 * m, 4 * inner, 4 * first);
    }
    let outer_roots = &roots[m + first..][..inner];
    let inner_roots = &roots[2 * (m + first)..][..2 * inner];
    for ((quad, w1), w23) in values.chunks_exact_mut(4).zip(outer_roots).zip(inner_roots.chunks_exact(2)) {
        let (a, c) = butterfly(quad[0], quad[2], w1, q);
        let (b, d) = butterfly(quad[1], quad[3], w1, q);
        let (a, b) = butterfly(a, b, &w23[0], q);
        let (c, d) = butterfly(c, d, &w23[1], q);
        quad.copy_from_slice(&[modulus.reduce(a), modulus.reduce(b), modulus.reduce(c), modulus.reduce(d)]);
    }
}

/// One block of layer m (root `w1`) and its two blocks of layer 2m (roots `w2`, `w3`).
#[inline(always)]
fn two_layers(block: &mut [u64], w1: &ShoupScalar, w2: &ShoupScalar, w3: &ShoupScalar, q: u64) {
    let quarter = block.len() / 4;
    let (low, high) = block.split_at_mut(2 * quarter);
    let (a, b) = low.split_at_mut(quarter);
    let (c, d) = high.split_at_mut(quarter);
    let (w1, w2, w3) = (*w1, *w2, *w3);
    for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
        let (a1, c1) = butterfly(*a, *c, &w1, q);
        let (b1, d1) = butterfly(*b, *d, &w1, q);
        (*a, *b) = butterfly(a1, b1, &w2, q);
        (*c, *d) = butterfly(c1, d1, &w3, q);
    }
}

/// From x < B, y any: (x + w·y, x − w·y), both below B + 2q.
#[inline(always)]
fn butterfly(x: u64, y: u64, w: &ShoupScalar, q: u64) -> (u64, u64) {
    let t = w.mul_lazy(y, q);
    (x + t, x + 2 * q - t)
}

//! Values to coefficients: Gentleman–Sande butterflies (x, y) → (x + y, (x − y)·w^(−1)).
//!
//! The inverse roots are w^(−1) = −(mirrored root of the layer), so the butterfly computes (y − x)·mirrored instead.
//! Values stay below 2q between passes.

use super::{BLOCK, Roots};
use crate::ntt::LastLayer;
use crate::shoup::{ShoupScalar, reduce_once};

pub(super) fn transform(table: &Roots, values: &mut [u64], last: &LastLayer) {
    let n = values.len();
    let q = table.modulus.value();
    // Block sizes go up by factors of 4; `size` is the largest that depth-first work on cache-sized blocks reaches.
    // The last pass (one or two layers) is left for `finish`, which also divides by N.
    let end = if table.log_n % 2 == 1 { n / 2 } else { n / 4 };
    let mut size = 1;
    while 4 * size <= end.min(BLOCK) {
        size *= 4;
    }
    if size > 1 {
        for (i, block) in values.chunks_exact_mut(size).enumerate() {
            start_block(block, &table.roots, n / size, i, q);
        }
    }
    while size < end {
        size *= 4;
        let m = n / size;
        for (i, block) in values.chunks_exact_mut(size).enumerate() {
            let (w1, w2, w3) = mirrored(&table.roots, m, i);
            two_layers(block, w1, w2, w3, q);
        }
    }
    finish(table, values, last);
}

/// All layers inside block i of n/len = `blocks`, up to and including that of the block itself.
fn start_block(values: &mut [u64], roots: &[ShoupScalar], blocks: usize, i: usize, q: u64) {
    let len = values.len();
    let quads = len / 4;
    let (m, first) = (blocks * quads, i * quads);
    // Roots of the blocks first, first+1, … of layer m, and of the two blocks inside each.
    let outer = roots[2 * m - first - quads..2 * m - first].iter().rev();
    let inner = roots[2 * (2 * m - first - quads)..2 * (2 * m - first)].rchunks_exact(2);
    for ((quad, w1), w32) in values.chunks_exact_mut(4).zip(outer).zip(inner) {
        let [a, b, c, d] = quad else { continue };
        let (a1, b1) = butterfly(*a, *b, &w32[1], q);
        let (c1, d1) = butterfly(*c, *d, &w32[0], q);
        (*a, *c) = butterfly(a1, c1, w1, q);
        (*b, *d) = butterfly(b1, d1, w1, q);
    }
    let mut size = 4;
    if len >= 16 {
        // Blocks of a fixed small size: no loop or bounds checks inside.
        let (m, first) = (blocks * (len / 16), i * (len / 16));
        for (j, block) in values.as_chunks_mut::<16>().0.iter_mut().enumerate() {
            let (w1, w2, w3) = mirrored(roots, m, first + j);
            for i in 0..4 {
                let (a, b) = butterfly(block[i], block[i + 4], &w2, q);
                let (c, d) = butterfly(block[i + 8], block[i + 12], &w3, q);
                (block[i], block[i + 8]) = butterfly(a, c, &w1, q);
                (block[i + 4], block[i + 12]) = butterfly(b, d, &w1, q);
            }
        }
        size = 16;
    }
    while size < len {
        size *= 4;
        let (m, first) = (blocks * (len / size), i * (len / size));
        for (j, block) in values.chunks_exact_mut(size).enumerate() {
            let (w1, w2, w3) = mirrored(roots, m, first + j);
            two_layers(block, w1, w2, w3, q);
        }
    }
}

/// The mirrored roots of block i of layer m, and of its two halves (layer 2m, blocks 2i and 2i+1).
#[inline(always)]
fn mirrored(roots: &[ShoupScalar], m: usize, i: usize) -> (ShoupScalar, ShoupScalar, ShoupScalar) {
    let k = 2 * m - 1 - i;
    (roots[k], roots[2 * k + 1], roots[2 * k])
}

/// Layer 2m (roots `w2`, `w3`) on the halves of a block of layer m, then layer m (root `w1`).
#[inline(always)]
fn two_layers(block: &mut [u64], w1: ShoupScalar, w2: ShoupScalar, w3: ShoupScalar, q: u64) {
    let (a, b, c, d) = quarters(block);
    for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
        let (a1, b1) = butterfly(*a, *b, &w2, q);
        let (c1, d1) = butterfly(*c, *d, &w3, q);
        (*a, *c) = butterfly(a1, c1, &w1, q);
        (*b, *d) = butterfly(b1, d1, &w1, q);
    }
}

/// The last layer (m = 1), or the last two for even log2(N), times N^(−1), with results in [0, q).
fn finish(table: &Roots, values: &mut [u64], last: &LastLayer) {
    let q = table.modulus.value();
    let last = |x: u64, y: u64| (last.sum.mul(x + y, q), last.difference.mul(y + 2 * q - x, q));
    if table.log_n % 2 == 1 {
        let (low, high) = values.split_at_mut(values.len() / 2);
        for (x, y) in low.iter_mut().zip(high) {
            (*x, *y) = last(*x, *y);
        }
    } else {
        let (_, w2, w3) = mirrored(&table.roots, 1, 0);
        let (a, b, c, d) = quarters(values);
        for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
            let (a1, b1) = butterfly(*a, *b, &w2, q);
            let (c1, d1) = butterfly(*c, *d, &w3, q);
            (*a, *c) = last(a1, c1);
            (*b, *d) = last(b1, d1);
        }
    }
}

fn quarters(block: &mut [u64]) -> (&mut [u64], &mut [u64], &mut [u64], &mut [u64]) {
    let quarter = block.len() / 4;
    let (low, high) = block.split_at_mut(2 * quarter);
    let (a, b) = low.split_at_mut(quarter);
    let (c, d) = high.split_at_mut(quarter);
    (a, b, c, d)
}

/// From x, y < 2q: (x + y, (y − x)·w), both below 2q.
#[inline(always)]
fn butterfly(x: u64, y: u64, w: &ShoupScalar, q: u64) -> (u64, u64) {
    (reduce_once(x + y, 2 * q), w.mul_lazy(y + 2 * q - x, q))
}

//! The layers that pair values of the same row.

use std::arch::x86_64::*;

use super::super::arith::{Factor, LANES, Prime};
use super::bounds::Reduce;
use super::butterfly::{forward_four, inverse_four, transpose};
use super::columns::{factors, load, mirrored, store};
use super::{GROUP, ROW, Roots};

/// Groups of tiles in a row.
const GROUPS: usize = ROW / GROUP;

/// A row whose groups of tiles are transposed: vector 4i + j of a group holds value 4i + j of each of its four tiles.
///
/// A pass goes over the whole row before the next one begins. Over a group, it would wait for the results of the one before.
#[repr(align(64))]
struct Scratch([f64; ROW]);

/// From f64 to values in [0, q), in place.
///
/// # Safety
/// The processor must have AVX2 and FMA, and `values` must have R·256 values.
#[allow(unsafe_code)]
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn forward(table: &Roots, values: &mut [u64]) {
    let prime = Prime::new(table.q);
    let plan = table.forward.rows;
    let mut scratch = Scratch([0.0; ROW]);
    let scratch = scratch.0.as_mut_ptr();
    for (r, row) in values.as_chunks_mut::<ROW>().0.iter_mut().enumerate() {
        let k = table.rows + r;
        // SAFETY: a row has as many values as these passes touch, and the tables have roots for R rows.
        unsafe {
            let row = row.as_mut_ptr().cast::<f64>();
            let f = factors(&table.single, k);
            for j in (0..ROW / 4).step_by(LANES) {
                let x = load::<false>(row.add(j), ROW / 4);
                store(row.add(j), ROW / 4, forward_four(prime, plan[0], x, f));
            }
            for g in 0..GROUPS {
                let f = factors(&table.single, GROUPS * k + g);
                forward_gather(prime, row.add(g * GROUP), scratch.add(g * GROUP), f, plan[1]);
            }
            let roots = &table.last[GROUPS * r..GROUPS * (r + 1)];
            for (g, roots) in roots.iter().enumerate() {
                forward_blocks(prime, scratch.add(g * GROUP), roots, plan[2]);
            }
            for (g, roots) in roots.iter().enumerate() {
                forward_quads(prime, scratch.add(g * GROUP), row.add(g * GROUP).cast(), roots, plan[3]);
            }
        }
    }
}

/// From values in [0, q) at `input` to f64 in `out`, which may be the same place.
///
/// # Safety
/// The processor must have AVX2 and FMA; `input` must be valid for as many values as `out` has, R·256.
#[allow(unsafe_code)]
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn inverse(table: &Roots, input: *const u64, out: &mut [u64]) {
    let prime = Prime::new(table.q);
    let plan = table.inverse.rows;
    let mut scratch = Scratch([0.0; ROW]);
    let scratch = scratch.0.as_mut_ptr();
    for (r, row) in out.as_chunks_mut::<ROW>().0.iter_mut().enumerate() {
        // SAFETY: a row has as many values as these passes touch, and the tables have roots for R rows.
        unsafe {
            let row = row.as_mut_ptr().cast::<f64>();
            // The mirror images of a group's blocks lie in the group at the same distance from the end.
            let end = GROUPS * (table.rows - r);
            let roots = &table.last[end - GROUPS..end];
            for (g, roots) in roots.iter().rev().enumerate() {
                let from = input.add(r * ROW + g * GROUP);
                inverse_quads(prime, from, scratch.add(g * GROUP), roots, plan[0]);
            }
            for (g, roots) in roots.iter().rev().enumerate() {
                inverse_blocks(prime, scratch.add(g * GROUP), roots, plan[1]);
            }
            for g in 0..GROUPS {
                let f = mirrored(&table.single, GROUPS * table.rows, GROUPS * r + g);
                inverse_scatter(prime, scratch.add(g * GROUP), row.add(g * GROUP), f, plan[2]);
            }
            let f = mirrored(&table.single, table.rows, r);
            for j in (0..ROW / 4).step_by(LANES) {
                let x = load::<false>(row.add(j), ROW / 4);
                store(row.add(j), ROW / 4, inverse_four(prime, plan[3], x, f));
            }
        }
    }
}

/// Two layers on a group of tiles, and its transposition.
#[allow(unsafe_code)]
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn forward_gather(prime: Prime, group: *const f64, scratch: *mut f64, f: [Factor; 3], reduce: bool) {
    for i in 0..4 {
        // SAFETY: both have `GROUP` values. Vectors i of the four tiles become vectors 4i to 4i + 3.
        unsafe {
            let x = forward_four(prime, reduce, load::<false>(group.add(i * LANES), GROUP / 4), f);
            store(scratch.add(4 * i * LANES), LANES, transpose(x));
        }
    }
}

/// The layers of blocks of 16 and 8 values on a transposed group.
#[allow(unsafe_code)]
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn forward_blocks(prime: Prime, group: *mut f64, roots: &[[f64; 4]; 15], reduce: bool) {
    let f = lanes(prime, [&roots[0], &roots[1], &roots[2]]);
    for j in 0..4 {
        // SAFETY: there are 16 vectors.
        unsafe {
            let x = load::<false>(group.add(j * LANES), GROUP / 4);
            store(group.add(j * LANES), GROUP / 4, forward_four(prime, reduce, x, f));
        }
    }
}

/// The last two layers on a transposed group, and its transposition to integers in [0, q).
#[allow(unsafe_code)]
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn forward_quads(
    prime: Prime,
    group: *const f64,
    out: *mut u64,
    roots: &[[f64; 4]; 15],
    reduce: bool,
) {
    for i in 0..4 {
        let f = lanes(prime, [&roots[3 + i], &roots[7 + 2 * i], &roots[8 + 2 * i]]);
        // SAFETY: both have `GROUP` values.
        unsafe {
            let x = load::<false>(group.add(4 * i * LANES), LANES);
            let x = transpose(forward_four(prime, reduce, x, f));
            for (t, x) in x.into_iter().enumerate() {
                _mm256_storeu_si256(out.add(t * GROUP / 4 + i * LANES).cast(), prime.to_residue(x));
            }
        }
    }
}

/// The first two layers on a group of tiles of integers, transposed.
#[allow(unsafe_code)]
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn inverse_quads(
    prime: Prime,
    input: *const u64,
    group: *mut f64,
    roots: &[[f64; 4]; 15],
    reduce: Reduce,
) {
    for i in 0..4 {
        let m = 3 - i;
        let f = backwards(prime, [&roots[3 + m], &roots[8 + 2 * m], &roots[7 + 2 * m]]);
        // SAFETY: both have `GROUP` values.
        unsafe {
            let x = transpose(load::<true>(input.add(i * LANES).cast(), GROUP / 4));
            store(group.add(4 * i * LANES), LANES, inverse_four(prime, reduce, x, f));
        }
    }
}

/// The layers of blocks of 8 and 16 values on a transposed group.
#[allow(unsafe_code)]
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn inverse_blocks(prime: Prime, group: *mut f64, roots: &[[f64; 4]; 15], reduce: Reduce) {
    let f = backwards(prime, [&roots[0], &roots[2], &roots[1]]);
    for j in 0..4 {
        // SAFETY: there are 16 vectors.
        unsafe {
            let x = load::<false>(group.add(j * LANES), GROUP / 4);
            store(group.add(j * LANES), GROUP / 4, inverse_four(prime, reduce, x, f));
        }
    }
}

/// The transposition of a group of tiles, and two layers on it.
#[allow(unsafe_code)]
#[inline]
#[target_feature(enable = "avx2,fma")]
unsafe fn inverse_scatter(
    prime: Prime,
    scratch: *const f64,
    group: *mut f64,
    f: [Factor; 3],
    reduce: Reduce,
) {
    for i in 0..4 {
        // SAFETY: both have `GROUP` values.
        unsafe {
            let x = transpose(load::<false>(scratch.add(4 * i * LANES), LANES));
            store(group.add(i * LANES), GROUP / 4, inverse_four(prime, reduce, x, f));
        }
    }
}

/// A root per tile: of blocks, and of their halves.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn lanes(prime: Prime, roots: [&[f64; 4]; 3]) -> [Factor; 3] {
    let factor = |w: &[f64; 4]| Factor::lanes(_mm256_setr_pd(w[0], w[1], w[2], w[3]), prime);
    [factor(roots[0]), factor(roots[1]), factor(roots[2])]
}

/// The same in the order of the mirror images of the tiles.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn backwards(prime: Prime, roots: [&[f64; 4]; 3]) -> [Factor; 3] {
    let factor = |w: &[f64; 4]| {
        let w = _mm256_setr_pd(w[0], w[1], w[2], w[3]);
        Factor::lanes(_mm256_permute4x64_pd::<0b00_01_10_11>(w), prime)
    };
    [factor(roots[0]), factor(roots[1]), factor(roots[2])]
}

//! The layers that pair values of the same column.

use std::arch::x86_64::*;
use std::mem::MaybeUninit;

use super::super::arith::{Factor, LANES, Prime, to_float};
use super::bounds::{Reduce, passes};
use super::butterfly::{Root, cooley_tukey, forward_four, gentleman_sande, inverse_four};
use super::{ROW, Roots};
use crate::ntt::{LastLayer, MAX_LOG_N};

/// Columns that are taken together: one cache line.
const WIDTH: usize = 8;

/// The most rows there can be.
const MAX_ROWS: usize = (1 << MAX_LOG_N) / ROW;

/// `WIDTH` columns, in the first-level cache.
#[repr(align(64))]
struct Buffer(MaybeUninit<[f64; MAX_ROWS * WIDTH]>);

/// A matrix of `WIDTH` columns in memory: where it begins, and the distance of its rows.
#[derive(Clone, Copy)]
struct Matrix {
    start: *mut f64,
    stride: usize,
}

impl Matrix {
    /// # Safety
    /// The matrix must have this row and vector, initialized.
    #[allow(unsafe_code)]
    #[inline(always)]
    unsafe fn at(self, row: usize, vector: usize) -> *mut f64 {
        // SAFETY: inside of the matrix.
        unsafe { self.start.add(row * self.stride + vector * LANES) }
    }
}

/// From coefficients in [0, q) at `input` to f64 at `out`, which may be the same place.
///
/// # Safety
/// The processor must have AVX2 and FMA, and both pointers must be valid for R·256 values.
#[allow(unsafe_code)]
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn forward(table: &Roots, input: *const u64, out: *mut u64) {
    let mut buffer = Buffer(MaybeUninit::uninit());
    let buffer = Matrix { start: buffer.0.as_mut_ptr().cast(), stride: WIDTH };
    let prime = Prime::new(table.q);
    let count = passes(table.rows.ilog2()).count();
    for column in (0..ROW).step_by(WIDTH) {
        // SAFETY: columns `column` to `column + WIDTH` lie inside of the rows.
        let (input, out) = unsafe { (input.add(column), out.add(column)) };
        let (input, out) = (
            Matrix { start: input.cast_mut().cast(), stride: ROW },
            Matrix { start: out.cast(), stride: ROW },
        );
        let mut m = 1;
        for (pass, layers) in passes(table.rows.ilog2()).enumerate() {
            let from = if pass == 0 { input } else { buffer };
            let to = if pass + 1 == count { out } else { buffer };
            let step = Pass { prime, table, m, from, to };
            // SAFETY: the first pass reads what the caller gave, the others what the one before wrote.
            unsafe {
                match (layers, pass, table.forward.columns[pass]) {
                    (1, _, false) => step.forward_two::<false>(),
                    (1, _, true) => step.forward_two::<true>(),
                    (_, 0, false) => step.forward_four::<true, false>(),
                    (_, 0, true) => step.forward_four::<true, true>(),
                    (_, _, false) => step.forward_four::<false, false>(),
                    (_, _, true) => step.forward_four::<false, true>(),
                }
            }
            m <<= layers;
        }
    }
}

/// From f64 to coefficients in [0, q), times the factor of `last`, in place.
///
/// # Safety
/// As `forward`.
#[allow(unsafe_code)]
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn inverse(table: &Roots, values: *mut u64, last: &LastLayer) {
    let mut buffer = Buffer(MaybeUninit::uninit());
    let buffer = Matrix { start: buffer.0.as_mut_ptr().cast(), stride: WIDTH };
    let prime = Prime::new(table.q);
    let count = passes(table.rows.ilog2()).count();
    for column in (0..ROW).step_by(WIDTH) {
        // SAFETY: columns `column` to `column + WIDTH` lie inside of the rows.
        let memory = Matrix { start: unsafe { values.add(column) }.cast(), stride: ROW };
        let mut m = table.rows;
        for (pass, layers) in passes(table.rows.ilog2()).enumerate() {
            let from = if pass == 0 { memory } else { buffer };
            m >>= layers;
            let to = if pass + 1 == count { memory } else { buffer };
            let step = Pass { prime, table, m, from, to };
            // SAFETY: as in `forward`.
            unsafe {
                match (layers, table.inverse.columns[pass]) {
                    _ if pass + 1 == count => step.inverse_last(last),
                    (1, reduce) => step.inverse_two(reduce != Reduce::None),
                    (_, Reduce::None) => step.inverse_four::<0>(),
                    (_, Reduce::Sum) => step.inverse_four::<1>(),
                    (_, Reduce::All) => step.inverse_four::<2>(),
                }
            }
        }
    }
}

/// One pass over the matrix: layer m, or layers m and 2m.
struct Pass<'a> {
    prime: Prime,
    table: &'a Roots,
    m: usize,
    from: Matrix,
    to: Matrix,
}

#[allow(unsafe_code)]
impl Pass<'_> {
    /// Layer m of the forward transform on integers.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn forward_two<const REDUCE: bool>(&self) {
        let half = self.table.rows / (2 * self.m);
        for block in 0..self.m {
            let f = self.table.single[self.m + block].splat();
            for row in 2 * half * block..2 * half * block + half {
                for vector in 0..WIDTH / LANES {
                    // SAFETY: both rows are inside of the block.
                    unsafe {
                        let x = self.load_integer(row, vector);
                        let y = self.load_integer(row + half, vector);
                        let (x, y) =
                            if REDUCE { (self.prime.centre(x), self.prime.centre(y)) } else { (x, y) };
                        let (x, y) = cooley_tukey(self.prime, x, y, f);
                        _mm256_storeu_pd(self.to.at(row, vector), x);
                        _mm256_storeu_pd(self.to.at(row + half, vector), y);
                    }
                }
            }
        }
    }

    /// Layers m and 2m of the forward transform.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn forward_four<const INTEGERS: bool, const REDUCE: bool>(&self) {
        let prime = self.prime;
        for block in 0..self.m {
            let f = factors(&self.table.single, self.m + block);
            // SAFETY: the quarters are inside of the block.
            unsafe {
                self.quarters(block, |from, from_distance, to, to_distance| {
                    let x = load::<INTEGERS>(from, from_distance);
                    store(to, to_distance, forward_four(prime, REDUCE, x, f));
                });
            }
        }
    }

    /// Layer m of the inverse transform.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn inverse_two(&self, reduce: bool) {
        let half = self.table.rows / (2 * self.m);
        for block in 0..self.m {
            let f = self.table.single[2 * self.m - 1 - block].splat();
            for row in 2 * half * block..2 * half * block + half {
                for vector in 0..WIDTH / LANES {
                    // SAFETY: both rows are inside of the block.
                    unsafe {
                        let x = _mm256_loadu_pd(self.from.at(row, vector));
                        let y = _mm256_loadu_pd(self.from.at(row + half, vector));
                        let (x, y) = gentleman_sande(self.prime, x, y, f);
                        let x = if reduce { self.prime.centre(x) } else { x };
                        _mm256_storeu_pd(self.to.at(row, vector), x);
                        _mm256_storeu_pd(self.to.at(row + half, vector), y);
                    }
                }
            }
        }
    }

    /// Layers 2m and m of the inverse transform. `REDUCE` is a [`Reduce`].
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn inverse_four<const REDUCE: usize>(&self) {
        let (prime, reduce) = (self.prime, [Reduce::None, Reduce::Sum, Reduce::All][REDUCE]);
        for block in 0..self.m {
            let f = mirrored(&self.table.single, self.m, block);
            // SAFETY: the quarters are inside of the block.
            unsafe {
                self.quarters(block, |from, from_distance, to, to_distance| {
                    let x = load::<false>(from, from_distance);
                    store(to, to_distance, inverse_four(prime, reduce, x, f));
                });
            }
        }
    }

    /// Calls `f` for every vector of the first quarter of a block: where it is read and its distance to the other quarters
    /// there, and where it is written and the distance there.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn quarters(&self, block: usize, f: impl Fn(*const f64, usize, *mut f64, usize)) {
        let quarter = self.table.rows / (4 * self.m);
        let (from_distance, to_distance) = (quarter * self.from.stride, quarter * self.to.stride);
        // Rows of the buffer follow each other: they are one long row.
        let (runs, length) = if self.from.stride == WIDTH && self.to.stride == WIDTH {
            (1, quarter * WIDTH)
        } else {
            (quarter, WIDTH)
        };
        // SAFETY: all rows are inside of the block.
        unsafe {
            let (mut from, mut to) =
                (self.from.at(4 * quarter * block, 0), self.to.at(4 * quarter * block, 0));
            for _ in 0..runs {
                for j in (0..length).step_by(2 * LANES) {
                    f(from.add(j), from_distance, to.add(j), to_distance);
                    f(from.add(j + LANES), from_distance, to.add(j + LANES), to_distance);
                }
                from = from.add(self.from.stride);
                to = to.add(self.to.stride);
            }
        }
    }

    /// The last two layers of the inverse transform, to integers in [0, q).
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn inverse_last(&self, last: &LastLayer) {
        let (prime, q) = (self.prime, self.table.q);
        let [_, f2, f3] = mirrored(&self.table.single, 1, 0);
        let centered = |w: u64| if w > q / 2 { w as f64 - q as f64 } else { w as f64 };
        let sum = Root::new(centered(last.sum.value()), q).splat();
        let difference = Root::new(centered(last.difference.value()), q).splat();
        // SAFETY: the quarters are inside of the matrix.
        unsafe {
            self.quarters(0, |from, from_distance, to, to_distance| {
                let x = load::<false>(from, from_distance);
                let (a, b) = gentleman_sande(prime, x[0], x[1], f2);
                let (c, d) = gentleman_sande(prime, x[2], x[3], f3);
                let out = [
                    sum.mul(_mm256_add_pd(a, c), prime),
                    sum.mul(_mm256_add_pd(b, d), prime),
                    difference.mul(_mm256_sub_pd(c, a), prime),
                    difference.mul(_mm256_sub_pd(d, b), prime),
                ];
                for (i, x) in out.into_iter().enumerate() {
                    _mm256_storeu_si256(to.add(i * to_distance).cast(), prime.to_residue(x));
                }
            });
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn load_integer(&self, row: usize, vector: usize) -> __m256d {
        // SAFETY: the caller says that the row is there.
        to_float(unsafe { _mm256_loadu_si256(self.from.at(row, vector).cast()) })
    }
}

/// Four vectors, `distance` values apart.
#[allow(unsafe_code)]
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn load<const INTEGERS: bool>(from: *const f64, distance: usize) -> [__m256d; 4] {
    let mut x = [_mm256_setzero_pd(); 4];
    for (i, x) in x.iter_mut().enumerate() {
        // SAFETY: the caller says that there are as many values.
        *x = unsafe {
            let from = from.add(i * distance);
            if INTEGERS {
                // The next columns; near the end of the input, what lies behind it (a prefetch never faults).
                _mm_prefetch::<_MM_HINT_T0>(from.wrapping_add(WIDTH).cast());
                to_float(_mm256_loadu_si256(from.cast()))
            } else {
                _mm256_loadu_pd(from)
            }
        };
    }
    x
}

/// The same to memory.
#[allow(unsafe_code)]
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn store(to: *mut f64, distance: usize, x: [__m256d; 4]) {
    for (i, x) in x.into_iter().enumerate() {
        // SAFETY: the caller says that there are as many values.
        unsafe { _mm256_storeu_pd(to.add(i * distance), x) };
    }
}

/// The roots of block k and of its halves.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn factors(roots: &[Root], k: usize) -> [Factor; 3] {
    [roots[k].splat(), roots[2 * k].splat(), roots[2 * k + 1].splat()]
}

/// The mirrored roots of block i of layer m and of its halves, which are minus the inverse roots.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn mirrored(roots: &[Root], m: usize, i: usize) -> [Factor; 3] {
    let k = 2 * m - 1 - i;
    [roots[k].splat(), roots[2 * k + 1].splat(), roots[2 * k].splat()]
}

//! The layers that mix rows: eight columns at a time, from memory to a small buffer and back.
//!
//! Adjacent rows are 2 KiB apart, which puts a whole column into two sets of the first-level cache. So every
//! value is read from and written to its place once, and all passes in between run in the buffer.

use std::mem::MaybeUninit;
use std::slice;

use super::growth::{ForwardGrowth, InverseGrowth};
use super::{Columns, Heap, LOG_ROW, RADIX, ROW, Table, forward_layers, inverse_layers};
use crate::avx512::lanes::Lanes;
use crate::avx512::prime::{Factor, Factors, Prime};
use crate::avx512::{LANES, Vector};
use crate::ntt::{LastLayer, MAX_LOG_N};

/// Rows of the largest transform.
const MAX_ROWS: usize = 1 << (MAX_LOG_N - LOG_ROW);

/// A column of the largest transform.
#[repr(align(64))]
struct Buffer([MaybeUninit<Vector>; MAX_ROWS]);

impl Buffer {
    fn new() -> Self {
        Self([const { MaybeUninit::uninit() }; MAX_ROWS])
    }
}

/// One vector per row: of the matrix, or of the buffer.
#[derive(Clone, Copy)]
struct Column {
    first: *mut Vector,
    stride: usize,
}

#[allow(
    unsafe_code,
    reason = "columns of one matrix overlap as slices, and are read and written in the same pass"
)]
impl Column {
    /// Every `distance`-th row, from row `start` on.
    #[inline(always)]
    fn rows(self, start: usize, distance: usize) -> Self {
        Self { first: self.first.wrapping_add(start * self.stride), stride: self.stride * distance }
    }

    /// # Safety
    /// Row `row` of the column can be read.
    #[inline(always)]
    unsafe fn load<L: Lanes>(self, lanes: L, row: usize) -> L::V {
        // SAFETY: asked of the caller.
        lanes.load(unsafe { &*self.first.add(row * self.stride) })
    }

    /// # Safety
    /// Row `row` of the column can be written.
    #[inline(always)]
    unsafe fn store<L: Lanes>(self, lanes: L, row: usize, x: L::V) {
        // SAFETY: asked of the caller.
        lanes.store(unsafe { &mut *self.first.add(row * self.stride) }, x);
    }

    /// The column to the right will be needed.
    #[inline(always)]
    fn prefetch_next<L: Lanes>(self, lanes: L, row: usize) {
        lanes.prefetch(self.first.wrapping_add(row * self.stride + 1));
    }
}

/// The matrix that is read, the one that is written (perhaps the same), and the buffer.
struct Places {
    rows: usize,
    from: *mut Vector,
    to: *mut Vector,
    buffer: Column,
}

impl Places {
    /// # Panics
    /// If the lengths are not those of a matrix that fits the buffer.
    fn new(input: Option<&[Vector]>, out: &mut [Vector], buffer: &mut Buffer) -> Self {
        let rows = out.len() / ROW;
        assert!(rows.is_power_of_two() && rows * ROW == out.len() && rows <= MAX_ROWS);
        assert_eq!(input.map_or(out.len(), <[Vector]>::len), out.len());
        for vector in &mut buffer.0[..rows] {
            vector.write([0; LANES]);
        }
        let to = out.as_mut_ptr();
        // The matrix that is read is never written, unless it is the other one.
        let from = input.map_or(to, |input| input.as_ptr().cast_mut());
        Self { rows, from, to, buffer: Column { first: buffer.0.as_mut_ptr().cast(), stride: 1 } }
    }

    /// Column number `column` of both matrices.
    #[inline(always)]
    fn columns(&self, column: usize) -> (Column, Column) {
        let at = |matrix: *mut Vector| Column { first: matrix.wrapping_add(column), stride: ROW };
        (at(self.from), at(self.to))
    }
}

#[inline(always)]
#[allow(unsafe_code, reason = "passes over columns, see `Column`")]
pub(super) fn forward<L: Lanes, G: ForwardGrowth>(
    prime: Prime<L>,
    table: &Table,
    input: Option<&[Vector]>,
    out: &mut [Vector],
) {
    let mut buffer = Buffer::new();
    let places = Places::new(input, out, &mut buffer);
    let (local, rows) = (places.buffer, places.rows);
    let Columns { first, later } = &table.columns;
    for column in 0..ROW {
        let (from, to) = places.columns(column);
        let next = if later.is_empty() { to } else { local };
        // SAFETY: `Places` has all rows of these columns, and has initialized the buffer.
        unsafe {
            match table.first_layers {
                1 => forward_pass::<L, G, 2>(prime, slice::from_ref(first), rows, [from, next], true),
                2 => forward_pass::<L, G, 4>(prime, slice::from_ref(first), rows, [from, next], true),
                3 => forward_pass::<L, G, 8>(prime, slice::from_ref(first), rows, [from, next], true),
                _ => forward_pass::<L, G, RADIX>(prime, slice::from_ref(first), rows, [from, next], true),
            }
            for (number, heaps) in later.iter().enumerate() {
                let next = if number + 1 == later.len() { to } else { local };
                forward_pass::<L, G, RADIX>(prime, heaps, rows, [local, next], false);
            }
        }
    }
}

/// As many layers as R vectors take part in, from that of `heaps.len()` blocks on.
///
/// # Safety
/// `rows` rows of the first column can be read, and of the second one be written.
#[inline(always)]
#[allow(unsafe_code, reason = "see `Column`")]
unsafe fn forward_pass<L: Lanes, G: ForwardGrowth, const R: usize>(
    prime: Prime<L>,
    heaps: &[Heap],
    rows: usize,
    [from, to]: [Column; 2],
    first: bool,
) {
    let distance = rows / (heaps.len() * R);
    for (block, heap) in heaps.iter().enumerate() {
        for j in 0..distance {
            let start = block * R * distance + j;
            let [source, target] = [from.rows(start, distance), to.rows(start, distance)];
            let mut v = [prime.zero; R];
            for k in 0..R {
                // SAFETY: the row is below heaps.len()·R·distance ≤ rows.
                v[k] = G::enter(prime, unsafe { source.load(prime.lanes, k) }, first);
                if first {
                    source.prefetch_next(prime.lanes, k);
                }
            }
            forward_layers::<L, G, R>(prime, &mut v, heap);
            for k in 0..R {
                // SAFETY: as above.
                unsafe { target.store(prime.lanes, k, v[k]) };
            }
        }
    }
}

#[inline(always)]
#[allow(unsafe_code, reason = "passes over columns, see `Column`")]
pub(super) fn inverse<L: Lanes, G: InverseGrowth>(
    prime: Prime<L>,
    table: &Table,
    out: &mut [Vector],
    last: &LastLayer,
) {
    let mut buffer = Buffer::new();
    let places = Places::new(None, out, &mut buffer);
    let (local, rows) = (places.buffer, places.rows);
    let Columns { first, later } = &table.columns;
    let last = [last.sum, last.difference].map(|w| prime.broadcast(&Factor::new(w.value(), table.q)));
    for column in 0..ROW {
        let (from, to) = places.columns(column);
        let mut from = from;
        // SAFETY: `Places` has all rows of these columns, and has initialized the buffer.
        unsafe {
            for heaps in later.iter().rev() {
                inverse_pass::<L, G>(prime, heaps, rows, [from, local]);
                from = local;
            }
            match table.first_layers {
                1 => last_pass::<L, G, 2>(prime, first, rows, [from, to], last),
                2 => last_pass::<L, G, 4>(prime, first, rows, [from, to], last),
                3 => last_pass::<L, G, 8>(prime, first, rows, [from, to], last),
                _ => last_pass::<L, G, RADIX>(prime, first, rows, [from, to], last),
            }
        }
    }
}

/// Four layers, up to that of `heaps.len()` blocks.
///
/// # Safety
/// `rows` rows of the first column can be read, and of the second one be written.
#[inline(always)]
#[allow(unsafe_code, reason = "see `Column`")]
unsafe fn inverse_pass<L: Lanes, G: InverseGrowth>(
    prime: Prime<L>,
    heaps: &[Heap],
    rows: usize,
    [from, to]: [Column; 2],
) {
    let distance = rows / (heaps.len() * RADIX);
    for (block, heap) in heaps.iter().rev().enumerate() {
        for j in 0..distance {
            let start = block * RADIX * distance + j;
            let [source, target] = [from.rows(start, distance), to.rows(start, distance)];
            let mut v = [prime.zero; RADIX];
            for k in 0..RADIX {
                // SAFETY: the row is below heaps.len()·RADIX·distance ≤ rows.
                v[k] = unsafe { source.load(prime.lanes, k) };
            }
            inverse_layers::<L, G, RADIX>(prime, &mut v, 0, heap);
            G::settle(prime, &mut v);
            for k in 0..RADIX {
                // SAFETY: as above.
                unsafe { target.store(prime.lanes, k, v[k]) };
            }
        }
    }
}

/// The remaining layers; the last one has factors for sums and for differences.
///
/// # Safety
/// `rows` rows of the first column can be read, and of the second one be written.
#[inline(always)]
#[allow(unsafe_code, reason = "see `Column`")]
unsafe fn last_pass<L: Lanes, G: InverseGrowth, const R: usize>(
    prime: Prime<L>,
    heap: &Heap,
    rows: usize,
    [from, to]: [Column; 2],
    [sum_factor, difference_factor]: [Factors<L>; 2],
) {
    let distance = rows / R;
    for j in 0..distance {
        let [source, target] = [from.rows(j, distance), to.rows(j, distance)];
        let mut v = [prime.zero; R];
        for k in 0..R {
            // SAFETY: the row is below R·distance ≤ rows.
            v[k] = unsafe { source.load(prime.lanes, k) };
        }
        inverse_layers::<L, G, R>(prime, &mut v, 1, heap);
        for k in 0..R / 2 {
            let (sum, difference) = G::last(prime, R.ilog2() - 1, v[k], v[k + R / 2]);
            v[k] = prime.product(sum, sum_factor);
            v[k + R / 2] = prime.product(difference, difference_factor);
        }
        for k in 0..R {
            // SAFETY: as above.
            unsafe { target.store(prime.lanes, k, v[k]) };
        }
    }
}

//! The eight layers within rows of 256 values.
//!
//! Four layers pair values at distances that are multiples of 16: there, vectors 2k (or 2k + 1) of a row meet
//! each other. For the other four, eight blocks of 16 values are transposed, so that each lane holds a block
//! of its own, and vectors k meet again.

use super::growth::{ForwardGrowth, InverseGrowth};
use super::{Group, Heap, RADIX, ROW, RootsOf, Row, Table, forward_layers, inverse_layers};
use crate::avx512::lanes::{Lanes, transpose};
use crate::avx512::prime::{Factor, Factors, Prime};
use crate::avx512::{LANES, Vector};

/// Roots of eight blocks, one per lane, made from the first ones of each layer.
struct GroupRoots<'a> {
    group: &'a Group,
    siblings: &'a [Factor; 8],
}

impl<L: Lanes> RootsOf<L> for GroupRoots<'_> {
    #[inline(always)]
    fn root(&self, prime: Prime<L>, t: usize, k: usize) -> Factors<L> {
        let first = prime.lanes.load(&self.group.0[t]);
        if k == 0 {
            prime.complete(first)
        } else {
            prime.complete(prime.product(first, prime.broadcast(&self.siblings[k])))
        }
    }
}

/// Where block b of group g of a row starts, in vectors; a block has two.
#[inline(always)]
fn block(g: usize, b: usize) -> usize {
    2 * (g * LANES + b)
}

/// Results are in [0, q).
#[inline(always)]
pub(super) fn forward<L: Lanes, G: ForwardGrowth>(prime: Prime<L>, table: &Table, out: &mut [Vector]) {
    let rows = out.as_chunks_mut::<ROW>().0;
    for ((row, heap), groups) in rows.iter_mut().zip(&table.rows).zip(&table.groups) {
        forward_between::<L, G>(prime, heap, row);
        for (g, group) in groups.iter().enumerate() {
            forward_within::<L, G>(prime, &GroupRoots { group, siblings: &table.siblings }, g, row);
        }
    }
}

/// Distances 128 to 16.
#[inline(always)]
fn forward_between<L: Lanes, G: ForwardGrowth>(prime: Prime<L>, heap: &Heap, row: &mut Row) {
    for side in 0..2 {
        let mut v = [prime.zero; RADIX];
        for k in 0..RADIX {
            v[k] = G::enter(prime, prime.lanes.load(&row[2 * k + side]), false);
        }
        forward_layers::<L, G, RADIX>(prime, &mut v, heap);
        for k in 0..RADIX {
            prime.lanes.store(&mut row[2 * k + side], v[k]);
        }
    }
}

/// Distances 8 to 1, for the eight blocks of group g.
#[inline(always)]
fn forward_within<L: Lanes, G: ForwardGrowth>(
    prime: Prime<L>,
    roots: &GroupRoots<'_>,
    g: usize,
    row: &mut Row,
) {
    let mut v = [prime.zero; RADIX];
    for side in 0..2 {
        let mut lines = [prime.zero; LANES];
        for b in 0..LANES {
            lines[b] = G::enter(prime, prime.lanes.load(&row[block(g, b) + side]), false);
        }
        let lines = transpose(prime.lanes, lines);
        for k in 0..LANES {
            v[side * LANES + k] = lines[k];
        }
    }
    forward_layers::<L, G, RADIX>(prime, &mut v, roots);
    let ratio = prime.ratio();
    for side in 0..2 {
        let mut lines = [prime.zero; LANES];
        for k in 0..LANES {
            lines[k] = prime.reduce(v[side * LANES + k], ratio);
        }
        let lines = transpose(prime.lanes, lines);
        for b in 0..LANES {
            prime.lanes.store(&mut row[block(g, b) + side], lines[b]);
        }
    }
}

#[inline(always)]
pub(super) fn inverse<L: Lanes, G: InverseGrowth>(
    prime: Prime<L>,
    table: &Table,
    input: Option<&[Vector]>,
    out: &mut [Vector],
) {
    let rows = out.as_chunks_mut::<ROW>().0;
    let input = input.map(|input| &input.as_chunks::<ROW>().0[..rows.len()]);
    // Mirrored roots: of rows, groups, and below.
    let roots = table.rows.iter().zip(&table.groups).rev();
    for (r, (row, (heap, groups))) in rows.iter_mut().zip(roots).enumerate() {
        for (g, group) in groups.iter().rev().enumerate() {
            let v = match input {
                Some(input) => load_blocks(prime, g, &input[r]),
                None => load_blocks(prime, g, row),
            };
            inverse_within::<L, G>(prime, &GroupRoots { group, siblings: &table.siblings }, g, v, row);
        }
        inverse_between::<L, G>(prime, heap, row);
    }
}

/// The eight blocks of group g, the last one in the first lane.
#[inline(always)]
fn load_blocks<L: Lanes>(prime: Prime<L>, g: usize, row: &Row) -> [L::V; RADIX] {
    let mut v = [prime.zero; RADIX];
    for side in 0..2 {
        let mut lines = [prime.zero; LANES];
        for b in 0..LANES {
            lines[LANES - 1 - b] = prime.lanes.load(&row[block(g, b) + side]);
        }
        let lines = transpose(prime.lanes, lines);
        for k in 0..LANES {
            v[side * LANES + k] = lines[k];
        }
    }
    v
}

/// Distances 1 to 8, for the eight blocks of group g.
#[inline(always)]
fn inverse_within<L: Lanes, G: InverseGrowth>(
    prime: Prime<L>,
    roots: &GroupRoots<'_>,
    g: usize,
    mut v: [L::V; RADIX],
    row: &mut Row,
) {
    inverse_layers::<L, G, RADIX>(prime, &mut v, 0, roots);
    G::settle(prime, &mut v);
    for side in 0..2 {
        let mut lines = [prime.zero; LANES];
        for k in 0..LANES {
            lines[k] = v[side * LANES + k];
        }
        let lines = transpose(prime.lanes, lines);
        for b in 0..LANES {
            prime.lanes.store(&mut row[block(g, b) + side], lines[LANES - 1 - b]);
        }
    }
}

/// Distances 16 to 128.
#[inline(always)]
fn inverse_between<L: Lanes, G: InverseGrowth>(prime: Prime<L>, heap: &Heap, row: &mut Row) {
    for side in 0..2 {
        let mut v = [prime.zero; RADIX];
        for k in 0..RADIX {
            v[k] = prime.lanes.load(&row[2 * k + side]);
        }
        inverse_layers::<L, G, RADIX>(prime, &mut v, 0, heap);
        G::settle(prime, &mut v);
        for k in 0..RADIX {
            prime.lanes.store(&mut row[2 * k + side], v[k]);
        }
    }
}

//! The transform with Montgomery products of 52 bits.
//!
//! N values are seen as a matrix of N/256 rows of 256. The first layers of the forward transform mix rows:
//! eight adjacent columns, one vector per row, go through all of them in a buffer of their own ([`columns`]).
//! The last eight layers stay within a row ([`rows`]): four between vectors, then, after a transposition of
//! 8×8 values in registers, four more, also between vectors. Each pass takes up to four layers in registers
//! (radix 16). The inverse transform goes the same way back.
//!
//! Roots are read in the order in which they are used. Those of the last four layers, nearly all, are not
//! stored: block b of layer m has 2^t sub-blocks in layer 2^t·m, whose roots `roots[2^t·(m + b) + k]` are the
//! first of them times ψ^(brv(k)·N/8), brv reversing three bits. These eight constants are the same for all
//! blocks, layers and lanes, so that a quarter of a vector per vector of values is read, and the rest
//! multiplied.
//!
//! Butterflies are those of D. Harvey ("Faster arithmetic for number-theoretic transforms", 2014), with
//! products in (−q, q), see [`super::prime`]. Factors must be below 2^52; [`growth`] says how much values may
//! grow between reductions.

use std::marker::PhantomData;

mod columns;
mod growth;
mod rows;

use super::lanes::Lanes;
use super::prime::{Factor, Factors, Prime};
use super::{Avx512, Kernel, LANES, Native, Run, Vector};
use crate::modulus::Modulus;
use crate::ntt::LastLayer;
use growth::{Class, ForwardGrowth, Free, InverseGrowth, PerLayer, PerPass, Strict};

/// Smaller transforms have less than two rows.
pub(crate) const MIN_LOG_N: u32 = LOG_ROW + 1;

/// log2 of the values of a row.
const LOG_ROW: u32 = 8;

/// A row in vectors.
type Row = [Vector; ROW];

const ROW: usize = 1 << LOG_ROW >> 3;

/// Values of a block of the last four layers, log2.
const LOG_BLOCK: u32 = 4;

/// Radix of a pass of four layers.
const RADIX: usize = 16;

#[derive(Debug, Clone)]
pub(crate) struct Roots<R = Native> {
    unit: Avx512<R>,
    table: Box<Table>,
}

/// The roots inside one block for four layers: number 2^t + k is that of sub-block k, t layers below. (Number
/// 0 is not used.)
type Heap = [Factor; RADIX];

/// For eight adjacent blocks of 16 values, one per lane: the root of the first sub-block of each layer, times
/// 2^52.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Group([Vector; LOG_BLOCK as usize]);

/// Roots in the order of their use by the forward transform; the inverse one reads every pass backwards
/// (mirrored roots).
#[derive(Debug, Clone)]
struct Table {
    q: u64,
    /// Layers of the first pass, 1 to 4; all others have four.
    first_layers: u32,
    columns: Columns,
    /// Per row.
    rows: Vec<Heap>,
    /// Two per row.
    groups: Vec<[Group; 2]>,
    /// ψ^(brv(k)·N/8)
    siblings: [Factor; 8],
}

/// The roots of the passes over columns.
#[derive(Debug, Clone)]
struct Columns {
    first: Heap,
    /// Per pass, per block.
    later: Vec<Vec<Heap>>,
}

impl<R: Run> Roots<R> {
    pub(crate) fn new(unit: Avx512<R>, log_n: u32, modulus: &Modulus, roots: &[u64]) -> Self {
        Self { unit, table: Box::new(Table::new(log_n, modulus, roots)) }
    }

    pub(crate) fn forward(&self, input: Option<&[u64]>, out: &mut [u64]) {
        let (table, input, out) = (&self.table, input.map(vectors), out.as_chunks_mut().0);
        match Class::of(table.q) {
            Class::Free => self.unit.0.run(Forward::<Free>::new(table, input, out)),
            Class::PerPass => self.unit.0.run(Forward::<PerPass>::new(table, input, out)),
            Class::PerLayer => self.unit.0.run(Forward::<PerLayer>::new(table, input, out)),
            Class::Strict => self.unit.0.run(Forward::<Strict>::new(table, input, out)),
        }
    }

    pub(crate) fn inverse(&self, input: Option<&[u64]>, out: &mut [u64], last: &LastLayer) {
        let (table, input, out) = (&self.table, input.map(vectors), out.as_chunks_mut().0);
        match Class::of(table.q) {
            Class::Free => self.unit.0.run(Inverse::<Free>::new(table, input, out, last)),
            // Sums double in every layer of this direction: above 2^47 they cannot do so four times.
            Class::PerPass | Class::PerLayer => {
                self.unit.0.run(Inverse::<PerLayer>::new(table, input, out, last));
            }
            Class::Strict => self.unit.0.run(Inverse::<Strict>::new(table, input, out, last)),
        }
    }
}

/// The values of a degree that is a multiple of eight.
fn vectors(values: &[u64]) -> &[Vector] {
    values.as_chunks().0
}

impl Table {
    fn new(log_n: u32, modulus: &Modulus, roots: &[u64]) -> Self {
        let q = modulus.value();
        let log_rows = log_n - LOG_ROW;
        let first_layers = (log_rows - 1) % 4 + 1;
        let heaps = |m: usize| (m..2 * m).map(|block| heap(q, roots, block)).collect::<Vec<_>>();
        let later_passes = (first_layers..log_rows).step_by(4);
        let blocks = 1 << (log_n - LOG_BLOCK);
        let group = |first: usize| group(q, roots, blocks + first);
        // Both are powers of ψ, so one is a multiple of the other.
        let first_inverse = modulus.inv(roots[8]).unwrap_or_default();
        let sibling = |k: usize| Factor::new(modulus.mul(roots[8 + k], first_inverse), q);
        Self {
            q,
            first_layers,
            columns: Columns {
                first: heap(q, roots, 1),
                later: later_passes.map(|layer| heaps(1 << layer)).collect(),
            },
            rows: heaps(1 << log_rows),
            groups: (0..blocks).step_by(2 * LANES).map(|b| [group(b), group(b + LANES)]).collect(),
            siblings: std::array::from_fn(sibling),
        }
    }
}

/// For block b of layer m, `block` = m + b.
fn heap(q: u64, roots: &[u64], block: usize) -> Heap {
    std::array::from_fn(|number| match number.checked_ilog2() {
        Some(t) => Factor::new(roots[(block << t) + (number - (1 << t))], q),
        None => Factor::default(),
    })
}

/// For the blocks b, … b + 7 of layer m, `block` = m + b.
fn group(q: u64, roots: &[u64], block: usize) -> Group {
    Group(std::array::from_fn(|t| {
        std::array::from_fn(|lane| Factor::new(roots[(block + lane) << t], q).value)
    }))
}

/// A transform from coefficients to values.
struct Forward<'a, G> {
    table: &'a Table,
    input: Option<&'a [Vector]>,
    out: &'a mut [Vector],
    growth: PhantomData<G>,
}

impl<'a, G> Forward<'a, G> {
    fn new(table: &'a Table, input: Option<&'a [Vector]>, out: &'a mut [Vector]) -> Self {
        Self { table, input, out, growth: PhantomData }
    }
}

impl<G: ForwardGrowth> Kernel for Forward<'_, G> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let prime = Prime::new(lanes, self.table.q);
        columns::forward::<L, G>(prime, self.table, self.input, self.out);
        rows::forward::<L, G>(prime, self.table, self.out);
    }
}

/// A transform from values to coefficients.
struct Inverse<'a, G> {
    table: &'a Table,
    input: Option<&'a [Vector]>,
    out: &'a mut [Vector],
    last: &'a LastLayer,
    growth: PhantomData<G>,
}

impl<'a, G> Inverse<'a, G> {
    fn new(
        table: &'a Table,
        input: Option<&'a [Vector]>,
        out: &'a mut [Vector],
        last: &'a LastLayer,
    ) -> Self {
        Self { table, input, out, last, growth: PhantomData }
    }
}

impl<G: InverseGrowth> Kernel for Inverse<'_, G> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let prime = Prime::new(lanes, self.table.q);
        rows::inverse::<L, G>(prime, self.table, self.input, self.out);
        columns::inverse::<L, G>(prime, self.table, self.out, self.last);
    }
}

/// The roots for a pass: for sub-block k (of 2^t) in the layer that is t below the first one.
trait RootsOf<L: Lanes> {
    fn root(&self, prime: Prime<L>, t: usize, k: usize) -> Factors<L>;
}

/// A heap for all lanes.
impl<L: Lanes> RootsOf<L> for Heap {
    #[inline(always)]
    fn root(&self, prime: Prime<L>, t: usize, k: usize) -> Factors<L> {
        prime.broadcast(&self[(1 << t) + k])
    }
}

/// Forward butterflies for all layers in which R vectors take part.
#[inline(always)]
fn forward_layers<L: Lanes, G: ForwardGrowth, const R: usize>(
    prime: Prime<L>,
    v: &mut [L::V; R],
    roots: &impl RootsOf<L>,
) {
    for t in 0..R.ilog2() as usize {
        let half = R >> (t + 1);
        for k in 0..1 << t {
            let w = roots.root(prime, t, k);
            for j in 2 * k * half..(2 * k + 1) * half {
                (v[j], v[j + half]) = G::forward(prime, v[j], v[j + half], w);
            }
        }
    }
}

/// Inverse butterflies for all layers in which R vectors take part, but the last `skip`; the roots are those
/// of the mirrored block.
#[inline(always)]
fn inverse_layers<L: Lanes, G: InverseGrowth, const R: usize>(
    prime: Prime<L>,
    v: &mut [L::V; R],
    skip: usize,
    roots: &impl RootsOf<L>,
) {
    for layer in 0..R.ilog2() as usize - skip {
        let (half, t) = (1 << layer, R.ilog2() as usize - 1 - layer);
        for k in 0..1 << t {
            let w = roots.root(prime, t, (1 << t) - 1 - k);
            for j in 2 * k * half..(2 * k + 1) * half {
                (v[j], v[j + half]) = G::inverse(prime, layer as u32, v[j], v[j + half], w);
            }
        }
    }
}

#[cfg(test)]
mod tests;

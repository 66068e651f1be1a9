//! The transform in f64, in two sweeps over memory.
//!
//! N = R·256: the first layers pair values in the same *column* of a matrix of R rows of 256 values, the last eight pair values of
//! the same row. A sweep takes eight adjacent columns (one cache line of every row) to a buffer of the first-level cache, where a
//! power-of-two stride would let the lines evict each other, and does their log2(R) layers there; another takes row after row.
//! Inside, two layers are done per pass (radix 4). The last four layers of a row pair values of the same *tile* of 16 values: four
//! tiles are transposed, so that a vector holds one value of each.
//!
//! | | reads | layers | values |
//! |---|---|---|---|
//! | forward | [`columns`], then [`rows`] | m = 1 … R/2, then R … N/2 | \[0, q) → integral f64 → \[0, q) |
//! | inverse | rows, then columns | N/2 … R, then R/2 … 1 | the same |
//!
//! Roots w are centered, |w| ≤ q/2, so that a product y·w is reduced to (1/2 + e)·q with an error e of the quotient of at most
//! |y|·1.5·2^(−53); [`bounds`] follows the growth of values from layer to layer and says before which passes they must be reduced so
//! that all stay below 2^53, where integers are exact in f64.

mod bounds;
mod butterfly;
mod columns;
mod rows;

use super::Avx2;
use crate::modulus::Modulus;
use crate::ntt::LastLayer;
use bounds::{ForwardPlan, InversePlan};
use butterfly::Root;

/// Smaller transforms have no columns.
pub(crate) const MIN_LOG_N: u32 = 10;

/// log2 of the length of a row.
const LOG_ROW: u32 = 8;
/// Values of a row.
const ROW: usize = 1 << LOG_ROW;
/// Values of a tile.
const TILE: usize = 16;
/// Values of four tiles, which are transposed together.
const GROUP: usize = 4 * TILE;

/// Roots of one prime, as `roots` of [`crate::ntt`].
#[derive(Debug, Clone)]
pub(crate) struct Roots {
    /// The processor has the instructions.
    _unit: Avx2,
    q: u64,
    /// Rows of the matrix, R.
    rows: usize,
    /// `single[k]` for the layers of blocks that are larger than a tile: k < N/16.
    single: Vec<Root>,
    /// Per group of tiles the centered roots of the last four layers, a lane for each tile: those of one block of 16 values, of
    /// two blocks of 8, of four of 4, and of eight pairs.
    last: Vec<[[f64; 4]; 15]>,
    forward: ForwardPlan,
    inverse: InversePlan,
}

impl Roots {
    pub(crate) fn new(unit: Avx2, log_n: u32, modulus: &Modulus, roots: &[u64]) -> Self {
        let (q, n) = (modulus.value(), roots.len());
        let centered = |k: usize| modulus.centre(roots[k]) as f64;
        let group = |g: usize| {
            std::array::from_fn(|number| {
                // Number i + b − 1 is block b of the layer that has i blocks in a tile.
                let blocks = 1usize << (number + 1).ilog2();
                let first = n / TILE * blocks + number + 1 - blocks;
                std::array::from_fn(|lane| centered(first + blocks * (4 * g + lane)))
            })
        };
        Self {
            _unit: unit,
            q,
            rows: n / ROW,
            single: (0..n / TILE).map(|k| Root::new(centered(k), q)).collect(),
            last: (0..n / GROUP).map(group).collect(),
            forward: ForwardPlan::new(q, log_n - LOG_ROW),
            inverse: InversePlan::new(q, log_n - LOG_ROW),
        }
    }

    pub(crate) fn forward(&self, input: Option<&[u64]>, out: &mut [u64]) {
        self.check(input, out);
        let input = input.map_or(out.as_ptr(), <[u64]>::as_ptr);
        // SAFETY: `_unit` proves that the processor has the instructions; both pointers are to R·256 values (`check`).
        #[allow(unsafe_code)]
        unsafe {
            columns::forward(self, input, out.as_mut_ptr());
            rows::forward(self, out);
        }
    }

    pub(crate) fn inverse(&self, input: Option<&[u64]>, out: &mut [u64], last: &LastLayer) {
        self.check(input, out);
        let input = input.map_or(out.as_ptr(), <[u64]>::as_ptr);
        // SAFETY: as above.
        #[allow(unsafe_code)]
        unsafe {
            rows::inverse(self, input, out);
            columns::inverse(self, out.as_mut_ptr(), last);
        }
    }

    /// All accesses through pointers are inside of these lengths, and of the tables' lengths as made by `new`.
    fn check(&self, input: Option<&[u64]>, out: &[u64]) {
        let n = self.rows * ROW;
        assert!(out.len() == n && input.is_none_or(|input| input.len() == n));
        assert!(self.single.len() == n / TILE && self.last.len() == n / GROUP);
    }
}

//! How values are kept below 2^52, by the size of the prime.
//!
//! A product with a root is in (−q, q), and its factor must be below 2^52, nothing else.
//!
//! Forward, from x and w·y, a butterfly makes x ± w·y, shifted by as many q as keep it positive:
//!
//! | for | values | how |
//! |---|---|---|
//! | [`Free`], 35·q < 2^52 | after l ≤ 17 layers in ((17 − l)·q, (18 + l)·q) | 17·q is added once |
//! | [`PerPass`], 16·q ≤ 2^52 | below 16·q | at the start of a pass of up to four layers to \[4·q, 12·q) |
//! | [`PerLayer`], 4·q ≤ 2^52 | below 4·q | x to \[q, 3·q) |
//! | [`Strict`], 2·q ≤ 2^52 | below 2·q | x to \[0, q), w·y to \[0, q) |
//!
//! Inverse, a butterfly makes x + y and (y − x)·w, where y − x is shifted by the bound of x and must stay
//! below 2^52:
//!
//! | for | values between passes | how |
//! |---|---|---|
//! | [`Free`] | below 2·q | sums double in up to four layers, to 32·q, until the pass ends |
//! | [`PerLayer`] | below 2·q | sums are reduced to \[0, 2·q) |
//! | [`Strict`] | below q | sums and products are reduced to \[0, q) |

use crate::avx512::lanes::Lanes;
use crate::avx512::prime::{Factors, Prime};

/// A way to keep values small in the forward transform.
pub(super) trait ForwardGrowth {
    /// At the start of a pass.
    fn enter<L: Lanes>(prime: Prime<L>, x: L::V, first: bool) -> L::V;
    /// (x + w·y, x − w·y)
    fn forward<L: Lanes>(prime: Prime<L>, x: L::V, y: L::V, w: Factors<L>) -> (L::V, L::V);
}

/// A way to keep values small in the inverse transform.
pub(super) trait InverseGrowth {
    /// (x + y, (y − x)·w) in a layer (0 to 3) of a pass.
    fn inverse<L: Lanes>(prime: Prime<L>, layer: u32, x: L::V, y: L::V, w: Factors<L>) -> (L::V, L::V);
    /// At the end of a pass.
    fn settle<L: Lanes, const R: usize>(prime: Prime<L>, v: &mut [L::V; R]);
    /// The factors x + y and y − x of a last layer, not reduced.
    fn last<L: Lanes>(prime: Prime<L>, layer: u32, x: L::V, y: L::V) -> (L::V, L::V);
}

/// The ways, from the cheapest one on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Class {
    Free,
    PerPass,
    PerLayer,
    Strict,
}

impl Class {
    /// The cheapest way for the prime q.
    pub(super) fn of(q: u64) -> Self {
        let head_room = (1u64 << 52) / q;
        match head_room {
            35.. => Self::Free,
            16..35 => Self::PerPass,
            4..16 => Self::PerLayer,
            _ => Self::Strict,
        }
    }
}

pub(super) struct Free;
pub(super) struct PerPass;
pub(super) struct PerLayer;
pub(super) struct Strict;

impl ForwardGrowth for Free {
    #[inline(always)]
    fn enter<L: Lanes>(prime: Prime<L>, x: L::V, first: bool) -> L::V {
        if first { prime.lanes.add(x, prime.times(17)) } else { x }
    }

    #[inline(always)]
    fn forward<L: Lanes>(prime: Prime<L>, x: L::V, y: L::V, w: Factors<L>) -> (L::V, L::V) {
        both(prime, x, y, w)
    }
}

impl InverseGrowth for Free {
    #[inline(always)]
    fn inverse<L: Lanes>(prime: Prime<L>, layer: u32, x: L::V, y: L::V, w: Factors<L>) -> (L::V, L::V) {
        let (sum, difference) = Self::last(prime, layer, x, y);
        (sum, prime.add_product(prime.times(1), difference, w))
    }

    #[inline(always)]
    fn settle<L: Lanes, const R: usize>(prime: Prime<L>, v: &mut [L::V; R]) {
        // Vector j was last multiplied in the layer of the highest bit of j, and doubled in those after it.
        // So the first R/2^(h+1) are below 2·2^(h+1)·q, once those among them that are larger have been
        // reduced.
        for h in (0..R.ilog2()).rev() {
            for j in 0..R >> (h + 1) {
                prime.claim_below(v[j], 4 << h);
                v[j] = prime.drop_once(v[j], 2 << h);
            }
        }
        for j in 0..R {
            prime.claim_below(v[j], 2);
        }
    }

    #[inline(always)]
    fn last<L: Lanes>(prime: Prime<L>, layer: u32, x: L::V, y: L::V) -> (L::V, L::V) {
        let bound = 2 << layer;
        prime.claim_below(x, bound);
        prime.claim_below(y, bound);
        let shifted = prime.lanes.add(prime.lanes.sub(y, x), prime.times(bound));
        (prime.lanes.add(x, y), shifted)
    }
}

impl ForwardGrowth for PerPass {
    #[inline(always)]
    fn enter<L: Lanes>(prime: Prime<L>, x: L::V, first: bool) -> L::V {
        prime.claim_below(x, 16);
        let reduced = if first { x } else { prime.drop_once(x, 8) };
        prime.lanes.add(reduced, prime.times(4))
    }

    #[inline(always)]
    fn forward<L: Lanes>(prime: Prime<L>, x: L::V, y: L::V, w: Factors<L>) -> (L::V, L::V) {
        both(prime, x, y, w)
    }
}

impl ForwardGrowth for PerLayer {
    #[inline(always)]
    fn enter<L: Lanes>(_prime: Prime<L>, x: L::V, _first: bool) -> L::V {
        x
    }

    #[inline(always)]
    fn forward<L: Lanes>(prime: Prime<L>, x: L::V, y: L::V, w: Factors<L>) -> (L::V, L::V) {
        prime.claim_below(x, 4);
        both(prime, prime.lanes.add(prime.drop_once(x, 2), prime.times(1)), y, w)
    }
}

impl InverseGrowth for PerLayer {
    #[inline(always)]
    fn inverse<L: Lanes>(prime: Prime<L>, layer: u32, x: L::V, y: L::V, w: Factors<L>) -> (L::V, L::V) {
        let (sum, difference) = Self::last(prime, layer, x, y);
        (prime.drop_once(sum, 2), prime.add_product(prime.times(1), difference, w))
    }

    #[inline(always)]
    fn settle<L: Lanes, const R: usize>(_prime: Prime<L>, _v: &mut [L::V; R]) {}

    #[inline(always)]
    fn last<L: Lanes>(prime: Prime<L>, _layer: u32, x: L::V, y: L::V) -> (L::V, L::V) {
        prime.claim_below(x, 2);
        prime.claim_below(y, 2);
        let shifted = prime.lanes.add(prime.lanes.sub(y, x), prime.times(2));
        (prime.lanes.add(x, y), shifted)
    }
}

impl ForwardGrowth for Strict {
    #[inline(always)]
    fn enter<L: Lanes>(_prime: Prime<L>, x: L::V, _first: bool) -> L::V {
        x
    }

    #[inline(always)]
    fn forward<L: Lanes>(prime: Prime<L>, x: L::V, y: L::V, w: Factors<L>) -> (L::V, L::V) {
        prime.claim_below(x, 2);
        let x = prime.drop_once(x, 1);
        let product = prime.product(y, w);
        let difference = prime.lanes.sub(prime.lanes.add(x, prime.times(1)), product);
        (prime.lanes.add(x, product), difference)
    }
}

impl InverseGrowth for Strict {
    #[inline(always)]
    fn inverse<L: Lanes>(prime: Prime<L>, layer: u32, x: L::V, y: L::V, w: Factors<L>) -> (L::V, L::V) {
        let (sum, difference) = Self::last(prime, layer, x, y);
        (prime.drop_once(sum, 1), prime.product(difference, w))
    }

    #[inline(always)]
    fn settle<L: Lanes, const R: usize>(_prime: Prime<L>, _v: &mut [L::V; R]) {}

    #[inline(always)]
    fn last<L: Lanes>(prime: Prime<L>, _layer: u32, x: L::V, y: L::V) -> (L::V, L::V) {
        prime.claim_below(x, 1);
        prime.claim_below(y, 1);
        let shifted = prime.lanes.add(prime.lanes.sub(y, x), prime.times(1));
        (prime.lanes.add(x, y), shifted)
    }
}

/// (x + w·y, x − w·y); the second is 2·x less the first, which saves a register of zeros for the first sum.
#[inline(always)]
fn both<L: Lanes>(prime: Prime<L>, x: L::V, y: L::V, w: Factors<L>) -> (L::V, L::V) {
    let twice = prime.lanes.add(x, x);
    let sum = prime.add_product(x, y, w);
    (sum, prime.lanes.sub(twice, sum))
}

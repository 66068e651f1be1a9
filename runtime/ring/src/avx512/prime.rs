//! One prime q < 2^51 in all lanes.
//!
//! A constant w is multiplied in the form of P. Montgomery ("Modular multiplication without trial division",
//! 1985) with R = 2^52: W = w·R mod q comes with its companion W·q^(−1) mod R. For a factor y < R let m =
//! y·W·q^(−1) mod R. Then y·W − m·q is divisible by R, its low halves cancel, and ⌊y·W/R⌋ − ⌊m·q/R⌋ = (y·W −
//! m·q)/R ≡ y·w (mod q). Both terms are below q, so the result lies in (−q, q), for *any* y < 2^52: three
//! products and one difference. (The quotient of V. Shoup would cost one instruction more, a mask, and could
//! not be made from w by one product, as the transform does with its companions.)

use super::lanes::{FACTOR_BITS, Lanes};
use crate::modulus::word_inverse;

/// A constant for Montgomery products.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Factor {
    /// w·2^52 mod q, in [0, q)
    pub(super) value: u64,
    /// `value`·q^(−1) mod 2^52
    companion: u64,
}

impl Factor {
    /// For w in [0, q).
    pub(super) fn new(w: u64, q: u64) -> Self {
        let value = shift(w, q);
        Self { value, companion: value.wrapping_mul(word_inverse(q)) % (1 << FACTOR_BITS) }
    }
}

/// x·2^52 mod q.
pub(super) fn shift(x: u64, q: u64) -> u64 {
    ((u128::from(x) << FACTOR_BITS) % u128::from(q)) as u64
}

/// q and its constants in all lanes.
#[derive(Clone, Copy)]
pub(super) struct Prime<L: Lanes> {
    pub(super) lanes: L,
    q: u64,
    pub(super) zero: L::V,
    modulus: L::V,
    /// q^(−1) mod 2^52
    inverse: L::V,
}

/// A [`Factor`] (or eight) in registers.
#[derive(Clone, Copy)]
pub(super) struct Factors<L: Lanes> {
    value: L::V,
    companion: L::V,
}

impl<L: Lanes> Prime<L> {
    #[inline(always)]
    pub(super) fn new(lanes: L, q: u64) -> Self {
        Self {
            lanes,
            q,
            zero: lanes.splat(0),
            modulus: lanes.splat(q),
            inverse: lanes.splat(word_inverse(q) % (1 << FACTOR_BITS)),
        }
    }

    #[inline(always)]
    pub(super) fn value(self) -> u64 {
        self.q
    }

    /// k·q in all lanes.
    #[inline(always)]
    pub(super) fn times(self, k: u64) -> L::V {
        self.lanes.splat(k * self.q)
    }

    /// The emulation verifies that x < k·q.
    #[inline(always)]
    pub(super) fn claim_below(self, x: L::V, k: u64) {
        self.lanes.claim_below(x, k * self.q);
    }

    /// One factor for all lanes.
    #[inline(always)]
    pub(super) fn broadcast(self, factor: &Factor) -> Factors<L> {
        Factors { value: self.lanes.splat(factor.value), companion: self.lanes.splat(factor.companion) }
    }

    /// Factors of which only the values are known.
    #[inline(always)]
    pub(super) fn complete(self, value: L::V) -> Factors<L> {
        Factors { value, companion: self.lanes.madd_low(self.zero, value, self.inverse) }
    }

    /// sum + (y·w mod q), where the residue is in (−q, q), for y < 2^52.
    #[inline(always)]
    pub(super) fn add_product(self, sum: L::V, y: L::V, w: Factors<L>) -> L::V {
        self.lanes.claim_below(y, 1 << FACTOR_BITS);
        let multiple = self.lanes.madd_low(self.zero, y, w.companion);
        let high = self.lanes.madd_high(sum, y, w.value);
        self.lanes.sub(high, self.lanes.madd_high(self.zero, multiple, self.modulus))
    }

    /// y·w in [0, q), for y < 2^52.
    #[inline(always)]
    pub(super) fn product(self, y: L::V, w: Factors<L>) -> L::V {
        self.lift(self.add_product(self.zero, y, w))
    }

    /// (high·2^52 + low)·2^(−52) modulo q, from −q + 1 to `high` + ⌊`low`/2^52⌋.
    #[inline(always)]
    pub(super) fn reduce_sum(self, high: L::V, low: L::V) -> L::V {
        let multiple = self.lanes.madd_low(self.zero, low, self.inverse);
        let carried = self.lanes.add(high, self.lanes.carry(low));
        self.lanes.sub(carried, self.lanes.madd_high(self.zero, multiple, self.modulus))
    }

    /// Adds q where x is negative, for x ≥ −q.
    #[inline(always)]
    pub(super) fn lift(self, x: L::V) -> L::V {
        self.lanes.min(x, self.lanes.add(x, self.modulus))
    }

    /// Subtracts k·q where x is not below it.
    #[inline(always)]
    pub(super) fn drop_once(self, x: L::V, k: u64) -> L::V {
        self.lanes.min(x, self.lanes.sub(x, self.times(k)))
    }

    /// x + y in [0, q), for such x and y.
    #[inline(always)]
    pub(super) fn add(self, x: L::V, y: L::V) -> L::V {
        self.drop_once(self.lanes.add(x, y), 1)
    }

    /// x − y in [0, q), for such x and y.
    #[inline(always)]
    pub(super) fn sub(self, x: L::V, y: L::V) -> L::V {
        self.lift(self.lanes.sub(x, y))
    }

    /// x mod q for x < 2^52 (P. Barrett, CRYPTO 1986), with `ratio` = [`Prime::ratio`].
    ///
    /// The estimate ⌊x·⌊2^52/q⌋/2^52⌋ exceeds x/q − 2, because x/2^52 < 1: it is ⌊x/q⌋ or one less.
    #[inline(always)]
    pub(super) fn reduce(self, x: L::V, ratio: L::V) -> L::V {
        self.lanes.claim_below(x, 1 << FACTOR_BITS);
        let estimate = self.lanes.madd_high(self.zero, x, ratio);
        let rest = self.lanes.sub(x, self.lanes.madd_low(self.zero, estimate, self.modulus));
        self.claim_below(rest, 2);
        self.drop_once(rest, 1)
    }

    /// ⌊2^52/q⌋
    #[inline(always)]
    pub(super) fn ratio(self) -> L::V {
        self.lanes.splat((1 << FACTOR_BITS) / self.q)
    }
}

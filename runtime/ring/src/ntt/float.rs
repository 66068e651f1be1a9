//! The transform in floating point, for processors with AVX2 and FMA: four butterflies at once.
//!
//! Those processors have no 64-bit product for vectors, but one for f64 that is exact in two steps (T. Dekker, 1971): h = ⌊y·w⌉
//! and l = y·w − h. With c = ⌊y·(w/q)⌉ the residue is (h − c·q) + l. All values are integers below 2^53, so everything is exact
//! and the result is that of [`super::forward`] and [`super::inverse`], bit for bit.
//!
//! The estimate c is off by |y|·2^(−52) at most, so a product is at most (1/2 + |y|·2^(−52))·q in magnitude.
//!
//! - q < 2^48: from inputs below 2q the 17 layers of the largest forward transform lead to 21q < 2^53 at most. In the inverse
//!   transform sums are brought to ±q/2 after every second layer; products stay below q, sums of four below 4q.
//! - q < 2^51 needs all values brought to ±q/2 before (forward) or after (inverse) every second layer (`REDUCE`). Then they stay
//!   below 2.4q, in the single first layer of odd degrees below 3.5q, and in the first layers of the inverse below 4q ≤ 2^53.
//!
//! The code is written without intrinsics; only the two entry points need `unsafe`, to be compiled for those processors.

mod layers;

use crate::shoup::ShoupScalar;
use layers::{forward, inverse};

/// Moduli have at most this many bits here.
const MAX_BITS: u32 = 51;
/// Moduli of this many bits need no reduction on the way.
const LAZY_BITS: u32 = 48;
/// Smaller transforms are not worth a table.
const MIN_LOG_N: u32 = 6;
/// 2^52: added to an integer below it, it leaves the integer in the low bits of the representation.
const TWO_52: f64 = (1u64 << 52) as f64;

/// w and w/q.
#[derive(Debug, Clone, Copy)]
struct Root {
    w: f64,
    ratio: f64,
}

/// Roots of unity in floating point. Exists only where the processor can use it.
#[derive(Debug, Clone)]
pub(super) struct FloatTable {
    q: f64,
    inverse_q: f64,
    lazy: bool,
    log_n: u32,
    /// As the roots of the integer table.
    roots: Vec<Root>,
    /// N^(−1), and the inverse root of the last layer of the inverse transform times that.
    scale: Root,
    scaled_root: Root,
}

impl FloatTable {
    pub(super) fn new(
        log_n: u32,
        q: u64,
        roots: &[ShoupScalar],
        scale: ShoupScalar,
        scaled_root: ShoupScalar,
    ) -> Option<Self> {
        if !available() || log_n < MIN_LOG_N || q >> MAX_BITS != 0 {
            return None;
        }
        let root = |s: &ShoupScalar| Root { w: s.value() as f64, ratio: s.value() as f64 / q as f64 };
        Some(Self {
            q: q as f64,
            inverse_q: 1.0 / q as f64,
            lazy: q >> LAZY_BITS == 0,
            log_n,
            roots: roots.iter().map(root).collect(),
            scale: root(&scale),
            scaled_root: root(&scaled_root),
        })
    }

    pub(super) fn forward(&self, values: &mut [u64]) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `new` makes a table only where `available` has found AVX2 and FMA.
        #[allow(unsafe_code)]
        unsafe {
            forward_avx2(self, values);
        }
        #[cfg(not(target_arch = "x86_64"))]
        forward(self, values);
    }

    pub(super) fn inverse(&self, values: &mut [u64]) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        #[allow(unsafe_code)]
        unsafe {
            inverse_avx2(self, values);
        }
        #[cfg(not(target_arch = "x86_64"))]
        inverse(self, values);
    }
}

#[cfg(target_arch = "x86_64")]
fn available() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
}

#[cfg(not(target_arch = "x86_64"))]
fn available() -> bool {
    false
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn forward_avx2(table: &FloatTable, values: &mut [u64]) {
    forward(table, values);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn inverse_avx2(table: &FloatTable, values: &mut [u64]) {
    inverse(table, values);
}

/// What all butterflies of one transform share.
#[derive(Clone, Copy)]
struct Field {
    q: f64,
    inverse_q: f64,
}

impl Field {
    /// y·w up to a multiple of q, as above.
    #[inline(always)]
    fn mul(self, y: f64, root: Root) -> f64 {
        let high = y * root.w;
        let low = y.mul_add(root.w, -high);
        let quotient = (y * root.ratio).round_ties_even();
        (-quotient).mul_add(self.q, high) + low
    }

    /// To ±q/2.
    #[inline(always)]
    fn centre(self, x: f64) -> f64 {
        (-(x * self.inverse_q).round_ties_even()).mul_add(self.q, x)
    }

    /// To [0, q), as an integer.
    #[inline(always)]
    fn finish(self, x: f64) -> u64 {
        let r = self.centre(x);
        let r = if r < 0.0 { r + self.q } else { r };
        (r + TWO_52).to_bits() & ((1 << 52) - 1)
    }

    #[inline(always)]
    fn cooley_tukey(self, x: f64, y: f64, root: Root) -> (f64, f64) {
        let t = self.mul(y, root);
        (x + t, x - t)
    }

    #[inline(always)]
    fn gentleman_sande(self, x: f64, y: f64, root: Root) -> (f64, f64) {
        (x + y, self.mul(y - x, root))
    }

    /// Two layers of the forward transform on one value of each quarter of a block.
    #[inline(always)]
    fn forward_four<const REDUCE: bool>(self, x: [u64; 4], w: [Root; 3]) -> [f64; 4] {
        let mut x = x.map(f64::from_bits);
        if REDUCE {
            x = x.map(|x| self.centre(x));
        }
        let (a, c) = self.cooley_tukey(x[0], x[2], w[0]);
        let (b, d) = self.cooley_tukey(x[1], x[3], w[0]);
        let (a, b) = self.cooley_tukey(a, b, w[1]);
        let (c, d) = self.cooley_tukey(c, d, w[2]);
        [a, b, c, d]
    }

    /// Two layers of the inverse transform.
    #[inline(always)]
    fn inverse_four<const REDUCE: bool>(self, x: [u64; 4], w: [Root; 3]) -> [f64; 4] {
        let [a, b, c, d] = x.map(f64::from_bits);
        let (a, b) = self.gentleman_sande(a, b, w[1]);
        let (c, d) = self.gentleman_sande(c, d, w[2]);
        let (a, c) = self.gentleman_sande(a, c, w[0]);
        let (b, d) = self.gentleman_sande(b, d, w[0]);
        // The sum of all four grows; the others are products, or at most 2q as a sum of two products.
        if REDUCE { [a, b, c, d].map(|x| self.centre(x)) } else { [self.centre(a), self.centre(b), c, d] }
    }
}

//! Residues as f64, four at a time.
//!
//! These processors have no 64-bit product for vectors, but one for f64 that is exact in two steps (T. Dekker, 1971): h = ⌊y·w⌉
//! and l = y·w − h. All values are integers below 2^53 in magnitude, so everything is exact.

use std::arch::asm;
use std::arch::x86_64::*;

/// Values per vector.
pub(super) const LANES: usize = 4;

/// 2^52: added to an integer in [0, 2^52), it leaves the integer in the low bits of the representation.
const TWO_52: f64 = (1u64 << 52) as f64;

/// A prime q < 2^51 in all lanes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prime {
    pub(super) q: __m256d,
    pub(super) inverse: __m256d,
}

impl Prime {
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn new(q: u64) -> Self {
        Self { q: _mm256_set1_pd(q as f64), inverse: _mm256_set1_pd(1.0 / q as f64) }
    }

    /// To ±q/2 (and a little more, by rounding), for |x| < 2^53.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn centre(self, x: __m256d) -> __m256d {
        _mm256_fnmadd_pd(round(_mm256_mul_pd(x, self.inverse)), self.q, x)
    }

    /// To [0, q) as integers, for |x| < 2^53.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn to_residue(self, x: __m256d) -> __m256i {
        to_residue(self.centre(x), self.q)
    }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn round(x: __m256d) -> __m256d {
    _mm256_round_pd::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x)
}

/// Integers in [0, 2^52) to f64.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn to_float(x: __m256i) -> __m256d {
    let exponent = _mm256_set1_pd(TWO_52);
    _mm256_sub_pd(_mm256_or_pd(_mm256_castsi256_pd(x), exponent), exponent)
}

/// Values per cache line: two vectors.
pub(super) const LINE: usize = 2 * LANES;

/// 2^52 + x for integers x in [0, 2^52). The difference of two such values is exact.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn raise(x: [__m256i; 2]) -> [__m256d; 2] {
    let exponent = _mm256_set1_pd(TWO_52);
    [_mm256_or_pd(_mm256_castsi256_pd(x[0]), exponent), _mm256_or_pd(_mm256_castsi256_pd(x[1]), exponent)]
}

/// The residue in [0, q) of an integral r in (−q, q).
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn to_residue(r: __m256d, q: __m256d) -> __m256i {
    let exponent = _mm256_set1_pd(TWO_52);
    // The sign bit of r selects q; a zero is never negative here, because x − x is +0.
    let raised = _mm256_blendv_pd(exponent, _mm256_add_pd(exponent, q), r);
    _mm256_castpd_si256(_mm256_xor_pd(_mm256_add_pd(r, raised), exponent))
}

/// A line of integers.
#[inline]
#[target_feature(enable = "avx2,fma")]
#[allow(unsafe_code)]
pub(super) fn load(line: &[u64; LINE]) -> [__m256i; 2] {
    let vectors = line.as_ptr().cast::<__m256i>();
    // SAFETY: the reference covers both vectors, and the instruction asks for no alignment.
    unsafe { [_mm256_loadu_si256(vectors), _mm256_loadu_si256(vectors.add(1))] }
}

/// Inverse of [`load`].
#[inline]
#[target_feature(enable = "avx2,fma")]
#[allow(unsafe_code)]
pub(super) fn store(line: &mut [u64; LINE], x: [__m256i; 2]) {
    let vectors = line.as_mut_ptr().cast::<__m256i>();
    // SAFETY: the reference covers both vectors, and the instruction asks for no alignment.
    unsafe {
        _mm256_storeu_si256(vectors, x[0]);
        _mm256_storeu_si256(vectors.add(1), x[1]);
    }
}

/// A line of f64.
#[inline]
#[target_feature(enable = "avx2,fma")]
#[allow(unsafe_code)]
pub(super) fn get(line: &[f64; LINE]) -> [__m256d; 2] {
    let values = line.as_ptr();
    // SAFETY: the reference covers both vectors, and the instruction asks for no alignment.
    unsafe { [_mm256_loadu_pd(values), _mm256_loadu_pd(values.add(LANES))] }
}

/// Inverse of [`get`].
#[inline]
#[target_feature(enable = "avx2,fma")]
#[allow(unsafe_code)]
pub(super) fn put(line: &mut [f64; LINE], x: [__m256d; 2]) {
    let values = line.as_mut_ptr();
    // SAFETY: the reference covers both vectors, and the instruction asks for no alignment.
    unsafe {
        _mm256_storeu_pd(values, x[0]);
        _mm256_storeu_pd(values.add(LANES), x[1]);
    }
}

/// Asks for the cache line `bytes` after the start of `x`, which need not exist.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn prefetch(x: &[u64], bytes: usize) {
    _mm_prefetch::<_MM_HINT_T0>(x.as_ptr().cast::<i8>().wrapping_add(bytes));
}

/// Sums of products in two f64, S = (`high` − C) + `low`.
///
/// The origin is C = 1.5·2^(52+k). While |`high` − C| ≤ 2^(51+k), `high` lies in one binade, [2^(52+k), 2^(53+k)], and is a
/// multiple of 2^k. For a product a·b let high' = fl(high + a·b) (one rounding, FMA). Then d = high' − high is a multiple of 2^k
/// below 2^(53+k), so exact, and l = a·b − d is the integer rounding error, |l| ≤ 2^(k−1), which a second FMA gives exactly
/// (T. Dekker, "A floating-point technique for extending the available precision", 1971). After N products
///
/// - |low| ≤ |low at the start| + N·2^(k−1), exact while that is at most 2^53;
/// - |high − C| ≤ |Σ a·b| + N·2^(k−1).
///
/// That is two FMAs and two additions for four products: one cycle where there are two units for each and the sums are enough,
/// six, to hide the latencies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum {
    high: __m256d,
    low: __m256d,
}

impl Sum {
    /// S ← S + a·b.
    ///
    /// In assembler because compilers move the parts of many sums apart until their values no longer fit the registers: from
    /// intrinsics, base extension takes a quarter longer.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    #[allow(unsafe_code)]
    pub(super) fn add(&mut self, a: __m256d, b: __m256d) {
        // SAFETY: arithmetic in registers.
        unsafe {
            asm!(
                "vmovapd {l}, {high}",
                "vfmadd231pd {high}, {a}, {b}", // high' = fl(high + a·b)
                "vsubpd {l}, {high}, {l}",      // d = high' − high
                "vfmsub231pd {l}, {a}, {b}",    // l = a·b − d
                "vaddpd {low}, {low}, {l}",
                a = in(ymm_reg) a,
                b = in(ymm_reg) b,
                high = inout(ymm_reg) self.high,
                low = inout(ymm_reg) self.low,
                l = out(ymm_reg) _,
                options(pure, nomem, nostack, preserves_flags),
            );
        }
    }
}

/// A prime p of b bits that sums are reduced by.
///
/// With H = `high` − C and c = ⌊S/p + e⌉ the result is s = (H − c·p) + `low` = S − c·p. If the error e of the quotient is below
/// 1/2 in magnitude then |s| < p. H − c·p = s − `low` is an integer, and exact if |`low`| + p ≤ 2^53.
#[derive(Debug, Clone, Copy)]
pub(super) struct Divisor {
    pub(super) p: __m256d,
    /// C
    origin: __m256d,
    /// fl(1/p)
    inverse: __m256d,
    /// 1/p − fl(1/p)
    tail: __m256d,
}

impl Divisor {
    /// With the origin for sums of at most [`terms`] products of residues in [0, p).
    ///
    /// # Bounds
    /// Let b ≥ 20 be the bit length (or 20), k = b + 1 and N ≤ min(2^(52−b), 2^10), as [`terms`] says. `low` starts in (−p, p).
    ///
    /// - Σ a·b + N·2^(k−1) ≤ N·((p−1)² + 2^b) ≤ 2^(52−b)·2^(2b) = 2^(51+k), since 2^b ≤ 2p − 2 for b bits, and for fewer p ≤ 2^19;
    /// - |`low`| + p ≤ 2p + N·2^b ≤ 2^52 + 2^52;
    /// - |S/p| ≤ N·(p−1)²/p + 1 < 2^52, so that the last rounding of [`Divisor::reduce`] costs at most 1/4; with the tail all other
    ///   errors are below 2^(−20).
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn new(p: u64) -> Self {
        let origin = 1.5 * TWO_52 * (1u64 << (bits(p) + 1)) as f64;
        Self::with_origin(p as f64, 1.0 / p as f64, origin)
    }

    /// For another kind of sums; the caller knows the bounds.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn with_origin(p: f64, inverse: f64, origin: f64) -> Self {
        let [p, origin, inverse] = [_mm256_set1_pd(p), _mm256_set1_pd(origin), _mm256_set1_pd(inverse)];
        let tail = _mm256_mul_pd(_mm256_fnmadd_pd(p, inverse, _mm256_set1_pd(1.0)), inverse);
        Self { p, origin, inverse, tail }
    }

    /// Two sums that begin with these values, in (−p, p).
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn sums(&self, low: [__m256d; 2]) -> [Sum; 2] {
        [Sum { high: self.origin, low: low[0] }, Sum { high: self.origin, low: low[1] }]
    }

    /// The s above, with a quotient as exact as its format.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn reduce(&self, sum: Sum) -> __m256d {
        let high = _mm256_sub_pd(sum.high, self.origin);
        let small = _mm256_fmadd_pd(high, self.tail, _mm256_mul_pd(sum.low, self.inverse));
        self.subtract(sum, high, small)
    }

    /// The s above, for a smaller S (one operation less): also the error of the reciprocal counts, at most 2^(−53)·H/p.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn reduce_small(&self, sum: Sum) -> __m256d {
        let high = _mm256_sub_pd(sum.high, self.origin);
        self.subtract(sum, high, _mm256_mul_pd(sum.low, self.inverse))
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn subtract(&self, sum: Sum, high: __m256d, small: __m256d) -> __m256d {
        let quotient = round(_mm256_fmadd_pd(high, self.inverse, small));
        _mm256_add_pd(_mm256_fnmadd_pd(quotient, self.p, high), sum.low)
    }
}

/// The number of products of residues in [0, p) that [`Divisor::new`] allows between two reductions; at least two.
pub(super) fn terms(p: u64) -> usize {
    1 << (52 - bits(p)).min(10)
}

/// The bit length of p, and at least 20: with fewer, `low` could be a multiple of p so large that the quotient is inexact.
fn bits(p: u64) -> u32 {
    (u64::BITS - p.leading_zeros()).max(20)
}

/// A constant factor w in [0, q), as centered representative, for all lanes or one for each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Factor {
    w: __m256d,
    /// fl(w/q)
    ratio: __m256d,
}

impl Factor {
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn new(w: i64, q: u64) -> Self {
        Self::splat(w as f64, w as f64 / q as f64)
    }

    /// The same factor in all lanes, with its ratio.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn splat(w: f64, ratio: f64) -> Self {
        Self { w: _mm256_set1_pd(w), ratio: _mm256_set1_pd(ratio) }
    }

    /// A factor per lane. The ratio has one rounding more.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn lanes(w: __m256d, prime: Prime) -> Self {
        Self { w, ratio: _mm256_mul_pd(w, prime.inverse) }
    }

    /// y·w in (−q, q), for |y| < q; for |y| < 2^53 what the transform's bounds say.
    ///
    /// The quotient y·w/q is at most 2^50, so its two roundings cost at most 1/8 each, and the result is at most 3/4·q. The product
    /// is h + l exactly; h − c·q is an integer of at most 3/4·q + |l| < 2^53 and so exact.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn mul(self, y: __m256d, prime: Prime) -> __m256d {
        let quotient = round(_mm256_mul_pd(y, self.ratio));
        let high = _mm256_mul_pd(y, self.w);
        let low = _mm256_fmsub_pd(y, self.w, high);
        _mm256_add_pd(_mm256_fnmadd_pd(quotient, prime.q, high), low)
    }

    /// y·w + z in (−q, q), for |y| < q and z in [0, q). As [`Factor::mul`], with z/q < 1 more in the quotient.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn mul_add(self, y: __m256d, z: __m256d, prime: Prime) -> __m256d {
        let quotient = round(_mm256_fmadd_pd(y, self.ratio, _mm256_mul_pd(z, prime.inverse)));
        let high = _mm256_mul_pd(y, self.w);
        let low = _mm256_add_pd(_mm256_fmsub_pd(y, self.w, high), z);
        _mm256_add_pd(_mm256_fnmadd_pd(quotient, prime.q, high), low)
    }
}

//! Operations on eight lanes of 64 bits.

use std::arch::x86_64::*;

use super::{LANES, Native, Vector};

/// Bits of a factor of [`Lanes::madd_low`] and [`Lanes::madd_high`].
pub(super) const FACTOR_BITS: u32 = 52;

/// Eight lanes, as a processor or an emulation of it has them. Sums and differences wrap.
pub(crate) trait Lanes: Copy {
    /// Eight integers.
    type V: Copy;
    /// Eight f64.
    type F: Copy;

    fn load(self, from: &Vector) -> Self::V;
    fn store(self, to: &mut Vector, x: Self::V);
    fn splat(self, x: u64) -> Self::V;
    fn add(self, x: Self::V, y: Self::V) -> Self::V;
    fn sub(self, x: Self::V, y: Self::V) -> Self::V;
    /// The smaller one as an unsigned integer.
    fn min(self, x: Self::V, y: Self::V) -> Self::V;
    /// sum + (x·y mod 2^52), from the lowest 52 bits of x and y.
    fn madd_low(self, sum: Self::V, x: Self::V, y: Self::V) -> Self::V;
    /// sum + ⌊x·y/2^52⌋, from the lowest 52 bits of x and y.
    fn madd_high(self, sum: Self::V, x: Self::V, y: Self::V) -> Self::V;
    /// ⌊x/2^52⌋
    fn carry(self, x: Self::V) -> Self::V;
    /// Lane j is lane `order[j]` of x.
    fn permute(self, x: Self::V, order: Self::V) -> Self::V;
    /// x0 y0 x2 y2 x4 y4 x6 y6
    fn even_lanes(self, x: Self::V, y: Self::V) -> Self::V;
    /// x1 y1 x3 y3 x5 y5 x7 y7
    fn odd_lanes(self, x: Self::V, y: Self::V) -> Self::V;
    /// x0 x1 x4 x5 y0 y1 y4 y5
    fn even_pairs(self, x: Self::V, y: Self::V) -> Self::V;
    /// x2 x3 x6 x7 y2 y3 y6 y7
    fn odd_pairs(self, x: Self::V, y: Self::V) -> Self::V;

    fn splat_float(self, x: f64) -> Self::F;
    /// Exact for integers below 2^53.
    fn to_float(self, x: Self::V) -> Self::F;
    /// ⌊x⌋ for x in [0, 2^64).
    fn floor(self, x: Self::F) -> Self::V;
    fn add_float(self, x: Self::F, y: Self::F) -> Self::F;
    fn mul_float(self, x: Self::F, y: Self::F) -> Self::F;

    /// Asks for a cache line that is needed soon; any address will do.
    fn prefetch(self, _line: *const Vector) {}

    /// Says that all lanes are below `bound`, which the emulation verifies.
    #[inline(always)]
    fn claim_below(self, _x: Self::V, _bound: u64) {}
}

/// One method, one instruction.
#[allow(unsafe_code, reason = "intrinsics; the value `self` proves that the processor has the instructions")]
impl Lanes for Native {
    type V = __m512i;
    type F = __m512d;

    #[inline(always)]
    fn load(self, from: &Vector) -> __m512i {
        // SAFETY: 64 readable bytes, and no alignment is asked for.
        unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, to: &mut Vector, x: __m512i) {
        // SAFETY: 64 writable bytes, and no alignment is asked for.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), x) }
    }

    #[inline(always)]
    fn splat(self, x: u64) -> __m512i {
        // SAFETY: `self`
        unsafe { _mm512_set1_epi64(x.cast_signed()) }
    }

    #[inline(always)]
    fn add(self, x: __m512i, y: __m512i) -> __m512i {
        // SAFETY: `self`
        unsafe { _mm512_add_epi64(x, y) }
    }

    #[inline(always)]
    fn sub(self, x: __m512i, y: __m512i) -> __m512i {
        // SAFETY: `self`
        unsafe { _mm512_sub_epi64(x, y) }
    }

    #[inline(always)]
    fn min(self, x: __m512i, y: __m512i) -> __m512i {
        // SAFETY: `self`
        unsafe { _mm512_min_epu64(x, y) }
    }

    #[inline(always)]
    fn madd_low(self, sum: __m512i, x: __m512i, y: __m512i) -> __m512i {
        // SAFETY: `self`
        unsafe { _mm512_madd52lo_epu64(sum, x, y) }
    }

    #[inline(always)]
    fn madd_high(self, sum: __m512i, x: __m512i, y: __m512i) -> __m512i {
        // SAFETY: `self`
        unsafe { _mm512_madd52hi_epu64(sum, x, y) }
    }

    #[inline(always)]
    fn carry(self, x: __m512i) -> __m512i {
        // SAFETY: `self`
        unsafe { _mm512_srli_epi64::<FACTOR_BITS>(x) }
    }

    #[inline(always)]
    fn permute(self, x: __m512i, order: __m512i) -> __m512i {
        // SAFETY: `self`
        unsafe { _mm512_permutexvar_epi64(order, x) }
    }

    #[inline(always)]
    fn even_lanes(self, x: __m512i, y: __m512i) -> __m512i {
        // SAFETY: `self`
        unsafe { _mm512_unpacklo_epi64(x, y) }
    }

    #[inline(always)]
    fn odd_lanes(self, x: __m512i, y: __m512i) -> __m512i {
        // SAFETY: `self`
        unsafe { _mm512_unpackhi_epi64(x, y) }
    }

    #[inline(always)]
    fn even_pairs(self, x: __m512i, y: __m512i) -> __m512i {
        // SAFETY: `self`
        unsafe { _mm512_shuffle_i64x2::<0b10_00_10_00>(x, y) }
    }

    #[inline(always)]
    fn odd_pairs(self, x: __m512i, y: __m512i) -> __m512i {
        // SAFETY: `self`
        unsafe { _mm512_shuffle_i64x2::<0b11_01_11_01>(x, y) }
    }

    #[inline(always)]
    fn splat_float(self, x: f64) -> __m512d {
        // SAFETY: `self`
        unsafe { _mm512_set1_pd(x) }
    }

    #[inline(always)]
    fn to_float(self, x: __m512i) -> __m512d {
        // SAFETY: `self`
        unsafe { _mm512_cvtepu64_pd(x) }
    }

    #[inline(always)]
    fn floor(self, x: __m512d) -> __m512i {
        // SAFETY: `self`
        unsafe { _mm512_cvttpd_epu64(x) }
    }

    #[inline(always)]
    fn add_float(self, x: __m512d, y: __m512d) -> __m512d {
        // SAFETY: `self`
        unsafe { _mm512_add_pd(x, y) }
    }

    #[inline(always)]
    fn mul_float(self, x: __m512d, y: __m512d) -> __m512d {
        // SAFETY: `self`
        unsafe { _mm512_mul_pd(x, y) }
    }

    #[inline(always)]
    fn prefetch(self, line: *const Vector) {
        // SAFETY: a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(line.cast()) }
    }
}

/// U vectors of values from number `start` on.
#[inline(always)]
pub(super) fn load_values<L: Lanes, const U: usize>(lanes: L, values: &[u64], start: usize) -> [L::V; U] {
    let vectors = values[start..][..U * LANES].as_chunks().0;
    let mut out = [lanes.splat(0); U];
    for u in 0..U {
        out[u] = lanes.load(&vectors[u]);
    }
    out
}

/// Rows become columns: lane j of vector i becomes lane i of vector j.
#[inline(always)]
pub(super) fn transpose<L: Lanes>(lanes: L, rows: [L::V; LANES]) -> [L::V; LANES] {
    let mut out = rows;
    for odd in 0..2 {
        // Vector i holds rows 2i and 2i + 1 of columns 0, 2, 4, 6 (or 1, 3, 5, 7), in pairs of lanes.
        let mut pairs = [rows[0]; 4];
        for (i, pair) in pairs.iter_mut().enumerate() {
            let (x, y) = (rows[2 * i], rows[2 * i + 1]);
            *pair = if odd == 0 { lanes.even_lanes(x, y) } else { lanes.odd_lanes(x, y) };
        }
        // Rows 0..4 and 4..8 of columns 0 and 4, of columns 2 and 6.
        let [even_low, even_high] =
            [lanes.even_pairs(pairs[0], pairs[1]), lanes.even_pairs(pairs[2], pairs[3])];
        let [odd_low, odd_high] = [lanes.odd_pairs(pairs[0], pairs[1]), lanes.odd_pairs(pairs[2], pairs[3])];
        out[odd] = lanes.even_pairs(even_low, even_high);
        out[odd + 2] = lanes.even_pairs(odd_low, odd_high);
        out[odd + 4] = lanes.odd_pairs(even_low, even_high);
        out[odd + 6] = lanes.odd_pairs(odd_low, odd_high);
    }
    out
}

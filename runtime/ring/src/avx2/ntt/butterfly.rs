//! Butterflies on vectors of four values.

use std::arch::x86_64::*;

use super::super::arith::{Factor, Prime};
use super::bounds::Reduce;

/// A centered root w and w/q.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Root {
    w: f64,
    ratio: f64,
}

impl Root {
    pub(super) fn new(w: f64, q: u64) -> Self {
        Self { w, ratio: w / q as f64 }
    }

    /// In all lanes.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    pub(super) fn splat(&self) -> Factor {
        Factor::splat(self.w, self.ratio)
    }
}

/// (x + w·y, x − w·y).
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn cooley_tukey(prime: Prime, x: __m256d, y: __m256d, f: Factor) -> (__m256d, __m256d) {
    let t = f.mul(y, prime);
    (_mm256_add_pd(x, t), _mm256_sub_pd(x, t))
}

/// (x + y, (y − x)·w).
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn gentleman_sande(prime: Prime, x: __m256d, y: __m256d, f: Factor) -> (__m256d, __m256d) {
    (_mm256_add_pd(x, y), f.mul(_mm256_sub_pd(y, x), prime))
}

/// Two layers of the forward transform on one vector of each quarter of a block: f = (root of the block, of its halves).
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn forward_four(prime: Prime, reduce: bool, mut x: [__m256d; 4], f: [Factor; 3]) -> [__m256d; 4] {
    if reduce {
        x = [prime.centre(x[0]), prime.centre(x[1]), prime.centre(x[2]), prime.centre(x[3])];
    }
    let (a, c) = cooley_tukey(prime, x[0], x[2], f[0]);
    let (b, d) = cooley_tukey(prime, x[1], x[3], f[0]);
    let (a, b) = cooley_tukey(prime, a, b, f[1]);
    let (c, d) = cooley_tukey(prime, c, d, f[2]);
    [a, b, c, d]
}

/// Two layers of the inverse transform: f = (mirrored root of the block, of its halves).
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn inverse_four(prime: Prime, reduce: Reduce, x: [__m256d; 4], f: [Factor; 3]) -> [__m256d; 4] {
    let (a, b) = gentleman_sande(prime, x[0], x[1], f[1]);
    let (c, d) = gentleman_sande(prime, x[2], x[3], f[2]);
    let (a, c) = gentleman_sande(prime, a, c, f[0]);
    let (b, d) = gentleman_sande(prime, b, d, f[0]);
    match reduce {
        Reduce::None => [a, b, c, d],
        Reduce::Sum => [prime.centre(a), b, c, d],
        Reduce::All => [prime.centre(a), prime.centre(b), prime.centre(c), prime.centre(d)],
    }
}

/// Rows to columns: lane i of vector j becomes lane j of vector i.
#[inline]
#[target_feature(enable = "avx2,fma")]
pub(super) fn transpose(x: [__m256d; 4]) -> [__m256d; 4] {
    let (a, b) = (_mm256_unpacklo_pd(x[0], x[1]), _mm256_unpackhi_pd(x[0], x[1]));
    let (c, d) = (_mm256_unpacklo_pd(x[2], x[3]), _mm256_unpackhi_pd(x[2], x[3]));
    [
        _mm256_permute2f128_pd::<0x20>(a, c),
        _mm256_permute2f128_pd::<0x20>(b, d),
        _mm256_permute2f128_pd::<0x31>(a, c),
        _mm256_permute2f128_pd::<0x31>(b, d),
    ]
}

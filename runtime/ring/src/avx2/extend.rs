//! Base extension with sums of f64 products.
//!
//! A block of coefficients is converted once and kept in the first-level cache, one cache line of values after the other: the terms
//! of line g are the doubles y_0 − h_0, …, y_(K−1) − h_(K−1), v. The h_i = (q_i − 1)/2 make the factors signed and so win one bit;
//! what they take away, Σ h_i·w_i, is a constant per target with which its sums begin.

use std::arch::x86_64::*;

use super::Avx2;
use super::arith::{Divisor, LINE, Sum, get, load, put, raise, store, to_residue};
use crate::extend::Constants;
use crate::modulus::Modulus;

/// 2^52, what [`raise`] adds.
const RAISED: f64 = (1u64 << 52) as f64;

/// Converted lines of terms per block: half of the first-level cache.
const BLOCK_TERMS: usize = (16 << 10) / size_of::<Term>();

/// The values of one term in one line.
type Term = [f64; LINE];

#[derive(Debug, Clone)]
pub(crate) struct Weights {
    source: Vec<Source>,
    target: Vec<Target>,
    /// The number of products between two reductions.
    flush: usize,
    _unit: Avx2,
}

#[derive(Debug, Clone)]
struct Source {
    /// 1/q_i
    reciprocal: f64,
    /// 2^52 + h_i
    shift: f64,
}

/// A prime p of the target basis.
#[derive(Debug, Clone)]
struct Target {
    p: f64,
    inverse: f64,
    /// 1.5·2^(52+k)
    origin: f64,
    /// Σ h_i·w_i, in ±p/2
    start: f64,
    /// w_i = Q/q_i mod p for every i, then −Q mod p, in ±p/2.
    weights: Vec<f64>,
}

impl Weights {
    pub(crate) fn new(unit: Avx2, constants: &Constants) -> Self {
        let source = constants.source.iter().map(Modulus::value);
        let largest = source.clone().max().unwrap_or(0) / 2;
        let bounds = |m: &Modulus| Bounds::new(constants.source.len() as u64, largest, m);
        Self {
            source: source.map(Source::new).collect(),
            target: constants
                .target
                .iter()
                .zip(&constants.cofactors)
                .map(|(m, row)| Target::new(constants, m, row, bounds(m).k))
                .collect(),
            flush: constants.target.iter().map(|m| bounds(m).products).min().unwrap_or(1),
            _unit: unit,
        }
    }

    pub(crate) fn target_len(&self) -> usize {
        self.target.len()
    }

    pub(crate) fn convert(&self, scaled: &[u64], targets: &[usize], out: &mut [u64]) {
        let n = scaled.len() / self.source.len();
        let whole = n - n % LINE;
        let mut buffer = [[0.0; LINE]; BLOCK_TERMS];
        // No cryptosystem here has so many primes that one line of terms exceeds a block.
        let mut large = vec![[0.0; LINE]; if self.terms() > BLOCK_TERMS { self.terms() } else { 0 }];
        let buffer = if large.is_empty() { &mut buffer[..] } else { &mut large[..] };
        for start in (0..whole).step_by(self.block_lines() * LINE) {
            let lines = ((whole - start) / LINE).min(self.block_lines());
            let buffer = &mut buffer[..lines * self.terms()];
            self.convert_block(scaled, targets, out, start, buffer);
        }
        if whole < n {
            self.convert_rest(scaled, targets, out, whole);
        }
    }

    /// The last coefficients, fewer than a line: as limbs of one line.
    fn convert_rest(&self, scaled: &[u64], targets: &[usize], out: &mut [u64], done: usize) {
        let n = scaled.len() / self.source.len();
        let mut padded = vec![0; self.source.len() * LINE];
        for (to, from) in padded.chunks_exact_mut(LINE).zip(scaled.chunks_exact(n)) {
            to[..n - done].copy_from_slice(&from[done..]);
        }
        let mut results = vec![0; targets.len() * LINE];
        self.convert(&padded, targets, &mut results);
        for (to, from) in out.chunks_exact_mut(n).zip(results.chunks_exact(LINE)) {
            to[done..].copy_from_slice(&from[..n - done]);
        }
    }

    /// One v besides the y_i.
    fn terms(&self) -> usize {
        self.source.len() + 1
    }

    fn block_lines(&self) -> usize {
        (BLOCK_TERMS / self.terms()).max(1)
    }

    /// The coefficients from `start` on, as many lines as the buffer has room for.
    #[allow(unsafe_code)]
    fn convert_block(
        &self,
        scaled: &[u64],
        targets: &[usize],
        out: &mut [u64],
        start: usize,
        buffer: &mut [Term],
    ) {
        // SAFETY: `Avx2` is the proof that these instructions exist.
        unsafe { self.fill(scaled, start, buffer) };
        let n = scaled.len() / self.source.len();
        let (mut targets, mut out) = (targets, out);
        while !targets.is_empty() {
            // Three targets make six sums: enough to hide the latencies, and just as many as there are registers.
            let now = match targets.len() {
                1 => self.multiply_block::<1>(buffer, targets, out, n, start),
                2 | 4 => self.multiply_block::<2>(buffer, targets, out, n, start),
                _ => self.multiply_block::<3>(buffer, targets, out, n, start),
            };
            (targets, out) = (&targets[now..], &mut out[now * n..]);
        }
    }

    /// The first R targets, at the coefficients from `start` on. Returns R.
    #[allow(unsafe_code)]
    fn multiply_block<const R: usize>(
        &self,
        buffer: &[Term],
        targets: &[usize],
        out: &mut [u64],
        n: usize,
        start: usize,
    ) -> usize {
        let len = buffer.len() / self.terms() * LINE;
        let mut limbs = out.chunks_exact_mut(n).map(|limb| limb[start..start + len].as_chunks_mut().0);
        let out = std::array::from_fn(|_| limbs.next().unwrap_or_default());
        let targets = std::array::from_fn(|r| &self.target[targets[r]]);
        // SAFETY: `Avx2` is the proof that these instructions exist.
        unsafe { self.kernel::<R>()(buffer, self.flush, targets, out) };
        R
    }

    /// What computes the sums of a block modulo R primes. The usual numbers of terms are constants, which frees registers; v is
    /// small and takes no place of its own before a reduction.
    fn kernel<const R: usize>(&self) -> Kernel<R> {
        match self.terms() {
            terms if terms > self.flush + 1 => multiply_many,
            2 => multiply::<2, R>,
            3 => multiply::<3, R>,
            4 => multiply::<4, R>,
            5 => multiply::<5, R>,
            6 => multiply::<6, R>,
            7 => multiply::<7, R>,
            8 => multiply::<8, R>,
            9 => multiply::<9, R>,
            10 => multiply::<10, R>,
            11 => multiply::<11, R>,
            12 => multiply::<12, R>,
            13 => multiply::<13, R>,
            _ => multiply_many,
        }
    }

    /// Converts the coefficients from `start` on.
    #[target_feature(enable = "avx2,fma")]
    fn fill(&self, scaled: &[u64], start: usize, buffer: &mut [Term]) {
        let lines = buffer.len() / self.terms();
        let (most, last) = buffer.split_at_mut((lines - lines % 4) * self.terms());
        for (g, group) in most.chunks_exact_mut(4 * self.terms()).enumerate() {
            self.fill_lines::<4>(scaled, start + g * 4 * LINE, group);
        }
        for (g, line) in last.chunks_exact_mut(self.terms()).enumerate() {
            self.fill_lines::<1>(scaled, start + (lines / 4 * 4 + g) * LINE, line);
        }
    }

    /// G lines, and their v = ⌊Σ y_i/q_i + 1/2⌋.
    ///
    /// All kernels add in the order of the limbs, and round after every product: v is the same on every processor.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn fill_lines<const G: usize>(&self, scaled: &[u64], start: usize, buffer: &mut [Term]) {
        let (n, terms) = (scaled.len() / self.source.len(), self.terms());
        let raised = _mm256_set1_pd(RAISED);
        let mut quotients = [[_mm256_set1_pd(0.5); 2]; G];
        for (i, source) in self.source.iter().enumerate() {
            let reciprocal = _mm256_set1_pd(source.reciprocal);
            let shift = _mm256_set1_pd(source.shift);
            let values = &scaled[i * n + start..][..G * LINE].as_chunks().0;
            for g in 0..G {
                let y = raise(load(&values[g]));
                for v in 0..2 {
                    let product = _mm256_mul_pd(_mm256_sub_pd(y[v], raised), reciprocal);
                    quotients[g][v] = _mm256_add_pd(quotients[g][v], product);
                }
                let centered = [_mm256_sub_pd(y[0], shift), _mm256_sub_pd(y[1], shift)];
                put(&mut buffer[g * terms + i], centered);
            }
        }
        for (g, quotient) in quotients.iter().enumerate() {
            let floors = [_mm256_floor_pd(quotient[0]), _mm256_floor_pd(quotient[1])];
            put(&mut buffer[g * terms + terms - 1], floors);
        }
    }
}

/// Converted values, the number of products between two reductions, targets, results.
type Kernel<const R: usize> = unsafe fn(&[Term], usize, [&Target; R], [&mut [[u64; LINE]]; R]);

/// The sums of a block modulo R primes, for T terms with one reduction.
#[target_feature(enable = "avx2,fma")]
fn multiply<const T: usize, const R: usize>(
    buffer: &[Term],
    _flush: usize,
    targets: [&Target; R],
    out: [&mut [[u64; LINE]]; R],
) {
    let lines = buffer.as_chunks::<T>().0;
    let mut rows = [&[0.0; T]; R];
    let mut divisors = [targets[0].divisor(); R];
    let mut starts = [[_mm256_setzero_pd(); 2]; R];
    for r in 0..R {
        rows[r] = &targets[r].weights.as_chunks::<T>().0[0];
        divisors[r] = targets[r].divisor();
        starts[r] = [_mm256_set1_pd(targets[r].start); 2];
        assert_eq!(out[r].len(), lines.len());
    }
    for (g, line) in lines.iter().enumerate() {
        let mut sums = begin(&divisors, starts);
        for i in 0..T {
            let mut weights = [0.0; R];
            for r in 0..R {
                weights[r] = rows[r][i];
            }
            add(&mut sums, &line[i], weights);
        }
        let low = reduce(&divisors, sums);
        for r in 0..R {
            let p = divisors[r].p;
            store(&mut out[r][g], [to_residue(low[r][0], p), to_residue(low[r][1], p)]);
        }
    }
}

/// The same for any number of terms.
#[target_feature(enable = "avx2,fma")]
fn multiply_many<const R: usize>(
    buffer: &[Term],
    flush: usize,
    targets: [&Target; R],
    out: [&mut [[u64; LINE]]; R],
) {
    let terms = targets[0].weights.len();
    let mut divisors = [targets[0].divisor(); R];
    let mut starts = [[_mm256_setzero_pd(); 2]; R];
    for r in 0..R {
        divisors[r] = targets[r].divisor();
        starts[r] = [_mm256_set1_pd(targets[r].start); 2];
        assert_eq!(targets[r].weights.len(), terms);
    }
    for (g, line) in buffer.chunks_exact(terms).enumerate() {
        let mut low = starts;
        for (group, at) in groups(line, flush) {
            let mut sums = begin(&divisors, low);
            for (i, y) in group.iter().enumerate() {
                let mut weights = [0.0; R];
                for r in 0..R {
                    weights[r] = targets[r].weights[at + i];
                }
                add(&mut sums, y, weights);
            }
            low = reduce(&divisors, sums);
        }
        for r in 0..R {
            let p = divisors[r].p;
            store(&mut out[r][g], [to_residue(low[r][0], p), to_residue(low[r][1], p)]);
        }
    }
}

/// The terms of a line in groups of `flush` and where they begin, with v in the last.
fn groups(line: &[Term], flush: usize) -> impl Iterator<Item = (&[Term], usize)> {
    let products = line.len() - 1;
    (0..products).step_by(flush).map(move |at| {
        let end = if at + flush < products { at + flush } else { line.len() };
        (&line[at..end], at)
    })
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn begin<const R: usize>(divisors: &[Divisor; R], low: [[__m256d; 2]; R]) -> [[Sum; 2]; R] {
    let mut sums = [divisors[0].sums(low[0]); R];
    for r in 1..R {
        sums[r] = divisors[r].sums(low[r]);
    }
    sums
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn reduce<const R: usize>(divisors: &[Divisor; R], sums: [[Sum; 2]; R]) -> [[__m256d; 2]; R] {
    let mut low = [[_mm256_setzero_pd(); 2]; R];
    for r in 0..R {
        low[r] = [divisors[r].reduce_small(sums[r][0]), divisors[r].reduce_small(sums[r][1])];
    }
    low
}

/// One term for all sums.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn add<const R: usize>(sums: &mut [[Sum; 2]; R], y: &Term, weights: [f64; R]) {
    let y = get(y);
    for r in 0..R {
        let w = _mm256_set1_pd(weights[r]);
        sums[r][0].add(y[0], w);
        sums[r][1].add(y[1], w);
    }
}

impl Source {
    fn new(q: u64) -> Self {
        Self { reciprocal: 1.0 / q as f64, shift: RAISED + (q / 2) as f64 }
    }
}

impl Target {
    fn new(constants: &Constants, m: &Modulus, row: &[u64], k: u32) -> Self {
        let shifts = constants.source.iter().map(|q| m.reduce(q.value() / 2));
        let start = shifts.zip(row).fold(0, |sum, (h, &w)| m.add(sum, m.mul(h, w)));
        Self {
            p: m.value() as f64,
            inverse: 1.0 / m.value() as f64,
            origin: 1.5 * RAISED * (1u64 << k) as f64,
            start: m.centre(start) as f64,
            weights: row.iter().map(|&w| m.centre(w) as f64).collect(),
        }
    }

    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn divisor(&self) -> Divisor {
        Divisor::with_origin(self.p, self.inverse, self.origin)
    }
}

/// How many products may be added before a reduction.
///
/// Let K be the number of limbs, h_q the largest h_i, h_p = (p − 1)/2, so that a product y·w is at most h_q·h_p. To N of them comes
/// v·w of at most (K + 1)·h_p, and `low` starts in (−p, p). What [`Sum`] and [`Divisor`] ask for is
///
/// 1. N·h_q·h_p + (K + 1)·h_p + (N + 1)·2^(k−1) ≤ 2^(51+k): `high` stays in its binade;
/// 2. (N + 1)·2^(k−1) + 2p ≤ 2^53: `low` and the remainder are exact;
/// 3. |S/p| ≤ N·h_q/2 + (K + 1)/2 + 1 < 2^51: the quotient of [`Divisor::reduce_small`] errs by 1/4 for the reciprocal, 1/8 for its
///    own rounding, and |low/p|·2^(−52) for the rest, so by less than 1/2 if |low| ≤ 2^48·p.
///
/// All the more so for fewer products. For 50 bits there are 8, for 51 bits 3.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    k: u32,
    /// N
    products: usize,
}

impl Bounds {
    fn new(limbs: u64, largest: u64, target: &Modulus) -> Self {
        let (p, limbs, h_q) = (u128::from(target.value()), u128::from(limbs), u128::from(largest));
        let h_p = p / 2;
        let quotient = ((1 << 52) - limbs - 4) / h_q;
        let products = |k: u32| {
            let error = 1 << (k - 1);
            let high = (1u128 << (51 + k)).saturating_sub((limbs + 1) * h_p + error) / (h_q * h_p + error);
            let low = ((1 << 53).min(p << 48) - 2 * p) / error - 1;
            high.min(low).min(quotient)
        };
        let best = (1..=target.bits()).map(|k| (products(k), k)).max();
        best.map_or(Self { k: 1, products: 1 }, |(products, k)| Self { k, products: products as usize })
    }
}

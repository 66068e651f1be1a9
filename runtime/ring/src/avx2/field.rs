//! One pass over limbs, a cache line of values at a time: sums as integers, products as f64.

use std::arch::x86_64::*;

use super::Avx2;
use super::arith::{
    Divisor, Factor, LANES, LINE, Prime, Sum, load, prefetch, raise, store, terms, to_float, to_residue,
};
use crate::automorphism::NttPermutation;
use crate::modulus::Modulus;
use crate::portable::field as portable;

/// A line of residues.
type Line = [u64; LINE];

/// How far ahead of their use the keys of an inner product are fetched: they come from memory, in many streams.
const AHEAD: usize = 1024;

/// How many lines ahead of their use the sources of a permutation are fetched: no processor guesses their order.
const LINES_AHEAD: usize = 12;

// Every method has its body in a function for AVX2 and FMA.
#[allow(unsafe_code)]
impl Avx2 {
    pub(crate) fn add_assign(self, m: &Modulus, a: &mut [u64], b: &[u64]) {
        // SAFETY: an `Avx2` is the proof that the processor has both.
        unsafe { add_assign(m, a, b) }
    }

    pub(crate) fn sub_assign(self, m: &Modulus, a: &mut [u64], b: &[u64]) {
        // SAFETY: an `Avx2` is the proof that the processor has both.
        unsafe { sub_assign(m, a, b) }
    }

    pub(crate) fn negate(self, m: &Modulus, a: &mut [u64]) {
        // SAFETY: an `Avx2` is the proof that the processor has both.
        unsafe { negate(m, a) }
    }

    pub(crate) fn scale(self, m: &Modulus, a: &mut [u64], w: u64) {
        // SAFETY: an `Avx2` is the proof that the processor has both.
        unsafe { scale(m, a, w) }
    }

    pub(crate) fn sum_of_products(self, m: &Modulus, terms: &[(&[u64], &[u64])], out: &mut [u64]) {
        // SAFETY: an `Avx2` is the proof that the processor has both.
        unsafe { sum_of_products(m, terms, out) }
    }

    pub(crate) fn inner_products(
        self,
        m: &Modulus,
        terms: &[(&[u64], &[u64], &[u64])],
        out_a: &mut [u64],
        out_b: &mut [u64],
    ) {
        // SAFETY: an `Avx2` is the proof that the processor has both.
        unsafe { inner_products(m, terms, out_a, out_b) }
    }

    pub(crate) fn sub_scale(
        self,
        m: &Modulus,
        xy: (&[u64], &[u64]),
        w: u64,
        z: Option<&[u64]>,
        permutation: Option<&NttPermutation>,
        out: &mut [u64],
    ) {
        match permutation {
            // SAFETY: as above.
            None => unsafe { sub_scale(m, xy, w, z, out) },
            // SAFETY: as above.
            Some(permutation) if out.len() >= LINE => unsafe {
                sub_scale_permuted(m, xy, w, z, permutation, out);
            },
            Some(_) => portable::sub_scale(m, xy, w, z, permutation, out),
        }
    }

    pub(crate) fn add_permuted(
        self,
        m: &Modulus,
        out: &mut [u64],
        x: &[u64],
        p: Option<&[u64]>,
        permutation: &NttPermutation,
    ) {
        if out.len() < LINE {
            return portable::add_permuted(m, out, x, p, permutation);
        }
        match p {
            // SAFETY: as above.
            None => unsafe { add_permuted(m, out, x, permutation) },
            // SAFETY: as above.
            Some(p) => unsafe { add_multiple_permuted(m, out, x, p, permutation) },
        }
    }
}

/// a + b − q where that is not negative, else a + b.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn add(a: [__m256i; 2], b: [__m256i; 2], q: __m256i) -> [__m256i; 2] {
    let half = |a, b| {
        let sum = _mm256_add_epi64(a, b);
        select_negative(_mm256_sub_epi64(sum, q), sum)
    };
    [half(a[0], b[0]), half(a[1], b[1])]
}

/// `d`, but `other` where d < 0 as a signed number.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn select_negative(d: __m256i, other: __m256i) -> __m256i {
    let [d, other] = [_mm256_castsi256_pd(d), _mm256_castsi256_pd(other)];
    _mm256_castpd_si256(_mm256_blendv_pd(d, other, d))
}

#[target_feature(enable = "avx2,fma")]
fn add_assign(m: &Modulus, a: &mut [u64], b: &[u64]) {
    let q = _mm256_set1_epi64x(m.value() as i64);
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks_mut(), b.as_chunks());
    for (a, b) in a.iter_mut().zip(b) {
        store(a, add(load(a), load(b), q));
    }
    portable::add_assign(m, a_rest, b_rest);
}

#[target_feature(enable = "avx2,fma")]
fn sub_assign(m: &Modulus, a: &mut [u64], b: &[u64]) {
    let q = _mm256_set1_epi64x(m.value() as i64);
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks_mut(), b.as_chunks());
    for (a, b) in a.iter_mut().zip(b) {
        let (x, y) = (load(a), load(b));
        let half = |x, y| {
            let d = _mm256_sub_epi64(x, y);
            select_negative(d, _mm256_add_epi64(d, q))
        };
        store(a, [half(x[0], y[0]), half(x[1], y[1])]);
    }
    portable::sub_assign(m, a_rest, b_rest);
}

#[target_feature(enable = "avx2,fma")]
fn negate(m: &Modulus, a: &mut [u64]) {
    let q = _mm256_set1_epi64x(m.value() as i64);
    let (a, rest) = a.as_chunks_mut();
    for a in a {
        let x = load(a);
        let half = |x| {
            let zero = _mm256_cmpeq_epi64(x, _mm256_setzero_si256());
            _mm256_andnot_si256(zero, _mm256_sub_epi64(q, x))
        };
        store(a, [half(x[0]), half(x[1])]);
    }
    portable::negate(m, rest);
}

#[target_feature(enable = "avx2,fma")]
fn scale(m: &Modulus, a: &mut [u64], w: u64) {
    let (prime, factor) = (Prime::new(m.value()), Factor::new(m.centre(w), m.value()));
    let (a, rest) = a.as_chunks_mut();
    for a in a {
        let x = load(a);
        let half = |x| to_residue(factor.mul(to_float(x), prime), prime.q);
        store(a, [half(x[0]), half(x[1])]);
    }
    portable::scale(m, rest, w);
}

/// A line of integers in [0, 2^52) to f64.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn floats(line: &Line) -> [__m256d; 2] {
    let x = load(line);
    [to_float(x[0]), to_float(x[1])]
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn accumulate(sums: &mut [Sum; 2], x: [__m256d; 2], y: [__m256d; 2]) {
    sums[0].add(x[0], y[0]);
    sums[1].add(x[1], y[1]);
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn reduce(divisor: &Divisor, sums: [Sum; 2]) -> [__m256d; 2] {
    [divisor.reduce(sums[0]), divisor.reduce(sums[1])]
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn write(out: &mut Line, r: [__m256d; 2], q: __m256d) {
    store(out, [to_residue(r[0], q), to_residue(r[1], q)]);
}

#[target_feature(enable = "avx2,fma")]
fn sum_of_products(m: &Modulus, pairs: &[(&[u64], &[u64])], out: &mut [u64]) {
    match *pairs {
        [t0] => few_products(m, [t0], out),
        [t0, t1] => few_products(m, [t0, t1], out),
        [t0, t1, t2] if terms(m.value()) >= 3 => few_products(m, [t0, t1, t2], out),
        [t0, t1, t2, t3] if terms(m.value()) >= 4 => few_products(m, [t0, t1, t2, t3], out),
        _ => many_products(m, pairs, out),
    }
    let done = out.len() / LINE * LINE;
    if done < out.len() {
        let rest: Vec<_> = pairs.iter().map(|(a, b)| (&a[done..], &b[done..])).collect();
        portable::sum_of_products(m, &rest, &mut out[done..]);
    }
}

/// A number of terms known at compile time, with one reduction.
#[target_feature(enable = "avx2,fma")]
fn few_products<const K: usize>(m: &Modulus, pairs: [(&[u64], &[u64]); K], out: &mut [u64]) {
    let divisor = Divisor::new(m.value());
    let out = out.as_chunks_mut().0;
    let pairs = pairs.map(|(a, b)| (lines(a, out.len()), lines(b, out.len())));
    for (g, out) in out.iter_mut().enumerate() {
        let mut sums = divisor.sums([_mm256_setzero_pd(); 2]);
        for (a, b) in &pairs {
            accumulate(&mut sums, floats(&a[g]), floats(&b[g]));
        }
        write(out, reduce(&divisor, sums), divisor.p);
    }
}

#[target_feature(enable = "avx2,fma")]
fn many_products(m: &Modulus, pairs: &[(&[u64], &[u64])], out: &mut [u64]) {
    let divisor = Divisor::new(m.value());
    for (g, out) in out.as_chunks_mut::<LINE>().0.iter_mut().enumerate() {
        let mut low = [_mm256_setzero_pd(); 2];
        for group in pairs.chunks(terms(m.value())) {
            let mut sums = divisor.sums(low);
            for (a, b) in group {
                accumulate(&mut sums, floats(line(a, g)), floats(line(b, g)));
            }
            low = reduce(&divisor, sums);
        }
        write(out, low, divisor.p);
    }
}

/// The first `count` lines.
fn lines(limb: &[u64], count: usize) -> &[Line] {
    &limb.as_chunks().0[..count]
}

/// Line number g.
#[inline(always)]
fn line(limb: &[u64], g: usize) -> &Line {
    &limb.as_chunks().0[g]
}

#[target_feature(enable = "avx2,fma")]
fn inner_products(m: &Modulus, triples: &[(&[u64], &[u64], &[u64])], out_a: &mut [u64], out_b: &mut [u64]) {
    match *triples {
        [t0] => few_inner_products(m, [t0], out_a, out_b),
        [t0, t1] => few_inner_products(m, [t0, t1], out_a, out_b),
        [t0, t1, t2] if terms(m.value()) >= 3 => few_inner_products(m, [t0, t1, t2], out_a, out_b),
        [t0, t1, t2, t3] if terms(m.value()) >= 4 => few_inner_products(m, [t0, t1, t2, t3], out_a, out_b),
        _ => many_inner_products(m, triples, out_a, out_b),
    }
    let done = out_a.len() / LINE * LINE;
    if done < out_a.len() {
        let rest: Vec<_> = triples.iter().map(|(x, a, b)| (&x[done..], &a[done..], &b[done..])).collect();
        portable::inner_products(m, &rest, &mut out_a[done..], &mut out_b[done..]);
    }
}

/// A number of terms known at compile time, with one reduction.
#[target_feature(enable = "avx2,fma")]
fn few_inner_products<const K: usize>(
    m: &Modulus,
    triples: [(&[u64], &[u64], &[u64]); K],
    out_a: &mut [u64],
    out_b: &mut [u64],
) {
    let divisor = Divisor::new(m.value());
    let (out_a, out_b) = (out_a.as_chunks_mut().0, out_b.as_chunks_mut().0);
    let count = out_a.len();
    let triples = triples.map(|(x, a, b)| (lines(x, count), lines(a, count), lines(b, count)));
    for (g, (out_a, out_b)) in out_a.iter_mut().zip(out_b).enumerate() {
        let mut sums = [divisor.sums([_mm256_setzero_pd(); 2]); 2];
        for (x, a, b) in &triples {
            let x = floats(&x[g]);
            prefetch(&a[g], AHEAD);
            prefetch(&b[g], AHEAD);
            accumulate(&mut sums[0], x, floats(&a[g]));
            accumulate(&mut sums[1], x, floats(&b[g]));
        }
        write(out_a, reduce(&divisor, sums[0]), divisor.p);
        write(out_b, reduce(&divisor, sums[1]), divisor.p);
    }
}

#[target_feature(enable = "avx2,fma")]
fn many_inner_products(
    m: &Modulus,
    triples: &[(&[u64], &[u64], &[u64])],
    out_a: &mut [u64],
    out_b: &mut [u64],
) {
    let divisor = Divisor::new(m.value());
    let (out_a, out_b) = (out_a.as_chunks_mut::<LINE>().0, out_b.as_chunks_mut::<LINE>().0);
    for (g, (out_a, out_b)) in out_a.iter_mut().zip(out_b).enumerate() {
        let mut low = [[_mm256_setzero_pd(); 2]; 2];
        for group in triples.chunks(terms(m.value())) {
            let mut sums = [divisor.sums(low[0]), divisor.sums(low[1])];
            for (x, a, b) in group {
                let (x, a, b) = (floats(line(x, g)), line(a, g), line(b, g));
                prefetch(a, AHEAD);
                prefetch(b, AHEAD);
                accumulate(&mut sums[0], x, floats(a));
                accumulate(&mut sums[1], x, floats(b));
            }
            low = [reduce(&divisor, sums[0]), reduce(&divisor, sums[1])];
        }
        write(out_a, low[0], divisor.p);
        write(out_b, low[1], divisor.p);
    }
}

#[target_feature(enable = "avx2,fma")]
fn sub_scale(m: &Modulus, (x, y): (&[u64], &[u64]), w: u64, z: Option<&[u64]>, out: &mut [u64]) {
    let (prime, factor) = (Prime::new(m.value()), Factor::new(m.centre(w), m.value()));
    let lines = out.as_chunks_mut().0.iter_mut().zip(x.as_chunks().0).zip(y.as_chunks().0);
    if let Some(z) = z {
        for (((out, x), y), z) in lines.zip(z.as_chunks().0) {
            let (d, z) = (difference(load(x), load(y)), floats(z));
            write(out, [factor.mul_add(d[0], z[0], prime), factor.mul_add(d[1], z[1], prime)], prime.q);
        }
    } else {
        for ((out, x), y) in lines {
            let d = difference(load(x), load(y));
            write(out, [factor.mul(d[0], prime), factor.mul(d[1], prime)], prime.q);
        }
    }
    let done = out.len() / LINE * LINE;
    let rest = (&x[done..], &y[done..]);
    portable::sub_scale(m, rest, w, z.map(|z| &z[done..]), None, &mut out[done..]);
}

/// x − y, exactly.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn difference(x: [__m256i; 2], y: [__m256i; 2]) -> [__m256d; 2] {
    let (x, y) = (raise(x), raise(y));
    [_mm256_sub_pd(x[0], y[0]), _mm256_sub_pd(x[1], y[1])]
}

/// A permutation of whole lines, with an order of the values within each.
struct Shuffles<'a> {
    blocks: &'a [u32],
    orders: [Order; LINE],
}

/// An order puts each half of the source line, in some order, into one half of the result.
#[derive(Clone, Copy)]
struct Order {
    /// The source half of the first half of the result.
    half: usize,
    /// Positions of 32-bit halves of values within their source half.
    index: [__m256i; 2],
}

impl<'a> Shuffles<'a> {
    #[target_feature(enable = "avx2,fma")]
    fn new(permutation: &'a NttPermutation) -> Self {
        let mut orders = [Order { half: 0, index: [_mm256_setzero_si256(); 2] }; LINE];
        for (order, places) in orders.iter_mut().zip(permutation.orders()) {
            order.half = usize::from(places[0]) / LANES;
            for (index, places) in order.index.iter_mut().zip(places.as_chunks().0) {
                *index = word_positions(*places);
            }
        }
        Self { blocks: permutation.blocks(), orders }
    }

    /// The line that line g of the result comes from.
    #[inline(always)]
    fn source(&self, g: usize) -> (usize, &Order) {
        let block = self.blocks[g] as usize;
        (block / LINE, &self.orders[block % LINE])
    }

    /// Asks for the source of a later line.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn prefetch(&self, g: usize, limb: &[Line]) {
        if let Some(line) =
            self.blocks.get(g + LINES_AHEAD).and_then(|&block| limb.get(block as usize / LINE))
        {
            prefetch(line, 0);
        }
    }
}

impl Order {
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn apply(&self, line: &Line) -> [__m256i; 2] {
        let x = load(line);
        let (first, second) = if self.half == 0 { (x[0], x[1]) } else { (x[1], x[0]) };
        [
            _mm256_permutevar8x32_epi32(first, self.index[0]),
            _mm256_permutevar8x32_epi32(second, self.index[1]),
        ]
    }
}

/// For each of four values the positions of its low and high word, within a half of a line.
#[target_feature(enable = "avx2,fma")]
fn word_positions(places: [u8; LANES]) -> __m256i {
    let word = |value: usize| i32::from(places[value]) % LANES as i32 * 2;
    let [a, b, c, d] = [word(0), word(1), word(2), word(3)];
    _mm256_setr_epi32(a, a + 1, b, b + 1, c, c + 1, d, d + 1)
}

#[target_feature(enable = "avx2,fma")]
fn sub_scale_permuted(
    m: &Modulus,
    (x, y): (&[u64], &[u64]),
    w: u64,
    z: Option<&[u64]>,
    permutation: &NttPermutation,
    out: &mut [u64],
) {
    let (prime, factor) = (Prime::new(m.value()), Factor::new(m.centre(w), m.value()));
    let shuffles = Shuffles::new(permutation);
    let (x, y) = (x.as_chunks().0, y.as_chunks().0);
    let z = z.map(|z| z.as_chunks().0);
    for (g, out) in out.as_chunks_mut().0.iter_mut().enumerate() {
        shuffles.prefetch(g, x);
        shuffles.prefetch(g, y);
        let (source, order) = shuffles.source(g);
        let d = difference(order.apply(&x[source]), order.apply(&y[source]));
        let r = if let Some(z) = z {
            shuffles.prefetch(g, z);
            let z = order.apply(&z[source]);
            [factor.mul_add(d[0], to_float(z[0]), prime), factor.mul_add(d[1], to_float(z[1]), prime)]
        } else {
            [factor.mul(d[0], prime), factor.mul(d[1], prime)]
        };
        write(out, r, prime.q);
    }
}

#[target_feature(enable = "avx2,fma")]
fn add_permuted(m: &Modulus, out: &mut [u64], x: &[u64], permutation: &NttPermutation) {
    let q = _mm256_set1_epi64x(m.value() as i64);
    let shuffles = Shuffles::new(permutation);
    let x = x.as_chunks().0;
    for (g, out) in out.as_chunks_mut().0.iter_mut().enumerate() {
        shuffles.prefetch(g, x);
        let (source, order) = shuffles.source(g);
        store(out, add(load(out), order.apply(&x[source]), q));
    }
}

/// One product per sum, which begins with what is there.
#[target_feature(enable = "avx2,fma")]
fn add_multiple_permuted(m: &Modulus, out: &mut [u64], x: &[u64], p: &[u64], permutation: &NttPermutation) {
    let divisor = Divisor::new(m.value());
    let shuffles = Shuffles::new(permutation);
    let x = x.as_chunks().0;
    for (g, (out, p)) in out.as_chunks_mut().0.iter_mut().zip(p.as_chunks().0).enumerate() {
        shuffles.prefetch(g, x);
        let (source, order) = shuffles.source(g);
        let value = order.apply(&x[source]);
        let mut sums = divisor.sums(floats(out));
        accumulate(&mut sums, floats(p), [to_float(value[0]), to_float(value[1])]);
        write(out, reduce(&divisor, sums), divisor.p);
    }
}

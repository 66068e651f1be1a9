//! Parts of limbs.

use super::field::{Fold, Stepped, orders, source};
use super::lanes::{Lanes, load_values};
use super::prime::{Factor, Prime};
use super::{Avx512, Kernel, LANES, Run, Vector};
use crate::automorphism::NttPermutation;
use crate::modulus::Modulus;
use crate::parts::RepeatedTerm;
use crate::portable::parts as portable;

impl<R: Run> Avx512<R> {
    pub(crate) fn add_scaled(self, m: &Modulus, out: &mut [u64], x: &[u64], w: u64) {
        let ((out, rest), (x, x_rest)) = (out.as_chunks_mut(), x.as_chunks());
        self.0.run(AddScaled { q: m.value(), out, x, w });
        portable::add_scaled(m, rest, x_rest, w);
    }

    pub(crate) fn combine(
        self,
        m: &Modulus,
        pairs: &[(&[u64], &[u64])],
        multiples: &[(&[u64], u64)],
        constant: u64,
        out: &mut [u64],
    ) {
        let (vectors, rest) = out.as_chunks_mut();
        let done = vectors.len() * LANES;
        self.0.run(Combine { q: m.value(), pairs, multiples, constant, out: vectors });
        for (j, out) in (done..).zip(rest) {
            let products = pairs.iter().fold(constant, |sum, (a, b)| m.add(sum, m.mul(a[j], b[j])));
            *out = multiples.iter().fold(products, |sum, (x, w)| m.add(sum, m.mul(x[j], *w)));
        }
    }

    /// Whether runs and parts are of whole vectors.
    pub(crate) fn repeats(self, run: usize, len: usize) -> bool {
        run.is_multiple_of(LANES) && len.is_multiple_of(LANES)
    }

    pub(crate) fn inner_products_repeated(
        self,
        m: &Modulus,
        terms: &[RepeatedTerm<'_>],
        run: usize,
        out_a: &mut [u64],
        out_b: &mut [u64],
    ) {
        let outs = [out_a.as_chunks_mut().0, out_b.as_chunks_mut().0];
        let shift = (run / LANES).trailing_zeros();
        self.0.run(Repeated { q: m.value(), terms, shift, outs });
    }

    pub(crate) fn inner_products_ahead(
        self,
        m: &Modulus,
        terms: &[RepeatedTerm<'_>],
        next: &[RepeatedTerm<'_>],
        out_a: &mut [u64],
        out_b: &mut [u64],
    ) {
        let outs = [out_a.as_chunks_mut().0, out_b.as_chunks_mut().0];
        self.0.run(Ahead { q: m.value(), terms, next, outs });
    }

    pub(crate) fn permute_part(
        self,
        part: &[u64],
        permutation: &NttPermutation,
        first: usize,
        out: &mut [u64],
    ) {
        if !out.len().is_multiple_of(LANES) {
            return permutation.apply_part(part, first, out);
        }
        let (part, out) = (part.as_chunks().0, out.as_chunks_mut().0);
        self.0.run(PermutePart { part, permutation, first: first / LANES, out });
    }
}

struct AddScaled<'a> {
    q: u64,
    out: &'a mut [Vector],
    x: &'a [Vector],
    w: u64,
}

impl Kernel for AddScaled<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let prime = Prime::new(lanes, self.q);
        let w = prime.broadcast(&Factor::new(self.w, self.q));
        for (out, x) in self.out.iter_mut().zip(self.x) {
            lanes.store(out, prime.add(lanes.load(out), prime.product(lanes.load(x), w)));
        }
    }
}

struct Combine<'a> {
    q: u64,
    pairs: &'a [(&'a [u64], &'a [u64])],
    multiples: &'a [(&'a [u64], u64)],
    constant: u64,
    out: &'a mut [Vector],
}

impl Kernel for Combine<'_> {
    #[inline(always)]
    fn run<L: Lanes>(mut self, lanes: L) {
        self.each(lanes);
    }
}

impl Stepped for Combine<'_> {
    fn modulus(&self) -> u64 {
        self.q
    }

    fn vectors(&self) -> usize {
        self.out.len()
    }

    #[inline(always)]
    fn step<L: Lanes, const U: usize>(&mut self, fold: &Fold<L>, start: usize) {
        let (prime, lanes) = (fold.prime, fold.prime.lanes);
        let (mut low, mut high) = ([lanes.splat(self.constant); U], [prime.zero; U]);
        for (a, b) in self.pairs {
            let x = load_values::<L, U>(lanes, a, start * LANES);
            let y = load_values::<L, U>(lanes, b, start * LANES);
            for u in 0..U {
                low[u] = lanes.madd_low(low[u], x[u], y[u]);
                high[u] = lanes.madd_high(high[u], x[u], y[u]);
            }
        }
        for (x, w) in self.multiples {
            let (x, w) = (load_values::<L, U>(lanes, x, start * LANES), lanes.splat(*w));
            for u in 0..U {
                low[u] = lanes.madd_low(low[u], x[u], w);
                high[u] = lanes.madd_high(high[u], x[u], w);
            }
        }
        for u in 0..U {
            lanes.store(&mut self.out[start + u], fold.reduce(high[u], low[u]));
        }
    }
}

struct Repeated<'a> {
    q: u64,
    terms: &'a [RepeatedTerm<'a>],
    /// log2 of the vectors of a run.
    shift: u32,
    outs: [&'a mut [Vector]; 2],
}

impl Kernel for Repeated<'_> {
    #[inline(always)]
    fn run<L: Lanes>(mut self, lanes: L) {
        self.each(lanes);
    }
}

impl Stepped for Repeated<'_> {
    fn modulus(&self) -> u64 {
        self.q
    }

    fn vectors(&self) -> usize {
        self.outs[0].len()
    }

    #[inline(always)]
    fn step<L: Lanes, const U: usize>(&mut self, fold: &Fold<L>, start: usize) {
        let (prime, lanes) = (fold.prime, fold.prime.lanes);
        let (mut low, mut high) = ([[prime.zero; U]; 2], [[prime.zero; U]; 2]);
        for (p, a, b) in self.terms {
            let x = load_values::<L, U>(lanes, a, start * LANES);
            let y = load_values::<L, U>(lanes, b, start * LANES);
            for u in 0..U {
                let p = lanes.splat(p[(start + u) >> self.shift]);
                low[0][u] = lanes.madd_low(low[0][u], x[u], p);
                high[0][u] = lanes.madd_high(high[0][u], x[u], p);
                low[1][u] = lanes.madd_low(low[1][u], y[u], p);
                high[1][u] = lanes.madd_high(high[1][u], y[u], p);
            }
        }
        for k in 0..2 {
            for u in 0..U {
                lanes.store(&mut self.outs[k][start + u], fold.reduce(high[k][u], low[k][u]));
            }
        }
    }
}

struct Ahead<'a> {
    q: u64,
    terms: &'a [RepeatedTerm<'a>],
    next: &'a [RepeatedTerm<'a>],
    outs: [&'a mut [Vector]; 2],
}

impl Kernel for Ahead<'_> {
    #[inline(always)]
    fn run<L: Lanes>(mut self, lanes: L) {
        self.each(lanes);
    }
}

impl Stepped for Ahead<'_> {
    fn modulus(&self) -> u64 {
        self.q
    }

    fn vectors(&self) -> usize {
        self.outs[0].len()
    }

    #[inline(always)]
    fn step<L: Lanes, const U: usize>(&mut self, fold: &Fold<L>, start: usize) {
        let (prime, lanes) = (fold.prime, fold.prime.lanes);
        for (x, a, b) in self.next {
            for limb in [x, a, b] {
                for line in &limb[start * LANES..][..U * LANES].as_chunks().0[..U] {
                    lanes.prefetch(line);
                }
            }
        }
        let (mut low, mut high) = ([[prime.zero; U]; 2], [[prime.zero; U]; 2]);
        for (x, a, b) in self.terms {
            let x = load_values::<L, U>(lanes, x, start * LANES);
            let a = load_values::<L, U>(lanes, a, start * LANES);
            let b = load_values::<L, U>(lanes, b, start * LANES);
            for u in 0..U {
                low[0][u] = lanes.madd_low(low[0][u], x[u], a[u]);
                high[0][u] = lanes.madd_high(high[0][u], x[u], a[u]);
                low[1][u] = lanes.madd_low(low[1][u], x[u], b[u]);
                high[1][u] = lanes.madd_high(high[1][u], x[u], b[u]);
            }
        }
        for k in 0..2 {
            for u in 0..U {
                lanes.store(&mut self.outs[k][start + u], fold.reduce(high[k][u], low[k][u]));
            }
        }
    }
}

struct PermutePart<'a> {
    part: &'a [Vector],
    permutation: &'a NttPermutation,
    /// Number of the first vector of the result in the limb.
    first: usize,
    out: &'a mut [Vector],
}

impl Kernel for PermutePart<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let (orders, mask) = (orders(self.permutation), self.part.len() - 1);
        for (j, out) in self.out.iter_mut().enumerate() {
            let (from, order) = source(self.permutation, self.first + j);
            let value = lanes.load(&self.part[from & mask]);
            lanes.store(out, lanes.permute(value, lanes.load(&orders[order])));
        }
    }
}

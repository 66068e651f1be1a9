//! One pass over limbs.
//!
//! Products of two residues (below 2^51) are accumulated as a sum of low and one of high halves, 52 bits
//! each: at most 2^12 low halves fit a lane, and so do as many high halves, which are below 2^50.

use super::lanes::{Lanes, load_values};
use super::prime::{Factor, Prime, shift};
use super::{Avx512, Kernel, LANES, Run, Vector};
use crate::automorphism::NttPermutation;
use crate::modulus::Modulus;
use crate::portable::field as portable;

/// Products per sum: 2^12 terms of 52 bits fit 64, and one place is for what was summed before.
const LAZY_TERMS: usize = (1 << 12) - 1;

/// Vectors per step of a sum of products: enough independent sums to hide the latency of a product.
const STEP: usize = 4;

impl<R: Run> Avx512<R> {
    pub(crate) fn add_assign(self, m: &Modulus, a: &mut [u64], b: &[u64]) {
        let ((a, a_rest), (b, b_rest)) = (a.as_chunks_mut(), b.as_chunks());
        self.0.run(Add { q: m.value(), a, b });
        portable::add_assign(m, a_rest, b_rest);
    }

    pub(crate) fn sub_assign(self, m: &Modulus, a: &mut [u64], b: &[u64]) {
        let ((a, a_rest), (b, b_rest)) = (a.as_chunks_mut(), b.as_chunks());
        self.0.run(Sub { q: m.value(), a, b });
        portable::sub_assign(m, a_rest, b_rest);
    }

    pub(crate) fn negate(self, m: &Modulus, a: &mut [u64]) {
        let (a, rest) = a.as_chunks_mut();
        self.0.run(Negate { q: m.value(), a });
        portable::negate(m, rest);
    }

    pub(crate) fn scale(self, m: &Modulus, a: &mut [u64], w: u64) {
        let (a, rest) = a.as_chunks_mut();
        self.0.run(Scale { q: m.value(), a, w });
        portable::scale(m, rest, w);
    }

    pub(crate) fn sum_of_products(self, m: &Modulus, terms: &[(&[u64], &[u64])], out: &mut [u64]) {
        let (vectors, rest) = out.as_chunks_mut();
        let done = vectors.len() * LANES;
        self.0.run(Sums { q: m.value(), terms, outs: [vectors] });
        if !rest.is_empty() {
            let terms: Vec<_> = terms.iter().map(|(a, b)| (&a[done..], &b[done..])).collect();
            portable::sum_of_products(m, &terms, rest);
        }
    }

    pub(crate) fn inner_products(
        self,
        m: &Modulus,
        terms: &[(&[u64], &[u64], &[u64])],
        out_a: &mut [u64],
        out_b: &mut [u64],
    ) {
        let ((a, a_rest), (b, b_rest)) = (out_a.as_chunks_mut(), out_b.as_chunks_mut());
        let done = a.len() * LANES;
        self.0.run(Sums { q: m.value(), terms, outs: [a, b] });
        if !a_rest.is_empty() {
            let terms: Vec<_> = terms.iter().map(|(x, a, b)| (&x[done..], &a[done..], &b[done..])).collect();
            portable::inner_products(m, &terms, a_rest, b_rest);
        }
    }

    pub(crate) fn sub_scale(
        self,
        m: &Modulus,
        (x, y): (&[u64], &[u64]),
        w: u64,
        z: Option<&[u64]>,
        permutation: Option<&NttPermutation>,
        out: &mut [u64],
    ) {
        // A permutation is of 2^b values: of whole vectors, or of less than one.
        if !out.len().is_multiple_of(LANES) {
            return portable::sub_scale(m, (x, y), w, z, permutation, out);
        }
        let (x, y, out) = (x.as_chunks().0, y.as_chunks().0, out.as_chunks_mut().0);
        let q = m.value();
        match (z.map(|z| z.as_chunks().0), permutation) {
            (None, None) => self.0.run(SubScale { q, x, y, w, z: Zero, source: InPlace, out }),
            (Some(z), None) => self.0.run(SubScale { q, x, y, w, z, source: InPlace, out }),
            (None, Some(source)) => self.0.run(SubScale { q, x, y, w, z: Zero, source, out }),
            (Some(z), Some(source)) => self.0.run(SubScale { q, x, y, w, z, source, out }),
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
        if !out.len().is_multiple_of(LANES) {
            return portable::add_permuted(m, out, x, p, permutation);
        }
        let (x, out, q) = (x.as_chunks().0, out.as_chunks_mut().0, m.value());
        match p.map(|p| p.as_chunks().0) {
            None => self.0.run(AddPermuted { q, x, permutation, out }),
            Some(p) => self.0.run(AddProductPermuted { q, x, p, permutation, out }),
        }
    }
}

struct Add<'a> {
    q: u64,
    a: &'a mut [Vector],
    b: &'a [Vector],
}

impl Kernel for Add<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let prime = Prime::new(lanes, self.q);
        for (a, b) in self.a.iter_mut().zip(self.b) {
            lanes.store(a, prime.add(lanes.load(a), lanes.load(b)));
        }
    }
}

struct Sub<'a> {
    q: u64,
    a: &'a mut [Vector],
    b: &'a [Vector],
}

impl Kernel for Sub<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let prime = Prime::new(lanes, self.q);
        for (a, b) in self.a.iter_mut().zip(self.b) {
            lanes.store(a, prime.sub(lanes.load(a), lanes.load(b)));
        }
    }
}

struct Negate<'a> {
    q: u64,
    a: &'a mut [Vector],
}

impl Kernel for Negate<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let prime = Prime::new(lanes, self.q);
        for a in self.a {
            lanes.store(a, prime.sub(prime.zero, lanes.load(a)));
        }
    }
}

struct Scale<'a> {
    q: u64,
    a: &'a mut [Vector],
    w: u64,
}

impl Kernel for Scale<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let prime = Prime::new(lanes, self.q);
        let w = prime.broadcast(&Factor::new(self.w, self.q));
        for a in self.a {
            lanes.store(a, prime.product(lanes.load(a), w));
        }
    }
}

/// A term of K sums of products: x times each of K others.
trait Term<const K: usize> {
    fn common(&self) -> &[u64];
    fn others(&self) -> [&[u64]; K];
}

impl Term<1> for (&[u64], &[u64]) {
    #[inline(always)]
    fn common(&self) -> &[u64] {
        self.0
    }
    #[inline(always)]
    fn others(&self) -> [&[u64]; 1] {
        [self.1]
    }
}

impl Term<2> for (&[u64], &[u64], &[u64]) {
    #[inline(always)]
    fn common(&self) -> &[u64] {
        self.0
    }
    #[inline(always)]
    fn others(&self) -> [&[u64]; 2] {
        [self.1, self.2]
    }
}

/// A sum of products of any length: what a kernel does for some vectors, [`STEP`] at a time and then one by one.
pub(super) trait Stepped {
    /// The prime.
    fn modulus(&self) -> u64;

    /// Vectors of each result.
    fn vectors(&self) -> usize;

    /// The results for U vectors from `start` on.
    fn step<L: Lanes, const U: usize>(&mut self, fold: &Fold<L>, start: usize);

    /// All of them.
    #[inline(always)]
    fn each<L: Lanes>(&mut self, lanes: L) {
        let fold = Fold::new(Prime::new(lanes, self.modulus()));
        let vectors = self.vectors();
        let whole = vectors - vectors % STEP;
        for start in (0..whole).step_by(STEP) {
            self.step::<L, STEP>(&fold, start);
        }
        for start in whole..vectors {
            self.step::<L, 1>(&fold, start);
        }
    }
}

struct Sums<'a, T, const K: usize> {
    q: u64,
    terms: &'a [T],
    outs: [&'a mut [Vector]; K],
}

impl<T: Term<K>, const K: usize> Kernel for Sums<'_, T, K> {
    #[inline(always)]
    fn run<L: Lanes>(mut self, lanes: L) {
        self.each(lanes);
    }
}

impl<T: Term<K>, const K: usize> Stepped for Sums<'_, T, K> {
    fn modulus(&self) -> u64 {
        self.q
    }

    fn vectors(&self) -> usize {
        self.outs[0].len()
    }

    #[inline(always)]
    fn step<L: Lanes, const U: usize>(&mut self, fold: &Fold<L>, start: usize) {
        let (prime, lanes) = (fold.prime, fold.prime.lanes);
        let mut low = [[prime.zero; U]; K];
        for terms in self.terms.chunks(LAZY_TERMS) {
            let mut high = [[prime.zero; U]; K];
            for term in terms {
                let x = load_values::<L, U>(lanes, term.common(), start * LANES);
                let others = term.others();
                for k in 0..K {
                    let y = load_values::<L, U>(lanes, others[k], start * LANES);
                    for u in 0..U {
                        low[k][u] = lanes.madd_low(low[k][u], x[u], y[u]);
                        high[k][u] = lanes.madd_high(high[k][u], x[u], y[u]);
                    }
                }
            }
            for k in 0..K {
                for u in 0..U {
                    low[k][u] = fold.reduce(high[k][u], low[k][u]);
                }
            }
        }
        for k in 0..K {
            for u in 0..U {
                lanes.store(&mut self.outs[k][start + u], low[k][u]);
            }
        }
    }
}

/// What reduces sums of products.
pub(super) struct Fold<L: Lanes> {
    pub(super) prime: Prime<L>,
    /// 2^104 mod q and 2^156 mod q
    weights: [L::V; 2],
}

impl<L: Lanes> Fold<L> {
    #[inline(always)]
    pub(super) fn new(prime: Prime<L>) -> Self {
        let square = shift(shift(1, prime.value()), prime.value());
        let weights = [prime.lanes.splat(square), prime.lanes.splat(shift(square, prime.value()))];
        Self { prime, weights }
    }

    /// high·2^52 + low modulo q in [0, q), for a high below 2^62 and any low.
    ///
    /// One Montgomery reduction leaves r < 2^63, which is taken apart as a·2^52 + b; another one reduces
    /// a·2^156 + b·2^104, with the powers modulo q, and thus gives r·2^52. With a < 2^11 and b < 2^52 the
    /// second high sum is below q + 2^11, so that the result is in (−q, q + 2^11 + 2). Where q < 2^40, a is
    /// zero (high < 2^12·q^2/2^52 < 2^40) and there is no excess; elsewhere the excess is less than q. Either
    /// way one addition and one subtraction of q suffice.
    #[inline(always)]
    pub(super) fn reduce(&self, high: L::V, low: L::V) -> L::V {
        let (prime, lanes) = (self.prime, self.prime.lanes);
        lanes.claim_below(high, 1 << 62);
        let r = lanes.add(prime.reduce_sum(high, low), prime.times(1));
        lanes.claim_below(r, 1 << 63);
        let [low_weight, high_weight] = self.weights;
        let a = lanes.carry(r);
        let low = lanes.madd_low(lanes.madd_low(prime.zero, r, low_weight), a, high_weight);
        let high = lanes.madd_high(lanes.madd_high(prime.zero, r, low_weight), a, high_weight);
        let reduced = prime.drop_once(prime.lift(prime.reduce_sum(high, low)), 1);
        prime.claim_below(reduced, 1);
        reduced
    }
}

/// Where the vectors of a result come from.
trait Source: Copy {
    /// For vector j of the result, the vector it comes from and the number of the order of its lanes.
    fn vector(self, j: usize) -> (usize, usize);
    fn lane_orders(self) -> Option<[Vector; LANES]>;
}

/// No permutation.
#[derive(Clone, Copy)]
struct InPlace;

impl Source for InPlace {
    #[inline(always)]
    fn vector(self, j: usize) -> (usize, usize) {
        (j, 0)
    }
    #[inline(always)]
    fn lane_orders(self) -> Option<[Vector; LANES]> {
        None
    }
}

impl Source for &NttPermutation {
    #[inline(always)]
    fn vector(self, j: usize) -> (usize, usize) {
        source(self, j)
    }
    #[inline(always)]
    fn lane_orders(self) -> Option<[Vector; LANES]> {
        Some(orders(self))
    }
}

/// An optional summand.
trait Summand: Copy {
    fn add<L: Lanes>(self, prime: Prime<L>, x: L::V, j: usize) -> L::V;
}

/// None.
#[derive(Clone, Copy)]
struct Zero;

impl Summand for Zero {
    #[inline(always)]
    fn add<L: Lanes>(self, _prime: Prime<L>, x: L::V, _j: usize) -> L::V {
        x
    }
}

impl Summand for &[Vector] {
    #[inline(always)]
    fn add<L: Lanes>(self, prime: Prime<L>, x: L::V, j: usize) -> L::V {
        prime.add(x, prime.lanes.load(&self[j]))
    }
}

struct SubScale<'a, Z, S> {
    q: u64,
    x: &'a [Vector],
    y: &'a [Vector],
    w: u64,
    z: Z,
    source: S,
    out: &'a mut [Vector],
}

impl<Z: Summand, S: Source> Kernel for SubScale<'_, Z, S> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let prime = Prime::new(lanes, self.q);
        let w = prime.broadcast(&Factor::new(self.w, self.q));
        let orders = self.source.lane_orders();
        for (j, out) in self.out.iter_mut().enumerate() {
            let (s, order) = self.source.vector(j);
            // In (0, 2q), which is enough for a factor.
            let difference = lanes.sub(lanes.load(&self.x[s]), lanes.load(&self.y[s]));
            let scaled = prime.product(lanes.add(difference, prime.times(1)), w);
            let sum = self.z.add(prime, scaled, s);
            let ordered = match &orders {
                Some(orders) => lanes.permute(sum, lanes.load(&orders[order])),
                None => sum,
            };
            lanes.store(out, ordered);
        }
    }
}

struct AddPermuted<'a> {
    q: u64,
    x: &'a [Vector],
    permutation: &'a NttPermutation,
    out: &'a mut [Vector],
}

impl Kernel for AddPermuted<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let prime = Prime::new(lanes, self.q);
        let permuted = Permuted::new(lanes, self.x, self.permutation);
        for (j, out) in self.out.iter_mut().enumerate() {
            lanes.store(out, prime.add(lanes.load(out), permuted.vector(j)));
        }
    }
}

struct AddProductPermuted<'a> {
    q: u64,
    x: &'a [Vector],
    p: &'a [Vector],
    permutation: &'a NttPermutation,
    out: &'a mut [Vector],
}

impl Kernel for AddProductPermuted<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let prime = Prime::new(lanes, self.q);
        let to_montgomery = prime.broadcast(&Factor::new(shift(1, self.q), self.q));
        let permuted = Permuted::new(lanes, self.x, self.permutation);
        for (j, (out, p)) in self.out.iter_mut().zip(self.p).enumerate() {
            // x·2^52 in (0, 2q); times p it is below 2q·q < 2^52·q, so that the reduced product is in (−q,
            // q).
            let x = prime.add_product(prime.times(1), permuted.vector(j), to_montgomery);
            let p = lanes.load(p);
            let (low, high) = (lanes.madd_low(prime.zero, x, p), lanes.madd_high(prime.zero, x, p));
            let product = prime.lift(prime.reduce_sum(high, low));
            lanes.store(out, prime.add(lanes.load(out), product));
        }
    }
}

/// A permuted limb.
struct Permuted<'a, L> {
    lanes: L,
    x: &'a [Vector],
    permutation: &'a NttPermutation,
    orders: [Vector; LANES],
}

impl<'a, L: Lanes> Permuted<'a, L> {
    #[inline(always)]
    fn new(lanes: L, x: &'a [Vector], permutation: &'a NttPermutation) -> Self {
        Self { lanes, x, permutation, orders: orders(permutation) }
    }

    #[inline(always)]
    fn vector(&self, j: usize) -> L::V {
        let (s, order) = source(self.permutation, j);
        self.lanes.permute(self.lanes.load(&self.x[s]), self.lanes.load(&self.orders[order]))
    }
}

/// For vector j of the result, the vector it comes from and the number of the order of its lanes.
#[inline(always)]
pub(super) fn source(permutation: &NttPermutation, j: usize) -> (usize, usize) {
    let block = permutation.blocks()[j] as usize;
    (block / LANES, block % LANES)
}

pub(super) fn orders(permutation: &NttPermutation) -> [Vector; LANES] {
    permutation.orders().map(|order| order.map(u64::from))
}

#[cfg(test)]
mod tests;

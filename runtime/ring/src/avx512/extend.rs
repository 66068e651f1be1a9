//! Base extension: sums of 52-bit halves and two Montgomery reductions.
//!
//! The y_i and v are below 2^51 and multiply weights below p. For fewer than 2^12 of them the sums of low
//! halves fit 64 bits, and the sum of high halves is below 2^12·2^51·p/2^52 = 2^11·p. A Montgomery reduction
//! (P. Montgomery, 1985; R = 2^52) leaves r < 2^11·p + 2^12 + p < 2^63, possibly above 2^52, and a second one
//! ⌊r/2^52⌋ − ⌊m·p/2^52⌋, in (−p, 2^11): that is in (−p, p), because r is below 2^52 where p < 2^40. The
//! weights absorb R^2.

use super::lanes::{Lanes, load_values};
use super::prime::{Prime, shift};
use super::{Avx512, Kernel, LANES, Native, Run};
use crate::extend::Constants;
use crate::portable::extend as portable;

/// Vectors per block: their quotients, and the limbs they come from, stay in the first two levels of cache.
const BLOCK: usize = 32;

/// Vectors that are converted at the same time.
const STEP: usize = 2;

/// Primes to which a vector is converted at the same time: every y_i is read once for so many products.
const TARGETS: usize = 4;

/// Low halves that fit a sum.
const MAX_TERMS: usize = 1 << 12;

#[derive(Debug, Clone)]
pub(crate) struct Weights<R = Native> {
    unit: Avx512<R>,
    table: Table,
    /// For limbs of less than a vector, and bases too long for lazy sums.
    portable: portable::Weights,
}

#[derive(Debug, Clone)]
struct Table {
    /// 1/q_i
    reciprocals: Vec<f64>,
    targets: Vec<Target>,
}

#[derive(Debug, Clone)]
struct Target {
    p: u64,
    /// 2^104·(Q/q_i) mod p for every i, then −2^104·Q mod p
    weights: Vec<u64>,
}

impl<R: Run> Weights<R> {
    pub(crate) fn new(unit: Avx512<R>, constants: &Constants) -> Self {
        Self { unit, table: Table::new(constants), portable: portable::Weights::new(constants) }
    }

    pub(crate) fn target_len(&self) -> usize {
        self.table.targets.len()
    }

    pub(crate) fn convert(&self, scaled: &[u64], targets: &[usize], out: &mut [u64]) {
        let (table, limbs) = (&self.table, self.table.reciprocals.len());
        if (scaled.len() / limbs).is_multiple_of(LANES) && limbs < MAX_TERMS {
            self.unit.0.run(Convert { table, scaled, targets, out });
        } else {
            self.portable.convert(scaled, targets, out);
        }
    }
}

impl Table {
    fn new(constants: &Constants) -> Self {
        let targets = constants.target.iter().map(|m| m.value()).zip(&constants.cofactors);
        Self {
            reciprocals: constants.source.iter().map(|m| 1.0 / m.value() as f64).collect(),
            targets: targets
                .map(|(p, row)| Target { p, weights: row.iter().map(|&w| shift(shift(w, p), p)).collect() })
                .collect(),
        }
    }
}

struct Convert<'a> {
    table: &'a Table,
    scaled: &'a [u64],
    targets: &'a [usize],
    out: &'a mut [u64],
}

impl Kernel for Convert<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let n = self.scaled.len() / self.table.reciprocals.len();
        for start in (0..n).step_by(BLOCK * LANES) {
            let mut quotients = [0; BLOCK * LANES];
            let quotients = &mut quotients[..(n - start).min(BLOCK * LANES)];
            let mut block = Block { lanes, scaled: self.scaled, n, start, quotients };
            block.find_quotients(&self.table.reciprocals);
            let (fours, rest) = self.targets.as_chunks::<TARGETS>();
            let (out_fours, out_rest) = self.out.split_at_mut(fours.len() * TARGETS * n);
            for (four, out) in fours.iter().zip(out_fours.chunks_exact_mut(TARGETS * n)) {
                block.convert(four.map(|t| &self.table.targets[t]), out);
            }
            match *rest {
                [a] => block.convert([a].map(|t| &self.table.targets[t]), out_rest),
                [a, b] => block.convert([a, b].map(|t| &self.table.targets[t]), out_rest),
                [a, b, c] => block.convert([a, b, c].map(|t| &self.table.targets[t]), out_rest),
                _ => {}
            }
        }
    }
}

/// The coefficients from `start` on.
struct Block<'a, L> {
    lanes: L,
    scaled: &'a [u64],
    n: usize,
    start: usize,
    /// The v, one per coefficient.
    quotients: &'a mut [u64],
}

impl<L: Lanes> Block<'_, L> {
    /// v = ⌊Σ y_i/q_i + 1/2⌋, added in the order of the limbs, and rounded after every product as in the
    /// portable kernel.
    #[inline(always)]
    fn find_quotients(&mut self, reciprocals: &[f64]) {
        let lanes = self.lanes;
        for (j, v) in self.quotients.as_chunks_mut().0.iter_mut().enumerate() {
            let mut sum = lanes.splat_float(0.5);
            for (i, &reciprocal) in reciprocals.iter().enumerate() {
                let [y] = load_values(lanes, self.scaled, i * self.n + self.start + j * LANES);
                let fraction = lanes.mul_float(lanes.to_float(y), lanes.splat_float(reciprocal));
                sum = lanes.add_float(sum, fraction);
            }
            lanes.store(v, lanes.floor(sum));
        }
    }

    /// To K targets, of which `out` holds the limbs.
    #[inline(always)]
    fn convert<const K: usize>(&self, targets: [&Target; K], out: &mut [u64]) {
        let vectors = self.quotients.len() / LANES;
        let paired = vectors - vectors % STEP;
        let mut primes = [Prime::new(self.lanes, targets[0].p); K];
        for k in 1..K {
            primes[k] = Prime::new(self.lanes, targets[k].p);
        }
        for j in (0..paired).step_by(STEP) {
            self.step::<K, STEP>(targets, &primes, j, out);
        }
        if paired < vectors {
            self.step::<K, 1>(targets, &primes, paired, out);
        }
    }

    /// U vectors from number j of the block on.
    #[inline(always)]
    fn step<const K: usize, const U: usize>(
        &self,
        targets: [&Target; K],
        primes: &[Prime<L>; K],
        j: usize,
        out: &mut [u64],
    ) {
        let (lanes, zero) = (self.lanes, self.lanes.splat(0));
        let limbs = self.scaled.len() / self.n;
        let mut weights = [&[][..]; K];
        for k in 0..K {
            weights[k] = &targets[k].weights[..=limbs];
        }
        let (mut low, mut high) = ([[zero; U]; K], [[zero; U]; K]);
        for i in 0..=limbs {
            let y: [L::V; U] = if i < limbs {
                load_values(lanes, self.scaled, i * self.n + self.start + j * LANES)
            } else {
                load_values(lanes, self.quotients, j * LANES)
            };
            for k in 0..K {
                let weight = lanes.splat(weights[k][i]);
                for u in 0..U {
                    low[k][u] = lanes.madd_low(low[k][u], y[u], weight);
                    high[k][u] = lanes.madd_high(high[k][u], y[u], weight);
                }
            }
        }
        for k in 0..K {
            let at = k * self.n + self.start + j * LANES;
            let out = out[at..][..U * LANES].as_chunks_mut().0;
            for u in 0..U {
                lanes.store(&mut out[u], reduce(primes[k], high[k][u], low[k][u]));
            }
        }
    }
}

/// (high·2^52 + low)·2^(−104) in [0, p).
#[inline(always)]
fn reduce<L: Lanes>(prime: Prime<L>, high: L::V, low: L::V) -> L::V {
    let lanes = prime.lanes;
    lanes.claim_below(high, prime.value() << 11);
    let r = lanes.add(prime.reduce_sum(high, low), prime.times(1));
    let reduced = prime.lift(prime.reduce_sum(prime.zero, r));
    prime.claim_below(reduced, 1);
    reduced
}

#[cfg(test)]
mod tests;

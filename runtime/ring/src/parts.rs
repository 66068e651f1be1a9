//! Kernels for parts of limbs, which leave nothing behind that has to be read again: what is permuted, multiplied and added while it is
//! in the cache.
//!
//! As those of [`crate::field`], all take and give residues in [0, q).

use crate::automorphism::NttPermutation;
use crate::buffer::Buffer;
use crate::field::Field;
use crate::portable;
use crate::unit::Unit;

/// Products of a lazy sum at most; longer ones are taken apart.
const LAZY_TERMS: usize = 1 << 11;

/// Words of a cache line.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 8;

/// Words of a part of which the values of a run are written out, where a kernel has no broadcast.
const SPREAD: usize = 256;

/// A term of sums of products whose left factor has one value for each run of others.
pub type RepeatedTerm<'a> = (&'a [u64], &'a [u64], &'a [u64]);

impl Field {
    /// out ← out + x·w for w in [0, q).
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn add_scaled(&self, out: &mut [u64], x: &[u64], w: u64) {
        assert_eq!(out.len(), x.len());
        match self.unit() {
            #[cfg(target_arch = "x86_64")]
            Unit::Avx512(unit) => unit.add_scaled(self.modulus(), out, x, w),
            _ => portable::parts::add_scaled(self.modulus(), out, x, w),
        }
    }

    /// out ← Σ a·b + Σ x·w + constant over the pairs (a, b) of `pairs` and (x, w) of `multiples`, with one reduction.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn combine(
        &self,
        pairs: &[(&[u64], &[u64])],
        multiples: &[(&[u64], u64)],
        constant: u64,
        out: &mut [u64],
    ) {
        let n = out.len();
        let fits = pairs.iter().all(|(a, b)| a.len() == n && b.len() == n);
        assert!(fits && multiples.iter().all(|(x, _)| x.len() == n), "limbs of different length");
        match self.unit() {
            #[cfg(target_arch = "x86_64")]
            Unit::Avx512(unit) if pairs.len() + multiples.len() < LAZY_TERMS => {
                unit.combine(self.modulus(), pairs, multiples, constant, out);
            }
            _ => {
                self.sum_of_products(pairs, out);
                multiples.iter().for_each(|&(x, w)| self.add_scaled(out, x, w));
                out.iter_mut().for_each(|o| *o = self.modulus().add(*o, constant));
            }
        }
    }

    /// (Σ_k x_k·a_k, Σ_k x_k·b_k) for terms (x_k, a_k, b_k), while the terms that come next are fetched into the cache: parts of
    /// a limb are too short for a processor to guess where the next one is.
    ///
    /// # Panics
    /// If the slices differ in length.
    pub fn inner_products_ahead(
        &self,
        terms: &[RepeatedTerm<'_>],
        next: &[RepeatedTerm<'_>],
        out_a: &mut [u64],
        out_b: &mut [u64],
    ) {
        match self.unit() {
            #[cfg(target_arch = "x86_64")]
            Unit::Avx512(unit) if terms.len() < LAZY_TERMS && unit.repeats(LINE, out_a.len()) => {
                let fits = |(x, a, b): &RepeatedTerm<'_>| [x, a, b].iter().all(|s| s.len() == out_a.len());
                assert!(out_b.len() == out_a.len() && terms.iter().chain(next).all(fits));
                unit.inner_products_ahead(self.modulus(), terms, next, out_a, out_b);
            }
            _ => self.inner_products(terms, out_a, out_b),
        }
    }

    /// (Σ_k p_k·a_k, Σ_k p_k·b_k) for terms (p_k, a_k, b_k), where value j of a part belongs to value j/run of p_k: with
    /// one reduction.
    ///
    /// # Panics
    /// If the run is no power of two, or the slices do not have the lengths of a part and of its runs.
    pub fn inner_products_repeated(
        &self,
        terms: &[RepeatedTerm<'_>],
        run: usize,
        out_a: &mut [u64],
        out_b: &mut [u64],
    ) {
        let n = out_a.len();
        assert!(run.is_power_of_two() && out_b.len() == n);
        let fits = |(p, a, b): &RepeatedTerm<'_>| a.len() == n && b.len() == n && p.len() == n.div_ceil(run);
        assert!(terms.iter().all(fits), "parts of different length");
        if run == 1 {
            return self.inner_products(terms, out_a, out_b);
        }
        match self.unit() {
            #[cfg(target_arch = "x86_64")]
            Unit::Avx512(unit) if unit.repeats(run, n) && terms.len() < LAZY_TERMS => {
                unit.inner_products_repeated(self.modulus(), terms, run, out_a, out_b);
            }
            _ => self.spread_inner_products(terms, run, out_a, out_b),
        }
    }

    /// The same with the values of the runs written out.
    fn spread_inner_products(
        &self,
        terms: &[RepeatedTerm<'_>],
        run: usize,
        out_a: &mut [u64],
        out_b: &mut [u64],
    ) {
        let mut spread = Buffer::recycled(terms.len() * SPREAD);
        let parts = out_a.chunks_mut(SPREAD).zip(out_b.chunks_mut(SPREAD));
        for (number, (out_a, out_b)) in parts.enumerate() {
            let (first, len) = (number * SPREAD, out_a.len());
            for ((p, ..), spread) in terms.iter().zip(spread.chunks_exact_mut(SPREAD)) {
                spread[..len].iter_mut().zip(first..).for_each(|(value, j)| *value = p[j / run]);
            }
            let written: Vec<_> = terms
                .iter()
                .zip(spread.chunks_exact(SPREAD))
                .map(|((_, a, b), p)| (&p[..len], &a[first..first + len], &b[first..first + len]))
                .collect();
            self.inner_products(&written, out_a, out_b);
        }
    }

    /// The part of a permuted limb that begins with value `first`, from the part that it comes from
    /// ([`NttPermutation::part_source`]).
    ///
    /// # Panics
    /// If `part` and `out` differ in length.
    pub fn permute_part(&self, part: &[u64], permutation: &NttPermutation, first: usize, out: &mut [u64]) {
        assert!(part.len() == out.len() && part.len().is_power_of_two() && first.is_multiple_of(part.len()));
        assert!(first + part.len() <= permutation.len());
        match self.unit() {
            #[cfg(target_arch = "x86_64")]
            Unit::Avx512(unit) => unit.permute_part(part, permutation, first, out),
            _ => permutation.apply_part(part, first, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Isa, Modulus};
    use hep_params::primes::find_ntt_primes;

    const N: usize = 1 << 9;

    fn fields() -> Vec<Field> {
        let primes = [20, 33, 45, 50, 51, 58].map(|bits| find_ntt_primes(bits, 9, 1, 0)[0]);
        let available = Isa::ALL.into_iter().filter(|isa| isa.is_available());
        available.flat_map(|isa| primes.map(|q| Field::with_isa(isa, Modulus::new(q).unwrap()))).collect()
    }

    fn limb(m: &Modulus, seed: u64, extreme: bool) -> Vec<u64> {
        if extreme {
            return vec![m.value() - 1; N];
        }
        crate::sample::uniform(&[seed as u8; 32], "parts", seed, 0, m, N)
    }

    #[test]
    fn combinations_agree_with_scalars() {
        for field in fields() {
            let m = field.modulus();
            for (pairs, multiples) in [(0, 0), (1, 0), (0, 1), (2, 3), (5, 1), (40, 7)] {
                for (extreme, n) in [(false, N), (true, N), (false, 13), (true, 35)] {
                    let column = |k: usize| limb(m, k as u64, extreme)[..n].to_vec();
                    let columns: Vec<_> = (0..pairs).map(|k| (column(2 * k), column(2 * k + 1))).collect();
                    let single: Vec<_> =
                        (0..multiples).map(|k| (column(k + 50), m.value() - 1 - k as u64)).collect();
                    let constant = m.value() - 1;
                    let wanted: Vec<u64> = (0..n)
                        .map(|j| {
                            let products =
                                columns.iter().fold(constant, |s, (a, b)| m.add(s, m.mul(a[j], b[j])));
                            single.iter().fold(products, |s, (x, w)| m.add(s, m.mul(x[j], *w)))
                        })
                        .collect();
                    let mut out = vec![7; n];
                    let columns: Vec<_> = columns.iter().map(|(a, b)| (&a[..], &b[..])).collect();
                    let single: Vec<_> = single.iter().map(|(x, w)| (&x[..], *w)).collect();
                    field.combine(&columns, &single, constant, &mut out);
                    assert_eq!(out, wanted, "{pairs} + {multiples}, {field:?}");
                    let mut sum = column(3);
                    field.add_scaled(&mut sum, &column(4), m.value() - 2);
                    let wanted: Vec<u64> = column(3)
                        .iter()
                        .zip(column(4))
                        .map(|(a, b)| m.add(*a, m.mul(b, m.value() - 2)))
                        .collect();
                    assert_eq!(sum, wanted, "{field:?}");
                }
            }
        }
    }

    #[test]
    fn repeated_factors_agree_with_those_written_out() {
        for field in fields() {
            let m = field.modulus();
            for run in [1, 2, 4, 8, 16, 64, N] {
                for (count, extreme) in [(1, true), (3, false), (33, true), (33, false)] {
                    let columns: Vec<_> =
                        (0..count).map(|k| [0, 1, 2].map(|o| limb(m, 3 * k as u64 + o, extreme))).collect();
                    let terms: Vec<_> =
                        columns.iter().map(|[p, a, b]| (&p[..N / run], &a[..], &b[..])).collect();
                    let wanted = |other: usize| -> Vec<u64> {
                        let sum = |j: usize| {
                            columns.iter().fold(0, |s, c| m.add(s, m.mul(c[0][j / run], c[other][j])))
                        };
                        (0..N).map(sum).collect()
                    };
                    let (mut a, mut b) = (vec![1; N], vec![2; N]);
                    field.inner_products_repeated(&terms, run, &mut a, &mut b);
                    if run == 1 {
                        let (mut c, mut d) = (vec![1; N], vec![2; N]);
                        field.inner_products_ahead(&terms, &terms[..count / 2], &mut c, &mut d);
                        assert_eq!((&a, &b), (&c, &d), "{count} ahead, {field:?}");
                    }
                    assert_eq!((a, b), (wanted(1), wanted(2)), "{count} in runs of {run}, {field:?}");
                }
            }
        }
    }

    #[test]
    fn permuted_parts_are_those_of_the_limb() {
        for field in fields() {
            let x = limb(field.modulus(), 1, false);
            for g in [1, 5, 625, 2 * N as u64 - 1] {
                let permutation = NttPermutation::new(9, g);
                let mut wanted = vec![0; N];
                permutation.apply(&x, &mut wanted);
                for len in (0..=9).map(|log| 1 << log) {
                    for first in (0..N).step_by(len) {
                        let from = permutation.part_source(first, len);
                        let mut out = vec![0; len];
                        field.permute_part(&x[from..from + len], &permutation, first, &mut out);
                        assert_eq!(out, wanted[first..first + len], "{field:?}");
                    }
                }
            }
        }
    }
}

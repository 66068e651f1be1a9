//! Emulated lanes, and those of the processor if it has them, against the portable kernels.

use super::*;
use crate::avx512::emulated::Emulated;
use hep_params::primes::{find_ntt_primes, is_prime};

/// One prime of every size, and the smallest ones.
fn moduli() -> Vec<Modulus> {
    let small = (3..50).filter(|&q| is_prime(q));
    let primes = small.chain((8..=51).flat_map(|bits| find_ntt_primes(bits, 1, 1, 0)));
    primes.map(|q| Modulus::new(q).unwrap()).collect()
}

/// The largest residue in all places, or extreme ones and random ones.
fn limb(m: &Modulus, seed: usize, len: usize) -> Vec<u64> {
    if seed == 0 {
        return vec![m.value() - 1; len];
    }
    let mut limb = crate::sample::uniform(&[seed as u8; 32], "avx512", seed as u64, 0, m, len);
    limb[..3].copy_from_slice(&[0, m.value() - 1, m.value() / 2]);
    limb
}

/// Applies both kernels to the same thing.
fn same<T: Clone + PartialEq + std::fmt::Debug>(
    start: T,
    emulated: impl Fn(&mut T),
    oracle: impl Fn(&mut T),
) {
    let (mut a, mut b) = (start.clone(), start);
    emulated(&mut a);
    oracle(&mut b);
    assert_eq!(a, b);
}

#[test]
fn sums_and_multiples_agree() {
    check_sums_and_multiples(Avx512(Emulated));
    if let Some(unit) = Avx512::new() {
        check_sums_and_multiples(unit);
    }
}

fn check_sums_and_multiples(unit: Avx512<impl Run>) {
    for m in &moduli() {
        for (seed, len) in [(0, 8), (1, 64), (2, 75), (3, 4)] {
            let (a, b) = (limb(m, seed, len), limb(m, 2 * seed, len));
            same(a.clone(), |x| unit.add_assign(m, x, &b), |x| portable::add_assign(m, x, &b));
            same(a.clone(), |x| unit.sub_assign(m, x, &b), |x| portable::sub_assign(m, x, &b));
            same(a.clone(), |x| unit.negate(m, x), |x| portable::negate(m, x));
            for w in [0, 1, m.value() / 3, m.value() - 1] {
                same(a.clone(), |x| unit.scale(m, x, w), |x| portable::scale(m, x, w));
            }
        }
    }
}

#[test]
fn sums_of_products_agree() {
    check_sums_of_products(Avx512(Emulated));
    if let Some(unit) = Avx512::new() {
        check_sums_of_products(unit);
    }
}

fn check_sums_of_products(unit: Avx512<impl Run>) {
    for m in &moduli() {
        // 35 values: one step of several vectors, none left, and a rest; 52: with vectors left.
        for (count, len) in
            [(0, 8), (1, 35), (2, 52), (3, 64), (9, 52), (70, 4), (LAZY_TERMS, 8), (10_000, 8)]
        {
            for seed in [0, 1] {
                let columns: Vec<_> = (0..3).map(|k| limb(m, seed * (k + 1), len)).collect();
                let triples = vec![(&columns[0][..], &columns[1][..], &columns[2][..]); count];
                let pairs: Vec<_> = triples.iter().map(|&(x, a, _)| (x, a)).collect();
                same(
                    vec![1; len],
                    |out| unit.sum_of_products(m, &pairs, out),
                    |out| portable::sum_of_products(m, &pairs, out),
                );
                same(
                    (vec![1; len], vec![1; len]),
                    |(a, b)| unit.inner_products(m, &triples, a, b),
                    |(a, b)| portable::inner_products(m, &triples, a, b),
                );
            }
        }
    }
}

#[test]
fn permuted_kernels_agree() {
    check_permuted_kernels(Avx512(Emulated));
    if let Some(unit) = Avx512::new() {
        check_permuted_kernels(unit);
    }
}

fn check_permuted_kernels(unit: Avx512<impl Run>) {
    for m in &moduli() {
        for log_n in [2, 3, 6, 9] {
            let n = 1 << log_n;
            for seed in [0, 1] {
                let [x, y, z, p] = [1, 2, 3, 4].map(|k| limb(m, seed * k, n));
                let permutations = [1, 5, 77, 2 * n as u64 - 1].map(|g| NttPermutation::new(log_n, g));
                for permutation in permutations.iter().map(Some).chain([None]) {
                    for (w, z) in [(m.value() - 1, None), (m.value() / 2, Some(&z[..]))] {
                        same(
                            vec![0; n],
                            |out| unit.sub_scale(m, (&x, &y), w, z, permutation, out),
                            |out| portable::sub_scale(m, (&x, &y), w, z, permutation, out),
                        );
                    }
                }
                for permutation in &permutations {
                    for p in [None, Some(&p[..])] {
                        same(
                            y.clone(),
                            |out| unit.add_permuted(m, out, &x, p, permutation),
                            |out| portable::add_permuted(m, out, &x, p, permutation),
                        );
                    }
                }
            }
        }
    }
}

//! Emulated lanes, and those of the processor if it has them, against the portable transform.

use super::*;
use crate::avx512::emulated::Emulated;
use crate::isa::Isa;
use crate::ntt::{MAX_LOG_N, NttTable};
use hep_params::primes::{find_ntt_primes, is_prime};

/// The largest prime that a class takes, and the smallest that the next one does; one prime of every size.
fn moduli(log_n: u32) -> Vec<Modulus> {
    let step = 2u64 << log_n;
    let friendly = |q: &u64| is_prime(*q);
    let around = |bound: u64| {
        let first = bound / step * step + 1;
        let above = (first..).step_by(step as usize).filter(|&q| q > bound).find(friendly);
        let below = (0..).map(|k| first - k * step).filter(|&q| q <= bound).find(friendly);
        [below, above].into_iter().flatten()
    };
    let bounds = [35, 16, 4].into_iter().flat_map(|multiple| around((1 << 52) / multiple));
    let sizes = (20..=51).flat_map(|bits| find_ntt_primes(bits, log_n, 1, 0));
    bounds.chain(sizes).map(|q| Modulus::new(q).unwrap()).collect()
}

/// `roots` of [`crate::ntt`]: the portable transform of X^(N/2m) has those of layer m at multiples of N/m.
fn roots(oracle: &NttTable) -> Vec<u64> {
    let n = oracle.degree();
    let mut roots = vec![1; n];
    for layer in 0..n.ilog2() {
        let mut values = vec![0; n];
        values[n >> (layer + 1)] = 1;
        oracle.forward(&mut values);
        for j in 0..1 << layer {
            roots[(1 << layer) + j] = values[j << (n.ilog2() - layer)];
        }
    }
    roots
}

/// Random values and extreme ones.
fn inputs(oracle: &NttTable) -> [Vec<u64>; 4] {
    let (n, q) = (oracle.degree(), oracle.modulus().value());
    let random = crate::sample::uniform(&[5; 32], "avx512", 0, 0, oracle.modulus(), n);
    let blocks = (0..n).map(|j| if j.count_ones() % 2 == 0 { q - 1 } else { 0 }).collect();
    [random, blocks, vec![q - 1; n], vec![0; n]]
}

fn agrees(log_n: u32, modulus: Modulus) {
    let oracle = NttTable::with_isa(Isa::Portable, log_n, modulus).unwrap();
    let roots = roots(&oracle);
    check(&oracle, Roots::new(Avx512(Emulated), log_n, &modulus, &roots));
    if let Some(unit) = Avx512::new() {
        check(&oracle, Roots::new(unit, log_n, &modulus, &roots));
    }
}

fn check(oracle: &NttTable, kernels: Roots<impl Run>) {
    let (log_n, modulus) = (oracle.degree().ilog2(), oracle.modulus());
    let q = modulus.value();
    let last = oracle.last_layer(q - 2);
    for input in inputs(oracle) {
        let (mut expected, mut values) = (input.clone(), vec![1; input.len()]);
        oracle.forward(&mut expected);
        kernels.forward(Some(&input), &mut values);
        assert!(values == expected, "forward from, 2^{log_n}, {q}");
        values.copy_from_slice(&input);
        kernels.forward(None, &mut values);
        assert!(values == expected, "forward, 2^{log_n}, {q}");

        oracle.inverse_scaled_from(&input, &mut expected, &last);
        kernels.inverse(Some(&input), &mut values, &last);
        assert!(values == expected, "inverse from, 2^{log_n}, {q}");
        values.copy_from_slice(&input);
        kernels.inverse(None, &mut values, &last);
        assert!(values == expected, "inverse, 2^{log_n}, {q}");
    }
}

#[test]
fn agrees_for_all_sizes_of_primes() {
    for modulus in moduli(MIN_LOG_N) {
        agrees(MIN_LOG_N, modulus);
    }
    for modulus in moduli(13) {
        agrees(13, modulus);
    }
}

#[test]
fn agrees_for_all_degrees() {
    for log_n in MIN_LOG_N..=MAX_LOG_N {
        for bits in [40, 48, 50, 51] {
            agrees(log_n, Modulus::new(find_ntt_primes(bits, log_n, 1, 0)[0]).unwrap());
        }
    }
}

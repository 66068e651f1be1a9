//! The transform against schoolbook arithmetic.

use super::*;
use hep_params::primes::find_ntt_primes;
use proptest::prelude::*;

fn table(log_n: u32, bits: u32) -> NttTable {
    let q = find_ntt_primes(bits, log_n, 1, 0)[0];
    NttTable::new(log_n, Modulus::new(q).unwrap()).unwrap()
}

fn random(table: &NttTable, seed: u64) -> Vec<u64> {
    crate::sample::uniform(&[seed as u8; 32], "test", seed, 0, table.modulus(), table.degree())
}

fn schoolbook(a: &[u64], b: &[u64], modulus: &Modulus) -> Vec<u64> {
    let n = a.len();
    let mut out = vec![0; n];
    for (i, &x) in a.iter().enumerate() {
        for (j, &y) in b.iter().enumerate() {
            let (slot, product) = ((i + j) % n, modulus.mul(x, y));
            out[slot] =
                if i + j < n { modulus.add(out[slot], product) } else { modulus.sub(out[slot], product) };
        }
    }
    out
}

#[test]
fn inverse_undoes_forward_at_every_degree() {
    for log_n in MIN_LOG_N..=MAX_LOG_N {
        for bits in [30, 51, 58] {
            let table = table(log_n, bits);
            let original = random(&table, u64::from(log_n));
            let mut values = original.clone();
            table.forward(&mut values);
            assert!(values.iter().all(|&v| v < table.modulus().value()));
            assert_ne!(values, original);
            table.inverse(&mut values);
            assert_eq!(values, original, "log_n {log_n}, {bits} bits");
        }
    }
}

/// Position j is the value at ψ^(2·brv(j)+1): the order that automorphisms rely on.
#[test]
fn values_are_evaluations_in_bit_reversed_order() {
    for log_n in 2..=7 {
        let table = table(log_n, 40);
        let (m, n) = (table.modulus(), table.degree());
        let psi = primitive_root(log_n, m).unwrap();
        let coefficients = random(&table, 1);
        let mut values = coefficients.clone();
        table.forward(&mut values);
        for (j, &value) in values.iter().enumerate() {
            let point = m.pow(psi, 2 * reverse_bits(j, log_n) as u64 + 1);
            let expected = coefficients.iter().rev().fold(0, |acc, &c| m.add(m.mul(acc, point), c));
            assert_eq!(value, expected, "position {j} of {n}");
        }
    }
}

/// Extreme inputs reach the largest intermediate values.
#[test]
fn extreme_inputs_do_not_overflow() {
    for log_n in [3, 4, 12, 13, 16, 17] {
        let table = table(log_n, 58);
        let q = table.modulus().value();
        let all_max = vec![q - 1; table.degree()];
        let mut values = all_max.clone();
        table.forward(&mut values);
        table.inverse(&mut values);
        assert_eq!(values, all_max);
        table.inverse(&mut values);
        table.forward(&mut values);
        assert_eq!(values, all_max);
    }
}

#[test]
fn refuses_impossible_parameters() {
    let modulus = Modulus::new(find_ntt_primes(40, 10, 1, 0)[0]).unwrap();
    assert!(NttTable::new(1, modulus).is_err());
    assert!(NttTable::new(18, modulus).is_err());
    assert!(NttTable::new(10, Modulus::new(7).unwrap()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn pointwise_product_is_negacyclic_convolution(log_n in 2u32..=8, bits in 20u32..=58, seed in 0u64..1000) {
        let table = table(log_n, bits);
        let (a, b) = (random(&table, seed), random(&table, seed + 1));
        let expected = schoolbook(&a, &b, table.modulus());
        let (mut fa, mut fb) = (a, b);
        table.forward(&mut fa);
        table.forward(&mut fb);
        let mut product: Vec<u64> = fa.iter().zip(&fb).map(|(&x, &y)| table.modulus().mul(x, y)).collect();
        table.inverse(&mut product);
        prop_assert_eq!(product, expected);
    }

    #[test]
    fn forward_is_linear(log_n in 2u32..=10, seed in 0u64..1000, factor: u64) {
        let table = table(log_n, 50);
        let m = table.modulus();
        let factor = m.reduce(factor);
        let (mut a, mut b) = (random(&table, seed), random(&table, seed + 1));
        let mut combined: Vec<u64> = a.iter().zip(&b).map(|(&x, &y)| m.add(m.mul(x, factor), y)).collect();
        table.forward(&mut combined);
        table.forward(&mut a);
        table.forward(&mut b);
        let expected: Vec<u64> = a.iter().zip(&b).map(|(&x, &y)| m.add(m.mul(x, factor), y)).collect();
        prop_assert_eq!(combined, expected);
    }
}

/// Every instruction set gives the bits of the portable transform, for every size of modulus, extreme and random inputs.
#[test]
fn all_instruction_sets_agree() {
    let sets: Vec<Isa> = Isa::ALL.into_iter().filter(|isa| isa.is_available()).collect();
    for log_n in 6..=17 {
        for bits in [log_n + 3, 30, 44, 46, 47, 48, 49, 50, 51] {
            // The smallest size may have no prime.
            let Some(&q) = find_ntt_primes(bits, log_n, 1, 0).first() else { continue };
            let modulus = Modulus::new(q).unwrap();
            let oracle = NttTable::with_isa(Isa::Portable, log_n, modulus).unwrap();
            let random = crate::sample::uniform(&[3; 32], "test", 0, 0, &modulus, oracle.degree());
            let alternating = (0..oracle.degree() as u64).map(|j| (j % 2) * (q - 1)).collect();
            let inputs = [random, alternating, vec![q - 1; oracle.degree()], vec![0; oracle.degree()]];
            for &isa in &sets {
                let table = NttTable::with_isa(isa, log_n, modulus).unwrap();
                for input in &inputs {
                    let same = |f: &dyn Fn(&NttTable, &mut [u64])| {
                        let (mut a, mut b) = (input.clone(), input.clone());
                        f(&oracle, &mut a);
                        f(&table, &mut b);
                        a == b
                    };
                    assert!(same(&|t, x| t.forward(x)), "forward, {isa}, 2^{log_n}, q = {q}");
                    assert!(same(&|t, x| t.inverse(x)), "inverse, {isa}, 2^{log_n}, q = {q}");
                    assert!(
                        same(&|t, x| t.inverse_scaled(x, &t.last_layer(q - 3))),
                        "scaled, {isa}, 2^{log_n}, q = {q}"
                    );
                    assert!(
                        same(&|t, x| t.forward_from(input, x)),
                        "forward_from, {isa}, 2^{log_n}, q = {q}"
                    );
                    assert!(
                        same(&|t, x| t.inverse_scaled_from(input, x, &t.last_layer(5))),
                        "inverse_from, {isa}, 2^{log_n}, q = {q}"
                    );
                }
            }
        }
    }
}

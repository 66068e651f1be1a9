//! Emulated lanes, and those of the processor if it has them, against the portable kernel.

use super::*;
use crate::avx512::emulated::Emulated;
use crate::modulus::Modulus;
use hep_params::primes::find_ntt_primes;

fn moduli(bits: u32, count: usize) -> Vec<Modulus> {
    find_ntt_primes(bits, 4, count, 0).into_iter().map(|q| Modulus::new(q).unwrap()).collect()
}

/// Any residues will do for constants.
fn constants(source: Vec<Modulus>, target: Vec<Modulus>, extreme: bool) -> Constants {
    let row = |m: &Modulus| match extreme {
        true => vec![m.value() - 1; source.len() + 1],
        false => crate::sample::uniform(&[1; 32], "weights", m.value(), 0, m, source.len() + 1),
    };
    let cofactors = target.iter().map(row).collect();
    Constants { source, target, cofactors }
}

fn agrees(constants: &Constants, n: usize, targets: &[usize], extreme: bool) {
    check(Avx512(Emulated), constants, n, targets, extreme);
    if let Some(unit) = Avx512::new() {
        check(unit, constants, n, targets, extreme);
    }
}

fn check(unit: Avx512<impl Run>, constants: &Constants, n: usize, targets: &[usize], extreme: bool) {
    let limb = |m: &Modulus| match extreme {
        true => vec![m.value() - 1; n],
        false => crate::sample::uniform(&[2; 32], "scaled", m.value(), 0, m, n),
    };
    let scaled: Vec<u64> = constants.source.iter().flat_map(limb).collect();
    let (mut out, mut expected) = (vec![1; n * targets.len()], vec![2; n * targets.len()]);
    Weights::new(unit, constants).convert(&scaled, targets, &mut out);
    portable::Weights::new(constants).convert(&scaled, targets, &mut expected);
    assert_eq!(out, expected, "{n} values to {targets:?}");
}

#[test]
fn agrees_for_all_sizes_of_primes() {
    for bits in 16..=51 {
        for target_bits in [12, 20, 30, 39, 40, 41, 45, 48, 50, 51] {
            for extreme in [false, true] {
                let constants = constants(moduli(bits, 9), moduli(target_bits, 2), extreme);
                let all: Vec<usize> = (0..constants.target.len()).collect();
                agrees(&constants, 16, &all, extreme);
            }
        }
    }
}

#[test]
fn agrees_for_all_lengths_and_lists_of_targets() {
    let constants = constants(moduli(50, 3), moduli(51, 12), false);
    let targets = [5, 11, 0, 0, 3, 2, 8, 7, 1];
    for n in [1, 4, 8, 24, 256, 264, 1000, 1024] {
        for count in 0..=targets.len() {
            agrees(&constants, n, &targets[..count], false);
        }
    }
}

/// The most limbs for which sums fit, each as large as can be.
#[test]
fn agrees_for_the_longest_basis() {
    for bits in [20, 39, 40, 51] {
        let source = vec![moduli(51, 1)[0]; MAX_TERMS - 1];
        agrees(&constants(source, moduli(bits, 1), true), 8, &[0], true);
    }
}

//! All instruction sets against plain arithmetic.

use super::*;
use hep_params::primes::find_ntt_primes;

const N: usize = 1 << 5;

fn fields() -> Vec<Field> {
    let primes = [20, 30, 45, 48, 49, 50, 51, 58].map(|bits| find_ntt_primes(bits, 5, 1, 0)[0]);
    let available = Isa::ALL.into_iter().filter(|isa| isa.is_available());
    available.flat_map(|isa| primes.map(|q| Field::with_isa(isa, Modulus::new(q).unwrap()))).collect()
}

/// Extreme residues first, then random ones.
fn limb(m: &Modulus, seed: u64) -> Vec<u64> {
    let mut limb = crate::sample::uniform(&[seed as u8; 32], "field", seed, 0, m, N);
    limb[..4].copy_from_slice(&[0, m.value() - 1, 1, m.value() / 2]);
    limb[4..8].fill(m.value() - 1);
    limb
}

#[test]
fn sums_and_multiples_agree_with_scalars() {
    for field in fields() {
        let m = field.modulus();
        let (a, b, w) = (limb(m, 1), limb(m, 2), m.value() - 2);
        let by =
            |f: &dyn Fn(u64, u64) -> u64| -> Vec<u64> { a.iter().zip(&b).map(|(&x, &y)| f(x, y)).collect() };
        let run = |f: &dyn Fn(&mut [u64])| {
            let mut out = a.clone();
            f(&mut out);
            out
        };
        assert_eq!(run(&|x| field.add_assign(x, &b)), by(&|x, y| m.add(x, y)), "{field:?}");
        assert_eq!(run(&|x| field.sub_assign(x, &b)), by(&|x, y| m.sub(x, y)), "{field:?}");
        assert_eq!(run(&|x| field.negate(x)), by(&|x, _| m.neg(x)), "{field:?}");
        assert_eq!(run(&|x| field.scale(x, w)), by(&|x, _| m.mul(x, w)), "{field:?}");
    }
}

/// The largest residues are the worst case for overflow.
#[test]
fn sums_of_products_agree_with_reduced_ones() {
    for field in fields() {
        let m = field.modulus();
        for count in [0, 1, 2, 3, 4, 5, 8, 9, 16, 31, 33, 70] {
            for extreme in [false, true] {
                let column = |k: usize| if extreme { vec![m.value() - 1; N] } else { limb(m, k as u64) };
                let columns: Vec<_> = (0..count).map(|k| [column(k), column(k + 1), column(k + 2)]).collect();
                let expected = |other: usize| -> Vec<u64> {
                    let sum = |j: usize| columns.iter().fold(0, |s, c| m.add(s, m.mul(c[0][j], c[other][j])));
                    (0..N).map(sum).collect()
                };
                let (mut out, mut out_a, mut out_b) = (vec![1; N], vec![1; N], vec![1; N]);
                let pairs: Vec<_> = columns.iter().map(|[x, a, _]| (&x[..], &a[..])).collect();
                field.sum_of_products(&pairs, &mut out);
                assert_eq!(out, expected(1), "{count} terms, {field:?}");
                let triples: Vec<_> = columns.iter().map(|[x, a, b]| (&x[..], &a[..], &b[..])).collect();
                field.inner_products(&triples, &mut out_a, &mut out_b);
                assert_eq!((out_a, out_b), (expected(1), expected(2)), "{count} terms, {field:?}");
            }
        }
    }
}

#[test]
fn permuted_kernels_agree_with_scalars() {
    for field in fields() {
        let m = field.modulus();
        let (x, y, z, w) = (limb(m, 1), limb(m, 2), limb(m, 3), m.value() - 5);
        for permutation in [1u64, 5, 25, 2 * N as u64 - 1].map(|g| NttPermutation::new(5, g)) {
            for (z, permutation) in [
                (None, None),
                (Some(&z[..]), None),
                (None, Some(&permutation)),
                (Some(&z[..]), Some(&permutation)),
            ] {
                let mut out = vec![0; N];
                field.sub_scale((&x, &y), w, z, permutation, &mut out);
                let expected: Vec<u64> = (0..N)
                    .map(|j| permutation.map_or(j, |p| p.source(j)))
                    .map(|s| m.add(m.mul(m.sub(x[s], y[s]), w), z.map_or(0, |z| z[s])))
                    .collect();
                assert_eq!(out, expected, "{field:?}");
            }
            for p in [None, Some(&z[..])] {
                let mut out = y.clone();
                field.add_permuted(&mut out, &x, p, &permutation);
                let expected: Vec<u64> = (0..N)
                    .map(|j| m.add(y[j], m.mul(p.map_or(1, |p| p[j]), x[permutation.source(j)])))
                    .collect();
                assert_eq!(out, expected, "{field:?}");
            }
        }
    }
}

/// Lengths around those of vectors and lines, at addresses that are multiples of eight bytes only.
#[test]
fn any_length_agrees_with_portable_code() {
    for field in fields() {
        let m = field.modulus();
        let portable = Field::with_isa(Isa::Portable, *m);
        let long: Vec<Vec<u64>> = (0..8).map(|seed| limb(m, seed).repeat(4)).collect();
        for n in (0..=2 * N + 1).chain([4 * N - 7]) {
            let limbs: Vec<&[u64]> = long.iter().enumerate().map(|(i, limb)| &limb[i % 7..][..n]).collect();
            let pairs: Vec<_> = limbs[..5].iter().zip(&limbs[3..]).map(|(&a, &b)| (a, b)).collect();
            let triples: Vec<_> = pairs.iter().map(|&(a, b)| (b, a, b)).collect();
            let w = m.value() / 3;
            let all = |field: &Field| {
                let mut out = vec![limbs[7].to_vec(); 10];
                field.add_assign(&mut out[0], limbs[0]);
                field.sub_assign(&mut out[1], limbs[1]);
                field.negate(&mut out[2]);
                field.scale(&mut out[3], w);
                field.sum_of_products(&pairs[..2], &mut out[4]);
                field.sum_of_products(&pairs, &mut out[5]);
                field.sub_scale((limbs[0], limbs[1]), w, None, None, &mut out[6]);
                field.sub_scale((limbs[0], limbs[1]), w, Some(limbs[2]), None, &mut out[7]);
                let (a, b) = out.split_at_mut(9);
                field.inner_products(&triples[..n % 6], &mut a[8], &mut b[0]);
                out
            };
            assert_eq!(all(&field), all(&portable), "{n} values, {field:?}");
        }
    }
}

#[test]
fn permuted_kernels_agree_with_portable_code_for_all_degrees() {
    for field in fields() {
        let m = field.modulus();
        let portable = Field::with_isa(Isa::Portable, *m);
        let long: Vec<Vec<u64>> = (0..4).map(|seed| limb(m, seed).repeat(9)).collect();
        for log_n in 1..=8 {
            let limbs: Vec<&[u64]> = long.iter().map(|limb| &limb[3..][..1 << log_n]).collect();
            for g in [1u64, 3, 5, 625, (2 << log_n) - 1] {
                let permutation = NttPermutation::new(log_n, g);
                let all = |field: &Field| {
                    let mut out = vec![limbs[3].to_vec(); 4];
                    for (out, z) in out.iter_mut().zip([None, Some(limbs[2])]) {
                        field.sub_scale((limbs[0], limbs[1]), m.value() - 2, z, Some(&permutation), out);
                    }
                    for (out, p) in out[2..].iter_mut().zip([None, Some(limbs[2])]) {
                        field.add_permuted(out, limbs[0], p, &permutation);
                    }
                    out
                };
                assert_eq!(all(&field), all(&portable), "degree {}, {g}, {field:?}", 1 << log_n);
            }
        }
    }
}

//! Sums of products of limbs with one modular reduction per output.

use crate::modulus::Modulus;

/// Coefficients per block: the 128-bit accumulators of a block (4 KiB) stay in the first-level cache.
const BLOCK: usize = 256;

/// Coefficients per group: fixed-size groups need one bounds check each instead of one per coefficient.
const GROUP: usize = 8;

/// out\[j\] = Σ_k a_k\[j\]·b_k\[j\] mod q for the pairs (a_k, b_k) of `terms`; zero for no terms.
///
/// Products are accumulated in 128 bits and reduced once per [`Modulus::lazy_terms`] terms.
///
/// # Panics
/// If an operand is shorter than `out`.
pub fn sum_of_products(modulus: &Modulus, terms: &[(&[u64], &[u64])], out: &mut [u64]) {
    match *terms {
        // The usual numbers of digits, with all sums in registers; lazy_terms is at least 32.
        [t0] => fixed(modulus, [t0], out),
        [t0, t1] => fixed(modulus, [t0, t1], out),
        [t0, t1, t2] => fixed(modulus, [t0, t1, t2], out),
        [t0, t1, t2, t3] => fixed(modulus, [t0, t1, t2, t3], out),
        _ => blocked(modulus, terms, out),
    }
}

/// A number of terms known at compile time.
fn fixed<const K: usize>(modulus: &Modulus, terms: [(&[u64], &[u64]); K], out: &mut [u64]) {
    let n = out.len();
    let groups = terms.map(|(a, b)| (a[..n].as_chunks::<GROUP>().0, b[..n].as_chunks::<GROUP>().0));
    let (out_groups, rest) = out.as_chunks_mut::<GROUP>();
    for (g, out) in out_groups.iter_mut().enumerate() {
        let operands = groups.map(|(a, b)| (&a[g], &b[g]));
        for j in 0..GROUP {
            let sum = operands.iter().map(|(a, b)| wide(a[j], b[j])).sum();
            out[j] = modulus.reduce_wide(sum);
        }
    }
    let done = n - rest.len();
    for (j, o) in rest.iter_mut().enumerate() {
        *o = modulus.reduce_wide(terms.iter().map(|(a, b)| wide(a[done + j], b[done + j])).sum());
    }
}

/// Any number of terms: one block of accumulators at a time, four terms per pass over it.
fn blocked(modulus: &Modulus, terms: &[(&[u64], &[u64])], out: &mut [u64]) {
    let lazy = modulus.lazy_terms();
    for (index, block) in out.chunks_mut(BLOCK).enumerate() {
        let start = index * BLOCK;
        let mut sums = [0u128; BLOCK];
        let sums = &mut sums[..block.len()];
        // One accumulated residue takes the place of one product.
        for (round, group) in terms.chunks(lazy - 1).enumerate() {
            if round > 0 {
                sums.iter_mut().for_each(|s| *s = modulus.reduce_wide(*s).into());
            }
            let (quads, rest) = group.as_chunks::<4>();
            quads.iter().for_each(|quad| accumulate(quad, start, sums));
            rest.iter().for_each(|&term| accumulate(&[term], start, sums));
        }
        for (o, &sum) in block.iter_mut().zip(sums.iter()) {
            *o = modulus.reduce_wide(sum);
        }
    }
}

/// Adds the products of some terms, from coefficient `start` on, to the accumulators.
fn accumulate<const K: usize>(terms: &[(&[u64], &[u64]); K], start: usize, sums: &mut [u128]) {
    let len = sums.len();
    let slices = terms.map(|(a, b)| (&a[start..start + len], &b[start..start + len]));
    let groups = slices.map(|(a, b)| (a.as_chunks::<GROUP>().0, b.as_chunks::<GROUP>().0));
    let (sum_groups, rest) = sums.as_chunks_mut::<GROUP>();
    for (g, sums) in sum_groups.iter_mut().enumerate() {
        let operands = groups.map(|(a, b)| (&a[g], &b[g]));
        for j in 0..GROUP {
            sums[j] += operands.iter().map(|(a, b)| wide(a[j], b[j])).sum::<u128>();
        }
    }
    let done = len - rest.len();
    for (j, sum) in rest.iter_mut().enumerate() {
        *sum += slices.iter().map(|(a, b)| wide(a[done + j], b[done + j])).sum::<u128>();
    }
}

#[inline(always)]
fn wide(x: u64, y: u64) -> u128 {
    u128::from(x) * u128::from(y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primes::find_ntt_primes;

    #[test]
    fn agrees_with_reduced_sums_also_beyond_the_lazy_limit() {
        for bits in [30, 51, 58] {
            let modulus = Modulus::new(find_ntt_primes(bits, 3, 1, 0)[0]).unwrap();
            for count in [0, 1, 2, 3, 4, 5, 9, 31, 32, 33, 100] {
                // The largest residues: the worst case for overflow.
                let columns: Vec<Vec<u64>> = (0..count)
                    .map(|k| (0..301).map(|j| modulus.value() - 1 - (k * j) % 5).collect())
                    .collect();
                let terms: Vec<_> = columns.iter().map(|c| (&c[..], &c[..])).collect();
                let mut out = vec![1; 301];
                sum_of_products(&modulus, &terms, &mut out);
                for (j, &value) in out.iter().enumerate() {
                    let expected = columns.iter().fold(0, |s, c| modulus.add(s, modulus.mul(c[j], c[j])));
                    assert_eq!(value, expected);
                }
            }
        }
    }
}

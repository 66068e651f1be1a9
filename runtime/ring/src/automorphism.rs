//! The automorphisms X → X^g of Z\[X\]/(X^N+1), g odd modulo 2N.
//!
//! On coefficients they permute with signs; on transformed values they only permute, because f(X^g) at ψ^e is f at ψ^(e·g).

use crate::modulus::Modulus;
use crate::ntt::reverse_bits;

/// Values per block of a permutation: one cache line.
pub(crate) const BLOCK: usize = 8;

/// The automorphism X → X^g as a permutation of values in the (bit-reversed) order of [`crate::NttTable::forward`].
///
/// Position j stands for the exponent 2·brv(j) + 1. The positions of an aligned block of 2^b values share the low bits of their
/// exponents, and multiplication by g keeps that so: blocks go to blocks, for every b. Within a block the exponents differ by
/// multiples of 2N/2^b, so that the order depends only on g and on one carry. There are at most `BLOCK` orders; a kernel moves
/// whole cache lines and shuffles within them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NttPermutation {
    /// For each block of values of the result: the block it comes from, times `BLOCK`, plus the number of its order.
    blocks: Vec<u32>,
    /// `orders[o][t]`: position within the source block of value t.
    orders: [[u8; BLOCK]; BLOCK],
    len: usize,
}

impl NttPermutation {
    /// For degree 2^`log_n` and an odd g (taken modulo 2N).
    ///
    /// # Panics
    /// If g is even: X → X^g is not an automorphism then.
    pub fn new(log_n: u32, g: u64) -> Self {
        assert!(g % 2 == 1, "X → X^{g} is not an automorphism");
        let mask = (1u64 << (log_n + 1)) - 1;
        let len = 1usize << log_n;
        let source = |j: usize| {
            let exponent = 2 * reverse_bits(j, log_n) as u64 + 1;
            let image = exponent.wrapping_mul(g) & mask;
            reverse_bits((image >> 1) as usize, log_n)
        };
        let width = BLOCK.min(len);
        let mut orders = [[0; BLOCK]; BLOCK];
        let mut known = [false; BLOCK];
        let blocks = (0..len / width)
            .map(|block| {
                let first = source(block * width);
                // The order is known by where it puts its first value.
                let number = first % width;
                if !std::mem::replace(&mut known[number], true) {
                    for (t, place) in orders[number].iter_mut().enumerate().take(width) {
                        *place = (source(block * width + t) % width) as u8;
                    }
                }
                (first / width * BLOCK + number) as u32
            })
            .collect();
        Self { blocks, orders, len }
    }

    /// The number of values, N.
    #[allow(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Where value j of the result comes from.
    ///
    /// # Panics
    /// If there is no such value.
    #[inline(always)]
    pub fn source(&self, j: usize) -> usize {
        let block = self.blocks[j / BLOCK] as usize;
        let width = BLOCK.min(self.len);
        block / BLOCK * width + usize::from(self.orders[block % BLOCK][j % BLOCK])
    }

    /// The source block times `BLOCK`, plus the number of the order, for every block of the result.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn blocks(&self) -> &[u32] {
        &self.blocks
    }

    /// The orders within a block.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn orders(&self) -> &[[u8; BLOCK]; BLOCK] {
        &self.orders
    }

    /// Where the aligned part of `len` values (a power of two) of the result that begins with value `first` comes from: the first value
    /// of another aligned part, whose values it has in another order.
    #[must_use]
    pub fn part_source(&self, first: usize, len: usize) -> usize {
        debug_assert!(len.is_power_of_two() && first.is_multiple_of(len));
        self.source(first) & !(len - 1)
    }

    /// The part of the result that begins with value `first`, from the part that it comes from ([`Self::part_source`]).
    ///
    /// # Panics
    /// If `part` and `out` differ in length.
    pub fn apply_part(&self, part: &[u64], first: usize, out: &mut [u64]) {
        assert_eq!(part.len(), out.len());
        let mask = part.len() - 1;
        out.iter_mut().zip(first..).for_each(|(o, j)| *o = part[self.source(j) & mask]);
    }

    /// `out[j] = input[source(j)]` for one limb of N values.
    ///
    /// # Panics
    /// If a slice is shorter than N.
    pub fn apply(&self, input: &[u64], out: &mut [u64]) {
        out[..self.len].iter_mut().enumerate().for_each(|(j, o)| *o = input[self.source(j)]);
    }
}

/// Applies X → X^g to N coefficients in [0, q): coefficient i moves to i·g mod 2N, with X^N = −1.
///
/// # Panics
/// If g is even or the slices differ in length.
pub fn apply_to_coefficients(input: &[u64], g: u64, modulus: &Modulus, out: &mut [u64]) {
    for_each_image(input.len(), g, |from, to, negate| {
        out[to] = if negate { modulus.neg(input[from]) } else { input[from] };
    });
}

/// Applies X → X^g to N small signed coefficients.
///
/// # Panics
/// If g is even or the slices differ in length.
pub fn apply_to_signed(input: &[i8], g: u64, out: &mut [i8]) {
    for_each_image(input.len(), g, |from, to, negate| {
        out[to] = if negate { -input[from] } else { input[from] }
    });
}

/// Calls `visit(from, to, negate)` for every coefficient.
fn for_each_image(n: usize, g: u64, mut visit: impl FnMut(usize, usize, bool)) {
    assert!(g % 2 == 1, "X → X^{g} is not an automorphism");
    let step = (g % (2 * n as u64)) as usize;
    let mut image = 0;
    for from in 0..n {
        visit(from, image & (n - 1), image & n != 0);
        image = (image + step) & (2 * n - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NttTable;
    use hep_params::primes::find_ntt_primes;

    #[test]
    fn permutation_agrees_with_coefficients() {
        for log_n in 2..=11 {
            let modulus = Modulus::new(find_ntt_primes(45, log_n, 1, 0)[0]).unwrap();
            let table = NttTable::new(log_n, modulus).unwrap();
            let n = table.degree();
            let input = crate::sample::uniform(&[7; 32], "test", 0, 0, &modulus, n);
            for g in [1, 3, 5, 25, 2 * n as u64 - 1, 5u64.pow(9)] {
                let mut expected = vec![0; n];
                apply_to_coefficients(&input, g, &modulus, &mut expected);
                table.forward(&mut expected);
                let mut values = input.clone();
                table.forward(&mut values);
                let mut permuted = vec![0; n];
                let permutation = NttPermutation::new(log_n, g);
                permutation.apply(&values, &mut permuted);
                assert_eq!(permuted, expected, "log_n {log_n}, g {g}");
                for len in (0..log_n).map(|log| 1 << log) {
                    let mut parts = vec![0; n];
                    for (k, out) in parts.chunks_exact_mut(len).enumerate() {
                        let from = permutation.part_source(k * len, len);
                        permutation.apply_part(&values[from..from + len], k * len, out);
                    }
                    assert_eq!(parts, expected, "log_n {log_n}, g {g}, parts of {len}");
                }
            }
        }
    }

    #[test]
    fn signed_coefficients_agree_with_residues() {
        let modulus = Modulus::new(97).unwrap();
        let signed: Vec<i8> = (0..16).map(|i| (i % 3) as i8 - 1).collect();
        let residues: Vec<u64> = signed.iter().map(|&c| modulus.reduce_signed(c.into())).collect();
        let (mut a, mut b) = (vec![0; 16], vec![0; 16]);
        apply_to_signed(&signed, 13, &mut a);
        apply_to_coefficients(&residues, 13, &modulus, &mut b);
        assert_eq!(a.iter().map(|&c| modulus.reduce_signed(c.into())).collect::<Vec<_>>(), b);
    }
}

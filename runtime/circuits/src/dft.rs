//! The transforms between coefficients and slots as products of sparse matrices.
//!
//! With ζ = exp(2πi/4n) and V\[j,k\] = ζ^(5^j·k), the slots of a polynomial Σ v_k·Y^k are V·v. V is a product of log2(n) layers of
//! butterflies and a permutation, the reversal of bits (Cheon, Han, Kim, Kim & Song, "Bootstrapping for approximate homomorphic
//! encryption", EUROCRYPT 2018, §5; Chen, Chillotti & Song, EUROCRYPT 2019). The permutation is left out of both directions, where it
//! cancels: between them only slot-wise work is done.
//!
//! A matrix is held by its diagonals: M·v = Σ_d m_d∘(v rotated by d).

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use num_complex::Complex64;

/// A matrix of n rows by its diagonals that are not zero: the offset d in 0..n, and slot j of m_d is the entry M[j, j+d]. All of them
/// repeat with one period, a power of two, and have that length.
pub type Diagonals = BTreeMap<usize, Vec<Complex64>>;

/// Below this an entry of a composed diagonal is a rounding error of zero.
const ZERO: f64 = 1e-13;

/// From coefficients to slots, or back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// V without the reversal of bits; its layers have blocks of 2, 4, … n.
    SlotsToCoeffs,
    /// V^(−1) without it: the same layers turned round and halved, from n to 2.
    CoeffsToSlots,
}

/// The factors of a transform of length n, in the order in which they are applied, where `layers` says how many layers each has.
///
/// The layers must be log2(n) in all.
#[must_use]
pub fn factors(n: usize, layers: &[u8], direction: Direction) -> Vec<Diagonals> {
    let log_n = n.trailing_zeros();
    let mut lengths: Vec<usize> = (1..=log_n).map(|k| 1 << k).collect();
    if direction == Direction::CoeffsToSlots {
        lengths.reverse();
    }
    let mut lengths = lengths.into_iter();
    let factor = |&count: &u8| {
        let identity = BTreeMap::from([(0, vec![Complex64::ONE])]);
        let taken = lengths.by_ref().take(count.into());
        taken.fold(identity, |product, length| compose(n, &layer(n, length, direction), &product))
    };
    layers.iter().map(factor).collect()
}

/// A layer of butterflies in blocks of `length` slots.
fn layer(n: usize, length: usize, direction: Direction) -> Diagonals {
    let half = length / 2;
    let order = 4 * length;
    let powers: Vec<usize> =
        std::iter::successors(Some(1), |&power| Some(power * 5 % order)).take(half).collect();
    let root = |slot: usize| Complex64::from_polar(1.0, TAU * powers[slot % half] as f64 / order as f64);
    let low = |slot: usize| slot < half;
    let vector = |f: &dyn Fn(usize) -> Complex64| (0..length).map(f).collect::<Vec<_>>();
    let zero = Complex64::ZERO;
    // (a, b) to (a + w·b, a − w·b), or back to ((a + b)/2, (a − b)·w̄/2).
    let [own, after, before] = match direction {
        Direction::SlotsToCoeffs => [
            vector(&|s| if low(s) { Complex64::ONE } else { -root(s) }),
            vector(&|s| if low(s) { root(s) } else { zero }),
            vector(&|s| if low(s) { zero } else { Complex64::ONE }),
        ],
        Direction::CoeffsToSlots => [
            vector(&|s| if low(s) { Complex64::from(0.5) } else { root(s).conj() * -0.5 }),
            vector(&|s| if low(s) { Complex64::from(0.5) } else { zero }),
            vector(&|s| if low(s) { zero } else { root(s).conj() * 0.5 }),
        ],
    };
    let mut out = BTreeMap::from([(0, own), (half, after)]);
    // In the layer over the whole length both are the same diagonal.
    let place = out.entry((n - half) % n).or_insert_with(|| vec![zero; length]);
    place.iter_mut().zip(before).for_each(|(sum, term)| *sum += term);
    out
}

/// The matrix of n rows `after`·`before`.
fn compose(n: usize, after: &Diagonals, before: &Diagonals) -> Diagonals {
    let length = |matrix: &Diagonals| matrix.values().map(Vec::len).max().unwrap_or(1);
    let period = length(after).max(length(before));
    let mut out = Diagonals::new();
    for (d, a) in after {
        for (e, b) in before {
            let sum = out.entry((d + e) % n).or_insert_with(|| vec![Complex64::ZERO; period]);
            // Row j of the product meets row j + d of what was there before.
            for (j, sum) in sum.iter_mut().enumerate() {
                *sum += a[j % a.len()] * b[(j + d) % b.len()];
            }
        }
    }
    out.retain(|_, values| values.iter().any(|value| value.norm() > ZERO));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 5^exponent modulo a power of two.
    fn power_of_five(exponent: usize, modulus: usize) -> usize {
        (0..exponent).fold(1, |power, _| power * 5 % modulus)
    }

    fn apply(matrix: &Diagonals, v: &[Complex64]) -> Vec<Complex64> {
        let n = v.len();
        (0..n).map(|j| matrix.iter().map(|(d, m)| m[j % m.len()] * v[(j + d) % n]).sum()).collect()
    }

    fn vector(n: usize) -> Vec<Complex64> {
        (0..n).map(|j| Complex64::new((j as f64 * 0.7).sin(), (j as f64 * 1.3).cos())).collect()
    }

    /// All ways to write `log_n` as a sum of at most four parts.
    fn splits(log_n: u8) -> Vec<Vec<u8>> {
        let mut out = vec![vec![log_n]];
        for first in 1..log_n {
            out.extend(splits(log_n - first).into_iter().map(|rest| [&[first], &rest[..]].concat()));
        }
        out.retain(|split| split.len() <= 4);
        out
    }

    #[test]
    fn factors_are_the_transform_in_reversed_order() {
        for log_n in 1..=6u8 {
            let n = 1usize << log_n;
            let v = vector(n);
            let dense = |j: usize, k: usize| {
                let power = power_of_five(j, 4 * n) * k % (4 * n);
                Complex64::from_polar(1.0, TAU * power as f64 / (4 * n) as f64)
            };
            let reversed = |k: usize| k.reverse_bits() >> (usize::BITS - u32::from(log_n));
            let wanted: Vec<Complex64> =
                (0..n).map(|j| (0..n).map(|k| dense(j, k) * v[reversed(k)]).sum()).collect();
            for split in splits(log_n) {
                let to = factors(n, &split, Direction::SlotsToCoeffs);
                let slots = to.iter().fold(v.clone(), |v, factor| apply(factor, &v));
                let worst = slots.iter().zip(&wanted).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
                assert!(worst < 1e-12, "{split:?}: {worst:e}");
                let back = factors(n, &split, Direction::CoeffsToSlots);
                let again = back.iter().fold(slots, |v, factor| apply(factor, &v));
                let worst = again.iter().zip(&v).map(|(a, b)| (a - b).norm()).fold(0.0, f64::max);
                assert!(worst < 1e-13, "{split:?}: {worst:e}");
            }
        }
    }

    #[test]
    fn the_splits_of_large_transforms_cancel() {
        for (n, to, back) in
            [(1 << 9, [4, 5].as_slice(), [4, 3, 2].as_slice()), (1 << 10, &[3, 3, 4], &[5, 5])]
        {
            let v = vector(n);
            let there = factors(n, to, Direction::SlotsToCoeffs).iter().fold(v.clone(), |v, f| apply(f, &v));
            let again = factors(n, back, Direction::CoeffsToSlots).iter().fold(there, |v, f| apply(f, &v));
            assert!(again.iter().zip(&v).all(|(a, b)| (a - b).norm() < 1e-12));
        }
    }
}

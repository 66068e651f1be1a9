//! Integers that are stored in f64, of any size, to residues, exactly.

use hep_ring::Modulus;

/// log2 above which the conversion to i64 could overflow.
const DIRECT_BITS: i32 = 62;

/// log2 below which everything is exact in f64, the bits of integers being those of mantissas.
const FLOAT_BITS: u32 = 52;

/// Adding 2^52 to x in [0, 2^52] rounds it to an integer, which is then the mantissa of the sum.
const TWO_52: f64 = (1u64 << FLOAT_BITS) as f64;

/// The same for x in ±2^51, without the mantissa.
const SHIFTER: f64 = 1.5 * TWO_52;

/// The nearest integer, ties to even, as [`f64::round_ties_even`]; without its call into the mathematical library, and so in vectors.
#[inline(always)]
pub(crate) fn nearest(x: f64) -> f64 {
    let rounded = ((x.abs() + TWO_52) - TWO_52).copysign(x);
    // Above 2^52 there are no fractions; NaN stays what it is.
    if x.abs() < TWO_52 { rounded } else { x }
}

/// The smallest e with |c| < 2^e for all of the (finite, integer) `values`; 0 if all are 0.
pub(crate) fn largest_exponent(values: &[f64]) -> i32 {
    let largest = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    if largest == 0.0 { 0 } else { split(largest).1 + 53 }
}

/// `out[j]` = `values[j]` mod q, for integers below 2^`exponent` in magnitude.
pub(crate) fn residues(values: &[f64], exponent: i32, modulus: &Modulus, out: &mut [u64]) {
    if exponent <= FLOAT_BITS as i32 && modulus.bits() < FLOAT_BITS {
        let (q, inverse) = (modulus.value() as f64, 1.0 / modulus.value() as f64);
        out.iter_mut().zip(values).for_each(|(o, &v)| *o = float_residue(v, q, inverse));
        return;
    }
    if exponent <= DIRECT_BITS {
        out.iter_mut().zip(values).for_each(|(o, &v)| *o = modulus.reduce_signed(v as i64));
        return;
    }
    // |c| = mantissa·2^e; powers[e] = 2^e mod q.
    let powers: Vec<u64> = std::iter::successors(Some(1), |&p| Some(modulus.add(p, p)))
        .take((exponent - 53).max(0) as usize + 1)
        .collect();
    for (o, &v) in out.iter_mut().zip(values) {
        let (mantissa, e) = split(v.abs());
        let magnitude = if e <= 0 {
            // Below 2^53: a shift by −e drops only zeros, because v is an integer.
            modulus.reduce(mantissa.checked_shr(e.unsigned_abs()).unwrap_or(0))
        } else {
            modulus.mul(modulus.reduce(mantissa), powers[e as usize])
        };
        *o = if v < 0.0 { modulus.neg(magnitude) } else { magnitude };
    }
}

/// v mod q for an integer |v| < 2^52 and q < 2^51.
#[inline(always)]
fn float_residue(v: f64, q: f64, inverse: f64) -> u64 {
    let quotient = (v * inverse + SHIFTER) - SHIFTER;
    // An integer below 2^53, so both product and difference are exact; the quotient is off by so little that this is in ±q.
    let centered = v - quotient * q;
    let residue = centered + if centered < 0.0 { q } else { 0.0 };
    (residue + TWO_52).to_bits() & ((1 << FLOAT_BITS) - 1)
}

/// v = mantissa·2^e with mantissa < 2^53, for finite v ≥ 0; for normal v the mantissa is at least 2^52.
fn split(v: f64) -> (u64, i32) {
    let bits = v.to_bits();
    let (exponent, fraction) = ((bits >> 52) as i32 & 0x7ff, bits & ((1 << 52) - 1));
    if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn exact_for_every_size(mantissa in -(1i64 << 53)..(1i64 << 53), shift in 0i32..70, small in -1000i32..1000) {
            let modulus = Modulus::new(1_125_899_906_842_597).unwrap();
            let value = mantissa as f64 * 2f64.powi(shift);
            let values = [value, f64::from(small), 0.0, -value];
            let exponent = largest_exponent(&values);
            let mut out = [0; 4];
            residues(&values, exponent, &modulus, &mut out);
            let exact = (i128::from(mantissa) << shift).rem_euclid(i128::from(modulus.value()));
            prop_assert_eq!(i128::from(out[0]), exact);
            prop_assert_eq!(out[1], modulus.reduce_signed(small.into()));
            prop_assert_eq!(out[2], 0);
            prop_assert_eq!(modulus.add(out[0], out[3]), 0);
        }
    }

    proptest! {
        #[test]
        fn rounding_is_to_nearest_even(x in -1e17f64..1e17, small in -4e4f64..4e4, half in -1_000_000i32..1_000_000) {
            for x in [x, small, f64::from(half) / 2.0, f64::from(half) * 2f64.powi(32) + 0.5, 0.0, f64::INFINITY] {
                prop_assert_eq!(nearest(x).to_bits(), x.round_ties_even().to_bits());
                prop_assert_eq!(nearest(-x).to_bits(), (-x).round_ties_even().to_bits());
            }
        }

        #[test]
        fn both_fast_ways_agree(values in prop::collection::vec(-(1i64 << 52) + 1..(1 << 52), 64), shift in 0u32..52) {
            let values: Vec<f64> = values.into_iter().map(|v| (v >> shift) as f64).collect();
            for q in [1_125_899_906_842_597, 97, 65_537, 2_251_799_813_554_177] {
                let Ok(modulus) = Modulus::new(q) else { continue };
                let (mut fast, mut other) = (vec![0; 64], vec![0; 64]);
                residues(&values, 52, &modulus, &mut fast);
                residues(&values, DIRECT_BITS, &modulus, &mut other);
                prop_assert_eq!(fast, other);
            }
        }
    }

    #[test]
    fn huge_values() {
        let modulus = Modulus::new(1_125_899_906_842_597).unwrap();
        let value = 3.0 * 2f64.powi(900);
        let mut out = [0];
        residues(&[value], largest_exponent(&[value]), &modulus, &mut out);
        assert_eq!(out[0], modulus.mul(3, modulus.pow(2, 900)));
    }
}

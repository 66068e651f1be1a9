//! Integers that are stored in f64, of any size, to residues, exactly.

use hep_ring::Modulus;

/// log2 above which the direct conversion to i64 could overflow.
const DIRECT_BITS: i32 = 62;

/// The smallest e with |c| < 2^e for all of the (finite, integer) `values`; 0 if all are 0.
pub(crate) fn largest_exponent(values: &[f64]) -> i32 {
    let largest = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    if largest == 0.0 { 0 } else { split(largest).1 + 53 }
}

/// `out[j]` = `values[j]` mod q, for integers below 2^`exponent` in magnitude.
pub(crate) fn residues(values: &[f64], exponent: i32, modulus: &Modulus, out: &mut [u64]) {
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

    #[test]
    fn huge_values() {
        let modulus = Modulus::new(1_125_899_906_842_597).unwrap();
        let value = 3.0 * 2f64.powi(900);
        let mut out = [0];
        residues(&[value], largest_exponent(&[value]), &modulus, &mut out);
        assert_eq!(out[0], modulus.mul(3, modulus.pow(2, 900)));
    }
}

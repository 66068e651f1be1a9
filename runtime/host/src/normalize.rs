//! Units of the uploads: powers of two that the owner divides by before encrypting, and multiplies back after decrypting.
//!
//! A plan says of each upload in which ways it may be scaled without the server noticing ([`Units::units`], found by the compiler), and for
//! which size it was made ([`Units::usual`]). The owner brings its data as near to these sizes
//! as whole powers of two can. Powers of two are exact: what comes back is the model of the data as they were.

use crate::magnitude::Magnitude;
use crate::tensor::Tensor;
use std::collections::BTreeMap;

/// Data this near to the usual size, in bits, are left as they are.
const NEAR: f64 = 2.0;
/// Rounds of the Gauss–Seidel iteration; there are few symmetries, and they are nearly independent.
const ROUNDS: usize = 256;
/// Largest power of two that anything is multiplied by, as an exponent: far from where numbers lose digits.
const FARTHEST: i64 = 900;

/// In which units an upload may be.
#[derive(Clone, Copy, Debug)]
pub struct Units<'a> {
    /// Its name.
    pub name: &'a str,
    /// log2 of the root mean square that is usual.
    pub usual: i32,
    /// One exponent for each symmetry.
    pub units: &'a [i32],
}

/// One exponent for each symmetry: what makes the uploads as usual as it can, in the sense of least squares of bits. Zeros
/// where the data are near the usual sizes, and for tensors that are missing, zero or not finite.
#[must_use]
pub fn exponents(inputs: &[Units<'_>], tensors: &BTreeMap<String, Tensor>) -> Vec<i32> {
    let count = inputs.iter().map(|input| input.units.len()).max().unwrap_or(0);
    let mut rows: Vec<(f64, Vec<f64>)> = Vec::new();
    for input in inputs.iter().filter(|input| input.units.iter().any(|unit| *unit != 0)) {
        let rms = tensors.get(input.name).map_or(0.0, |tensor| Magnitude::of(&tensor.data).rms);
        if rms > 0.0 && rms.is_finite() {
            let units = input.units.iter().map(|unit| f64::from(*unit)).collect();
            rows.push((rms.log2() - f64::from(input.usual), units));
        }
    }
    let still = vec![0; count];
    if rows.iter().all(|(bits, _)| bits.abs() <= NEAR) {
        return still;
    }
    let mut found = vec![0.0; count];
    for _ in 0..ROUNDS {
        for symmetry in 0..count {
            let (mut along, mut squares) = (0.0, 0.0);
            for (bits, units) in &rows {
                let unit = units.get(symmetry).copied().unwrap_or(0.0);
                let rest: f64 = bits - units.iter().zip(&found).map(|(u, k)| u * k).sum::<f64>();
                along += unit * rest;
                squares += unit * unit;
            }
            if squares > 0.0 {
                found[symmetry] += along / squares;
            }
        }
    }
    let whole: Vec<i32> = found.iter().map(|k| k.round() as i32).collect();
    let far = |input: &Units<'_>| dot(input.units, &whole).abs() > FARTHEST;
    if inputs.iter().any(far) { still } else { whole }
}

/// By what the owner multiplies what came out of a computation on divided uploads.
#[must_use]
pub fn factor(units: &[i32], exponents: &[i32]) -> f64 {
    (dot(units, exponents).clamp(-FARTHEST, FARTHEST) as f64).exp2()
}

/// The tensor divided by its power of two.
pub fn divide(tensor: &mut Tensor, units: &[i32], exponents: &[i32]) {
    let by = factor(units, exponents);
    if by != 1.0 {
        tensor.data.iter_mut().for_each(|value| *value /= by);
    }
}

/// The tensor multiplied by its power of two.
pub fn multiply(tensor: &mut Tensor, units: &[i32], exponents: &[i32]) {
    let by = factor(units, exponents);
    if by != 1.0 {
        tensor.data.iter_mut().for_each(|value| *value *= by);
    }
}

fn dot(units: &[i32], exponents: &[i32]) -> i64 {
    units.iter().zip(exponents).map(|(u, k)| i64::from(*u) * i64::from(*k)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(values: &[(&str, f64)]) -> BTreeMap<String, Tensor> {
        values.iter().map(|(name, v)| ((*name).to_string(), Tensor::filled(vec![4], *v))).collect()
    }

    fn of<'a>(name: &'a str, usual: i32, units: &'a [i32]) -> Units<'a> {
        Units { name, usual, units }
    }

    #[test]
    fn uploads_come_near_their_usual_sizes() {
        // Features, targets, and an inverse curvature of the features: two symmetries.
        let inputs = [of("X", 0, &[1, 0]), of("Y", 0, &[0, 1]), of("B", -4, &[-2, 0])];
        let near = filled(&[("X", 1.5), ("Y", 0.4), ("B", 0.1)]);
        assert_eq!(exponents(&inputs, &near), [0, 0]);
        let found = exponents(&inputs, &filled(&[("X", 1024.0), ("Y", 3e8), ("B", 2f64.powi(-24))]));
        assert_eq!(found, [10, 28]);
        let mut targets = Tensor::filled(vec![4], 3e8);
        divide(&mut targets, inputs[1].units, &found);
        assert!(targets.data[0] > 0.5 && targets.data[0] < 2.0);
        multiply(&mut targets, inputs[1].units, &found);
        assert_eq!(targets.data, [3e8; 4]);
    }

    #[test]
    fn what_says_nothing_moves_nothing() {
        let inputs = [of("X", 0, &[1]), of("Y", 0, &[])];
        for x in [0.0, f64::NAN, f64::INFINITY] {
            assert_eq!(exponents(&inputs, &filled(&[("X", x), ("Y", 1e9)])), [0]);
        }
        assert_eq!(exponents(&[], &filled(&[])), [0; 0]);
        let steep = [of("X", 0, &[16]), of("Y", 0, &[1])];
        let opposed = filled(&[("X", 1.0), ("Y", 1e300)]);
        assert!(factor(steep[0].units, &exponents(&steep, &opposed)).is_finite());
    }
}

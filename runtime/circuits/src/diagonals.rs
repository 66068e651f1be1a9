//! Diagonals of a factor as a linear transform in baby steps and giant steps.

use hep_ckks::{CkksError, Context, KeyForm, LinearTransform};
use hep_params::refresh::Factor;
use num_complex::Complex64;

use crate::dft::Diagonals;

/// The diagonals of a matrix whose result is then rotated by so many slots.
pub(crate) fn rotated(values: &[Complex64], by: i64) -> Vec<Complex64> {
    let first = by.rem_euclid(values.len().max(1) as i64) as usize;
    [&values[first..], &values[..first]].concat()
}

/// Diagonals by their numbers, with the second half of a vector of twice the period times −i where there are two copies. The result
/// is rotated by an offset.
pub(crate) fn numbered(
    n: usize,
    factor: &Factor,
    matrix: &Diagonals,
    (copies, offset): (usize, i64),
) -> Vec<(i64, i64, Vec<Complex64>)> {
    let of = |number: i64| {
        let place = (number * factor.stride as i64).rem_euclid(n as i64) as usize;
        let own = rotated(matrix.get(&place)?, offset);
        let values = match copies {
            1 => own,
            _ => (0..copies * n)
                .map(
                    |slot| {
                        if slot < n { own[slot % own.len()] } else { -Complex64::I * own[slot % own.len()] }
                    },
                )
                .collect(),
        };
        let (baby, giant) = factor.steps(number);
        Some((baby, giant, values))
    };
    factor.numbers().filter_map(of).collect()
}

pub(crate) fn encode(
    ctx: &Context,
    at: (KeyForm, usize),
    scale: f64,
    factor: &Factor,
    diagonals: &[(i64, i64, Vec<Complex64>)],
) -> Result<LinearTransform, CkksError> {
    let borrowed: Vec<_> =
        diagonals.iter().map(|(baby, giant, values)| (*baby, *giant, &values[..])).collect();
    let transform = LinearTransform::new(ctx, at, scale, &borrowed)?;
    if factor.composed.is_none() {
        return Ok(transform);
    }
    let (babies, giants) = factor.rotations();
    transform.composed(ctx, &babies, giants.first().copied().unwrap_or(0))
}

//! Diagonals of a factor as a linear transform in baby steps and giant steps.

use hep_ckks::{CkksError, Context, KeyForm, LinearTransform};
use hep_params::refresh::Factor;
use num_complex::Complex64;

use crate::dft::Diagonals;

/// Diagonals by their numbers, with the second half of a vector of twice the period times −i where there are two copies.
pub(crate) fn numbered(
    n: usize,
    factor: &Factor,
    matrix: &Diagonals,
    copies: usize,
) -> Vec<(i64, i64, Vec<Complex64>)> {
    let of = |number: i64| {
        let offset = (number * factor.stride as i64).rem_euclid(n as i64) as usize;
        let own = matrix.get(&offset)?;
        let values = match copies {
            1 => own.clone(),
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
    if !factor.composed {
        return Ok(transform);
    }
    let (babies, giant) = factor.generators();
    transform.composed(ctx, &babies, giant)
}

//! Factors and inverses of square matrices.
//!
//! A pivot below the rounding error of the largest one says that the matrix is singular: what would be computed with it
//! is noise, and a message is worth more. `None` stands for operands that are no square matrix.

use super::HostError;
use crate::tensor::Tensor;
use nalgebra::DMatrix;

type Factor = Option<Result<Tensor, HostError>>;

pub(super) fn identity(size: usize) -> Tensor {
    let mut out = Tensor::filled(vec![size, size], 0.0);
    out.data.iter_mut().step_by(size + 1).for_each(|diagonal| *diagonal = 1.0);
    out
}

/// The lower Cholesky factor.
pub(super) fn cholesky(a: &Tensor) -> Factor {
    let matrix = square(a)?;
    let size = matrix.nrows();
    let fail = |why| Some(Err(HostError::NotPositiveDefinite { size, why }));
    let asymmetry = (&matrix - matrix.transpose()).amax();
    if asymmetry > 1e-9 * matrix.amax() {
        return fail("it is not symmetric");
    }
    let Some(factor) = matrix.cholesky() else { return fail("a pivot is not positive") };
    let lower = factor.unpack();
    let (smallest, largest) = extremes(&lower);
    // Pivots are the squares of the diagonal.
    if negligible(smallest * smallest, largest * largest, size) {
        return fail("a pivot is zero up to rounding");
    }
    Some(Ok(tensor(&lower)))
}

/// The inverse; that of a triangular matrix by substitution alone.
pub(super) fn inverse(a: &Tensor) -> Factor {
    let matrix = square(a)?;
    let size = matrix.nrows();
    let fail = |(smallest, largest)| Some(Err(HostError::Singular { size, smallest, largest }));
    if is_lower(&matrix) {
        let pivots = extremes(&matrix);
        if negligible(pivots.0, pivots.1, size) {
            return fail(pivots);
        }
        let solved = matrix.solve_lower_triangular(&DMatrix::identity(size, size));
        return solved.map_or_else(|| fail(pivots), |inverse| Some(Ok(tensor(&inverse))));
    }
    let factors = matrix.lu();
    let pivots = extremes(&factors.u());
    if negligible(pivots.0, pivots.1, size) {
        return fail(pivots);
    }
    factors.try_inverse().map_or_else(|| fail(pivots), |inverse| Some(Ok(tensor(&inverse))))
}

fn square(a: &Tensor) -> Option<DMatrix<f64>> {
    let [rows, columns] = *a.shape.as_slice() else { return None };
    (rows == columns).then(|| DMatrix::from_row_slice(rows, columns, &a.data))
}

fn tensor(matrix: &DMatrix<f64>) -> Tensor {
    // Columns of the transpose are rows.
    Tensor { shape: vec![matrix.nrows(), matrix.ncols()], data: matrix.transpose().as_slice().to_vec() }
}

fn is_lower(matrix: &DMatrix<f64>) -> bool {
    (0..matrix.ncols()).all(|column| (0..column).all(|row| matrix[(row, column)] == 0.0))
}

/// Smallest and largest absolute value on the diagonal; no numbers where one of them is none.
fn extremes(matrix: &DMatrix<f64>) -> (f64, f64) {
    let diagonal = matrix.diagonal();
    if !diagonal.iter().all(|x| x.is_finite()) {
        return (f64::NAN, f64::NAN);
    }
    let fold = |start, pick: fn(f64, f64) -> f64| diagonal.iter().fold(start, |best, x| pick(best, x.abs()));
    (fold(f64::INFINITY, f64::min), fold(0.0, f64::max))
}

/// Whether a pivot is rounding error, or no number.
fn negligible(smallest: f64, largest: f64, size: usize) -> bool {
    smallest.is_nan() || smallest <= size as f64 * f64::EPSILON * largest
}

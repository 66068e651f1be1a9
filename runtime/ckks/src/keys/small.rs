//! Small polynomials (secrets, errors) in transformed form.

use crate::context::Context;

/// Writes the small signed coefficients (below any prime in magnitude), reduced modulo prime number `index` and transformed, to
/// `out`. No branch depends on a coefficient.
pub(crate) fn small_to_limb(ctx: &Context, coefficients: &[i8], index: usize, out: &mut [u64]) {
    let q = ctx.modulus(index).value();
    for (o, &c) in out.iter_mut().zip(coefficients) {
        // Adds q to negative values: the arithmetic shift gives a mask of ones for them.
        *o = (i64::from(c) + ((i64::from(c) >> 63) & q as i64)) as u64;
    }
    ctx.ntt(index).forward(out);
}

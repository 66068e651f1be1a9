//! Small polynomials (secrets, errors) in transformed form.

use hep_ring::{Buffer, Field};
use zeroize::Zeroizing;

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

/// out ← out − a·s for a secret s.
pub(crate) fn subtract_product(field: &Field, out: &mut [u64], a: &[u64], s: &[u64]) {
    let mut product = Zeroizing::new(Buffer::recycled(out.len()));
    field.sum_of_products(&[(a, s)], &mut product);
    field.sub_assign(out, &product);
}

//! Parts of limbs, in integers.

use crate::modulus::Modulus;
use crate::shoup::ShoupScalar;

pub(crate) fn add_scaled(modulus: &Modulus, out: &mut [u64], x: &[u64], w: u64) {
    let w = ShoupScalar::new(w, modulus);
    out.iter_mut().zip(x).for_each(|(o, &x)| *o = modulus.add(*o, w.mul(x, modulus.value())));
}

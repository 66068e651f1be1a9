//! Residues to centered values in f64.
//!
//! Garner's algorithm with *balanced* digits: x = d_0 + q_0·(d_1 + q_1·(d_2 + …)) with d_i in (−q_i/2, q_i/2). For odd moduli these
//! numbers are exactly the integers in (−Q/2, Q/2), so the sign needs no comparison, and the value of a small negative
//! number has no large digits that would have to cancel. The sum in f64 has a relative error of a few units in the last place.

use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::context::Context;

/// Coefficients per task; 1024 × (number of limbs) words stay in the cache.
const CHUNK: usize = 1024;

/// The centered values of N coefficients given limb-major by residues modulo q_0…q_l.
///
/// A value that exceeds the range of f64 becomes infinite; no decryptable message does.
pub(crate) fn centered(ctx: &Context, residues: &[u64]) -> Vec<f64> {
    let n = ctx.degree();
    let mut out = vec![0.0; n];
    out.par_chunks_mut(CHUNK).enumerate().for_each(|(index, out)| {
        let range = index * CHUNK..index * CHUNK + out.len();
        let mut digits: Zeroizing<Vec<Vec<u64>>> =
            Zeroizing::new(residues.chunks_exact(n).map(|limb| limb[range.clone()].to_vec()).collect());
        for j in 0..digits.len() {
            let (done, rest) = digits.split_at_mut(j + 1);
            if rest.iter().flatten().all(|&x| x == 0) {
                // All values are spent: the other digits are these zeros. Messages are far smaller than the modulus.
                break;
            }
            let (digit, qj) = (&done[j], ctx.modulus(j));
            for (k, limb) in rest.iter_mut().enumerate() {
                let i = j + 1 + k;
                let (modulus, inverse) = (ctx.modulus(i), ctx.prime_inverse(j, i));
                for (x, &d) in limb.iter_mut().zip(digit) {
                    *x = inverse.mul(modulus.sub(*x, modulus.reduce_signed(qj.centre(d))), modulus.value());
                }
            }
        }
        for (i, limb) in digits.iter().enumerate().rev() {
            let modulus = ctx.modulus(i);
            let q = modulus.value() as f64;
            for (o, &d) in out.iter_mut().zip(limb) {
                *o = *o * q + modulus.centre(d) as f64;
            }
        }
    });
    out
}

//! Hybrid key switching in three separate steps: decompose, inner product, ModDown.
//!
//! Given c modulo Q_l, c ≡ Σ_d c_d·g_d where c_d is the centred residue of c modulo digit D_d. With a key (b_d, a_d)
//! the sums Σ c_d·b_d, Σ c_d·a_d modulo Q_l·P encrypt P·c·s' with noise Σ c_d·e_d; dividing by P (rounding to nearest)
//! leaves an encryption of c·s' with noise about max D_d/P · σ·√(N·digits/12), plus the rounding error.
//!
//! All steps are parallel over limbs; sums are exact, so results do not depend on the number of threads.

use hep_ring::{BaseExtender, dot};
use rayon::prelude::*;

use crate::context::Context;
use crate::error::CkksError;
use crate::keys::SwitchingKey;
use crate::poly::Poly;

/// Coefficients per task where work is split along coefficients.
const CHUNK: usize = 4096;

/// The digits c_d of a polynomial, extended to Q_l·P and transformed: decompose once, switch with many keys (hoisting).
#[derive(Debug, Clone)]
pub struct Decomposed {
    level: usize,
    degree: usize,
    /// Digit-major, then limb-major over q_0…q_level, then P.
    data: Vec<u64>,
}

impl Decomposed {
    /// The level of the ciphertext.
    pub fn level(&self) -> usize {
        self.level
    }

    /// Whether the sizes are those of a decomposition of this context.
    pub(crate) fn matches(&self, ctx: &Context) -> bool {
        let limbs = self.level + 1 + ctx.special_len();
        self.degree == ctx.degree()
            && self.level <= ctx.max_level()
            && self.data.len() == ctx.digits(self.level) * limbs * self.degree
    }

    fn limb(&self, digit: usize, position: usize, limbs: usize) -> &[u64] {
        let start = (digit * limbs + position) * self.degree;
        &self.data[start..start + self.degree]
    }
}

/// ModUp: inverse transform, exact base extension of every digit, transform.
pub(crate) fn decompose(ctx: &Context, level: usize, poly: &Poly) -> Decomposed {
    let (n, width, digits) = (ctx.degree(), ctx.parameters().digit_limbs, ctx.digits(level));
    let last_limb = |digit: usize| ((digit + 1) * width - 1).min(level);
    let mut scaled = poly.clone();
    scaled.par_limbs_mut(|i, limb| {
        ctx.ntt(i).inverse(limb);
        ctx.digit_extender(last_limb(i / width)).scale_source(i % width, limb);
    });
    let sources: Vec<Vec<&[u64]>> =
        (0..digits).map(|d| (d * width..=last_limb(d)).map(|i| scaled.limb(i)).collect()).collect();
    let quotients: Vec<Vec<u64>> =
        (0..digits).map(|d| quotients(ctx.digit_extender(last_limb(d)), &sources[d], n)).collect();

    let limbs = level + 1 + ctx.special_len();
    let mut data = vec![0; digits * limbs * n];
    data.par_chunks_exact_mut(n).enumerate().for_each(|(k, out)| {
        let (digit, position) = (k / limbs, k % limbs);
        if position <= level && position / width == digit {
            out.copy_from_slice(poly.limb(position));
            return;
        }
        let index = ctx.extended_index(level, position);
        ctx.digit_extender(last_limb(digit)).target_limb(index, &sources[digit], &quotients[digit], out);
        ctx.ntt(index).forward(out);
    });
    Decomposed { level, degree: n, data }
}

/// (Σ c_d·b_d, Σ c_d·a_d) modulo Q_l·P, accumulated without reduction.
pub(crate) fn inner_product(ctx: &Context, decomposed: &Decomposed, key: &SwitchingKey) -> [Vec<u64>; 2] {
    let (n, level) = (ctx.degree(), decomposed.level);
    let limbs = level + 1 + ctx.special_len();
    let digits = ctx.digits(level);
    let part = |part: usize| {
        let mut sum = vec![0; limbs * n];
        sum.par_chunks_exact_mut(n).enumerate().for_each(|(position, out)| {
            let terms: Vec<(&[u64], &[u64])> = (0..digits)
                .map(|d| (decomposed.limb(d, position, limbs), key.limb(part, d, level, position, n)))
                .collect();
            dot::sum_of_products(ctx.modulus(ctx.extended_index(level, position)), &terms, out);
        });
        sum
    };
    let (first, second) = rayon::join(|| part(0), || part(1));
    [first, second]
}

/// ModDown: ⌊x/P⌉ modulo Q_l of a polynomial modulo Q_l·P, by subtracting its centred residue modulo P.
pub(crate) fn mod_down(ctx: &Context, level: usize, mut sum: Vec<u64>) -> Poly {
    let n = ctx.degree();
    let extender = ctx.special_extender();
    let (kept, special) = sum.split_at_mut((level + 1) * n);
    special.par_chunks_exact_mut(n).enumerate().for_each(|(j, limb)| {
        ctx.ntt(ctx.max_level() + 1 + j).inverse(limb);
        extender.scale_source(j, limb);
    });
    let sources: Vec<&[u64]> = special.chunks_exact(n).collect();
    let quotients = quotients(extender, &sources, n);
    let mut out = Poly::zero(n, level + 1);
    out.par_limbs_mut(|i, limb| {
        extender.target_limb(i, &sources, &quotients, limb);
        ctx.ntt(i).forward(limb);
        let (modulus, inverse) = (ctx.modulus(i), ctx.special_inverse(i));
        for (o, &x) in limb.iter_mut().zip(&kept[i * n..(i + 1) * n]) {
            *o = inverse.mul(modulus.sub(x, *o), modulus.value());
        }
    });
    out
}

/// All three steps with one key: an encryption of poly·s' as two polynomials modulo Q_l.
pub(crate) fn switch(ctx: &Context, decomposed: &Decomposed, key: &SwitchingKey) -> [Poly; 2] {
    let [first, second] = inner_product(ctx, decomposed, key);
    let level = decomposed.level;
    let (first, second) = rayon::join(|| mod_down(ctx, level, first), || mod_down(ctx, level, second));
    [first, second]
}

/// Whether `key` can switch a ciphertext at `level`.
pub(crate) fn check_key(
    operation: &'static str,
    ctx: &Context,
    level: usize,
    key: &SwitchingKey,
) -> Result<(), CkksError> {
    if !key.matches(ctx) {
        return Err(CkksError::OtherContext { operation });
    }
    if key.level() < level {
        return Err(CkksError::KeyLevelTooLow { operation, ciphertext_level: level, key_level: key.level() });
    }
    Ok(())
}

fn quotients(extender: &BaseExtender, sources: &[&[u64]], n: usize) -> Vec<u64> {
    let mut out = vec![0; n];
    out.par_chunks_mut(CHUNK).enumerate().for_each(|(k, out)| {
        let range = k * CHUNK..k * CHUNK + out.len();
        let parts: Vec<&[u64]> = sources.iter().map(|limb| &limb[range.clone()]).collect();
        extender.quotients(&parts, out);
    });
    out
}

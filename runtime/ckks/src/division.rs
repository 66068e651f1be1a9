//! Division by a product of primes, rounding to nearest: rescaling, and bringing down from a raised modulus.
//!
//! Let D be the product and y the centered residue of x modulo D. Then x − y is divisible by D, so that modulo a prime q that stays
//! the quotient is (x − y)·D^(−1). It takes an inverse transform of every limb of D, an exact base extension, and a transform
//! of every limb that stays.

use hep_ring::automorphism::NttPermutation;
use hep_ring::ntt::LastLayer;
use hep_ring::{BaseExtender, Buffer, Modulus, NttTable, RingError};
use rayon::prelude::*;

use crate::context::Context;
use crate::poly::Poly;

/// Constants for the division by D modulo q_0, q_1, …
#[derive(Debug)]
pub(crate) struct Division {
    /// The primes of D by their index, consecutive in the basis of what is divided.
    primes: Vec<usize>,
    /// Inverse transforms that multiply by the factors of `extender`.
    last_layers: Vec<LastLayer>,
    /// From D to the primes that stay.
    extender: BaseExtender,
    /// D^(−1) modulo the primes that stay.
    inverses: Vec<u64>,
}

impl Division {
    /// Limbs of the result that are made together: they read all of the remainder once.
    pub(crate) const GROUP: usize = 7;

    /// By the product of the primes of some indices, modulo the first `kept` primes.
    pub(crate) fn new(tables: &[NttTable], primes: Vec<usize>, kept: usize) -> Result<Self, RingError> {
        let divisor: Vec<Modulus> = primes.iter().map(|&index| *tables[index].modulus()).collect();
        let targets: Vec<Modulus> = tables[..kept].iter().map(|table| *table.modulus()).collect();
        let extender = BaseExtender::new(&divisor, &targets)?;
        let last_layers = primes
            .iter()
            .enumerate()
            .map(|(i, &p)| tables[p].last_layer(extender.source_factor(i)))
            .collect();
        let inverse = |m: &Modulus| {
            let product = divisor.iter().fold(1, |product, q| m.mul(product, m.reduce(q.value())));
            // Distinct primes are invertible modulo each other.
            m.inv(product).unwrap_or(0)
        };
        Ok(Self { inverses: targets.iter().map(inverse).collect(), primes, last_layers, extender })
    }

    /// What is left of limbs modulo the primes of D, in the form that [`Division::finish`] takes.
    pub(crate) fn remainder(&self, ctx: &Context, limbs: &mut [u64]) {
        limbs.par_chunks_exact_mut(ctx.degree()).enumerate().for_each(|(i, limb)| {
            ctx.ntt(self.primes[i]).inverse_scaled(limb, &self.last_layers[i]);
        });
    }

    /// The same from limbs that must stay as they are.
    pub(crate) fn remainder_from(&self, ctx: &Context, limbs: &[u64]) -> Buffer {
        let n = ctx.degree();
        let mut out = Buffer::recycled(limbs.len());
        out.par_chunks_exact_mut(n).zip(limbs.par_chunks_exact(n)).enumerate().for_each(
            |(i, (out, limb))| {
                ctx.ntt(self.primes[i]).inverse_scaled_from(limb, out, &self.last_layers[i]);
            },
        );
        out
    }

    /// φ(⌊x/D⌉ + z) modulo the primes of `kept`, which holds their limbs of x; z = 0 and φ the identity where they are not given.
    pub(crate) fn finish(
        &self,
        ctx: &Context,
        kept: &[u64],
        remainder: &[u64],
        addend: Option<&Poly>,
        permutation: Option<&NttPermutation>,
    ) -> Poly {
        let n = ctx.degree();
        let mut out = Poly::unwritten(n, kept.len() / n);
        out.as_mut_slice().par_chunks_mut(Self::GROUP * n).enumerate().for_each(|(group, out)| {
            let first = group * Self::GROUP;
            let mut centered = Buffer::recycled(out.len());
            let indices: [usize; Self::GROUP] = std::array::from_fn(|k| first + k);
            self.extender.convert(remainder, &indices[..out.len() / n], &mut centered);
            let limbs = out.chunks_exact_mut(n).zip(centered.chunks_exact_mut(n));
            for (i, (out, y)) in (first..).zip(limbs) {
                ctx.ntt(i).forward(y);
                let pair = (&kept[i * n..(i + 1) * n], &*y);
                let z = addend.map(|z| z.limb(i));
                ctx.field(i).sub_scale(pair, self.inverses[i], z, permutation, out);
            }
        });
        out
    }
}

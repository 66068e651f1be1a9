//! Raising the modulus from q_0 to Q_L, together with a linear transform.
//!
//! A ciphertext (c_0, c_1) modulo q_0 under the sparse secret s̃ is a pair of polynomials of integers below q_0/2. A transform
//! Σ_d m_d·φ_d takes such a pair to Σ_d (φ_d(c_0)·m_d, φ_d(c_1)·m_d), the d-th of which is under φ_d(s̃): no key is needed for an
//! automorphism of what nobody wants back under one secret. With diagonals m_d at the scale r·σ for a prime r the products are divided
//! by r again: t_d = ⌊φ_d(c_1)·m_d / r⌉ has fewer than 60 bits, and is exact modulo two primes of 51 bits, whatever Q_L is. One key of
//! a single digit, from φ_d(s̃) to s modulo Q_L·p_0, brings it under the secret key. So the transform takes no level, and of every
//! diagonal L + 5 transforms.

use hep_ring::{BaseExtender, Buffer};
use num_complex::Complex64;
use rayon::prelude::*;
use smallvec::SmallVec;

use crate::basis::Basis;
use crate::ciphertext::{Ciphertext, check_scale};
use crate::context::{Context, Galois};
use crate::error::CkksError;
use crate::evaluator::{Evaluator, two_parts};
use crate::keys::{KeyForm, SwitchingKey};
use crate::keyswitch::{Raise, Sums, check_key};
use crate::poly::Poly;

/// Primes that the products are exact modulo: the last of them divides.
const EXACT: usize = 3;

/// Limbs that terms are raised to together, and terms that are: what they take fits the last cache.
const LIMBS: usize = 4;
const BATCH: usize = 8;

/// A ciphertext at level 0 under the sparse secret: coefficients modulo q_0.
#[derive(Debug)]
pub struct Encapsulated {
    parts: [Buffer; 2],
    scale: f64,
}

/// A linear transform that is applied while the modulus is raised.
#[derive(Debug)]
pub struct RaisedTransform {
    level: usize,
    scale: f64,
    /// The primes that the products are exact modulo, by index.
    exact: [usize; EXACT],
    /// From the last of them to the others.
    remainder: BaseExtender,
    /// r^(−1) modulo the others, times the factors of `raise`.
    quotients: [u64; EXACT - 1],
    /// From the first two to all primes.
    raise: BaseExtender,
    /// Automorphisms with their diagonals, modulo the exact primes: of a period n, 2n values a limb.
    diagonals: Vec<(Galois, Poly)>,
}

impl RaisedTransform {
    /// The transform whose slot j is Σ v_j·(slot j + step) for the pairs (step, v) of `diagonals`, which all have the same period.
    ///
    /// **Level and scale:** raises to `level`, and multiplies the scale by `scale`. Products are computed modulo three of the primes
    /// q_0…q_level, those numbered `exact`, the last of which divides them. The three must be of more than 50 bits.
    ///
    /// # Errors
    /// [`CkksError::BadLevel`], [`CkksError::EmptySum`] without diagonals, [`CkksError::OtherContext`] for primes that are too small
    /// or not in the modulus, or what [`Context::encode_repeated`] refuses.
    pub fn new(
        ctx: &Context,
        level: usize,
        scale: f64,
        exact: [usize; EXACT],
        diagonals: &[(i64, Vec<Complex64>)],
    ) -> Result<Self, CkksError> {
        let operation = "raise";
        check_scale(operation, scale)?;
        ctx.moduli_at(operation, level)?;
        let other = || CkksError::OtherContext { operation };
        if exact.iter().any(|&index| index > level || ctx.modulus(index).value() >> 50 == 0) {
            return Err(other());
        }
        let moduli = exact.map(|index| *ctx.modulus(index));
        let remainder = BaseExtender::new(&moduli[EXACT - 1..], &moduli[..EXACT - 1]).map_err(|_| other())?;
        let every: Vec<_> = (0..=ctx.max_level() + 1).map(|index| *ctx.modulus(index)).collect();
        let raise = BaseExtender::new(&moduli[..EXACT - 1], &every).map_err(|_| other())?;
        let divisor = moduli[EXACT - 1].value();
        let quotient = |i: usize| {
            let inverse = moduli[i].inv(moduli[i].reduce(divisor)).ok_or_else(other)?;
            Ok(moduli[i].mul(inverse, raise.source_factor(i)))
        };
        let quotients = [quotient(0)?, quotient(1)?];
        let encoded = |(step, values): &(i64, Vec<Complex64>)| {
            let poly = ctx.repeating(values, scale * divisor as f64, level, exact.into_iter())?;
            Ok((ctx.rotation(*step), poly))
        };
        let diagonals: Vec<_> = diagonals.par_iter().map(encoded).collect::<Result<_, CkksError>>()?;
        if diagonals.is_empty() {
            return Err(CkksError::EmptySum { operation });
        }
        Ok(Self { level, scale, exact, remainder, quotients, raise, diagonals })
    }

    /// The level that it raises to.
    pub fn level(&self) -> usize {
        self.level
    }

    /// The automorphisms that it needs keys of [`SwitchingKey::from_sparse`] for.
    pub fn automorphisms(&self) -> impl Iterator<Item = Galois> {
        self.diagonals.iter().map(|(galois, _)| *galois)
    }

    /// Memory of its diagonals.
    pub fn bytes(&self) -> usize {
        self.diagonals.iter().map(|(_, poly)| size_of_val(poly.as_slice())).sum()
    }

    /// Coefficients modulo q_0 as centered integers modulo the exact primes, transformed.
    fn lifted(&self, ctx: &Context, coefficients: &[u64]) -> Poly {
        let q0 = ctx.modulus(0);
        Poly::written(ctx.degree(), EXACT, |i, limb| {
            let index = self.exact[i];
            let modulus = ctx.modulus(index);
            limb.iter_mut().zip(coefficients).for_each(|(o, &c)| *o = modulus.reduce_signed(q0.centre(c)));
            ctx.ntt(index).forward(limb);
        })
    }

    /// (φ(x)·m, φ(y)·m) for limb number i of a diagonal.
    fn products(
        &self,
        ctx: &Context,
        i: usize,
        [x, y]: [&Poly; 2],
        (galois, m): &(Galois, Poly),
        [out_x, out_y]: [&mut [u64]; 2],
    ) {
        let (field, permutation) = (ctx.field(self.exact[i]), ctx.permutation(*galois));
        let [mut first, mut second] = [(); 2].map(|()| Buffer::recycled(ctx.degree()));
        field.permute_part(x.limb(i), &permutation, 0, &mut first);
        field.permute_part(y.limb(i), &permutation, 0, &mut second);
        let term = (m.limb(i), &first[..], &second[..]);
        field.inner_products_repeated(&[term], ctx.degree() / m.degree(), out_x, out_y);
    }

    /// Σ t_d·k_d at some limbs of both halves of the keys k_d, from the first two limbs of every t_d.
    fn switch(
        &self,
        ctx: &Context,
        basis: Basis,
        first: usize,
        (small, keys): (&[u64], &[&SwitchingKey]),
        [first_sum, second_sum]: [&mut [u64]; 2],
    ) {
        let (n, pair) = (ctx.degree(), (EXACT - 1) * ctx.degree());
        let limbs = first_sum.len() / n;
        let indices: SmallVec<[usize; LIMBS]> =
            (first..first + limbs).map(|position| basis.index(position)).collect();
        let mut terms = Buffer::recycled(BATCH.min(keys.len()) * limbs * n);
        let mut products = [(); 2].map(|()| Buffer::recycled(n));
        for (batch, (small, keys)) in small.chunks(BATCH * pair).zip(keys.chunks(BATCH)).enumerate() {
            // Several limbs read both limbs of a term once.
            for (out, small) in terms.chunks_exact_mut(limbs * n).zip(small.chunks_exact(pair)) {
                self.raise.convert(small, &indices, out);
                out.chunks_exact_mut(n).zip(&indices).for_each(|(limb, &index)| ctx.ntt(index).forward(limb));
            }
            for (k, &index) in indices.iter().enumerate() {
                let (field, own) = (ctx.field(index), k * n..(k + 1) * n);
                let factors: SmallVec<[_; BATCH]> = terms
                    .chunks_exact(limbs * n)
                    .zip(keys)
                    .map(|(term, key)| {
                        let [b, a] = key.limbs(0, basis, first + k);
                        (&term[own.clone()], b, a)
                    })
                    .collect();
                let [x, y] = &mut products;
                field.inner_products(&factors, x, y);
                for (sum, product) in [(&mut *first_sum, &*x), (&mut *second_sum, &*y)] {
                    let sum = &mut sum[own.clone()];
                    if batch == 0 { sum.copy_from_slice(product) } else { field.add_assign(sum, product) }
                }
            }
        }
    }

    /// ⌊v/r⌉ of transformed products, as coefficients times the factors of `raise`, in place of the first two limbs.
    fn divided(&self, ctx: &Context, v: &mut [u64]) {
        let n = ctx.degree();
        for (i, limb) in v.chunks_exact_mut(n).enumerate() {
            ctx.ntt(self.exact[i]).inverse(limb);
        }
        let (kept, last) = v.split_at_mut((EXACT - 1) * n);
        // Of one prime, the factor of the extension is 1.
        let mut low = Buffer::recycled(kept.len());
        self.remainder.convert(last, &[0, 1], &mut low);
        for (i, (limb, low)) in kept.chunks_exact_mut(n).zip(low.chunks_exact_mut(n)).enumerate() {
            let field = ctx.field(self.exact[i]);
            field.sub_assign(limb, low);
            field.scale(limb, self.quotients[i]);
        }
    }
}

impl Evaluator<'_> {
    /// Switches a ciphertext at level 0 to the sparse secret.
    ///
    /// **Level and scale:** level 0; the scale stays.
    ///
    /// # Errors
    /// [`CkksError::LevelMismatch`] for another level, [`CkksError::PartCount`], or [`CkksError::OtherContext`], also for a key that is
    /// not of [`SwitchingKey::to_sparse`].
    pub fn encapsulate(&self, a: &Ciphertext, key: &SwitchingKey) -> Result<Encapsulated, CkksError> {
        let (operation, ctx, form) = ("encapsulate", self.context(), KeyForm::Low { special: 1 });
        self.check(operation, a)?;
        super::evaluator::same_level(operation, a.level(), 0)?;
        check_key(operation, ctx, form, 0, key)?;
        let special = ctx.special(1).ok_or(CkksError::OtherContext { operation })?;
        let [c0, c1] = two_parts(operation, a)?;
        let raise = Raise::new(ctx, ctx.basis_with(0, 1), c1);
        let parts = Sums::switched(ctx, special, &raise, key).bring_down(ctx, [Some(c0), None], None);
        let parts = parts.map(|part| {
            let mut limb = part.into_buffer();
            ctx.ntt(0).inverse(&mut limb);
            limb
        });
        Ok(Encapsulated { parts, scale: a.scale() })
    }

    /// Raises the modulus of a ciphertext and applies a transform to it, with the keys of its automorphisms.
    ///
    /// What comes out are the slots of m + q_0·I, where I has small integer coefficients.
    ///
    /// **Level and scale:** those of the transform, the scale multiplied by its own.
    ///
    /// # Errors
    /// [`CkksError::MissingGaloisKey`], [`CkksError::KeyLevelTooLow`], or [`CkksError::OtherContext`].
    pub fn raise<'k>(
        &self,
        a: &Encapsulated,
        transform: &RaisedTransform,
        key: impl Fn(Galois) -> Option<&'k SwitchingKey>,
    ) -> Result<Ciphertext, CkksError> {
        let (operation, ctx, level) = ("raise", self.context(), transform.level);
        let special = ctx.special(1).ok_or(CkksError::OtherContext { operation })?;
        let keys = transform.automorphisms().map(|galois| {
            let key = key(galois).ok_or_else(|| self.missing_key(operation, galois))?;
            check_key(operation, ctx, KeyForm::Whole, level, key).map(|()| key)
        });
        let keys: Vec<&SwitchingKey> = keys.collect::<Result<_, _>>()?;
        let n = ctx.degree();
        let [first, second] = a.parts.each_ref().map(|part| transform.lifted(ctx, part));

        // t_d, two limbs each, and Σ φ_d(c_0)·m_d, which is divided once.
        let diagonals = &transform.diagonals;
        let mut small = Buffer::recycled(diagonals.len() * (EXACT - 1) * n);
        let chunk = diagonals.len().div_ceil(rayon::current_num_threads());
        let partial = |(out, diagonals): (&mut [u64], &[(Galois, Poly)])| {
            let (mut sum, mut products) = (Buffer::zeroed(EXACT * n), Buffer::recycled(EXACT * n));
            let mut added = Buffer::recycled(n);
            for (out, diagonal) in out.chunks_exact_mut((EXACT - 1) * n).zip(diagonals) {
                let limbs = products.chunks_exact_mut(n).zip(sum.chunks_exact_mut(n));
                for (i, (limb, sum)) in limbs.enumerate() {
                    transform.products(ctx, i, [&first, &second], diagonal, [&mut added, limb]);
                    ctx.field(transform.exact[i]).add_assign(sum, &added);
                }
                transform.divided(ctx, &mut products);
                out.copy_from_slice(&products[..out.len()]);
            }
            sum
        };
        let sums: Vec<Buffer> = small
            .par_chunks_mut(chunk * (EXACT - 1) * n)
            .zip(diagonals.par_chunks(chunk))
            .map(partial)
            .collect();
        let mut sum = Buffer::zeroed(EXACT * n);
        for part in sums {
            for (i, (sum, part)) in sum.chunks_exact_mut(n).zip(part.chunks_exact(n)).enumerate() {
                ctx.field(transform.exact[i]).add_assign(sum, part);
            }
        }
        transform.divided(ctx, &mut sum);

        let basis = ctx.basis_with(level, 1);
        let addend = Poly::written(n, level + 1, |i, out| {
            transform.raise.convert(&sum[..(EXACT - 1) * n], &[i], out);
            ctx.ntt(i).forward(out);
        });
        let sums = Sums::by_limbs(ctx, (level, special), LIMBS, |first, parts| {
            transform.switch(ctx, basis, first, (&small, &keys), parts);
        });
        let parts = sums.bring_down(ctx, [Some(&addend), None], None);
        Ok(Ciphertext::new(level, a.scale * transform.scale, parts))
    }
}

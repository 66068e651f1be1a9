//! What is particular to complex slots: the imaginary unit, and real and imaginary parts.

use hep_ring::Buffer;

use super::switch::Lifted;
use super::{Evaluator, two_parts};
use crate::ciphertext::Ciphertext;
use crate::error::CkksError;
use crate::keys::KeyForm;
use crate::keyswitch::{Raise, Sums};
use crate::poly::Poly;

impl Evaluator<'_> {
    /// i·a in all slots: the product with X^(N/2), which is exact.
    ///
    /// **Level and scale:** unchanged.
    ///
    /// # Errors
    /// [`CkksError::OtherContext`] for a ciphertext of another ring.
    pub fn multiply_by_i(&self, a: &Ciphertext) -> Result<Ciphertext, CkksError> {
        self.check("multiply by i", a)?;
        let turned = |part: &Poly| {
            let mut out = part.clone();
            out.par_limbs_mut(|i, limb| self.times_unit(i, limb));
            out
        };
        Ok(Ciphertext::new(a.level, a.scale, a.parts.iter().map(turned)))
    }

    /// Twice the real parts of all slots, and twice the imaginary parts where they are asked for; both divided by the last prime.
    ///
    /// One switch, with the key of [`crate::Context::conjugation`], serves both, and each has one division by P·q_level.
    ///
    /// **Level and scale:** the level goes down by one and the scale by a factor q_level. The key must reach the level.
    ///
    /// # Errors
    /// [`CkksError::MissingGaloisKey`], [`CkksError::KeyLevelTooLow`], [`CkksError::PartCount`], [`CkksError::LevelExhausted`] at level
    /// 0, or [`CkksError::OtherContext`].
    pub fn real_parts(
        &self,
        a: &Ciphertext,
        imaginary: bool,
    ) -> Result<(Ciphertext, Option<Ciphertext>), CkksError> {
        let (operation, ctx, level) = ("real parts", self.ctx, a.level);
        self.check(operation, a)?;
        let parts = two_parts(operation, a)?;
        if level == 0 {
            return Err(CkksError::LevelExhausted { operation, level });
        }
        let galois = ctx.conjugation();
        let key = self.galois_key_of(operation, (KeyForm::Full, level), galois)?;
        let (basis, permutation) = (ctx.basis(level), ctx.permutation(galois));
        let raise = Raise::new(ctx, basis, &parts[1]);
        let mut sums: Vec<Sums<'_>> =
            (0..=usize::from(imaginary)).map(|_| Sums::unwritten(ctx, level, ctx.all_special())).collect();
        Sums::update_all(&mut sums, ctx, &raise, |digits, position, limbs| {
            let (index, n) = (basis.index(position), ctx.degree());
            let field = ctx.field(index);
            let lifted = Lifted::new(ctx, basis, parts, position);
            let mut switched = [(); 2].map(|()| Buffer::recycled(n));
            let [x, y] = &mut switched;
            digits.inner_products(ctx, basis, key, position, [x, y]);
            if let Some([c0, _]) = lifted.parts() {
                field.add_assign(x, c0);
            }
            // Of both parts: ā + a, and i·(ā − a).
            for (part, conjugate) in switched.iter().enumerate() {
                for (number, sum) in limbs.iter_mut().enumerate() {
                    let sum = &mut *sum[part];
                    field.permute_part(conjugate, &permutation, 0, sum);
                    match (lifted.parts(), number) {
                        (Some(own), 0) => field.add_assign(sum, own[part]),
                        (Some(own), _) => field.sub_assign(sum, own[part]),
                        (None, _) => {}
                    }
                    if number > 0 {
                        self.times_unit(index, sum);
                    }
                }
            }
        });
        let scale = a.scale / ctx.modulus(level).value() as f64;
        let mut results =
            sums.into_iter().map(|sum| Ciphertext::new(level - 1, scale, sum.bring_down_and_rescale(ctx)));
        let real = results.next().ok_or(CkksError::EmptySum { operation })?;
        Ok((real, results.next()))
    }

    /// A limb modulo prime number `index` times X^(N/2).
    fn times_unit(&self, index: usize, limb: &mut [u64]) {
        let (unit, modulus) = (self.ctx.ntt(index).imaginary_unit(), self.ctx.modulus(index));
        let (first, second) = limb.split_at_mut(self.ctx.degree() / 2);
        self.ctx.field(index).scale(first, unit);
        self.ctx.field(index).scale(second, modulus.neg(unit));
    }
}

//! Rotations and conjugation of the slots.
//!
//! rotate(a, k) moves slot i+k to slot i (indices modulo N/2), by the automorphism X → X^(5^k). The second part is decomposed and
//! switched from s to φ^(−1)(s) first; applying φ to the result gives a ciphertext under s again.

use super::{Evaluator, same_level, two_parts};
use crate::ciphertext::Ciphertext;
use crate::context::{Context, Galois};
use crate::error::CkksError;
use crate::keys::{KeyForm, SwitchingKey};
use crate::keyswitch::{self, Decomposed, Raise, Sums};
use crate::poly::Poly;

impl Context {
    /// The automorphism X → X^(2N − 1) = X^(−1): the complex conjugates of all slots.
    pub fn conjugation(&self) -> Galois {
        self.galois(2 * self.degree() as u64 - 1)
    }
}

impl Evaluator<'_> {
    /// The complex conjugates of all slots, under the key of [`Context::conjugation`].
    ///
    /// **Level and scale:** unchanged. The key must reach the level.
    ///
    /// # Errors
    /// [`CkksError::MissingGaloisKey`], [`CkksError::KeyLevelTooLow`], [`CkksError::PartCount`] for three parts (relinearize first), or
    /// [`CkksError::OtherContext`].
    pub fn conjugate(&self, a: &Ciphertext) -> Result<Ciphertext, CkksError> {
        self.turned("conjugate", a, self.ctx.conjugation())
    }

    /// Rotates the slots by `step` to the left (`numpy.roll(v, -step)`); a negative step rotates to the right.
    ///
    /// **Level and scale:** unchanged. The key of the step must reach the level; the step 0 needs none.
    ///
    /// # Errors
    /// [`CkksError::MissingGaloisKey`], [`CkksError::KeyLevelTooLow`], [`CkksError::PartCount`] for three parts (relinearize first), or
    /// [`CkksError::OtherContext`].
    pub fn rotate(&self, a: &Ciphertext, step: i64) -> Result<Ciphertext, CkksError> {
        if self.ctx.normalize_step(step) == 0 {
            return self.unrotated(a);
        }
        self.turned("rotate", a, self.ctx.rotation(step))
    }

    /// Several rotations of one ciphertext, which is decomposed only once. Bit for bit the results of [`Evaluator::rotate`].
    ///
    /// **Level and scale:** unchanged, as [`Evaluator::rotate`].
    ///
    /// # Errors
    /// As [`Evaluator::rotate`], before any work is done.
    pub fn rotate_many(&self, a: &Ciphertext, steps: &[i64]) -> Result<Vec<Ciphertext>, CkksError> {
        self.check("rotate", a)?;
        let moves = |step: &&i64| self.ctx.normalize_step(**step) != 0;
        // Every key is looked up before work begins.
        let key = |step: &i64| self.galois_key("rotate", a.level, self.ctx.rotation(*step));
        steps.iter().filter(moves).try_for_each(|step| key(step).map(drop))?;
        if !steps.iter().any(|step| moves(&step)) {
            return steps.iter().map(|_| self.unrotated(a)).collect();
        }
        let decomposed = self.decompose(a)?;
        steps.iter().map(|&step| self.rotate_decomposed(a, &decomposed, step)).collect()
    }

    /// The part of a rotation that does not depend on the step, to share among several rotations of `a`.
    ///
    /// **Level and scale:** the digits are those of the level of `a`, and serve no other.
    ///
    /// # Errors
    /// [`CkksError::PartCount`] for three parts, or [`CkksError::OtherContext`].
    pub fn decompose(&self, a: &Ciphertext) -> Result<Decomposed, CkksError> {
        self.check("rotate", a)?;
        let [_, c1] = two_parts("rotate", a)?;
        Ok(Decomposed::new(self.ctx, self.ctx.basis(a.level), c1))
    }

    /// Rotates `a`, given its own decomposition (that of another ciphertext gives a meaningless result).
    ///
    /// **Level and scale:** unchanged; the decomposition must be of the same level.
    ///
    /// # Errors
    /// As [`Evaluator::rotate`], and [`CkksError::LevelMismatch`] for a decomposition of another level.
    pub fn rotate_decomposed(
        &self,
        a: &Ciphertext,
        decomposed: &Decomposed,
        step: i64,
    ) -> Result<Ciphertext, CkksError> {
        if self.ctx.normalize_step(step) == 0 {
            return self.unrotated(a);
        }
        self.check("rotate", a)?;
        let galois = self.ctx.rotation(step);
        let key = self.galois_key("rotate", a.level, galois)?;
        if !decomposed.matches(self.ctx) {
            return Err(CkksError::OtherContext { operation: "rotate" });
        }
        same_level("rotate", a.level, decomposed.level())?;
        let [c0, _] = two_parts("rotate", a)?;
        Ok(self.permuted(Sums::switched(self.ctx, self.ctx.all_special(), decomposed, key), a, c0, galois))
    }

    /// An automorphism of both parts of a ciphertext; its key is looked up by `key`.
    fn turned(
        &self,
        operation: &'static str,
        a: &Ciphertext,
        galois: Galois,
    ) -> Result<Ciphertext, CkksError> {
        self.check(operation, a)?;
        let key = self.galois_key(operation, a.level, galois)?;
        let [c0, c1] = two_parts(operation, a)?;
        let sums = Sums::switched(
            self.ctx,
            self.ctx.all_special(),
            &Raise::new(self.ctx, self.ctx.basis(a.level), c1),
            key,
        );
        Ok(self.permuted(sums, a, c0, galois))
    }

    /// What ends an automorphism of `a`, whose first part is c_0.
    fn permuted(&self, sums: Sums<'_>, a: &Ciphertext, c0: &Poly, galois: Galois) -> Ciphertext {
        let permutation = self.ctx.permutation(galois);
        let parts = sums.bring_down(self.ctx, [Some(c0), None], Some(&permutation));
        Ciphertext::new(a.level, a.scale, parts)
    }

    /// Rotation by 0: no key, no noise.
    fn unrotated(&self, a: &Ciphertext) -> Result<Ciphertext, CkksError> {
        self.check("rotate", a)?;
        two_parts("rotate", a)?;
        Ok(Ciphertext::new(a.level, a.scale, a.parts.clone()))
    }

    /// The key of an automorphism of a ciphertext at `level`.
    pub(super) fn galois_key(
        &self,
        operation: &'static str,
        level: usize,
        galois: Galois,
    ) -> Result<&SwitchingKey, CkksError> {
        self.galois_key_of(operation, (KeyForm::Full, level), galois)
    }

    /// The same of another form.
    pub(super) fn galois_key_of(
        &self,
        operation: &'static str,
        (form, level): (KeyForm, usize),
        galois: Galois,
    ) -> Result<&SwitchingKey, CkksError> {
        let key = self.keys.galois.get(&galois).ok_or_else(|| self.missing_key(operation, galois))?;
        keyswitch::check_key(operation, self.ctx, form, level, key)?;
        Ok(key)
    }

    /// That there is no key of an automorphism.
    pub(crate) fn missing_key(&self, operation: &'static str, galois: Galois) -> CkksError {
        CkksError::MissingGaloisKey {
            operation,
            element: galois.element(),
            step: self.ctx.step_of(galois),
            slots: self.ctx.slots(),
        }
    }
}

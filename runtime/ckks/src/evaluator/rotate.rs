//! Rotations of the slots.
//!
//! rotate(a, k) moves slot i+k to slot i (indices modulo N/2), by the automorphism X → X^(5^k). The second part is decomposed and
//! switched from s to φ^(−1)(s) first; applying φ to the result gives a ciphertext under s again.

use super::{Evaluator, same_level, two_parts};
use crate::ciphertext::Ciphertext;
use crate::error::CkksError;
use crate::keys::SwitchingKey;
use crate::keyswitch::{self, Decomposed, Raise, Sums};
use crate::poly::Poly;

impl Evaluator<'_> {
    /// Rotates the slots by `step` to the left (`numpy.roll(v, -step)`); a negative step rotates to the right.
    pub fn rotate(&self, a: &Ciphertext, step: i64) -> Result<Ciphertext, CkksError> {
        if self.ctx.normalize_step(step) == 0 {
            return self.unrotated(a);
        }
        self.check("rotate", a)?;
        let key = self.rotation_key(a.level, step)?;
        let [c0, c1] = two_parts("rotate", a)?;
        let sums = Sums::switched(self.ctx, &Raise::new(self.ctx, a.level, c1), key);
        Ok(self.rotated(sums, a, c0, step))
    }

    /// Several rotations of one ciphertext, which is decomposed only once. Bit for bit the results of [`Evaluator::rotate`].
    pub fn rotate_many(&self, a: &Ciphertext, steps: &[i64]) -> Result<Vec<Ciphertext>, CkksError> {
        self.check("rotate", a)?;
        let moves = |step: &&i64| self.ctx.normalize_step(**step) != 0;
        // Every key is looked up before work begins.
        steps.iter().filter(moves).try_for_each(|&step| self.rotation_key(a.level, step).map(drop))?;
        if !steps.iter().any(|step| moves(&step)) {
            return steps.iter().map(|_| self.unrotated(a)).collect();
        }
        let decomposed = self.decompose(a)?;
        steps.iter().map(|&step| self.rotate_decomposed(a, &decomposed, step)).collect()
    }

    /// The part of a rotation that does not depend on the step, to share among several rotations of `a`.
    pub fn decompose(&self, a: &Ciphertext) -> Result<Decomposed, CkksError> {
        self.check("rotate", a)?;
        let [_, c1] = two_parts("rotate", a)?;
        Ok(Decomposed::new(self.ctx, a.level, c1))
    }

    /// Rotates `a`, given its own decomposition (that of another ciphertext gives a meaningless result).
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
        let key = self.rotation_key(a.level, step)?;
        if !decomposed.matches(self.ctx) {
            return Err(CkksError::OtherContext { operation: "rotate" });
        }
        same_level("rotate", a.level, decomposed.level())?;
        let [c0, _] = two_parts("rotate", a)?;
        Ok(self.rotated(Sums::switched(self.ctx, decomposed, key), a, c0, step))
    }

    /// What ends a rotation of `a`, whose first part is c_0.
    fn rotated(&self, sums: Sums, a: &Ciphertext, c0: &Poly, step: i64) -> Ciphertext {
        let permutation = self.ctx.permutation(step);
        let parts = sums.bring_down(self.ctx, [Some(c0), None], Some(&permutation));
        Ciphertext::new(a.level, a.scale, parts)
    }

    /// Rotation by 0: no key, no noise.
    fn unrotated(&self, a: &Ciphertext) -> Result<Ciphertext, CkksError> {
        self.check("rotate", a)?;
        two_parts("rotate", a)?;
        Ok(Ciphertext::new(a.level, a.scale, a.parts.clone()))
    }

    /// The key that rotates a ciphertext at `level` by `step`.
    pub(super) fn rotation_key(&self, level: usize, step: i64) -> Result<&SwitchingKey, CkksError> {
        let step = self.ctx.normalize_step(step);
        let missing = CkksError::MissingRotationKey { step, slots: self.ctx.slots() };
        let key = self.keys.rotations.get(&step).ok_or(missing)?;
        keyswitch::check_key("rotate", self.ctx, level, key)?;
        Ok(key)
    }
}

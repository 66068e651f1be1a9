//! Rotations of the slots.
//!
//! rotate(a, k) moves slot i+k to slot i (indices modulo N/2), by the automorphism X → X^(5^k). The second part is decomposed and
//! switched from s to φ^(−1)(s) first; applying φ to the result gives a ciphertext under s again.

use super::{Evaluator, same_level};
use crate::ciphertext::Ciphertext;
use crate::error::CkksError;
use crate::keys::SwitchingKey;
use crate::keyswitch::{self, Decomposed};
use crate::poly::Poly;

impl Evaluator<'_> {
    /// Rotates the slots by `step` to the left (`numpy.roll(v, -step)`); a negative step rotates to the right.
    pub fn rotate(&self, a: &Ciphertext, step: i64) -> Result<Ciphertext, CkksError> {
        if self.ctx.normalize_step(step) == 0 {
            return self.unrotated(a);
        }
        self.rotation_key(a, step)?;
        self.rotate_decomposed(a, &self.decompose(a)?, step)
    }

    /// Several rotations of one ciphertext, which is decomposed only once. Bit for bit the results of [`Evaluator::rotate`].
    pub fn rotate_many(&self, a: &Ciphertext, steps: &[i64]) -> Result<Vec<Ciphertext>, CkksError> {
        let moves = |step: &&i64| self.ctx.normalize_step(**step) != 0;
        // Every key is looked up before work begins.
        steps.iter().filter(moves).try_for_each(|&step| self.rotation_key(a, step).map(drop))?;
        if !steps.iter().any(|step| moves(&step)) {
            return steps.iter().map(|_| self.unrotated(a)).collect();
        }
        let decomposed = self.decompose(a)?;
        steps.iter().map(|&step| self.rotate_decomposed(a, &decomposed, step)).collect()
    }

    /// The part of a rotation that does not depend on the step, to share among several rotations of `a`.
    pub fn decompose(&self, a: &Ciphertext) -> Result<Decomposed, CkksError> {
        self.check("rotate", a)?;
        let [_, c1] = &a.parts[..] else {
            return Err(CkksError::PartCount { operation: "rotate", expected: "2", found: a.parts.len() });
        };
        Ok(keyswitch::decompose(self.ctx, a.level, c1))
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
        let key = self.rotation_key(a, step)?;
        if !decomposed.matches(self.ctx) {
            return Err(CkksError::OtherContext { operation: "rotate" });
        }
        same_level("rotate", a.level, decomposed.level())?;
        let moduli = self.ctx.q_moduli();
        let [mut d0, d1] = keyswitch::switch(self.ctx, decomposed, key);
        d0.add_assign(&a.parts[0], moduli);
        let permutation = self.ctx.permutation(self.ctx.galois_element(step));
        let permuted = |input: &Poly| {
            let mut out = Poly::zero(self.ctx.degree(), a.level + 1);
            out.par_limbs_mut(|i, limb| permutation.apply(input.limb(i), limb));
            out
        };
        Ok(Ciphertext::new(a.level, a.scale, vec![permuted(&d0), permuted(&d1)]))
    }

    /// Rotation by 0: no key, no noise.
    fn unrotated(&self, a: &Ciphertext) -> Result<Ciphertext, CkksError> {
        self.check("rotate", a)?;
        if a.parts.len() != 2 {
            return Err(CkksError::PartCount { operation: "rotate", expected: "2", found: a.parts.len() });
        }
        Ok(Ciphertext::new(a.level, a.scale, a.parts.clone()))
    }

    fn rotation_key(&self, a: &Ciphertext, step: i64) -> Result<&SwitchingKey, CkksError> {
        self.check("rotate", a)?;
        let step = self.ctx.normalize_step(step);
        let missing = CkksError::MissingRotationKey { step, slots: self.ctx.slots() };
        let key = self.keys.rotations.get(&step).ok_or(missing)?;
        keyswitch::check_key("rotate", self.ctx, a.level, key)?;
        Ok(key)
    }
}

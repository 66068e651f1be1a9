//! Sums, differences, levels.

use super::{Evaluator, same_level, same_scale};
use crate::ciphertext::Ciphertext;
use crate::error::CkksError;
use crate::plaintext::Plaintext;
use crate::poly::Poly;

impl Evaluator<'_> {
    /// a + b. Either may have three parts.
    ///
    /// **Level and scale:** operands must have one level and one scale (to within [`SCALE_TOLERANCE`](crate::SCALE_TOLERANCE)), which the
    /// result has.
    ///
    /// # Errors
    /// [`CkksError::LevelMismatch`], [`CkksError::ScaleMismatch`], or [`CkksError::OtherContext`] for an operand of another ring.
    pub fn add(&self, a: &Ciphertext, b: &Ciphertext) -> Result<Ciphertext, CkksError> {
        self.combine("add", a, b, false)
    }

    /// a − b. Either may have three parts.
    ///
    /// **Level and scale:** operands must have one level and one scale (to within [`SCALE_TOLERANCE`](crate::SCALE_TOLERANCE)), which the
    /// result has.
    ///
    /// # Errors
    /// [`CkksError::LevelMismatch`], [`CkksError::ScaleMismatch`], or [`CkksError::OtherContext`] for an operand of another ring.
    pub fn sub(&self, a: &Ciphertext, b: &Ciphertext) -> Result<Ciphertext, CkksError> {
        self.combine("sub", a, b, true)
    }

    /// −a.
    ///
    /// **Level and scale:** unchanged.
    ///
    /// # Errors
    /// [`CkksError::OtherContext`] for a ciphertext of another ring.
    pub fn negate(&self, a: &Ciphertext) -> Result<Ciphertext, CkksError> {
        self.check("negate", a)?;
        Ok(Ciphertext::new(a.level, a.scale, a.parts.iter().map(|part| self.negated(part))))
    }

    /// a + p.
    ///
    /// **Level and scale:** operands must have one level and one scale (to within [`SCALE_TOLERANCE`](crate::SCALE_TOLERANCE)), which the
    /// result has.
    ///
    /// # Errors
    /// [`CkksError::LevelMismatch`], [`CkksError::ScaleMismatch`], or [`CkksError::OtherContext`] for an operand of another ring.
    pub fn add_plain(&self, a: &Ciphertext, p: &Plaintext) -> Result<Ciphertext, CkksError> {
        self.combine_plain("add_plain", a, p, false)
    }

    /// a − p.
    ///
    /// **Level and scale:** operands must have one level and one scale (to within [`SCALE_TOLERANCE`](crate::SCALE_TOLERANCE)), which the
    /// result has.
    ///
    /// # Errors
    /// [`CkksError::LevelMismatch`], [`CkksError::ScaleMismatch`], or [`CkksError::OtherContext`] for an operand of another ring.
    pub fn sub_plain(&self, a: &Ciphertext, p: &Plaintext) -> Result<Ciphertext, CkksError> {
        self.combine_plain("sub_plain", a, p, true)
    }

    /// The same message at a lower level: forgets the upper limbs.
    ///
    /// **Level and scale:** the level given, the same scale. Costs no precision and no time but that of a copy.
    ///
    /// # Errors
    /// [`CkksError::CannotRaise`] for a level above that of `a`, or [`CkksError::OtherContext`].
    pub fn drop_to_level(&self, a: &Ciphertext, level: usize) -> Result<Ciphertext, CkksError> {
        self.check("drop_to_level", a)?;
        if level > a.level {
            return Err(CkksError::CannotRaise { from: a.level, to: level });
        }
        Ok(Ciphertext::new(level, a.scale, a.parts.iter().map(|part| part.truncated(level + 1))))
    }

    fn combine(
        &self,
        operation: &'static str,
        a: &Ciphertext,
        b: &Ciphertext,
        subtract: bool,
    ) -> Result<Ciphertext, CkksError> {
        self.check(operation, a)?;
        self.check(operation, b)?;
        same_level(operation, a.level, b.level)?;
        same_scale(operation, a.scale, b.scale)?;
        let part = |k: usize| match (a.parts.get(k), b.parts.get(k)) {
            (Some(x), Some(y)) => Some(self.combined(x, y, subtract)),
            (None, Some(y)) if subtract => Some(self.negated(y)),
            (x, y) => x.or(y).cloned(),
        };
        Ok(Ciphertext::new(a.level, a.scale, (0..3).map_while(part)))
    }

    fn combine_plain(
        &self,
        operation: &'static str,
        a: &Ciphertext,
        p: &Plaintext,
        subtract: bool,
    ) -> Result<Ciphertext, CkksError> {
        self.check(operation, a)?;
        self.check_plain(operation, p)?;
        same_level(operation, a.level, p.level)?;
        same_scale(operation, a.scale, p.scale)?;
        let parts = a.parts.iter().enumerate().map(|(k, part)| match k {
            0 => self.combined(part, &p.poly, subtract),
            _ => part.clone(),
        });
        Ok(Ciphertext::new(a.level, a.scale, parts))
    }

    /// x ± y.
    fn combined(&self, x: &Poly, y: &Poly, subtract: bool) -> Poly {
        x.combined(y, |i, words, others| match subtract {
            true => self.ctx.field(i).sub_assign(words, others),
            false => self.ctx.field(i).add_assign(words, others),
        })
    }

    fn negated(&self, x: &Poly) -> Poly {
        x.combined(x, |i, words, _| self.ctx.field(i).negate(words))
    }
}

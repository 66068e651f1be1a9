//! Division by the last prime.

use super::Evaluator;
use crate::ciphertext::Ciphertext;
use crate::error::CkksError;
use crate::poly::Poly;

impl Evaluator<'_> {
    /// Divides by q_level, rounding to nearest: the level goes down by one and the scale by a factor q_level.
    ///
    /// **Level and scale:** as it says; the scale is exactly the old one divided by the prime, which is near a power of two but not one.
    /// The message stays.
    ///
    /// # Errors
    /// [`CkksError::LevelExhausted`] at level 0, or [`CkksError::OtherContext`].
    pub fn rescale(&self, a: &Ciphertext) -> Result<Ciphertext, CkksError> {
        self.check("rescale", a)?;
        if a.level == 0 {
            return Err(CkksError::LevelExhausted { operation: "rescale", level: 0 });
        }
        let divisor = self.ctx.modulus(a.level).value() as f64;
        let parts = a.parts.iter().map(|part| self.rescale_part(a.level, part));
        Ok(Ciphertext::new(a.level - 1, a.scale / divisor, parts))
    }

    fn rescale_part(&self, level: usize, part: &Poly) -> Poly {
        let division = self.ctx.rescaling(level);
        let (kept, last) = part.as_slice().split_at(level * self.ctx.degree());
        let remainder = division.remainder_from(self.ctx, last);
        division.finish(self.ctx, kept, &remainder, None, None)
    }
}

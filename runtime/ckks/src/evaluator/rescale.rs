//! Division by the last prime.

use super::Evaluator;
use crate::ciphertext::Ciphertext;
use crate::error::CkksError;
use crate::poly::Poly;

impl Evaluator<'_> {
    /// Divides by q_level, rounding to nearest: the level goes down by one and the scale by a factor q_level.
    pub fn rescale(&self, a: &Ciphertext) -> Result<Ciphertext, CkksError> {
        self.check("rescale", a)?;
        if a.level == 0 {
            return Err(CkksError::LevelExhausted { operation: "rescale", level: 0 });
        }
        let divisor = self.ctx.modulus(a.level).value() as f64;
        let parts = a.parts.iter().map(|part| self.rescale_part(a.level, part)).collect();
        Ok(Ciphertext::new(a.level - 1, a.scale / divisor, parts))
    }

    /// (x − [x mod q_level, centred])/q_level modulo the other primes.
    fn rescale_part(&self, level: usize, part: &Poly) -> Poly {
        let divisor = self.ctx.modulus(level);
        let mut last = part.limb(level).to_vec();
        self.ctx.ntt(level).inverse(&mut last);
        let mut out = Poly::zero(self.ctx.degree(), level);
        out.par_limbs_mut(|i, limb| {
            let (modulus, inverse) = (self.ctx.modulus(i), self.ctx.prime_inverse(level, i));
            limb.iter_mut().zip(&last).for_each(|(o, &x)| *o = modulus.reduce_signed(divisor.centre(x)));
            self.ctx.ntt(i).forward(limb);
            for (o, &x) in limb.iter_mut().zip(part.limb(i)) {
                *o = inverse.mul(modulus.sub(x, *o), modulus.value());
            }
        });
        out
    }
}

//! Sums, differences, levels.

use super::{Evaluator, same_level, same_scale};
use crate::ciphertext::Ciphertext;
use crate::error::CkksError;
use crate::plaintext::Plaintext;

impl Evaluator<'_> {
    /// a + b. Either may have three parts.
    pub fn add(&self, a: &Ciphertext, b: &Ciphertext) -> Result<Ciphertext, CkksError> {
        self.combine("add", a, b, false)
    }

    /// a − b. Either may have three parts.
    pub fn sub(&self, a: &Ciphertext, b: &Ciphertext) -> Result<Ciphertext, CkksError> {
        self.combine("sub", a, b, true)
    }

    /// −a.
    pub fn negate(&self, a: &Ciphertext) -> Result<Ciphertext, CkksError> {
        self.check("negate", a)?;
        let mut parts = a.parts.clone();
        parts.iter_mut().for_each(|part| part.negate(self.ctx.q_moduli()));
        Ok(Ciphertext::new(a.level, a.scale, parts))
    }

    /// a + p.
    pub fn add_plain(&self, a: &Ciphertext, p: &Plaintext) -> Result<Ciphertext, CkksError> {
        self.combine_plain("add_plain", a, p, false)
    }

    /// a − p.
    pub fn sub_plain(&self, a: &Ciphertext, p: &Plaintext) -> Result<Ciphertext, CkksError> {
        self.combine_plain("sub_plain", a, p, true)
    }

    /// The same message at a lower level: forgets the upper limbs.
    pub fn drop_to_level(&self, a: &Ciphertext, level: usize) -> Result<Ciphertext, CkksError> {
        self.check("drop_to_level", a)?;
        if level > a.level {
            return Err(CkksError::CannotRaise { from: a.level, to: level });
        }
        let parts = a.parts.iter().map(|part| part.truncated(level + 1)).collect();
        Ok(Ciphertext::new(level, a.scale, parts))
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
        let moduli = self.ctx.q_moduli();
        let mut parts = a.parts.clone();
        for (i, other) in b.parts.iter().enumerate() {
            match parts.get_mut(i) {
                Some(part) if subtract => part.sub_assign(other, moduli),
                Some(part) => part.add_assign(other, moduli),
                None => {
                    let mut part = other.clone();
                    if subtract {
                        part.negate(moduli);
                    }
                    parts.push(part);
                }
            }
        }
        Ok(Ciphertext::new(a.level, a.scale, parts))
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
        let mut parts = a.parts.clone();
        if subtract {
            parts[0].sub_assign(&p.poly, self.ctx.q_moduli());
        } else {
            parts[0].add_assign(&p.poly, self.ctx.q_moduli());
        }
        Ok(Ciphertext::new(a.level, a.scale, parts))
    }
}

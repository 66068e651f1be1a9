//! Products and sums of products.

use hep_ring::dot;

use super::{Evaluator, same_level, same_scale};
use crate::ciphertext::Ciphertext;
use crate::error::CkksError;
use crate::keyswitch;
use crate::plaintext::Plaintext;
use crate::poly::Poly;

impl Evaluator<'_> {
    /// Σ a_k∘p_k (slot by slot), with one reduction per coefficient. The result has the level of the plaintexts and the
    /// common scale of the products; upper limbs of ciphertexts of a higher level are ignored.
    pub fn sum_mul_plain(&self, terms: &[(&Ciphertext, &Plaintext)]) -> Result<Ciphertext, CkksError> {
        let operation = "sum_mul_plain";
        let &(first, plain) = terms.first().ok_or(CkksError::EmptySum { operation })?;
        let (level, scale, count) = (plain.level, first.scale * plain.scale, first.parts.len());
        for (a, p) in terms {
            self.check(operation, a)?;
            self.check_plain(operation, p)?;
            reaches(operation, level, a.level)?;
            same_level(operation, level, p.level)?;
            same_scale(operation, scale, a.scale * p.scale)?;
            if a.parts.len() != count {
                let expected =
                    if count == 2 { "2, as the first term has" } else { "3, as the first term has" };
                return Err(CkksError::PartCount { operation, expected, found: a.parts.len() });
            }
        }
        let part =
            |part: usize| self.sum(level, terms.iter().map(|(a, p)| (&a.parts[part], &p.poly)).collect());
        Ok(Ciphertext::new(level, scale, (0..count).map(part).collect()))
    }

    /// Σ a_k∘b_k as a ciphertext of three parts: (Σ a_0·b_0, Σ a_0·b_1 + a_1·b_0, Σ a_1·b_1). The result has the given level,
    /// which every operand must reach; their upper limbs are ignored.
    pub fn sum_mul(
        &self,
        terms: &[(&Ciphertext, &Ciphertext)],
        level: usize,
    ) -> Result<Ciphertext, CkksError> {
        let operation = "sum_mul";
        let &(first, second) = terms.first().ok_or(CkksError::EmptySum { operation })?;
        let scale = first.scale * second.scale;
        for (a, b) in terms {
            for operand in [a, b] {
                self.check(operation, operand)?;
                reaches(operation, level, operand.level)?;
                if operand.parts.len() != 2 {
                    return Err(CkksError::PartCount {
                        operation,
                        expected: "2",
                        found: operand.parts.len(),
                    });
                }
            }
            same_scale(operation, scale, a.scale * b.scale)?;
        }
        let pairs = |i: usize, j: usize| terms.iter().map(move |(a, b)| (&a.parts[i], &b.parts[j]));
        let parts = vec![
            self.sum(level, pairs(0, 0).collect()),
            self.sum(level, pairs(0, 1).chain(pairs(1, 0)).collect()),
            self.sum(level, pairs(1, 1).collect()),
        ];
        Ok(Ciphertext::new(level, scale, parts))
    }

    /// Three parts to two, with the relinearisation key: c_2·s² is re-encrypted under s.
    pub fn relinearize(&self, a: &Ciphertext) -> Result<Ciphertext, CkksError> {
        let operation = "relinearize";
        self.check(operation, a)?;
        let [c0, c1, c2] = &a.parts[..] else {
            return Err(CkksError::PartCount { operation, expected: "3", found: a.parts.len() });
        };
        let key = self.keys.relinearization.as_ref().ok_or(CkksError::MissingRelinearizationKey)?;
        keyswitch::check_key(operation, self.ctx, a.level, key)?;
        let [mut d0, mut d1] = keyswitch::switch(self.ctx, &keyswitch::decompose(self.ctx, a.level, c2), key);
        d0.add_assign(c0, self.ctx.q_moduli());
        d1.add_assign(c1, self.ctx.q_moduli());
        Ok(Ciphertext::new(a.level, a.scale, vec![d0, d1]))
    }

    fn sum(&self, level: usize, terms: Vec<(&Poly, &Poly)>) -> Poly {
        let mut out = Poly::zero(self.ctx.degree(), level + 1);
        out.par_limbs_mut(|i, limb| {
            let terms: Vec<(&[u64], &[u64])> = terms.iter().map(|(a, b)| (a.limb(i), b.limb(i))).collect();
            dot::sum_of_products(self.ctx.modulus(i), &terms, limb);
        });
        out
    }
}

fn reaches(operation: &'static str, level: usize, operand: usize) -> Result<(), CkksError> {
    if operand >= level { Ok(()) } else { same_level(operation, level, operand) }
}

//! Operations as numbers of limb-sized steps.
//!
//! With l limbs, k special limbs and β digits of α limbs (the last may be shorter), hybrid key switching (Han and Ki, CT-RSA 2020)
//! takes l transforms back and β(l + k) − l forward to decompose, β(l + k) products with a key, and 2(k + l) transforms to bring
//! the result down. Every limb of a digit is read for every limb of the basis that it is extended to.

use serde::{Deserialize, Serialize};
use std::ops::{Add, AddAssign, Mul};

/// Numbers of steps, each on one limb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Number-theoretic transforms, forward or inverse.
    pub transforms: f64,
    /// Products of a base conversion: one limb read for one limb written.
    pub conversions: f64,
    /// Products of a digit with both halves of a switching key.
    pub key_products: f64,
    /// Products of two values, summed.
    pub products: f64,
    /// Passes that add, scale or permute.
    pub passes: f64,
    /// Vectors of slots turned to coefficients; this one has the length of the ring, not of a limb.
    pub encodings: f64,
}

impl Add for Work {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            transforms: self.transforms + other.transforms,
            conversions: self.conversions + other.conversions,
            key_products: self.key_products + other.key_products,
            products: self.products + other.products,
            passes: self.passes + other.passes,
            encodings: self.encodings + other.encodings,
        }
    }
}

impl AddAssign for Work {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<f64> for Work {
    type Output = Self;

    fn mul(self, count: f64) -> Self {
        Self {
            transforms: self.transforms * count,
            conversions: self.conversions * count,
            key_products: self.key_products * count,
            products: self.products * count,
            passes: self.passes * count,
            encodings: self.encodings * count,
        }
    }
}

/// Limbs of a ciphertext, of a key-switching digit, and of the special modulus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Limbs of the operand.
    pub limbs: usize,
    /// Limbs of a digit.
    pub digit_limbs: usize,
    /// Special limbs.
    pub special: usize,
}

impl Shape {
    /// Digits at this number of limbs.
    #[must_use]
    pub fn digits(self) -> usize {
        self.limbs.div_ceil(self.digit_limbs.max(1))
    }

    fn extended(self) -> f64 {
        (self.limbs + self.special) as f64
    }

    /// Decomposition into digits over the extended basis, transformed.
    #[must_use]
    pub fn decompose(self) -> Work {
        let width = self.digit_limbs.max(1);
        let own: usize = (0..self.digits()).map(|d| width.min(self.limbs - d * width).pow(2)).sum();
        Work {
            transforms: self.digits() as f64 * self.extended(),
            conversions: self.limbs as f64 * self.extended() - own as f64,
            ..Work::default()
        }
    }

    /// Products of a decomposition with a key.
    #[must_use]
    pub fn key_product(self) -> Work {
        Work { key_products: self.digits() as f64 * self.extended(), ..Work::default() }
    }

    /// Division of two polynomials by the special modulus, with the pass that adds or permutes what comes out.
    #[must_use]
    pub fn bring_down(self) -> Work {
        let (limbs, special) = (self.limbs as f64, self.special as f64);
        Work {
            transforms: 2.0 * (special + limbs),
            conversions: 2.0 * special * limbs,
            passes: 4.0 * limbs,
            ..Work::default()
        }
    }

    /// So many rotations of `sources` ciphertexts, each decomposed once.
    #[must_use]
    pub fn rotate(self, sources: usize, rotations: usize) -> Work {
        self.decompose() * sources as f64 + (self.key_product() + self.bring_down()) * rotations as f64
    }

    /// So many sums of `terms` products, in all, of `rotations` rotations of `sources` ciphertexts and encoded vectors: each ciphertext is
    /// decomposed once, and each sum rescaled as it is brought down.
    #[must_use]
    pub fn rotated_products(self, sources: usize, rotations: usize, terms: usize, sums: usize) -> Work {
        self.decompose() * sources as f64
            + self.key_product() * rotations as f64
            + self.extended_products(terms)
            + self.bring_down_and_rescale() * sums as f64
    }

    /// So many products modulo Q·P of a ciphertext and an encoded vector.
    #[must_use]
    pub fn extended_products(self, terms: usize) -> Work {
        Work { products: 2.0 * self.extended() * terms as f64, ..Work::default() }
    }

    /// Σ of `terms` ciphertexts, brought down once: `sources` of them are decomposed, for `rotations` rotations.
    #[must_use]
    pub fn sum_rotations(self, sources: u32, rotations: u32, terms: usize) -> Work {
        let added = Work { passes: 2.0 * self.extended() * terms as f64, ..Work::default() };
        self.decompose() * f64::from(sources)
            + self.key_product() * f64::from(rotations)
            + added
            + self.bring_down()
    }

    /// Three parts to two.
    #[must_use]
    pub fn relinearize(self) -> Work {
        self.rotate(1, 1)
    }

    /// Division of two polynomials by the special modulus and the last prime at once.
    #[must_use]
    pub fn bring_down_and_rescale(self) -> Work {
        let (kept, divisor) = (self.limbs as f64 - 1.0, self.special as f64 + 1.0);
        Work {
            transforms: 2.0 * (divisor + kept),
            conversions: 2.0 * divisor * kept,
            passes: 4.0 * self.limbs as f64,
            ..Work::default()
        }
    }

    /// Three parts to two, divided by the special modulus and the last prime at once.
    #[must_use]
    pub fn relinearize_rescale(self) -> Work {
        self.decompose() + self.key_product() + self.bring_down_and_rescale()
    }

    /// Division of `parts` polynomials by the last prime.
    #[must_use]
    pub fn rescale(self, parts: usize) -> Work {
        let (limbs, parts) = (self.limbs as f64, parts as f64);
        Work { transforms: parts * limbs, passes: 2.0 * parts * (limbs - 1.0), ..Work::default() }
    }

    /// Σ of `terms` products of two ciphertexts.
    #[must_use]
    pub fn sum_mul(self, terms: usize) -> Work {
        Work { products: (4 * terms * self.limbs) as f64, ..Work::default() }
    }

    /// Σ of `terms` products of a ciphertext and an encoded vector.
    #[must_use]
    pub fn sum_mul_plain(self, terms: usize) -> Work {
        Work { products: (2 * terms * self.limbs) as f64, ..Work::default() }
    }

    /// A sum, difference or copy of ciphertexts.
    #[must_use]
    pub fn sum(self) -> Work {
        Work { passes: 2.0 * self.limbs as f64, ..Work::default() }
    }

    /// A vector of slots to a plaintext.
    #[must_use]
    pub fn encode(self) -> Work {
        let limbs = self.limbs as f64;
        Work { encodings: 1.0, transforms: limbs, passes: limbs, ..Work::default() }
    }

    /// The same with limbs modulo the special primes.
    #[must_use]
    pub fn encode_extended(self) -> Work {
        Shape { limbs: self.limbs + self.special, ..self }.encode()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_at_25_limbs_in_3_digits_takes_170_transforms() {
        let shape = Shape { limbs: 25, digit_limbs: 9, special: 9 };
        let work = shape.rotate(1, 1);
        assert_eq!(work.transforms, 170.0);
        assert_eq!(work.conversions, 639.0 + 450.0);
        assert_eq!(work.key_products, 102.0);
    }

    #[test]
    fn a_merged_rescale_saves_its_transforms() {
        let shape = Shape { limbs: 25, digit_limbs: 9, special: 9 };
        assert_eq!(shape.relinearize_rescale().transforms, shape.relinearize().transforms);
        assert_eq!(shape.rescale(2).transforms, 50.0);
    }

    #[test]
    fn hoisting_shares_the_decomposition() {
        let shape = Shape { limbs: 13, digit_limbs: 5, special: 5 };
        let (one, four) = (shape.rotate(1, 1), shape.rotate(1, 4));
        assert_eq!(four, one + (shape.key_product() + shape.bring_down()) * 3.0);
    }
}

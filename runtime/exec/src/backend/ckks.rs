//! The real thing: CKKS ciphertexts under evaluation keys.

use super::{Backend, BackendError, Shape};
use crate::files::CiphertextFile;
use hep_ckks::{Ciphertext, Context, EvaluationKeys, Evaluator, ExtendedPlaintext, Plaintext};

/// Where encrypted inputs come from. They are asked for when their instruction runs, and are then the executor's.
pub trait InputSource: Sync {
    /// Ciphertext `block` of input number `input`.
    ///
    /// # Errors
    /// When it is missing or cannot be read.
    fn load(&self, input: usize, block: usize) -> Result<Ciphertext, BackendError>;
}

impl InputSource for [Vec<Ciphertext>] {
    fn load(&self, input: usize, block: usize) -> Result<Ciphertext, BackendError> {
        let found = self.get(input).and_then(|blocks| blocks.get(block));
        found.cloned().ok_or(BackendError::MissingInput { input, block })
    }
}

impl InputSource for CiphertextFile<'_> {
    fn load(&self, input: usize, block: usize) -> Result<Ciphertext, BackendError> {
        Ok(CiphertextFile::load(self, input, block)?)
    }
}

/// Operations on ciphertexts. It holds public keys only.
pub struct Ckks<'a, I: InputSource + ?Sized> {
    context: &'a Context,
    keys: &'a EvaluationKeys,
    inputs: &'a I,
}

impl<'a, I: InputSource + ?Sized> Ckks<'a, I> {
    /// Operations under these keys on these inputs.
    pub fn new(context: &'a Context, keys: &'a EvaluationKeys, inputs: &'a I) -> Self {
        Self { context, keys, inputs }
    }

    fn evaluator(&self) -> Evaluator<'_> {
        Evaluator::new(self.context, self.keys)
    }
}

impl<I: InputSource + ?Sized> Backend for Ckks<'_, I> {
    type Cipher = Ciphertext;
    type Plain = Plaintext;
    type ExtendedPlain = ExtendedPlaintext;

    fn input(&self, input: usize, block: usize) -> Result<Ciphertext, BackendError> {
        self.inputs.load(input, block)
    }

    fn encode(&self, values: &[f64], level: usize, scale: f64) -> Result<Plaintext, BackendError> {
        Ok(self.context.encode(values, scale, level)?)
    }

    fn encode_extended(
        &self,
        values: &[f64],
        level: usize,
        scale: f64,
    ) -> Result<ExtendedPlaintext, BackendError> {
        Ok(self.context.encode_extended(values, scale, level)?)
    }

    fn add(&self, a: &Ciphertext, b: &Ciphertext) -> Result<Ciphertext, BackendError> {
        Ok(self.evaluator().add(a, b)?)
    }

    fn sub(&self, a: &Ciphertext, b: &Ciphertext) -> Result<Ciphertext, BackendError> {
        Ok(self.evaluator().sub(a, b)?)
    }

    fn negate(&self, a: &Ciphertext) -> Result<Ciphertext, BackendError> {
        Ok(self.evaluator().negate(a)?)
    }

    fn add_plain(&self, a: &Ciphertext, p: &Plaintext) -> Result<Ciphertext, BackendError> {
        Ok(self.evaluator().add_plain(a, p)?)
    }

    fn sub_plain(&self, a: &Ciphertext, p: &Plaintext) -> Result<Ciphertext, BackendError> {
        Ok(self.evaluator().sub_plain(a, p)?)
    }

    fn sum_mul_plain(&self, terms: &[(&Ciphertext, &Plaintext)]) -> Result<Ciphertext, BackendError> {
        Ok(self.evaluator().sum_mul_plain(terms)?)
    }

    fn sum_mul(
        &self,
        terms: &[(&Ciphertext, &Ciphertext)],
        level: usize,
    ) -> Result<Ciphertext, BackendError> {
        Ok(self.evaluator().sum_mul(terms, level)?)
    }

    fn relinearize(&self, a: &Ciphertext) -> Result<Ciphertext, BackendError> {
        Ok(self.evaluator().relinearize(a)?)
    }

    fn rescale(&self, a: &Ciphertext) -> Result<Ciphertext, BackendError> {
        Ok(self.evaluator().rescale(a)?)
    }

    fn relinearize_rescale(&self, a: &Ciphertext) -> Result<Ciphertext, BackendError> {
        Ok(self.evaluator().relinearize_rescale(a)?)
    }

    fn drop_to_level(&self, a: &Ciphertext, level: usize) -> Result<Ciphertext, BackendError> {
        Ok(self.evaluator().drop_to_level(a, level)?)
    }

    fn reread(&self, a: &Ciphertext, scale: f64) -> Result<Ciphertext, BackendError> {
        let mut reread = a.clone();
        reread.set_scale(scale)?;
        Ok(reread)
    }

    fn rotate_many(&self, a: &Ciphertext, steps: &[i64]) -> Result<Vec<Ciphertext>, BackendError> {
        Ok(self.evaluator().rotate_many(a, steps)?)
    }

    fn sum_rotations(&self, terms: &[(&Ciphertext, i64)]) -> Result<Ciphertext, BackendError> {
        Ok(self.evaluator().sum_rotations(terms)?)
    }

    fn rotated_products(
        &self,
        sums: &[&[(&Ciphertext, i64, &ExtendedPlaintext)]],
    ) -> Result<Vec<Ciphertext>, BackendError> {
        Ok(self.evaluator().rotated_products(sums)?)
    }

    fn shape(&self, a: &Ciphertext) -> Shape {
        Shape { level: a.level(), scale: a.scale(), parts: a.parts().len() }
    }

    fn plain_shape(&self, p: &Plaintext) -> Shape {
        Shape { level: p.level(), scale: p.scale(), parts: 1 }
    }

    fn extended_shape(&self, p: &ExtendedPlaintext) -> Shape {
        Shape { level: p.level(), scale: p.scale(), parts: 1 }
    }

    fn set_scale(&self, a: &mut Ciphertext, scale: f64) -> Result<(), BackendError> {
        Ok(a.set_scale(scale)?)
    }
}

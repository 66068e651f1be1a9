//! Values of normal forms in floats, precise in both tails.

use super::NormalForm;
use super::terms::Terms;
use hep_tensor::scalar::number::to_f64;
use hep_tensor::scalar::{sigmoid, softplus};

/// A normal form made ready for evaluation.
///
/// At a score that is not positive `s`, `1 - s` and `L` have full relative precision. At a positive one the same
/// holds for the generators at `-z`, so there the [mirrored](NormalForm::mirrored) form is evaluated. Functions that
/// mirror each other therefore have values that do, to the last bit.
#[derive(Debug, Clone)]
pub struct Evaluator {
    rate: f64,
    left: Half,
    right: Option<Half>,
}

/// `s^a (1 - s)^b` times a sum of terms `c z^i s^j L^l`.
#[derive(Debug, Clone)]
struct Half {
    s: i32,
    t: i32,
    terms: Vec<([i32; 3], f64)>,
}

impl NormalForm {
    /// The form ready for evaluation.
    pub fn evaluator(&self) -> Evaluator {
        let half = |form: &NormalForm| Half { s: form.s, t: form.t, terms: floats(&form.rest) };
        Evaluator { rate: to_f64(&self.rate), left: half(self), right: self.mirrored().as_ref().map(half) }
    }

    /// The value at score `z`.
    pub fn eval(&self, z: f64) -> f64 {
        self.evaluator().eval(z)
    }
}

fn floats(terms: &Terms) -> Vec<([i32; 3], f64)> {
    let exponent = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    terms.iter().map(|(&(i, j, l), c)| ([i, j, l].map(exponent), to_f64(c))).collect()
}

impl Evaluator {
    /// The value at score `z`.
    pub fn eval(&self, z: f64) -> f64 {
        match &self.right {
            Some(right) if z > 0.0 => right.eval(-z, self.rate),
            _ => self.left.eval(z, self.rate),
        }
    }
}

impl Half {
    fn eval(&self, z: f64, rate: f64) -> f64 {
        let (s, t, log) = (sigmoid(rate * z), sigmoid(-rate * z), softplus(rate * z));
        let sum: f64 =
            self.terms.iter().map(|([i, j, l], c)| c * z.powi(*i) * s.powi(*j) * log.powi(*l)).sum();
        s.powi(self.s) * t.powi(self.t) * sum
    }
}

//! The same operations on vectors of `f64`: what a plan computes when encryption adds no noise.
//!
//! Levels and scales are tracked as the scheme does and the same operands are refused, so that a difference between the two
//! backends can only be noise, or a fault of one of them.

use super::{Backend, BackendError, Shape};
use hep_plan::Params;
use hep_plan::server::Reg;

/// Relative difference of scales that the scheme tolerates in a sum.
const SCALE_TOLERANCE: f64 = hep_ckks::SCALE_TOLERANCE;

/// A vector of slots with the level and scale that its ciphertext would have.
#[derive(Clone, Debug, PartialEq)]
pub struct ClearValue {
    /// Slots.
    pub values: Vec<f64>,
    /// Level, scale, parts.
    pub shape: Shape,
}

/// Sees every value that was made, and may change it.
pub type Watch<'a> = dyn Fn(Reg, &mut ClearValue) + Sync + 'a;

/// Operations in the clear.
pub struct Clear<'a> {
    params: &'a Params,
    /// Slots, level and scale of each input's ciphertexts.
    inputs: Vec<Vec<ClearValue>>,
    watch: Option<&'a Watch<'a>>,
}

impl<'a> Clear<'a> {
    /// Operations on these slot vectors, one list per input of the plan; levels and scales are the plan's.
    #[must_use]
    pub fn new(plan: &'a hep_plan::Plan, inputs: Vec<Vec<Vec<f64>>>) -> Self {
        let fresh = |(input, blocks): (&hep_plan::plan::CipherInput, Vec<Vec<f64>>)| {
            let shape = Shape { level: input.level.0 as usize, scale: input.scale.0, parts: 2 };
            blocks.into_iter().map(|values| ClearValue { values, shape }).collect()
        };
        Self {
            params: &plan.params,
            inputs: plan.inputs.iter().zip(inputs).map(fresh).collect(),
            watch: None,
        }
    }

    /// The same, where somebody watches.
    #[must_use]
    pub fn watched(self, watch: &'a Watch<'a>) -> Self {
        Self { watch: Some(watch), ..self }
    }

    fn aligned(a: &ClearValue, b: &ClearValue) -> Result<(), BackendError> {
        let (x, y) = (a.shape.scale, b.shape.scale);
        if a.shape.level != b.shape.level {
            return misfit(format!("operands are at levels {} and {}", a.shape.level, b.shape.level));
        }
        if (x - y).abs() > SCALE_TOLERANCE * x.max(y) {
            return misfit(format!("operands have scales {x:e} and {y:e}"));
        }
        Ok(())
    }

    fn zip(a: &ClearValue, b: &ClearValue, f: impl Fn(f64, f64) -> f64) -> Result<ClearValue, BackendError> {
        Self::aligned(a, b)?;
        let values = a.values.iter().zip(&b.values).map(|(x, y)| f(*x, *y)).collect();
        let parts = a.shape.parts.max(b.shape.parts);
        Ok(ClearValue { values, shape: Shape { parts, ..a.shape } })
    }

    /// Σ x∘y at `level`, which every operand must reach.
    fn products(
        terms: &[(&ClearValue, &ClearValue)],
        level: usize,
        parts: usize,
    ) -> Result<ClearValue, BackendError> {
        let Some((a, b)) = terms.first() else { return misfit("a sum has no terms".into()) };
        let scale = a.shape.scale * b.shape.scale;
        let mut values = vec![0.0; a.values.len()];
        for (x, y) in terms {
            if x.shape.level < level || y.shape.level < level {
                return misfit(format!("an operand of a product is below its level {level}"));
            }
            if (x.shape.scale * y.shape.scale - scale).abs() > SCALE_TOLERANCE * scale {
                return misfit("the products of a sum have different scales".into());
            }
            for (out, (x, y)) in values.iter_mut().zip(x.values.iter().zip(&y.values)) {
                *out += x * y;
            }
        }
        Ok(ClearValue { values, shape: Shape { level, scale, parts } })
    }

    fn parts(a: &ClearValue, parts: usize) -> Result<(), BackendError> {
        if a.shape.parts == parts {
            return Ok(());
        }
        misfit(format!("a ciphertext has {} parts where {parts} are needed", a.shape.parts))
    }
}

fn misfit<T>(what: String) -> Result<T, BackendError> {
    Err(BackendError::Misfit(what))
}

impl Backend for Clear<'_> {
    type Cipher = ClearValue;
    type Plain = ClearValue;
    type ExtendedPlain = ClearValue;

    fn input(&self, input: usize, block: usize) -> Result<ClearValue, BackendError> {
        let found = self.inputs.get(input).and_then(|blocks| blocks.get(block));
        found.cloned().ok_or(BackendError::MissingInput { input, block })
    }

    fn encode(&self, values: &[f64], level: usize, scale: f64) -> Result<ClearValue, BackendError> {
        Ok(ClearValue { values: values.to_vec(), shape: Shape { level, scale, parts: 1 } })
    }

    fn encode_extended(&self, values: &[f64], level: usize, scale: f64) -> Result<ClearValue, BackendError> {
        self.encode(values, level, scale)
    }

    fn add(&self, a: &ClearValue, b: &ClearValue) -> Result<ClearValue, BackendError> {
        Self::zip(a, b, |x, y| x + y)
    }

    fn sub(&self, a: &ClearValue, b: &ClearValue) -> Result<ClearValue, BackendError> {
        Self::zip(a, b, |x, y| x - y)
    }

    fn negate(&self, a: &ClearValue) -> Result<ClearValue, BackendError> {
        Ok(ClearValue { values: a.values.iter().map(|x| -x).collect(), shape: a.shape })
    }

    fn add_plain(&self, a: &ClearValue, p: &ClearValue) -> Result<ClearValue, BackendError> {
        Self::zip(a, p, |x, y| x + y)
    }

    fn sub_plain(&self, a: &ClearValue, p: &ClearValue) -> Result<ClearValue, BackendError> {
        Self::zip(a, p, |x, y| x - y)
    }

    fn sum_mul_plain(&self, terms: &[(&ClearValue, &ClearValue)]) -> Result<ClearValue, BackendError> {
        let level = terms.first().map_or(0, |(_, p)| p.shape.level);
        Self::products(terms, level, 2)
    }

    fn sum_mul(
        &self,
        terms: &[(&ClearValue, &ClearValue)],
        level: usize,
    ) -> Result<ClearValue, BackendError> {
        terms.iter().flat_map(|(a, b)| [a, b]).try_for_each(|operand| Self::parts(operand, 2))?;
        Self::products(terms, level, 3)
    }

    fn relinearize(&self, a: &ClearValue) -> Result<ClearValue, BackendError> {
        Self::parts(a, 3)?;
        Ok(ClearValue { values: a.values.clone(), shape: Shape { parts: 2, ..a.shape } })
    }

    fn rescale(&self, a: &ClearValue) -> Result<ClearValue, BackendError> {
        let prime = self.params.q.get(a.shape.level).filter(|_| a.shape.level > 0);
        let Some(prime) = prime else { return misfit("there is no prime left to divide by".into()) };
        let shape = Shape { level: a.shape.level - 1, scale: a.shape.scale / *prime as f64, ..a.shape };
        Ok(ClearValue { values: a.values.clone(), shape })
    }

    fn relinearize_rescale(&self, a: &ClearValue) -> Result<ClearValue, BackendError> {
        self.rescale(&self.relinearize(a)?)
    }

    fn drop_to_level(&self, a: &ClearValue, level: usize) -> Result<ClearValue, BackendError> {
        if level > a.shape.level {
            return misfit(format!("a ciphertext at level {} cannot go up to {level}", a.shape.level));
        }
        Ok(ClearValue { values: a.values.clone(), shape: Shape { level, ..a.shape } })
    }

    fn reread(&self, a: &ClearValue, scale: f64) -> Result<ClearValue, BackendError> {
        let values = a.values.iter().map(|v| v * (a.shape.scale / scale)).collect();
        Ok(ClearValue { values, shape: Shape { scale, ..a.shape } })
    }

    fn rotate_many(&self, a: &ClearValue, steps: &[i64]) -> Result<Vec<ClearValue>, BackendError> {
        Self::parts(a, 2)?;
        let rotated = |step: &i64| {
            let mut values = a.values.clone();
            let slots = values.len().max(1);
            values.rotate_left(step.rem_euclid(slots as i64) as usize);
            ClearValue { values, shape: a.shape }
        };
        Ok(steps.iter().map(rotated).collect())
    }

    fn sum_rotations(&self, terms: &[(&ClearValue, i64)]) -> Result<ClearValue, BackendError> {
        let mut sum: Option<ClearValue> = None;
        for (a, step) in terms {
            for turned in self.rotate_many(a, &[*step])? {
                sum = Some(match sum {
                    Some(sum) => Self::zip(&sum, &turned, |x, y| x + y)?,
                    None => turned,
                });
            }
        }
        sum.map_or_else(|| misfit("a sum has no terms".into()), Ok)
    }

    fn rotated_products(
        &self,
        sums: &[&[(&ClearValue, i64, &ClearValue)]],
    ) -> Result<Vec<ClearValue>, BackendError> {
        let sum = |terms: &&[(&ClearValue, i64, &ClearValue)]| {
            let mut turned = Vec::with_capacity(terms.len());
            for (a, step, _) in *terms {
                turned.extend(self.rotate_many(a, &[*step])?);
            }
            let products: Vec<_> = turned.iter().zip(*terms).map(|(a, (_, _, p))| (a, *p)).collect();
            self.rescale(&self.sum_mul_plain(&products)?)
        };
        sums.iter().map(sum).collect()
    }

    fn shape(&self, a: &ClearValue) -> Shape {
        a.shape
    }

    fn plain_shape(&self, p: &ClearValue) -> Shape {
        p.shape
    }

    fn extended_shape(&self, p: &ClearValue) -> Shape {
        p.shape
    }

    fn set_scale(&self, a: &mut ClearValue, scale: f64) -> Result<(), BackendError> {
        a.shape.scale = scale;
        Ok(())
    }

    fn made(&self, reg: Reg, value: &mut ClearValue) {
        if let Some(watch) = self.watch {
            watch(reg, value);
        }
    }
}

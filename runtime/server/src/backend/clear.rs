//! The same operations on vectors of `f64`: what a plan computes when encryption adds no noise.

use super::{Backend, BackendError, Shape};
use hep_plan::SlotVector;
use hep_plan::isa::Op;
use hep_plan::isa::meaning::{Vector, clear};
use hep_plan::server::{Reg, ValueInfo};
use std::borrow::Cow;

/// A vector of slots with the level and scale that its ciphertext has by the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct ClearValue {
    /// Slots.
    pub values: Vec<f64>,
    /// Level, scale, parts.
    pub shape: Shape,
}

/// A public vector with the level and scale of its encoding.
#[derive(Debug)]
pub struct ClearPlain {
    vector: SlotVector,
    shape: Shape,
}

impl Vector for ClearPlain {
    fn slots(&self) -> Cow<'_, [f64]> {
        Vector::slots(&self.vector)
    }

    fn add_product(&self, other: &[f64], sum: &mut [f64]) {
        self.vector.add_product(other, sum);
    }
}

/// Sees every value that was made, and may change it; what goes on under another number it sees and cannot change.
pub type Watch<'a> = dyn Fn(Reg, &mut ClearValue) + Sync + 'a;

/// Operations in the clear.
pub struct Clear<'a> {
    /// Slots, level and scale of each input's ciphertexts.
    inputs: Vec<Vec<ClearValue>>,
    /// The bounds of the plan's refreshes.
    bounds: Vec<f64>,
    watch: Option<&'a Watch<'a>>,
}

impl<'a> Clear<'a> {
    /// Operations on these slot vectors, one list per input of the plan; levels and scales are the plan's.
    #[must_use]
    pub fn new(plan: &hep_plan::Plan, inputs: Vec<Vec<Vec<f64>>>) -> Self {
        let fresh = |(input, blocks): (&hep_plan::plan::CipherInput, Vec<Vec<f64>>)| {
            let shape = Shape { level: input.level.0 as usize, scale: input.scale.0, parts: 2 };
            blocks.into_iter().map(|values| ClearValue { values, shape }).collect()
        };
        let bounds = plan.params.refresh.iter().map(|shape| shape.bound).collect();
        Self { inputs: plan.inputs.iter().zip(inputs).map(fresh).collect(), bounds, watch: None }
    }

    /// The same, where somebody watches.
    #[must_use]
    pub fn watched(self, watch: &'a Watch<'a>) -> Self {
        Self { watch: Some(watch), ..self }
    }
}

impl Clear<'_> {
    /// Refuses what a refresh would read wrongly: beyond its bound it gives other values without a sign of it.
    fn within(&self, shape: u32, ciphers: &[&[f64]]) -> Result<(), BackendError> {
        let bound = self.bounds.get(shape as usize).copied().unwrap_or(0.0);
        let beyond = ciphers.iter().flat_map(|slots| slots.iter()).map(|slot| slot.abs());
        // No number is beyond every bound.
        let beyond = beyond.filter(|slot| slot.is_nan() || *slot > bound);
        match beyond.reduce(|most, slot| if slot.is_nan() || slot > most { slot } else { most }) {
            Some(found) => Err(BackendError::Bound { found, bound }),
            None => Ok(()),
        }
    }
}

impl Backend for Clear<'_> {
    type Cipher = ClearValue;
    type Plain = ClearPlain;

    fn input(&self, input: usize, block: usize) -> Result<ClearValue, BackendError> {
        let found = self.inputs.get(input).and_then(|blocks| blocks.get(block));
        found.cloned().ok_or(BackendError::MissingInput { input, block })
    }

    fn encode(&self, vector: &SlotVector, info: ValueInfo) -> Result<ClearPlain, BackendError> {
        Ok(ClearPlain { vector: vector.clone(), shape: info.into() })
    }

    fn compute(
        &self,
        op: &Op<&ClearPlain>,
        ciphers: &[&ClearValue],
        results: &[ValueInfo],
    ) -> Result<Vec<ClearValue>, BackendError> {
        let ciphers: Vec<&[f64]> = ciphers.iter().map(|cipher| &cipher.values[..]).collect();
        if let Op::Refresh { shape, .. } = op {
            self.within(*shape, &ciphers)?;
        }
        let value = |(values, info): (Vec<f64>, &ValueInfo)| ClearValue { values, shape: (*info).into() };
        Ok(clear(op, &ciphers).into_iter().zip(results).map(value).collect())
    }

    fn shape(&self, a: &ClearValue) -> Shape {
        a.shape
    }

    fn plain_shape(&self, p: &ClearPlain) -> Shape {
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

    fn passed_on(&self, reg: Reg, value: &ClearValue) {
        if let Some(watch) = self.watch {
            watch(reg, &mut value.clone());
        }
    }
}

//! Public values where they meet secrets: numbers as factors, tensors as vectors of slots.

use super::{LowerError, Lowering};
use crate::slot::build::Builder;
use crate::slot::graph::FactorId;
use crate::slot::value::{Packed, Value};
use hep_plan::Layout;
use hep_plan::host::Binary;
use hep_plan::tensor::Tensor;
use hep_tensor::NodeId;
use hep_tensor::dag::NodeId as SlotId;

impl Lowering<'_> {
    pub(super) fn times_public(
        &mut self,
        id: NodeId,
        secret: NodeId,
        public: NodeId,
    ) -> Result<Value, LowerError> {
        if self.dims(public).is_empty() {
            let factor = self.factor(public)?;
            if let Value::Polynomial(polynomial) = &self.values[secret.index()] {
                let mut polynomial = polynomial.clone();
                polynomial.factor = self.builder.product(polynomial.factor, factor.1);
                polynomial.scale(factor.0);
                return Ok(Value::Polynomial(polynomial));
            }
            return self.times_number(id, secret, factor).map(Value::Packed);
        }
        let packed = self.spread_over(id, secret)?;
        let vectors = self.public_blocks(id, public, &packed)?;
        let blocks = packed.blocks.iter().zip(vectors).map(|(&x, v)| self.builder.mul(x, v)).collect();
        Ok(Value::Packed(Packed { blocks, clean: true, ..packed }))
    }

    pub(super) fn plus_public(
        &mut self,
        id: NodeId,
        f: Binary,
        secret: NodeId,
        public: NodeId,
        reversed: bool,
    ) -> Result<Packed, LowerError> {
        let packed = self.spread_over(id, secret)?;
        let vectors = self.public_blocks(id, public, &packed)?;
        let op = |builder: &mut Builder, x, v| match (f, reversed) {
            (Binary::Add, _) => builder.add(x, v),
            (_, false) => builder.sub(x, v),
            (_, true) => builder.sub(v, x),
        };
        let blocks = packed.blocks.iter().zip(vectors).map(|(&x, v)| op(&mut self.builder, x, v)).collect();
        Ok(Packed { blocks, ..packed })
    }

    /// Times a public number; garbage outside the support becomes zero for nothing.
    fn times_number(
        &mut self,
        id: NodeId,
        secret: NodeId,
        (value, factor): (f64, Option<FactorId>),
    ) -> Result<Packed, LowerError> {
        let mut packed = self.packed(secret)?;
        let layout = self.layout(id, &packed.dims, packed.form())?;
        for (number, block) in packed.blocks.iter_mut().enumerate() {
            let mut values = vec![value; self.placement.slots];
            if !packed.clean {
                values.iter_mut().zip(layout.support(number)).for_each(|(v, held)| *v *= held);
            }
            let vector = self.builder.public(&values, factor);
            *block = self.builder.mul(*block, vector);
        }
        Ok(Packed { clean: true, ..packed })
    }

    /// A secret repeated over the dimensions of the result that it lacks and a public operand has.
    fn spread_over(&mut self, id: NodeId, secret: NodeId) -> Result<Packed, LowerError> {
        let dims = self.dims(id).to_vec();
        let packed = self.packed(secret)?;
        let ahead = packed.ahead;
        self.broadcast(id, packed, &dims, ahead)
    }

    /// A public tensor spread over the dimensions of `like` and packed like it, zero outside the support.
    pub(super) fn public_blocks(
        &mut self,
        id: NodeId,
        public: NodeId,
        like: &Packed,
    ) -> Result<Vec<SlotId>, LowerError> {
        let dims = &like.dims;
        let layout = self.layout(id, dims, like.form())?;
        let names: Vec<String> = self.dims(public).iter().map(|d| d.name.clone()).collect();
        let (tensors, factor) = if names.is_empty() {
            let (value, factor) = self.factor(public)?;
            (vec![Tensor::scalar(value)], factor)
        } else {
            (self.public_tensors(public)?, None)
        };
        let axes: Vec<usize> =
            names.iter().filter_map(|name| dims.iter().position(|d| &d.name == name)).collect();
        self.public_vectors(id, &layout, &axes, &tensors, factor)
    }

    /// Public tensors, one or one per iteration, in this layout; axis i of them is axis `axes[i]` of the layout.
    pub(super) fn public_vectors(
        &mut self,
        id: NodeId,
        layout: &Layout,
        axes: &[usize],
        tensors: &[Tensor],
        factor: Option<FactorId>,
    ) -> Result<Vec<SlotId>, LowerError> {
        let vector = |tensor: &Tensor, block: usize| -> Vec<f64> {
            let mut strides = vec![0; layout.shape.len()];
            axes.iter().zip(tensor.strides()).for_each(|(axis, stride)| strides[*axis] = stride);
            let value = |at: Option<usize>| at.and_then(|at| tensor.data.get(at)).copied().unwrap_or(0.0);
            layout.offsets(block, &strides).into_iter().map(value).collect()
        };
        self.vectors_bounded(id, layout.ciphertexts().saturating_mul(tensors.len()))?;
        let mut blocks = Vec::with_capacity(layout.ciphertexts());
        for block in 0..layout.ciphertexts() {
            let values: Vec<Vec<f64>> = tensors.iter().map(|tensor| vector(tensor, block)).collect();
            blocks.push(match values.as_slice() {
                [constant] => self.builder.public(constant, factor),
                each => self.builder.series(each),
            });
        }
        Ok(blocks)
    }

    /// A public number: one that never changes as itself, another as a factor per iteration.
    fn factor(&mut self, id: NodeId) -> Result<(f64, Option<FactorId>), LowerError> {
        if !self.body[id.index()] {
            let value = self.public_tensors(id)?.first().and_then(Tensor::as_scalar).unwrap_or(f64::NAN);
            return Ok((value, None));
        }
        let iterations = self.program.train.iterations;
        let values: Vec<f64> = (1..=iterations)
            .map(|t| self.public.get(id, t).and_then(|v| v.as_scalar()).unwrap_or(f64::NAN))
            .collect();
        if values.iter().any(|v| !v.is_finite()) {
            return Err(self.not_finite(id));
        }
        let text = self.program.graph.node(id).name.clone().unwrap_or_else(|| format!("tensor {id}"));
        Ok((1.0, Some(self.builder.factor(text, values))))
    }

    /// A public tensor: its one value, or one per iteration.
    pub(super) fn public_tensors(&mut self, id: NodeId) -> Result<Vec<Tensor>, LowerError> {
        let last = if self.body[id.index()] { self.program.train.iterations } else { 1 };
        let mut values = Vec::new();
        for iteration in 1..=last {
            match self.public.get(id, iteration) {
                Some(value) if value.data.iter().all(|v| v.is_finite()) => values.push(value),
                _ => return Err(self.not_finite(id)),
            }
        }
        if values.windows(2).all(|pair| pair[0] == pair[1]) {
            values.truncate(1);
        }
        Ok(values)
    }
}

//! What lies outside a tensor's elements: masks, zeros, copies of the first column.

use super::{LowerError, Lowering};
use crate::layout::Inner;
use crate::slot::polynomial::{self, Terms};
use crate::slot::value::{Multiple, Packed, Polynomial, Value};
use crate::tensor::NodeId;

impl Lowering<'_> {
    /// The node's value in slots; a waiting polynomial is evaluated with the mask of its support.
    pub(super) fn packed(&mut self, id: NodeId) -> Result<Packed, LowerError> {
        match self.values[id.index()].clone() {
            Value::Packed(packed) => Ok(packed),
            Value::Polynomial(polynomial) => self.evaluate(id, &polynomial),
            Value::Public | Value::Owner => Err(self.not_secret(id)),
        }
    }

    pub(super) fn evaluate<'p>(
        &mut self,
        id: NodeId,
        polynomial: &'p Polynomial,
    ) -> Result<Packed, LowerError> {
        let argument = &polynomial.argument;
        let layout = self.grid.layout(&argument.dims, argument.inner).map_err(|e| self.unplaced(id, &e))?;
        let last = layout.ciphertexts() - 1;
        let mut blocks = Vec::with_capacity(argument.blocks.len());
        // Only the last ciphertext may be partly filled: all others share the mask of the first.
        for (range, block) in [(0..last, 0), (last..argument.blocks.len(), last)] {
            let arguments = &argument.blocks[range.clone()];
            if !arguments.is_empty() {
                let part = |m: &'p Multiple| (&m.by.blocks[range.clone()], m.coefficients.as_slice());
                let multiples = polynomial.multiples.iter().map(part).collect();
                let terms = Terms { coefficients: &polynomial.coefficients, multiples };
                let mask = layout.support(block);
                let factor = polynomial.factor;
                blocks.extend(polynomial::evaluate(&mut self.builder, arguments, &terms, &mask, factor));
            }
        }
        Ok(Packed { dims: argument.dims.clone(), inner: argument.inner, blocks, clean: true })
    }

    /// Zeros outside the support: as the polynomial z, whose mask costs one level.
    pub(super) fn clean(&mut self, id: NodeId, value: Packed) -> Result<Packed, LowerError> {
        if value.clean {
            return Ok(value);
        }
        self.evaluate(id, &Polynomial::new(value, vec![0.0, 1.0]))
    }

    /// [`Self::spread`], with zeros outside the support first: what is copied must not be garbage.
    pub(super) fn repeated(&mut self, id: NodeId, value: Packed) -> Result<Packed, LowerError> {
        if value.inner == Inner::Copy || self.is_featured(&value) {
            return Ok(value);
        }
        let clean = self.clean(id, value)?;
        Ok(self.spread(clean))
    }

    /// Copies the first column of each block into the others.
    pub(super) fn spread(&mut self, value: Packed) -> Packed {
        if value.inner == Inner::Copy || self.is_featured(&value) {
            return value;
        }
        let width = self.grid.columns / self.grid.blocks(&value.dims);
        let blocks = value.blocks.iter().map(|&b| self.builder.fold(b, -1, width.ilog2())).collect();
        Packed { inner: Inner::Copy, blocks, ..value }
    }

    fn is_featured(&self, value: &Packed) -> bool {
        value.dims.iter().any(|d| self.grid.is_features(d))
    }
}

//! What lies outside a tensor's elements: masks, zeros, copies.

use super::{LowerError, Lowering};
use crate::slot::polynomial::{self, Multiplier, Support, Terms};
use crate::slot::value::{Multiple, Packed, Polynomial, Value};
use hep_tensor::NodeId;
use hep_tensor::optimization::Optimization;

impl Lowering<'_> {
    /// The node's value in slots; a waiting polynomial is evaluated with the mask of its support.
    pub(super) fn packed(&mut self, id: NodeId) -> Result<Packed, LowerError> {
        match self.values[id.index()].clone() {
            Value::Packed(packed) => Ok(packed),
            Value::Polynomial(polynomial) => {
                // It is written there, whoever reads it first.
                let reader = std::mem::replace(&mut self.builder.origin, id);
                let value = self.evaluate(id, &polynomial);
                self.builder.origin = reader;
                value
            }
            Value::Public | Value::Owner => Err(self.not_secret(id)),
        }
    }

    pub(super) fn evaluate(&mut self, id: NodeId, polynomial: &Polynomial) -> Result<Packed, LowerError> {
        if self.on.contains(Optimization::MaskedCoefficients) || polynomial.is_linear() {
            return self.evaluate_masked(id, polynomial);
        }
        let masks = vec![vec![1.0; self.placement.slots]; polynomial.argument.blocks.len()];
        let garbage = Packed { clean: false, ..self.evaluate_with(polynomial, &masks, false) };
        self.clean(id, garbage)
    }

    /// With the mask of the support in the coefficients.
    fn evaluate_masked(&mut self, id: NodeId, polynomial: &Polynomial) -> Result<Packed, LowerError> {
        let argument = &polynomial.argument;
        let layout = self.layout(id, &argument.dims, argument.form())?;
        let masks: Vec<Vec<f64>> = (0..argument.blocks.len()).map(|block| layout.support(block)).collect();
        let numbers = argument.clean && self.strategy.numbers;
        self.numbers |= numbers;
        Ok(self.evaluate_with(polynomial, &masks, numbers))
    }

    /// With `numbers` the argument is clean and only the constants are masked.
    fn evaluate_with(&mut self, polynomial: &Polynomial, masks: &[Vec<f64>], numbers: bool) -> Packed {
        let argument = &polynomial.argument;
        let mut blocks = Vec::with_capacity(argument.blocks.len());
        let mut first = 0;
        // Ciphertexts filled alike are evaluated together: they share their coefficients.
        while first < masks.len() {
            let alike = masks[first..].iter().take_while(|mask| **mask == masks[first]).count();
            let range = first..first + alike;
            let part = |m: &Multiple| m.by.blocks[range.clone()].to_vec();
            let multipliers: Vec<_> = polynomial.multiples.iter().map(part).collect();
            let multiples = multipliers.iter().zip(&polynomial.multiples).map(|(by, m)| Multiplier {
                by,
                coefficients: &m.coefficients,
                clean: numbers && m.by.clean && m.by.hollow == argument.hollow,
            });
            let terms = Terms { coefficients: &polynomial.coefficients, multiples: multiples.collect() };
            let (arguments, support) = (&argument.blocks[range], Support { mask: &masks[first], numbers });
            let values =
                polynomial::evaluate(&mut self.builder, arguments, &terms, support, polynomial.factor);
            blocks.extend(values);
            first += alike;
        }
        Packed { blocks, clean: true, ..argument.clone() }
    }

    /// Zeros outside the support: as the polynomial z, whose mask costs one level.
    pub(super) fn clean(&mut self, id: NodeId, value: Packed) -> Result<Packed, LowerError> {
        if value.clean {
            return Ok(value);
        }
        self.evaluate(id, &Polynomial::new(value, vec![0.0, 1.0]))
    }

    /// Copies in all slots that are no home. What is copied must not be garbage: it is masked first.
    pub(super) fn spread(&mut self, id: NodeId, value: Packed) -> Result<Packed, LowerError> {
        if value.hollow == 0 {
            return Ok(value);
        }
        let clean = self.clean(id, value)?;
        let mut blocks = Vec::with_capacity(clean.blocks.len());
        for &block in &clean.blocks {
            blocks.push(ones(clean.hollow).fold(block, |sum, bit| self.builder.fold(sum, -(1 << bit), 1)));
        }
        Ok(Packed { hollow: 0, blocks, ..clean })
    }
}

/// Positions of the ones of a number, lowest first.
pub(super) fn ones(mask: usize) -> impl Iterator<Item = u32> {
    (0..usize::BITS).filter(move |bit| mask >> bit & 1 == 1)
}

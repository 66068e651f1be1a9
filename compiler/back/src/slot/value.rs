//! A tensor in slots while it is being lowered.

use crate::layout::Form;
use crate::slot::graph::FactorId;
use hep_tensor::dag::NodeId;
use hep_tensor::graph::Dim;

/// A packed tensor.
#[derive(Clone, Debug)]
pub struct Packed {
    /// Dimensions in the order of the tensor's axes.
    pub dims: Vec<Dim>,
    /// Bits of the slot number that are 0 wherever the elements are; elsewhere they stand in copies.
    pub hollow: usize,
    /// Baby steps of a turned tensor, `None` for all turns.
    pub ahead: Option<usize>,
    /// One node per ciphertext, in the order of the layout.
    pub blocks: Vec<NodeId>,
    /// Whether all slots outside the layout's support hold zeros. Sums along a row leave garbage there.
    pub clean: bool,
}

/// A value of the tensor graph, lowered or deliberately not yet.
#[derive(Clone, Debug)]
pub enum Value {
    /// In slots.
    Packed(Packed),
    /// A polynomial times a public factor that waits for its mask: constants, factors and masks are all multiplied
    /// into its leaves, so none of them costs a level.
    Polynomial(Polynomial),
    /// Public: evaluated when it meets a secret.
    Public,
    /// The owner's: enters only through an upload.
    Owner,
}

/// Σₖ (cₖ + Σⱼ cⱼₖ·uⱼ) · argument^k, times `factor`; the multipliers uⱼ are secrets that the loop does not change, such as
/// labels.
#[derive(Clone, Debug)]
pub struct Polynomial {
    /// The argument.
    pub argument: Packed,
    /// The coefficients cₖ, constant first.
    pub coefficients: Vec<f64>,
    /// Multipliers uⱼ, packed like the argument, each with its coefficients.
    pub multiples: Vec<Multiple>,
    /// Public factor per iteration.
    pub factor: Option<FactorId>,
}

/// A secret multiplier of a polynomial.
#[derive(Clone, Debug)]
pub struct Multiple {
    /// uⱼ
    pub by: Packed,
    /// The coefficients cⱼₖ, constant first.
    pub coefficients: Vec<f64>,
}

impl Polynomial {
    /// Coefficients of a polynomial in an argument.
    pub fn new(argument: Packed, coefficients: Vec<f64>) -> Self {
        Self { argument, coefficients, multiples: vec![], factor: None }
    }

    /// Whether evaluating it takes no more than the product with a mask.
    pub fn is_linear(&self) -> bool {
        self.multiples.is_empty() && self.coefficients.len() <= 2
    }

    /// Times a number.
    pub fn scale(&mut self, by: f64) {
        let own = self.coefficients.iter_mut();
        own.chain(self.multiples.iter_mut().flat_map(|m| &mut m.coefficients)).for_each(|c| *c *= by);
    }

    /// Times a secret packed like the argument; `None` when there are multipliers already: their products are not kept.
    pub fn times(&self, by: &Packed) -> Option<Self> {
        let coefficients = self.coefficients.clone();
        // The multiplier may have copies where the argument is hollow: the mask is in the coefficients.
        let inside = by.hollow & !self.argument.hollow == 0;
        let there = Packed { hollow: self.argument.hollow, ..by.clone() };
        let alike = inside && there.packed_like(&self.argument) && self.multiples.is_empty();
        let multiples = vec![Multiple { by: by.clone(), coefficients }];
        alike.then(|| Self { coefficients: vec![], multiples, ..self.clone() })
    }

    /// The sum, where argument and factor are the same.
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let alike = self.argument.is_same(&other.argument) && self.factor == other.factor;
        let mut sum = self.clone();
        add(&mut sum.coefficients, &other.coefficients);
        for multiple in &other.multiples {
            match sum.multiples.iter_mut().find(|m| m.by.is_same(&multiple.by)) {
                Some(known) => add(&mut known.coefficients, &multiple.coefficients),
                None => sum.multiples.push(multiple.clone()),
            }
        }
        alike.then_some(sum)
    }
}

fn add(a: &mut Vec<f64>, b: &[f64]) {
    a.resize(a.len().max(b.len()), 0.0);
    a.iter_mut().zip(b).for_each(|(x, y)| *x += y);
}

impl Packed {
    /// Whether both have the same elements in the same slots.
    fn packed_like(&self, other: &Packed) -> bool {
        self.dims == other.dims && self.form() == other.form() && self.blocks.len() == other.blocks.len()
    }

    /// How it is stored.
    pub fn form(&self) -> Form {
        Form { hollow: self.hollow, ahead: self.ahead, shared: 1 }
    }

    /// Whether both are the same value.
    fn is_same(&self, other: &Packed) -> bool {
        self.packed_like(other) && self.blocks == other.blocks
    }
}

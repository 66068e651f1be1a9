//! Sizes of the values that schedules were seen to compute from the uploads: most values of one schedule are those of another, on
//! other levels and in another order.

use crate::slot::interner::Interner;
use hep_plan::isa::Op;
use hep_plan::{Constant as Public, Layout, Magnitude};
use std::collections::HashMap;

/// A value by what it is computed from; equal kinds are equal vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind(u32);

/// A public vector of all schedules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Constant(u32);

/// All kinds so far, with their sizes where they were evaluated. Hash maps are looked up and never walked.
#[derive(Debug, Default)]
pub struct Kinds {
    constants: Vec<Public>,
    interner: Interner,
    inputs: HashMap<(String, Layout), u32>,
    known: HashMap<(Op<Constant>, Vec<Kind>), Kind>,
    sizes: Vec<Option<Magnitude>>,
    /// Largest elements of tensors.
    tensors: HashMap<(Layout, Vec<Kind>), f64>,
}

impl Kinds {
    /// The vector among those of all schedules.
    pub fn constant(&mut self, vector: &Public) -> Constant {
        Constant(self.interner.position(&mut self.constants, vector.clone()) as u32)
    }

    /// The number of an upload in a packing.
    pub fn input(&mut self, name: &str, layout: &Layout) -> u32 {
        let next = self.inputs.len() as u32;
        *self.inputs.entry((name.to_string(), layout.clone())).or_insert(next)
    }

    /// What an operation on values of these kinds computes.
    pub fn of(&mut self, op: Op<Constant>, operands: Vec<Kind>) -> Kind {
        let sizes = &mut self.sizes;
        *self.known.entry((op, operands)).or_insert_with(|| {
            sizes.push(None);
            Kind(sizes.len() as u32 - 1)
        })
    }

    /// Its size, once it was evaluated.
    #[must_use]
    pub fn size(&self, kind: Kind) -> Option<Magnitude> {
        self.sizes[kind.0 as usize]
    }

    /// Keeps a size.
    pub fn set_size(&mut self, kind: Kind, size: Magnitude) {
        self.sizes[kind.0 as usize] = Some(size);
    }

    /// The largest element of a tensor in ciphertexts of these kinds.
    #[must_use]
    pub fn largest(&self, layout: &Layout, values: &[Kind]) -> Option<f64> {
        self.tensors.get(&(layout.clone(), values.to_vec())).copied()
    }

    /// Keeps a largest element.
    pub fn set_largest(&mut self, layout: &Layout, values: &[Kind], largest: f64) {
        self.tensors.insert((layout.clone(), values.to_vec()), largest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hep_plan::{SlotVector, Step};

    #[test]
    fn equal_expressions_are_one_kind() {
        let mut kinds = Kinds::default();
        let (x, y) = (
            kinds.of(Op::Input { input: 0, block: 0.into() }, vec![]),
            kinds.of(Op::Input { input: 0, block: 1.into() }, vec![]),
        );
        let [two, three] = [2.0, 3.0].map(|value| kinds.constant(&SlotVector::splat(value, 8).into()));
        assert_eq!(kinds.constant(&SlotVector::splat(2.0, 8).into()), two);
        let doubled = kinds.of(Op::SumMulPlain(vec![two]), vec![x]);
        assert_eq!(kinds.of(Op::SumMulPlain(vec![two]), vec![x]), doubled);
        let others = [
            kinds.of(Op::SumMulPlain(vec![three]), vec![x]),
            kinds.of(Op::SumMulPlain(vec![two]), vec![y]),
            kinds.of(Op::Rotate(vec![Step(1)]), vec![x]),
        ];
        assert!(others.iter().all(|other| *other != doubled));
        assert_eq!(kinds.size(doubled), None);
        kinds.set_size(doubled, Magnitude::UNIT);
        assert_eq!((kinds.size(doubled), kinds.size(others[0])), (Some(Magnitude::UNIT), None));
    }
}

//! Sums and products element by element, and sums along a dimension.

use super::{LowerError, Lowering};
use crate::slot::build::Builder;
use crate::slot::value::Packed;
use hep_plan::host::Binary;
use hep_plan::layout::Turns;
use hep_tensor::NodeId;
use hep_tensor::graph::Dim;

impl Lowering<'_> {
    /// Element by element on two secrets.
    pub(super) fn both(&mut self, id: NodeId, f: Binary, a: NodeId, b: NodeId) -> Result<Packed, LowerError> {
        let dims = self.dims(id).to_vec();
        let (x, y) = (self.packed(a)?, self.packed(b)?);
        let ahead = if x.dims.len() == dims.len() { x.ahead } else { y.ahead };
        let held = |packed: &Packed| if packed.clean { packed.dims.clone() } else { Vec::new() };
        let (zeros_x, zeros_y) = (held(&x), held(&y));
        let (mut x, mut y) = (self.broadcast(id, x, &dims, ahead)?, self.broadcast(id, y, &dims, ahead)?);
        if x.ahead != y.ahead || x.blocks.len() != y.blocks.len() {
            return Err(self.no_product(id));
        }
        if f != Binary::Mul && x.hollow != y.hollow && self.can_spread(&x) && self.can_spread(&y) {
            (x, y) = (self.spread(id, x)?, self.spread(id, y)?);
        }
        let zero = |dim: &Dim| (zeros_x.contains(dim), zeros_y.contains(dim));
        let hollow = x.hollow | y.hollow;
        let empty = |packed: &Packed| packed.clean && packed.hollow == hollow;
        let clean = match f {
            Binary::Mul => {
                dims.iter().all(|dim| zero(dim).0 || zero(dim).1) && (hollow == 0 || empty(&x) || empty(&y))
            }
            _ => dims.iter().all(|dim| zero(dim) == (true, true)) && (hollow == 0 || empty(&x) && empty(&y)),
        };
        let op = |builder: &mut Builder, x, y| match f {
            Binary::Add => builder.add(x, y),
            Binary::Sub => builder.sub(x, y),
            _ => builder.mul(x, y),
        };
        let pairs = x.blocks.iter().zip(&y.blocks);
        let blocks = pairs.map(|(&x, &y)| op(&mut self.builder, x, y)).collect();
        Ok(Packed { dims, hollow, ahead: x.ahead, blocks, clean })
    }

    /// Whether copies cost no level.
    fn can_spread(&self, packed: &Packed) -> bool {
        packed.hollow == 0 || packed.clean
    }

    /// The sum along a dimension.
    pub(super) fn sum(&mut self, id: NodeId, a: NodeId, axis: usize) -> Result<Packed, LowerError> {
        let dims = self.dims(id).to_vec();
        let packed = self.packed(a)?;
        let packed = self.clean(id, packed)?;
        let over = packed.dims[axis].clone();
        if let Some(turns) = self.layout(id, &packed.dims, packed.form())?.turns {
            return self.sum_of_turns(id, &packed, &over, turns);
        }
        let mut blocks = Vec::new();
        for part in self.parts_of(&dims) {
            let along = self.parts_of(std::slice::from_ref(&over));
            let terms: Vec<_> =
                along.iter().map(|at| self.block(&packed, &[part.as_slice(), at].concat(), 0)).collect();
            blocks.push(self.total(&terms));
        }
        let homes = self.mask(id, &packed.dims)?;
        let bits = self.mask(id, std::slice::from_ref(&over))?;
        let sum = self.collapse(&dims, blocks, bits, !(homes | packed.hollow), true);
        // Where the argument was hollow, so is the sum.
        Ok(Packed { hollow: sum.hollow | packed.hollow, ..sum })
    }

    /// The sum of a turned matrix along one of its dimensions: every turn adds other elements, turned back where they
    /// were read behind.
    fn sum_of_turns(
        &mut self,
        id: NodeId,
        matrix: &Packed,
        over: &Dim,
        turns: Turns,
    ) -> Result<Packed, LowerError> {
        if turns.ahead < turns.count || matrix.hollow != 0 {
            return Err(self.no_product(id));
        }
        let (dims, ahead) = (self.dims(id).to_vec(), matrix.dims[turns.baby].name == over.name);
        let mut blocks = Vec::new();
        for part in self.parts_of(&dims) {
            let mut terms = Vec::new();
            for along in self.parts_of(std::slice::from_ref(over)) {
                let at = [part.as_slice(), &along].concat();
                for turn in 0..turns.count {
                    let back = if ahead { 0 } else { -((turn * turns.step) as i64) };
                    let block = self.block(matrix, &at, turn);
                    terms.push(self.builder.rotate(block, back));
                }
            }
            blocks.push(self.total(&terms));
        }
        let homes = self.mask(id, &matrix.dims)?;
        let bits = self.mask(id, std::slice::from_ref(over))?;
        let shared = (turns.count - 1) * turns.step;
        Ok(self.collapse(&dims, blocks, bits & !shared, !homes, true))
    }
}

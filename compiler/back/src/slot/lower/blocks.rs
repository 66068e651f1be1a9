//! Ciphertexts of a packed tensor by the parts of its dimensions.

use super::{LowerError, Lowering};
use crate::layout::Form;
use crate::slot::graph::MAX_OPERATIONS;
use crate::slot::value::Packed;
use hep_plan::Layout;
use hep_tensor::NodeId;
use hep_tensor::dag::NodeId as SlotId;
use hep_tensor::graph::Dim;

/// Most numbers of the public vectors of one operation: four gigabytes.
const MAX_NUMBERS: usize = 1 << 29;

/// The part of each dimension, by name. A tensor without a dimension has the same ciphertext for all its parts.
pub(super) type Part = Vec<(String, usize)>;

impl Lowering<'_> {
    pub(super) fn layout(&self, id: NodeId, dims: &[Dim], form: Form) -> Result<Layout, LowerError> {
        self.placement.layout(dims, form).map_err(|error| self.unplaced(id, &error))
    }

    /// Bits of the slot number that are the home of any of these dimensions.
    pub(super) fn mask(&self, id: NodeId, dims: &[Dim]) -> Result<usize, LowerError> {
        self.placement.mask(dims).map_err(|error| self.unplaced(id, &error))
    }

    /// Number of parts of a dimension.
    fn parts(&self, dim: &Dim) -> usize {
        self.placement.home(&dim.name).map_or(1, |home| home.blocks(dim.size))
    }

    /// Refuses work on more ciphertexts than a program may have operations, before it is begun.
    pub(super) fn bounded(&self, id: NodeId, dims: &[Dim], each: usize) -> Result<(), LowerError> {
        let all = dims.iter().map(|dim| self.parts(dim)).try_fold(each, usize::checked_mul);
        let room = MAX_OPERATIONS.saturating_sub(self.builder.graph.len());
        if all.is_some_and(|all| all <= room) { Ok(()) } else { Err(self.too_many(id)) }
    }

    /// Refuses more public numbers than a machine remembers, before they are made.
    pub(super) fn vectors_bounded(&self, id: NodeId, vectors: usize) -> Result<(), LowerError> {
        let numbers = vectors.checked_mul(self.placement.slots);
        if numbers.is_some_and(|numbers| numbers <= MAX_NUMBERS) { Ok(()) } else { Err(self.too_many(id)) }
    }

    /// All parts of a tensor over these dimensions, in the order of its ciphertexts.
    pub(super) fn parts_of(&self, dims: &[Dim]) -> Vec<Part> {
        dims.iter().fold(vec![Part::new()], |parts, dim| {
            let longer = |part: &Part| {
                let part = part.clone();
                let along =
                    (0..self.parts(dim)).map(move |at| [part.clone(), vec![(dim.name.clone(), at)]].concat());
                along.collect::<Vec<_>>()
            };
            parts.iter().flat_map(longer).collect()
        })
    }

    /// Ciphertext of one part and one turn.
    pub(super) fn block(&self, packed: &Packed, part: &Part, turn: usize) -> SlotId {
        let at = |dim: &Dim| part.iter().find(|(name, _)| *name == dim.name).map_or(0, |(_, at)| *at);
        let (mut index, mut parts) = (0, 1);
        for dim in &packed.dims {
            index = index * self.parts(dim) + at(dim);
            parts *= self.parts(dim);
        }
        packed.blocks[index * (packed.blocks.len() / parts) + turn]
    }

    /// The same tensor with its dimensions in another order.
    pub(super) fn reordered(&self, id: NodeId, value: Packed, dims: &[Dim]) -> Result<Packed, LowerError> {
        let turns = self.layout(id, &value.dims, value.form())?.turns.map_or(1, |turns| turns.count);
        let parts = self.parts_of(dims);
        let blocks = parts.iter().flat_map(|part| (0..turns).map(|turn| self.block(&value, part, turn)));
        Ok(Packed { dims: dims.to_vec(), blocks: blocks.collect(), ..value.clone() })
    }

    /// The same tensor over `dims`, some of which it may lack: it is repeated along these.
    pub(super) fn broadcast(
        &mut self,
        id: NodeId,
        value: Packed,
        dims: &[Dim],
        ahead: Option<usize>,
    ) -> Result<Packed, LowerError> {
        if value.dims == dims {
            return Ok(value);
        }
        let missing: Vec<Dim> = dims.iter().filter(|dim| !value.dims.contains(dim)).cloned().collect();
        let turned = |this: &Self, dims: &[Dim]| -> Result<_, LowerError> {
            Ok(this.layout(id, dims, Form { ahead, ..Form::default() })?.turns)
        };
        let turns = turned(self, dims)?;
        self.bounded(id, dims, turns.map_or(1, |turns| turns.count))?;
        // What has one of two overlapping dimensions is turned by itself; what has both, is already.
        let own = value.dims.len() < 2;
        // A rotation carries into the bits above, which must hold copies.
        let meets = value.hollow & self.mask(id, &missing)? != 0 || own && turns.is_some();
        let value = if meets { self.spread(id, value)? } else { value };
        let mut blocks = Vec::new();
        for part in self.parts_of(dims) {
            for turn in 0..turns.map_or(1, |turns| turns.count) {
                let block = self.block(&value, &part, if own { 0 } else { turn });
                let axis = dims.iter().position(|dim| value.dims.contains(dim)).filter(|_| own);
                let by = axis.zip(turns).map_or(0, |(axis, turns)| turns.offset(axis, turn));
                blocks.push(self.builder.rotate(block, by));
            }
        }
        let clean = value.clean && missing.is_empty();
        Ok(Packed { dims: dims.to_vec(), hollow: value.hollow, ahead: turns.and(ahead), blocks, clean })
    }
}

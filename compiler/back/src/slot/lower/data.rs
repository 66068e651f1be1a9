//! Uploads: how the owner packs them, and the copies that the server makes of data before the loop.

use super::public_factor::HOISTED;
use super::{LowerError, Lowering};
use crate::layout::Form;
use crate::slot::build::Builder;
use crate::slot::graph::{Op as SlotOp, Upload};
use crate::slot::value::Packed;
use hep_plan::host::HostOp;
use hep_plan::layout::{Digit, Turns};
use hep_tensor::NodeId;
use hep_tensor::dag::NodeId as SlotId;
use hep_tensor::graph::{Dim, Op, Packing, Place};
use hep_tensor::optimization::Optimization;

/// Most ciphertexts that the server makes of one matrix. Each has operations of its own in every schedule that is tried,
/// so that more take minutes to compile; on rings from 2^13 on a tensor of the largest size has no more.
const MAX_COPIES: usize = 1 << 14;
/// Seconds of a relinearization in those of a rotation.
const RELINEARIZED: f64 = 0.9;

/// How often a matrix is multiplied with secrets and with public tensors.
#[derive(Clone, Copy, Default)]
struct Side {
    secret: usize,
    public: usize,
}

impl Side {
    fn all(self) -> usize {
        self.secret + self.public
    }
}

/// How often a matrix is multiplied from each side.
#[derive(Clone, Copy, Default)]
struct Uses {
    /// Products that contract the axis which is read ahead.
    forward: Side,
    /// Products that contract the axis which is read behind.
    backward: Side,
}

impl Lowering<'_> {
    /// A tensor from the owner. Turned matrices of many rows arrive with several turns in a ciphertext, from which
    /// the server makes one ciphertext per turn before the loop.
    pub(super) fn upload(&mut self, id: NodeId, name: String) -> Result<Packed, LowerError> {
        let dims = self.dims(id).to_vec();
        let expanded = self.layout(id, &dims, Form::default())?;
        self.bounded(id, &dims, expanded.turns.map_or(1, |turns| turns.count))?;
        if expanded.ciphertexts() > MAX_COPIES {
            return Err(self.too_many_copies(id, expanded.ciphertexts()));
        }
        if self.program.packing(&name) == Some(Packing::RowMajor) {
            return self.row_major(id, name);
        }
        let wanted = expanded.turns.filter(|_| dims.iter().any(|d| self.is_rows(d)));
        let ahead = wanted.map(|turns| self.baby_steps(id, &name, &turns));
        let sharing = wanted.is_some() && self.on.contains(Optimization::SharedUploads);
        let shared = if sharing { self.strategy.shared } else { 1 };
        let layout = self.layout(id, &dims, Form { hollow: 0, ahead, shared })?;
        let (upload, count, turns) = (self.uploads.len(), layout.ciphertexts(), layout.turns);
        self.uploads.push(Upload { name, layout });
        let inputs: Vec<SlotId> =
            (0..count).map(|block| self.builder.node(SlotOp::Input { upload, block }, vec![])).collect();
        let blocks = match turns.and_then(|turns| turns.shared) {
            Some(digit) => {
                let stage = self.strategy.stage;
                inputs.iter().flat_map(|&input| separate(&mut self.builder, input, digit, stage)).collect()
            }
            None => inputs,
        };
        Ok(Packed { dims, hollow: 0, ahead, blocks, clean: true })
    }

    /// A tensor of which the owner sends every element once, in row-major order with strides of powers of two, and zeros
    /// elsewhere. The server makes the copies where they are needed.
    fn row_major(&mut self, id: NodeId, name: String) -> Result<Packed, LowerError> {
        let dims = self.dims(id).to_vec();
        let homes = dims.iter().map(|dim| self.placement.home(&dim.name)).collect::<Result<Vec<_>, _>>();
        let homes = homes.map_err(|error| self.unplaced(id, &error))?;
        // A dimension of one element is in no order.
        let order: Vec<usize> = (0..homes.len()).filter(|&at| !homes[at].bits.is_empty()).collect();
        let inverted = |pair: &&[usize]| homes[pair[0]].bits.start < homes[pair[1]].bits.end;
        if let Some(pair) = order.windows(2).find(inverted) {
            return Err(self.not_row_major(id, [&dims[pair[0]], &dims[pair[1]]]));
        }
        let hollow = (self.placement.slots - 1) & !self.mask(id, &dims)?;
        let layout = self.layout(id, &dims, Form { hollow, ..Form::default() })?;
        let (upload, count) = (self.uploads.len(), layout.ciphertexts());
        self.uploads.push(Upload { name, layout });
        let blocks = (0..count).map(|block| self.builder.node(SlotOp::Input { upload, block }, vec![]));
        Ok(Packed { dims, hollow, ahead: None, blocks: blocks.collect(), clean: true })
    }

    /// Whether a dimension counts rows of the data.
    fn is_rows(&self, dim: &Dim) -> bool {
        self.placement.rows.contains(&dim.name)
    }

    /// The number of baby steps of a turned matrix: as hinted, or what makes its products cheapest.
    fn baby_steps(&self, id: NodeId, name: &str, turns: &Turns) -> usize {
        let dims = self.dims(id);
        let uses = self.uses(id, &dims[turns.baby]);
        match self.program.packing(name) {
            // Every turn has a rotation of its own.
            Some(Packing::VolleyRevolver) if uses.forward.all() == 0 => return 1,
            Some(Packing::VolleyRevolver) => return turns.count,
            Some(Packing::DoubleVolleyRevolver) => return 1 << turns.count.ilog2().div_ceil(2),
            // Sent once: there are no turns.
            Some(Packing::RowMajor) => return turns.count,
            // The side that is multiplied more often turns before the products.
            None if !self.on.contains(Optimization::GiantSteps) => {
                return if uses.forward.all() >= uses.backward.all() { turns.count } else { 1 };
            }
            None => {}
        }
        let blocks = |axis: usize| {
            self.placement.home(&dims[axis].name).map_or(1, |home| home.blocks(dims[axis].size)) as f64
        };
        let cost = |ahead: usize| {
            let (babies, giants) = (ahead as f64, (turns.count / ahead) as f64);
            // Moves one operand before the products, and their sums after they were relinearized.
            let side = |uses: Side, before: f64, after: f64, from: usize, to: usize| {
                let sums = (after - 1.0) + RELINEARIZED * after;
                let secret = HOISTED * (before - 1.0) * blocks(from) + sums * blocks(to);
                uses.secret as f64 * secret + uses.public as f64 * (after - 1.0) * blocks(to)
            };
            side(uses.forward, babies, giants, turns.baby, turns.giant)
                + side(uses.backward, giants, babies, turns.giant, turns.baby)
        };
        let choices = (0..=turns.count.ilog2()).map(|log| 1 << log);
        choices.min_by(|&a, &b| cost(a).total_cmp(&cost(b))).unwrap_or(turns.count)
    }

    /// Products with a matrix, also of its rows and of its transpose, by the dimension they contract.
    fn uses(&self, matrix: NodeId, baby: &Dim) -> Uses {
        let graph = &self.program.graph;
        let mut same = vec![false; graph.len()];
        same[matrix.index()] = true;
        let mut uses = Uses::default();
        for id in graph.ids().filter(|id| self.needed[id.index()]) {
            let operands = graph.operands(id);
            match (&graph.node(id).op, operands) {
                (Op::Rows { .. } | Op::Host(HostOp::Permute(_)), &[of]) => {
                    same[id.index()] |= same[of.index()]
                }
                (Op::Host(HostOp::Contract { left, right, sum, .. }), &[a, b]) => {
                    for (side, other, labels) in [(a, b, left), (b, a, right)] {
                        let axis =
                            labels.iter().position(|label| label == sum).filter(|_| same[side.index()]);
                        let Some(axis) = axis else { continue };
                        let forward = self.dims(side)[axis].name == baby.name;
                        let side = if forward { &mut uses.forward } else { &mut uses.backward };
                        let public = graph.node(other).ty.place == Place::Public;
                        *if public { &mut side.public } else { &mut side.secret } += 1;
                    }
                }
                _ => {}
            }
        }
        uses
    }

    /// The rows of a batch: in every iteration the ciphertexts of the next.
    pub(super) fn rows(&mut self, id: NodeId, whole: NodeId) -> Result<Packed, LowerError> {
        let (dims, packed) = (self.dims(id).to_vec(), self.packed(whole)?);
        let part = self.layout(id, &dims, packed.form())?.ciphertexts();
        let count = self.dims(whole)[0].size / dims[0].size.max(1);
        if packed.blocks.len() != part * count {
            return Err(self.no_product(id));
        }
        let mut blocks = Vec::with_capacity(part);
        for block in 0..part {
            let choices: Vec<SlotId> = (0..count).map(|batch| packed.blocks[batch * part + block]).collect();
            blocks.push(self.builder.select(&choices));
        }
        Ok(Packed { dims, blocks, ..packed })
    }
}

/// For every value of a digit a vector that holds, for all values of the digit, what `source` holds for that one.
/// A digit larger than `stage` is taken apart in parts of equal size, with a level for each.
fn separate(builder: &mut Builder, source: SlotId, digit: Digit, stage: usize) -> Vec<SlotId> {
    let bits = digit.extent.ilog2();
    let stages = bits.div_ceil(stage.ilog2()).max(1);
    if stages == 1 {
        return separate_at_once(builder, source, digit);
    }
    let high = bits.div_ceil(stages);
    let coarse = Digit { stride: digit.stride << (bits - high), extent: 1 << high };
    let fine = Digit { extent: 1 << (bits - high), ..digit };
    let parts = separate_at_once(builder, source, coarse);
    parts.into_iter().flat_map(|part| separate(builder, part, fine, stage)).collect()
}

/// [`separate`] with one level: Σₖ maskₖ ∘ rot(source, k), the rotations shared by all values.
fn separate_at_once(builder: &mut Builder, source: SlotId, digit: Digit) -> Vec<SlotId> {
    let extent = digit.extent as i64;
    let masks = builder.masks(digit);
    let mut parts = Vec::with_capacity(digit.extent);
    for wanted in 0..extent {
        let mut terms = Vec::with_capacity(digit.extent);
        for (value, &mask) in (0..extent).zip(&masks) {
            terms.push((builder.rotate(source, (wanted - value) * digit.stride as i64), mask));
        }
        parts.push(builder.sum_mul(&terms));
    }
    parts
}

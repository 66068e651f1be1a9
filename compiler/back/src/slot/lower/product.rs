//! Matrix products, by the homes of their dimensions.
//!
//! Σₓ A(x, …)·B(x, …) multiplies slot by slot where both operands show the same x, and then sums over the bits of x's
//! home. What the homes share decides the rest:
//!
//! - *Turned times plain.* T(x, y) shares bits of x and y and is stored as its turns T⟨t⟩. If x is read ahead, slot s of
//!   T⟨t⟩ ∘ rot(A, t) shows the same x in both; over all t and the bits of x that y does not have, every x occurs once. With
//!   giant steps, Σ_g rot(Σ_b T⟨g,b⟩ ∘ rot(A, b), g). If x is read behind, it is the transpose:
//!   Σ_b rot(Σ_g T⟨g,b⟩ ∘ rot(A, −g), −b).
//! - *Plain times plain.* One product; if the result shares bits, its turns are fold(rot(A, t) ∘ B).
//!
//! A rotation carries from x's home into higher bits. Where these hold copies that does no harm, and out of the highest
//! bit it goes round. Where another dimension of the rotated operand begins (samples, above the units of a layer), the
//! rotation is made of two, each masked to where it stayed within its field. The masks sit on the weights, and for
//! weight gradients on the layer's input: both have levels to spare beside the error that comes back.

use super::blocks::Part;
use super::{LowerError, Lowering};
use crate::layout::Form;
use crate::slot::value::Packed;
use hep_plan::layout::Turns;
use hep_tensor::NodeId;
use hep_tensor::dag::NodeId as SlotId;
use hep_tensor::graph::{Dim, Place};

/// A product that contracts one dimension.
struct Product<'a> {
    id: NodeId,
    over: &'a Dim,
    /// Dimensions of the result.
    dims: &'a [Dim],
}

/// A matrix in turns, and the tensor it is multiplied with.
struct Sides<'a> {
    matrix: &'a Packed,
    turns: Turns,
    other: &'a Packed,
}

impl Lowering<'_> {
    /// The product of two tensors, secrets but for one, that contracts dimension `over`.
    pub(super) fn product(
        &mut self,
        id: NodeId,
        over: &Dim,
        a: Packed,
        b: Packed,
    ) -> Result<Packed, LowerError> {
        let dims = self.dims(id).to_vec();
        let (a, b) = (self.spread(id, a)?, self.spread(id, b)?);
        let (a, b) = self.one_ends_in_zeros(id, over, a, b)?;
        let product = Product { id, over, dims: &dims };
        let turns = |of: &Packed| Ok(self.factor_layout(id, &of.dims, of.form())?.turns);
        let (of_a, of_b) = (turns(&a)?, turns(&b)?);
        let of_result = self.layout(id, &dims, Form::default())?.turns;
        let count = [of_a, of_b, of_result].iter().flatten().map(|turns| turns.count).max().unwrap_or(1);
        self.bounded(id, &[dims.as_slice(), std::slice::from_ref(over)].concat(), count)?;
        match (of_a, of_b, of_result) {
            (Some(turns), None, None) => self.turned(&product, Sides { matrix: &a, turns, other: &b }),
            (None, Some(turns), None) => self.turned(&product, Sides { matrix: &b, turns, other: &a }),
            (None, None, None) => self.plain(&product, &a, &b),
            (None, None, Some(turns)) => self.outer(&product, turns, &a, &b),
            _ => Err(self.no_turned_product(id)),
        }
    }

    /// Of two operands and a result only one may be turned.
    fn no_turned_product(&self, id: NodeId) -> LowerError {
        let public = |o: &NodeId| self.program.graph.node(*o).ty.place == Place::Public;
        if !self.program.graph.operands(id).iter().any(public) {
            return self.no_product(id);
        }
        let slots = self.placement.slots;
        let note = format!(
            "of the two and their product only one may have rows and columns that share slots, of which a ciphertext has {slots}"
        );
        self.no_public_product(id, note)
    }

    /// Zeros beyond the end of the summed dimension in at least one operand.
    fn one_ends_in_zeros(
        &mut self,
        id: NodeId,
        over: &Dim,
        a: Packed,
        b: Packed,
    ) -> Result<(Packed, Packed), LowerError> {
        let home = self.placement.home(&over.name).map_err(|error| self.unplaced(id, &error))?;
        let full = home.per_block == 1 << home.bits.len() && over.size.is_multiple_of(home.per_block);
        if full || a.clean || b.clean { Ok((a, b)) } else { Ok((self.clean(id, a)?, b)) }
    }

    fn turned(&mut self, product: &Product<'_>, sides: Sides<'_>) -> Result<Packed, LowerError> {
        let Sides { matrix, turns, other } = &sides;
        let ahead = matrix.dims[turns.baby].name == product.over.name;
        let field = self.field(product.id, &other.dims, product.over, turns.step)?;
        debug_assert!(1 << field > turns.step);
        self.masks_bounded(product.id, turns.count, field)?;
        if field < self.placement.bits() && turns.ahead < turns.count {
            return Err(self.no_product(product.id));
        }
        let mut blocks = Vec::new();
        for part in self.parts_of(product.dims) {
            blocks.push(match (field < self.placement.bits(), ahead) {
                (false, true) => self.baby_steps_first(product, &sides, &part),
                (false, false) => self.giant_steps_first(product, &sides, &part),
                (true, _) => self.within_field(product, &sides, &part, (field, ahead)),
            });
        }
        let covered = (turns.count - 1) * turns.step;
        self.summed(product, [matrix, other], blocks, covered)
    }

    /// Σ_g rot(Σ_b T⟨g,b⟩ ∘ rot(A, b), g)
    fn baby_steps_first(&mut self, product: &Product<'_>, sides: &Sides<'_>, part: &Part) -> SlotId {
        let turns = sides.turns;
        let step = |turn: usize| (turn * turns.step) as i64;
        let mut sums = Vec::new();
        for giant in (0..turns.count).step_by(turns.ahead) {
            let turned = (0..turns.ahead).map(|baby| (giant + baby, step(baby)));
            let terms = self.terms(product, sides, part, turned.collect());
            let sum = self.builder.sum_mul(&terms);
            sums.push(self.builder.rotate(sum, step(giant)));
        }
        self.total(&sums)
    }

    /// Σ_b rot(Σ_g T⟨g,b⟩ ∘ rot(A, −g), −b)
    fn giant_steps_first(&mut self, product: &Product<'_>, sides: &Sides<'_>, part: &Part) -> SlotId {
        let turns = sides.turns;
        let step = |turn: usize| (turn * turns.step) as i64;
        let mut sums = Vec::new();
        for baby in 0..turns.ahead {
            let giants = (0..turns.count).step_by(turns.ahead);
            let turned = giants.map(|giant| (giant + baby, -step(giant)));
            let terms = self.terms(product, sides, part, turned.collect());
            let sum = self.builder.sum_mul(&terms);
            sums.push(self.builder.rotate(sum, -step(baby)));
        }
        self.total(&sums)
    }

    /// The turns and rotations of the other operand as factors, for all parts of the summed dimension.
    fn terms(
        &mut self,
        product: &Product<'_>,
        sides: &Sides<'_>,
        part: &Part,
        turned: Vec<(usize, i64)>,
    ) -> Vec<(SlotId, SlotId)> {
        let mut terms = Vec::new();
        for along in self.parts_of(std::slice::from_ref(product.over)) {
            let at = [part.as_slice(), &along].concat();
            let other = self.block(sides.other, &at, 0);
            for &(turn, by) in &turned {
                terms.push((self.block(sides.matrix, &at, turn), self.builder.rotate(other, by)));
            }
        }
        terms
    }

    /// All turns where rotations must not leave the lowest `field` bits: where turn t stays inside by its own steps, and
    /// where it does only after a whole field less. Read ahead the other operand comes to the matrix's slots; read
    /// behind both go where the result is.
    fn within_field(
        &mut self,
        product: &Product<'_>,
        sides: &Sides<'_>,
        part: &Part,
        (field, ahead): (u32, bool),
    ) -> SlotId {
        let mut terms = Vec::new();
        for along in self.parts_of(std::slice::from_ref(product.over)) {
            let at = [part.as_slice(), &along].concat();
            let other = self.block(sides.other, &at, 0);
            for turn in 0..sides.turns.count {
                let matrix = self.block(sides.matrix, &at, turn);
                for (by, mask) in self.steps_within((turn * sides.turns.step) as i64, field) {
                    let kept = mask.map_or(matrix, |mask| self.builder.mul(matrix, mask));
                    let (kept, by) = if ahead { (kept, by) } else { (self.builder.rotate(kept, -by), -by) };
                    terms.push((kept, self.builder.rotate(other, by)));
                }
            }
        }
        self.builder.sum_mul(&terms)
    }

    /// Refuses turns whose masks would fill the memory: two for each where rotations stay within a field.
    fn masks_bounded(&self, id: NodeId, turns: usize, field: u32) -> Result<(), LowerError> {
        let masks = if field < self.placement.bits() { 2 * turns } else { 0 };
        self.vectors_bounded(id, masks)
    }

    /// A rotation of the lowest `field` bits by `by` as rotations of the whole vector, each with the mask of the slots
    /// where it is right.
    fn steps_within(&mut self, by: i64, field: u32) -> Vec<(i64, Option<SlotId>)> {
        if by == 0 {
            return vec![(0, None)];
        }
        let (size, slots) = (1i64 << field, self.placement.slots as i64);
        let inside: Vec<f64> = (0..slots).map(|slot| f64::from(u8::from(slot % size + by < size))).collect();
        let outside: Vec<f64> = inside.iter().map(|kept| 1.0 - kept).collect();
        let mut mask = |values: &[f64]| Some(self.builder.public(values, None));
        vec![(by, mask(&inside)), (by - size, mask(&outside))]
    }

    /// The bits in which a rotation may carry: up to where another dimension of the rotated operand begins.
    pub(super) fn field(
        &self,
        id: NodeId,
        rotated: &[Dim],
        along: &Dim,
        step: usize,
    ) -> Result<u32, LowerError> {
        let mut field = self.placement.bits();
        for dim in rotated.iter().filter(|dim| dim.name != along.name) {
            let home = self.placement.home(&dim.name).map_err(|error| self.unplaced(id, &error))?;
            // A dimension of one element is nowhere in the way.
            if !home.bits.is_empty() && home.bits.start >= step.ilog2() {
                field = field.min(home.bits.start);
            }
        }
        Ok(field)
    }

    fn plain(&mut self, product: &Product<'_>, a: &Packed, b: &Packed) -> Result<Packed, LowerError> {
        let mut blocks = Vec::new();
        for part in self.parts_of(product.dims) {
            let mut terms = Vec::new();
            for along in self.parts_of(std::slice::from_ref(product.over)) {
                let at = [part.as_slice(), &along].concat();
                terms.push((self.block(a, &at, 0), self.block(b, &at, 0)));
            }
            blocks.push(self.builder.sum_mul(&terms));
        }
        self.summed(product, [a, b], blocks, 0)
    }

    /// A product whose result is turned: T⟨t⟩ = fold(rot(A, t) ∘ B), where A has the axis that is read ahead.
    fn outer(
        &mut self,
        product: &Product<'_>,
        turns: Turns,
        a: &Packed,
        b: &Packed,
    ) -> Result<Packed, LowerError> {
        let baby = &product.dims[turns.baby];
        let (a, b) = if a.dims.contains(baby) { (a, b) } else { (b, a) };
        let field = self.field(product.id, &a.dims, baby, turns.step)?;
        self.masks_bounded(product.id, turns.count, field)?;
        let mut blocks = Vec::new();
        for part in self.parts_of(product.dims) {
            for turn in 0..turns.count {
                let mut terms = Vec::new();
                for along in self.parts_of(std::slice::from_ref(product.over)) {
                    let at = [part.as_slice(), &along].concat();
                    let ahead = self.rotated_within(self.block(a, &at, 0), (turn * turns.step) as i64, field);
                    terms.push((ahead, self.block(b, &at, 0)));
                }
                blocks.push(self.builder.sum_mul(&terms));
            }
        }
        self.summed(product, [a, b], blocks, 0)
    }

    /// A rotation of the lowest `field` bits.
    fn rotated_within(&mut self, a: SlotId, by: i64, field: u32) -> SlotId {
        if field == self.placement.bits() {
            return self.builder.rotate(a, by);
        }
        let mut terms = Vec::new();
        for (by, mask) in self.steps_within(by, field) {
            let Some(mask) = mask else { return a };
            terms.push((self.builder.rotate(a, by), mask));
        }
        self.builder.sum_mul(&terms)
    }

    /// Slot-wise products summed over the home of the contracted dimension, but for the bits that turns have covered.
    fn summed(
        &mut self,
        product: &Product<'_>,
        [a, b]: [&Packed; 2],
        blocks: Vec<SlotId>,
        covered: usize,
    ) -> Result<Packed, LowerError> {
        let homes = self.mask(product.id, &a.dims)? | self.mask(product.id, &b.dims)?;
        let over = self.mask(product.id, std::slice::from_ref(product.over))?;
        Ok(self.collapse(product.dims, blocks, over & !covered, !homes, a.clean && b.clean))
    }

    /// Sums over the bits `over` of the slot number. The sum stands in every slot if all bits above hold copies or sums,
    /// else where the bits are 0, and other slots hold garbage.
    pub(super) fn collapse(
        &mut self,
        dims: &[Dim],
        mut blocks: Vec<SlotId>,
        over: usize,
        copies: usize,
        clean: bool,
    ) -> Packed {
        let (mut equal, mut hollow) = (copies, 0);
        for bit in (0..self.placement.bits()).rev().filter(|bit| over >> bit & 1 == 1) {
            for block in &mut blocks {
                *block = self.builder.fold(*block, 1 << bit, 1);
            }
            let above = (self.placement.slots - 1) >> (bit + 1) << (bit + 1);
            let whole = above & !equal == 0;
            equal |= usize::from(whole) << bit;
            hollow |= usize::from(!whole) << bit;
        }
        Packed { dims: dims.to_vec(), hollow, ahead: None, blocks, clean: clean && hollow == 0 }
    }

    pub(super) fn total(&mut self, terms: &[SlotId]) -> SlotId {
        let (first, rest) = terms.split_at(1);
        rest.iter().fold(first[0], |sum, &term| self.builder.add(sum, term))
    }
}

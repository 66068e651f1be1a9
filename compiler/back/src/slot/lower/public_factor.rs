//! The public operand of a matrix product, packed as an upload would be.
//!
//! It takes no upload and no relinearization, and it is rotated when compiling. So a matrix in turns has the baby steps
//! that move the secret least, and one over a dimension twice, which no secret may be, is its diagonals.

use super::{LowerError, Lowering};
use crate::layout::Form;
use crate::slot::value::Packed;
use hep_plan::Layout;
use hep_plan::layout::Turns;
use hep_tensor::NodeId;
use hep_tensor::graph::Dim;

/// Seconds of a rotation that shares its decomposition with others, in those of a rotation.
pub(super) const HOISTED: f64 = 0.45;

impl Lowering<'_> {
    /// The public tensor of a product that contracts its axis number `axis` with a secret.
    pub(super) fn public_factor(
        &mut self,
        id: NodeId,
        public: NodeId,
        axis: usize,
        secret: NodeId,
    ) -> Result<Packed, LowerError> {
        let dims = self.dims(public).to_vec();
        let mut axes: Vec<usize> = (0..dims.len()).collect();
        // Of diagonals the last axis is read ahead: it must be the contracted one.
        let forward = |turns: &Turns| if is_square(&dims) { true } else { turns.baby == axis };
        if is_square(&dims) && axis == 0 {
            axes.reverse();
        }
        let turns = self.factor_layout(id, &dims, Form::default())?.turns;
        let ahead = match &turns {
            Some(turns) => Some(self.least_moving(id, turns, forward(turns), (&dims[axis], secret))?),
            None => None,
        };
        let layout = self.factor_layout(id, &dims, Form { ahead, ..Form::default() })?;
        let tensors = self.public_tensors(public)?;
        let blocks = self.public_vectors(id, &layout, &axes, &tensors, None)?;
        Ok(Packed { dims, hollow: 0, ahead, blocks, clean: true })
    }

    /// Layout of an operand of a matrix product.
    pub(super) fn factor_layout(&self, id: NodeId, dims: &[Dim], form: Form) -> Result<Layout, LowerError> {
        match dims {
            [dim, _] if is_square(dims) => {
                let layout = self.placement.diagonals(dim, form.ahead);
                layout.map_err(|error| self.no_public_product(id, error.to_string()))
            }
            _ => self.layout(id, dims, form),
        }
    }

    /// The number of baby steps of a public matrix with which the secret, and sums of its products, are moved least.
    fn least_moving(
        &self,
        id: NodeId,
        turns: &Turns,
        forward: bool,
        (over, secret): (&Dim, NodeId),
    ) -> Result<usize, LowerError> {
        // Where rotations stay within a field, sums are not moved.
        if self.field(id, self.dims(secret), over, turns.step)? < self.placement.bits() {
            return Ok(turns.count);
        }
        let cost = |ahead: usize| {
            let (babies, giants) = (ahead as f64, (turns.count / ahead) as f64);
            let (before, after) = if forward { (babies, giants) } else { (giants, babies) };
            HOISTED * (before - 1.0) + (after - 1.0)
        };
        let choices = (0..=turns.count.ilog2()).map(|log| 1 << log);
        Ok(choices.min_by(|&a, &b| cost(a).total_cmp(&cost(b))).unwrap_or(turns.count))
    }
}

fn is_square(dims: &[Dim]) -> bool {
    matches!(dims, [rows, columns] if rows == columns)
}

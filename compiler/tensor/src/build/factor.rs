//! Square matrices over one dimension: identity, Cholesky factor, inverse.

use super::{BuildError, Builder};
use crate::dag::NodeId;
use crate::graph::{Dim, Node, Op, Place, Type, Values};
use crate::source::Span;
use hep_plan::host::HostOp;

impl Builder {
    /// Ones on the diagonal of `[dim, dim]`. Not folded into its elements, so that a large one takes no room in a plan.
    pub fn identity(&mut self, dim: Dim, span: Span) -> NodeId {
        let op = Op::Host(HostOp::Identity { size: dim.size });
        let dims = vec![dim.clone(), dim];
        let ty = Type { dims, place: Place::Public, values: Values::Real, range: Some((0.0, 1.0)) };
        self.graph.push(Node { op, ty, name: None, span }, Vec::new())
    }

    /// The lower triangular L with L Lᵀ = a.
    ///
    /// # Errors
    /// Not a matrix over one dimension, or a secret.
    pub fn cholesky(&mut self, a: NodeId, span: Span) -> Result<NodeId, BuildError> {
        let dims = self.square("cholesky", a)?;
        self.host(HostOp::Cholesky, vec![a], dims, span)
    }

    /// The inverse.
    ///
    /// # Errors
    /// Not a matrix over one dimension, or a secret.
    pub fn inverse(&mut self, a: NodeId, span: Span) -> Result<NodeId, BuildError> {
        let dims = self.square("inverse", a)?;
        self.host(HostOp::Inverse, vec![a], dims, span)
    }

    fn square(&self, operation: &'static str, operand: NodeId) -> Result<Vec<Dim>, BuildError> {
        let dims = self.dims(operand).to_vec();
        if !matches!(dims.as_slice(), [rows, columns] if rows == columns) {
            let expected = "a square matrix, over one dimension twice";
            return Err(BuildError::Rank { operation, operand, dims, expected });
        }
        self.in_the_clear(operation, operand)?;
        Ok(dims)
    }
}

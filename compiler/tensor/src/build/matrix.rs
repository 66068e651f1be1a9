//! Operations that know about axes: products, transposition, reductions, the owner's preparations.

use super::{BuildError, Builder};
use crate::dag::NodeId;
use crate::graph::{Dim, Op, Values};
use crate::source::Span;
use hep_plan::host::{HostOp, Reduction};

impl Builder {
    /// `a @ b`: contracts the last dimension of `a` with the first of `b`, which must be the same; the result has
    /// the remaining dimensions in order. Transpositions of the operands are absorbed, so that a product in any
    /// orientation is one node: `X @ W.T` contracts `X[n, d]` with `W[c, d]` over `d`.
    ///
    /// # Errors
    /// A scalar operand; different inner dimensions; places that do not mix.
    pub fn matmul(&mut self, a: NodeId, b: NodeId, span: Span) -> Result<NodeId, BuildError> {
        let (a_dims, b_dims) = (self.dims(a).to_vec(), self.dims(b).to_vec());
        let rank = |operand, dims: &[Dim]| BuildError::Rank {
            operation: "@",
            operand,
            dims: dims.to_vec(),
            expected: "a vector or a matrix",
        };
        let (inner_a, free_a) = a_dims.split_last().ok_or_else(|| rank(a, &a_dims))?;
        let (inner_b, free_b) = b_dims.split_first().ok_or_else(|| rank(b, &b_dims))?;
        if inner_a.name != inner_b.name {
            return Err(BuildError::InnerDims { left: a, right: b, left_dims: a_dims, right_dims: b_dims });
        }
        if inner_a.size != inner_b.size {
            return Err(BuildError::SizeMismatch {
                left: a,
                right: b,
                name: inner_a.name.clone(),
                left_size: inner_a.size,
                right_size: inner_b.size,
            });
        }
        // Labels: the axes of a in order, then the free axes of b; the last axis of a is summed.
        let sum = free_a.len();
        let left: Vec<usize> = (0..a_dims.len()).collect();
        let right: Vec<usize> = (sum..sum + b_dims.len()).collect();
        let out: Vec<usize> = (0..sum).chain(sum + 1..sum + b_dims.len()).collect();
        let dims: Vec<Dim> = free_a.iter().chain(free_b).cloned().collect();
        let (a, left) = self.absorb(a, left);
        let (b, right) = self.absorb(b, right);
        self.host(HostOp::Contract { left, right, sum, out }, vec![a, b], dims, span)
    }

    /// Looks through a transposition: the operand below, with the labels of its axes. A renaming stays, because
    /// the dimensions of a contraction are named like those of its operands.
    fn absorb(&self, a: NodeId, labels: Vec<usize>) -> (NodeId, Vec<usize>) {
        let Op::Host(HostOp::Permute(order)) = &self.graph.node(a).op else { return (a, labels) };
        if is_identity(order) {
            return (a, labels);
        }
        let mut below = labels.clone();
        for (label, &axis) in labels.iter().zip(order) {
            below[axis] = *label;
        }
        match self.graph.operands(a).first() {
            Some(&operand) => self.absorb(operand, below),
            None => (a, labels),
        }
    }

    /// Reverses the dimensions; scalars and vectors stay what they are.
    ///
    /// # Errors
    /// None for a graph made by this builder.
    pub fn transpose(&mut self, a: NodeId, span: Span) -> Result<NodeId, BuildError> {
        let order = (0..self.dims(a).len()).rev().collect();
        self.permute(a, order, span)
    }

    /// Reorders dimensions: dimension `i` of the result is dimension `order[i]` of `a`, `order` a permutation.
    /// Permutations of permutations are composed; the identity returns its operand.
    ///
    /// # Errors
    /// None for a graph made by this builder.
    pub fn permute(&mut self, a: NodeId, order: Vec<usize>, span: Span) -> Result<NodeId, BuildError> {
        if is_identity(&order) {
            return Ok(a);
        }
        let dims: Vec<Dim> = order.iter().map(|&axis| self.dims(a)[axis].clone()).collect();
        if let (Op::Host(HostOp::Permute(first)), Some(&below)) =
            (&self.graph.node(a).op, self.graph.operands(a).first())
            && !is_identity(first)
        {
            let composed: Vec<usize> = order.iter().map(|&axis| first[axis]).collect();
            if is_identity(&composed) {
                return Ok(below);
            }
            return self.host(HostOp::Permute(composed), vec![below], dims, span);
        }
        self.host(HostOp::Permute(order), vec![a], dims, span)
    }

    /// Sum or mean over the axis with this number, which is removed.
    ///
    /// # Errors
    /// No such axis.
    pub fn reduce(
        &mut self,
        kind: Reduction,
        a: NodeId,
        axis: usize,
        span: Span,
    ) -> Result<NodeId, BuildError> {
        let mut dims = self.dims(a).to_vec();
        if axis >= dims.len() {
            return Err(BuildError::NoSuchDim { operand: a, dims, name: axis.to_string() });
        }
        dims.remove(axis);
        self.host(HostOp::Reduce { kind, axis }, vec![a], dims, span)
    }

    /// Sum or mean over the (first) dimension with this name.
    ///
    /// # Errors
    /// No such dimension.
    pub fn reduce_over(
        &mut self,
        kind: Reduction,
        a: NodeId,
        name: &str,
        span: Span,
    ) -> Result<NodeId, BuildError> {
        let Some(axis) = self.ty(a).axis(name) else {
            let dims = self.dims(a).to_vec();
            return Err(BuildError::NoSuchDim { operand: a, dims, name: name.to_string() });
        };
        self.reduce(kind, a, axis, span)
    }

    /// `[n, f]` → `[n, column]` with a column of ones first; `column` has size `f + 1`.
    ///
    /// # Errors
    /// Not a matrix, a secret, or another size.
    pub fn bias(&mut self, a: NodeId, column: Dim, span: Span) -> Result<NodeId, BuildError> {
        let dims = self.dims(a).to_vec();
        let [rows, columns] = dims.as_slice() else {
            return Err(BuildError::Rank { operation: "bias", operand: a, dims, expected: "a matrix" });
        };
        self.in_the_clear("bias", a)?;
        if column.size != columns.size + 1 {
            let expected = columns.size + 1;
            return Err(BuildError::DimSize { operation: "bias", operand: a, dim: column, expected });
        }
        self.host(HostOp::BiasColumn, vec![a], vec![rows.clone(), column], span)
    }

    /// `[n]` of class numbers → `[n, classes]` of 0 and 1.
    ///
    /// # Errors
    /// Not a vector, a secret, or class labels of another number of classes.
    pub fn one_hot(&mut self, a: NodeId, classes: Dim, span: Span) -> Result<NodeId, BuildError> {
        let ty = self.ty(a).clone();
        let [rows] = ty.dims.as_slice() else {
            return Err(BuildError::Rank {
                operation: "one_hot",
                operand: a,
                dims: ty.dims,
                expected: "a vector",
            });
        };
        self.in_the_clear("one_hot", a)?;
        match ty.values {
            Values::Class { classes: expected } if expected != classes.size => {
                return Err(BuildError::DimSize { operation: "one_hot", operand: a, dim: classes, expected });
            }
            _ => {}
        }
        let op = HostOp::OneHot { classes: classes.size };
        let id = self.host(op, vec![a], vec![rows.clone(), classes], span)?;
        self.graph.node_mut(id).ty.values = Values::OneHot;
        Ok(id)
    }

    /// Element of a vector by an index that counts from 1.
    ///
    /// # Errors
    /// Not a vector and a scalar, a secret, or a constant index outside.
    pub fn element(&mut self, vector: NodeId, index: NodeId, span: Span) -> Result<NodeId, BuildError> {
        for (operand, rank, expected) in [(vector, 1, "a vector"), (index, 0, "a number as index")] {
            let dims = self.dims(operand).to_vec();
            if dims.len() != rank {
                return Err(BuildError::Rank { operation: "element", operand, dims, expected });
            }
            self.in_the_clear("element", operand)?;
        }
        self.host(HostOp::Element, vec![vector, index], Vec::new(), span)
    }

    pub(super) fn in_the_clear(&self, operation: &'static str, operand: NodeId) -> Result<(), BuildError> {
        if self.is_secret(operand) { Err(BuildError::NotOnSecret { operation, operand }) } else { Ok(()) }
    }
}

fn is_identity(order: &[usize]) -> bool {
    order.iter().enumerate().all(|(i, &axis)| i == axis)
}

//! Builds tensor graphs from named operations: the typing rules of the language.
//!
//! Every method checks its operands, derives dimensions, place and range, and appends one node (or few). Names are
//! resolved here: a node holds positional axes only.
//!
//! * *Broadcasting* goes by dimension name ([`Axes::by_name`]).
//! * *Places*: public ∘ x lives where x lives; an owner's value meets a secret only after [`Builder::encrypt`].
//! * *Secrets* know sums, products and polynomials: a quotient by a public value becomes a product with its
//!   reciprocal, a small constant power a polynomial, everything else is [`BuildError::NotPolynomial`].
//!   With [`Builder::any_function`] they know every function.
//! * *Constants fold*: an operation on constants only is evaluated at once.

mod arithmetic;
mod broadcast;
mod error;
mod factor;
mod matrix;
#[cfg(test)]
mod tests;

pub use broadcast::Axes;
pub use error::BuildError;

use super::batch;
use super::graph::{Dim, Node, Op, Place, Type, Values};
use super::interval;
use crate::dag::{Dag, NodeId};
use crate::source::Span;
use hep_plan::host::HostOp;
use hep_plan::tensor::Tensor;

/// A graph under construction. The graph is public: a front end takes it out when it is done.
#[derive(Debug, Default)]
pub struct Builder {
    /// The nodes so far.
    pub graph: Dag<Node>,
    /// Secrets may go through any function: set while a program for the clear only is made.
    pub any_function: bool,
}

impl Builder {
    /// Goes on with an existing graph.
    #[must_use]
    pub fn new(graph: Dag<Node>) -> Self {
        Self { graph, any_function: false }
    }

    /// Type of a node.
    #[must_use]
    pub fn ty(&self, id: NodeId) -> &Type {
        &self.graph.node(id).ty
    }

    /// Dimensions of a node.
    #[must_use]
    pub fn dims(&self, id: NodeId) -> &[Dim] {
        &self.ty(id).dims
    }

    /// Value of a constant node.
    #[must_use]
    pub fn as_constant(&self, id: NodeId) -> Option<&Tensor> {
        match &self.graph.node(id).op {
            Op::Host(HostOp::Constant(value)) => Some(value),
            _ => None,
        }
    }

    /// Value of a constant scalar.
    #[must_use]
    pub fn as_number(&self, id: NodeId) -> Option<f64> {
        self.as_constant(id).filter(|t| t.shape.is_empty()).and_then(Tensor::as_scalar)
    }

    /// A public scalar.
    pub fn constant(&mut self, value: f64, span: Span) -> NodeId {
        self.push_constant(Tensor::scalar(value), Vec::new(), span)
    }

    /// A public tensor.
    ///
    /// # Errors
    /// The dimensions have other sizes than the tensor.
    pub fn tensor(&mut self, value: Tensor, dims: Vec<Dim>, span: Span) -> Result<NodeId, BuildError> {
        if !same_sizes(&value.shape, &dims) {
            return Err(BuildError::Shape { shape: value.shape, dims });
        }
        Ok(self.push_constant(value, dims, span))
    }

    /// A public tensor with all elements equal.
    pub fn filled(&mut self, value: f64, dims: Vec<Dim>, span: Span) -> NodeId {
        let shape = dims.iter().map(|d| d.size).collect();
        self.push_constant(Tensor::filled(shape, value), dims, span)
    }

    /// A tensor of the data file. Its type is taken as it is; its name becomes the node's name.
    pub fn input(&mut self, name: impl Into<String>, ty: Type, span: Span) -> NodeId {
        let name = name.into();
        let op = Op::Host(HostOp::Input(name.clone()));
        self.graph.push(Node { op, ty, name: Some(name), span }, Vec::new())
    }

    /// The owner encrypts `a` and uploads it: same dimensions, values and range, place `Secret`.
    ///
    /// # Errors
    /// `a` is secret already.
    pub fn encrypt(&mut self, name: impl Into<String>, a: NodeId, span: Span) -> Result<NodeId, BuildError> {
        if self.ty(a).place == Place::Secret {
            return Err(BuildError::AlreadySecret { operand: a });
        }
        let name = name.into();
        let ty = Type { place: Place::Secret, ..self.ty(a).clone() };
        let op = Op::Encrypt { name: name.clone() };
        Ok(self.graph.push(Node { op, ty, name: Some(name), span }, vec![a]))
    }

    /// Loop variable `i` at the start of an iteration. Its place is `Secret` unless all its values are public.
    pub fn carried(&mut self, i: usize, ty: Type, span: Span) -> NodeId {
        self.graph.push(Node { op: Op::Carried(i), ty, name: None, span }, Vec::new())
    }

    /// Loop variable `i` after the last iteration.
    pub fn final_value(&mut self, i: usize, ty: Type, span: Span) -> NodeId {
        self.graph.push(Node { op: Op::Final(i), ty, name: None, span }, Vec::new())
    }

    /// The number of the iteration, from 1.
    pub fn iteration(&mut self, span: Span) -> NodeId {
        let ty = Type { dims: Vec::new(), place: Place::Public, values: Values::Real, range: None };
        self.graph.push(Node { op: Op::Iteration, ty, name: None, span }, Vec::new())
    }

    /// The rows of `a` that an iteration works on, over the dimension `batch`; its size divides that of the first
    /// dimension of `a`.
    ///
    /// # Errors
    /// `a` is a scalar, or cannot be divided like this.
    pub fn rows(&mut self, a: NodeId, batch: Dim, span: Span) -> Result<NodeId, BuildError> {
        let size = batch.size;
        let mut ty = self.ty(a).clone();
        if let Some(first) = ty.dims.first_mut() {
            *first = batch;
        }
        if !batch::fits(self.dims(a), size, &ty.dims) {
            return Err(BuildError::Shape { shape: self.ty(a).shape(), dims: ty.dims });
        }
        Ok(self.graph.push(Node { op: Op::Rows { size }, ty, name: None, span }, vec![a]))
    }

    /// The same value under other dimension names: constants are retyped, other nodes get an identity `Permute`
    /// (the one operation whose result may rename dimensions). Returns `a` itself when nothing changes.
    ///
    /// # Errors
    /// Sizes differ.
    pub fn rename_dims(&mut self, a: NodeId, dims: Vec<Dim>) -> Result<NodeId, BuildError> {
        let node = self.graph.node(a).clone();
        if node.ty.dims == dims {
            return Ok(a);
        }
        if !same_sizes(&node.ty.shape(), &dims) {
            return Err(BuildError::Shape { shape: node.ty.shape(), dims });
        }
        let ty = Type { dims, ..node.ty };
        if let Op::Host(HostOp::Constant(_)) = node.op {
            return Ok(self.graph.push(Node { ty, ..node }, Vec::new()));
        }
        let op = Op::Host(HostOp::Permute((0..ty.dims.len()).collect()));
        Ok(self.graph.push(Node { op, ty, name: node.name, span: node.span }, vec![a]))
    }

    /// Names a node for traces and messages; a later name replaces an earlier one.
    pub fn set_name(&mut self, a: NodeId, name: impl Into<String>) {
        self.graph.node_mut(a).name = Some(name.into());
    }

    /// Appends a dense operation with positional axes whose result dimensions are known; the place is derived,
    /// constants fold. The caller vouches that axes and dimensions agree.
    ///
    /// # Errors
    /// An owner's value meets a secret; a constant expression without a finite value.
    pub fn host(
        &mut self,
        op: HostOp,
        operands: Vec<NodeId>,
        dims: Vec<Dim>,
        span: Span,
    ) -> Result<NodeId, BuildError> {
        let place = self.place_of(&operands)?;
        if let Some(value) = self.fold(&op, &operands)? {
            return Ok(self.push_constant(value, dims, span));
        }
        let operand = |id: &NodeId| (self.ty(*id).range, self.ty(*id).shape());
        let ranges: Vec<_> = operands.iter().map(operand).collect();
        let square = operands.first() == operands.get(1);
        let range = interval::image(&op, &ranges, square);
        let ty = Type { dims, place, values: Values::Real, range };
        Ok(self.graph.push(Node { op: Op::Host(op), ty, name: None, span }, operands))
    }

    fn place_of(&self, operands: &[NodeId]) -> Result<Place, BuildError> {
        let at = |place| operands.iter().copied().find(|&o| self.ty(o).place == place);
        match (at(Place::Owner), at(Place::Secret)) {
            (Some(owner), Some(secret)) => Err(BuildError::OwnerMeetsSecret { owner, secret }),
            (Some(_), None) => Ok(Place::Owner),
            (None, Some(_)) => Ok(Place::Secret),
            (None, None) => Ok(Place::Public),
        }
    }

    fn fold(&self, op: &HostOp, operands: &[NodeId]) -> Result<Option<Tensor>, BuildError> {
        // A seed is shorter than its numbers, which the owner may have to make.
        if let HostOp::Normal { .. } = op {
            return Ok(None);
        }
        let Some(values) = operands.iter().map(|&o| self.as_constant(o)).collect::<Option<Vec<&Tensor>>>()
        else {
            return Ok(None);
        };
        let constant = |error| BuildError::Constant { operands: operands.to_vec(), error };
        let value = op.apply(&values).map_err(constant)?;
        match value.data.iter().find(|v| !v.is_finite()) {
            Some(&value) => {
                Err(BuildError::NotFinite { operation: op.name(), operands: operands.to_vec(), value })
            }
            None => Ok(Some(value)),
        }
    }

    fn push_constant(&mut self, value: Tensor, dims: Vec<Dim>, span: Span) -> NodeId {
        let range = interval::hull(&value.data);
        let ty = Type { dims, place: Place::Public, values: Values::Real, range };
        self.graph.push(Node { op: Op::Host(HostOp::Constant(value)), ty, name: None, span }, Vec::new())
    }

    fn is_secret(&self, a: NodeId) -> bool {
        self.ty(a).place == Place::Secret
    }
}

fn same_sizes(shape: &[usize], dims: &[Dim]) -> bool {
    shape.len() == dims.len() && shape.iter().zip(dims).all(|(extent, d)| *extent == d.size)
}

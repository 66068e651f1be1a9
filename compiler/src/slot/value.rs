//! A tensor in slots while it is being lowered.

use crate::dag::NodeId;
use crate::layout::Inner;
use crate::slot::graph::FactorId;
use crate::tensor::graph::Dim;

/// A packed tensor.
#[derive(Clone, Debug)]
pub struct Packed {
    /// Dimensions in the order of the tensor's axes.
    pub dims: Vec<Dim>,
    /// Innermost columns, for tensors without features.
    pub inner: Inner,
    /// One node per ciphertext.
    pub blocks: Vec<NodeId>,
    /// Whether all slots outside the layout's support hold zeros. Products with rotated inputs leave garbage there.
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

/// Σ coefficient · argument^k, times `factor`.
#[derive(Clone, Debug)]
pub struct Polynomial {
    /// The argument.
    pub argument: Packed,
    /// Coefficients, constant first.
    pub coefficients: Vec<f64>,
    /// Public factor per iteration.
    pub factor: Option<FactorId>,
}

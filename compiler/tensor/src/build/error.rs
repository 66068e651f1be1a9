//! What can be wrong with an operation a program asks for: facts and node ids, worded by the diagnostics.

use crate::dag::NodeId;
use crate::graph::Dim;
use hep_plan::host::HostError;
use thiserror::Error;

/// Why a node cannot be built.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum BuildError {
    /// One dimension name with two sizes.
    #[error("dimension `{name}` has size {left_size} on the left and {right_size} on the right")]
    SizeMismatch {
        /// Left operand.
        left: NodeId,
        /// Right operand.
        right: NodeId,
        /// The dimension.
        name: String,
        /// Its size in the left operand.
        left_size: usize,
        /// Its size in the right operand.
        right_size: usize,
    },
    /// A dimension occurs twice in an operand, so names do not say which axes belong together.
    #[error(
        "{} and {} cannot be combined by name: `{repeated}` occurs twice",
        show(left_dims),
        show(right_dims)
    )]
    Ambiguous {
        /// Left operand.
        left: NodeId,
        /// Right operand.
        right: NodeId,
        /// Dimensions of the left operand.
        left_dims: Vec<Dim>,
        /// Dimensions of the right operand.
        right_dims: Vec<Dim>,
        /// The name that occurs twice.
        repeated: String,
    },
    /// `@` between dimensions of different names.
    #[error("`@` needs equal inner dimensions: {} @ {}", show(left_dims), show(right_dims))]
    InnerDims {
        /// Left operand.
        left: NodeId,
        /// Right operand.
        right: NodeId,
        /// Dimensions of the left operand; the last one counts.
        left_dims: Vec<Dim>,
        /// Dimensions of the right operand; the first one counts.
        right_dims: Vec<Dim>,
    },
    /// An operand has the wrong number of dimensions.
    #[error("`{operation}` needs {expected}, not {}", show(dims))]
    Rank {
        /// The operation, as in the source.
        operation: &'static str,
        /// The operand.
        operand: NodeId,
        /// Its dimensions.
        dims: Vec<Dim>,
        /// What is expected, as a noun.
        expected: &'static str,
    },
    /// A reduction over a dimension the operand does not have.
    #[error("there is no dimension `{name}` in {}", show(dims))]
    NoSuchDim {
        /// The operand.
        operand: NodeId,
        /// Its dimensions.
        dims: Vec<Dim>,
        /// The name, or the number of the axis.
        name: String,
    },
    /// A new dimension has another size than the operation gives it.
    #[error("`{operation}` gives {expected} elements along `{}`, which has size {}", dim.name, dim.size)]
    DimSize {
        /// The operation, as in the source.
        operation: &'static str,
        /// The operand.
        operand: NodeId,
        /// The dimension asked for.
        dim: Dim,
        /// The size it must have.
        expected: usize,
    },
    /// A tensor and its dimensions, or the old and the new dimensions of a node, have different sizes.
    #[error("a tensor of shape {shape:?} does not have the dimensions {}", show(dims))]
    Shape {
        /// Extents found.
        shape: Vec<usize>,
        /// Dimensions asked for.
        dims: Vec<Dim>,
    },
    /// A value in the clear with the owner meets a ciphertext.
    #[error("{owner} stays with the owner and {secret} is encrypted: encrypt the first one as well")]
    OwnerMeetsSecret {
        /// The owner's value.
        owner: NodeId,
        /// The secret value.
        secret: NodeId,
    },
    /// Encrypting what is encrypted.
    #[error("{operand} is already secret")]
    AlreadySecret {
        /// The operand.
        operand: NodeId,
    },
    /// A function of a secret that is no polynomial.
    #[error("`{operation}` of the secret {operand} is no polynomial")]
    NotPolynomial {
        /// The operation.
        operation: &'static str,
        /// The secret operand that prevents it (the divisor, the exponent, the argument).
        operand: NodeId,
    },
    /// An operation only owners and public values have.
    #[error("`{operation}` cannot be computed on the secret {operand}; compute it before encrypting")]
    NotOnSecret {
        /// The operation.
        operation: &'static str,
        /// The secret operand.
        operand: NodeId,
    },
    /// A constant expression that has no value.
    #[error("{error}")]
    Constant {
        /// Operands of the operation.
        operands: Vec<NodeId>,
        /// What is wrong.
        error: HostError,
    },
    /// A constant expression whose value is infinite or no number.
    #[error("`{operation}` of these constants gives {value}")]
    NotFinite {
        /// The operation.
        operation: String,
        /// Operands of the operation.
        operands: Vec<NodeId>,
        /// The first such element.
        value: f64,
    },
}

/// `[n, d]`, with `scalar` for no dimensions.
fn show(dims: &[Dim]) -> String {
    if dims.is_empty() {
        return "a scalar".to_string();
    }
    let names: Vec<&str> = dims.iter().map(|d| d.name.as_str()).collect();
    format!("[{}]", names.join(", "))
}

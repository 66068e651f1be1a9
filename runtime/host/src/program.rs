//! Programs in the clear: the owner's prologue, the public scalars of a loop, prediction after decryption.
//!
//! A [`HostProgram`] is a list of operations on dense tensors, operands first. Sizes come from the inputs, so the
//! same program prepares 128 training rows and one new row. [`HostOp::apply`] is the one definition of what each
//! operation means; the compiler's reference interpreter uses it too.

pub mod affine;
mod apply;
mod contract;
mod factor;
mod random;
mod read;
mod specialize;
#[cfg(test)]
mod tests;
mod text;

use crate::tensor::{Tensor, place};
use hep_text::number::shown;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use thiserror::Error;

/// Functions of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unary {
    /// −x
    Neg,
    /// |x|
    Abs,
    /// e^x
    Exp,
    /// Natural logarithm
    Log,
    /// Square root
    Sqrt,
    /// 1 / (1 + e^−x)
    Sigmoid,
    /// Hyperbolic tangent
    Tanh,
}

/// Functions of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Binary {
    /// a + b
    Add,
    /// a − b
    Sub,
    /// a · b
    Mul,
    /// a / b
    Div,
    /// a to the power b
    Pow,
    /// a / b, and 0 where b is 0
    Ratio,
}

/// How an axis is reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reduction {
    /// Σ
    Sum,
    /// Σ / extent, of equal numbers exactly that number
    Mean,
}

/// One operation on dense tensors. Operand shapes are given in the operation's documentation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum HostOp {
    /// A named value given from outside; no operands.
    Input(String),
    /// A known tensor; no operands.
    Constant(Tensor),
    /// Element by element; one operand.
    Unary(Unary),
    /// Element by element on two operands with broadcasting: axis `i` of the left operand is axis `left[i]` of
    /// the result, likewise `right`; the result has `rank` axes and each is named by an operand.
    Binary {
        /// The function.
        f: Binary,
        /// Result axis of each axis of the left operand.
        left: Vec<usize>,
        /// Result axis of each axis of the right operand.
        right: Vec<usize>,
        /// Number of axes of the result.
        rank: usize,
    },
    /// Sum over one shared label of the product of two operands (einsum): axes carry labels, `sum` is the
    /// contracted one, `out` lists the labels of the result.
    Contract {
        /// Labels of the left operand's axes.
        left: Vec<usize>,
        /// Labels of the right operand's axes.
        right: Vec<usize>,
        /// The contracted label, present on both sides.
        sum: usize,
        /// Labels of the result's axes: all others, each once.
        out: Vec<usize>,
    },
    /// Removes `axis`; one operand.
    Reduce {
        /// Sum or mean.
        kind: Reduction,
        /// The axis removed.
        axis: usize,
    },
    /// Reorders axes: axis `i` of the result is axis `order[i]` of the operand.
    Permute(Vec<usize>),
    /// `[n, f]` → `[n, f + 1]`, a column of ones first.
    BiasColumn,
    /// `[n]` of class numbers → `[n, classes]` of 0 and 1.
    OneHot {
        /// Number of classes.
        classes: usize,
    },
    /// Independent standard normal numbers, given by a seed; no operands.
    Normal {
        /// The seed.
        seed: u64,
        /// Shape of the result.
        shape: Vec<usize>,
    },
    /// Element of a vector by a scalar index that counts from 1; operands: vector, index.
    Element,
    /// Polynomial of each element, lowest coefficient first; one operand.
    Polynomial(Vec<f64>),
    /// `[n, n]` with ones on the diagonal; no operands.
    Identity {
        /// Number of rows.
        size: usize,
    },
    /// The lower triangular L with L Lᵀ = A; one operand, `[n, n]`, symmetric and positive definite.
    Cholesky,
    /// The inverse of a matrix; one operand, `[n, n]`.
    Inverse,
}

/// An operation with its operands, which are indices of earlier nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HostNode {
    /// The operation.
    pub op: HostOp,
    /// Indices of earlier nodes.
    pub operands: Vec<u32>,
}

/// A straight-line program in the clear.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HostProgram {
    /// Operands first.
    pub nodes: Vec<HostNode>,
    /// Named results, in a fixed order.
    pub outputs: Vec<(String, u32)>,
}

/// Constant and repeated features, and fewer rows than features, make a covariance singular.
const RIDGE: &str = "where features depend on each other, add a ridge to the diagonal: \
                     `M + 0.01 * trace(M) / f * identity(f)`";

/// Why a host program could not be evaluated.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum HostError {
    /// A named input was not given.
    #[error("the program needs the input `{0}`, which was not given")]
    MissingInput(String),
    /// Operands do not fit the operation.
    #[error("{operation} does not fit operands of shape {shapes}")]
    Shape {
        /// What was applied.
        operation: String,
        /// Shapes found, as text.
        shapes: String,
    },
    /// A class number that is no whole number in range.
    #[error("label {found} in row {} is not one of the classes 0 .. {classes} (end excluded)", row + 1)]
    Label {
        /// Row, counted from 0.
        row: usize,
        /// What was found.
        found: f64,
        /// Number of classes.
        classes: usize,
    },
    /// A vector was indexed outside.
    #[error("index {index} is outside 1 ..= {len}")]
    Index {
        /// The index.
        index: f64,
        /// Length of the vector.
        len: usize,
    },
    /// A matrix without an inverse, up to rounding.
    #[error(
        "`inverse`: the matrix of size {size} is singular, pivots reach from {} down to {}; {RIDGE}",
        shown(*largest),
        shown(*smallest)
    )]
    Singular {
        /// Number of rows.
        size: usize,
        /// Smallest pivot in absolute value.
        smallest: f64,
        /// Largest pivot in absolute value.
        largest: f64,
    },
    /// A matrix without a Cholesky factor, up to rounding.
    #[error("`cholesky`: the matrix of size {size} is not positive definite ({why}); {RIDGE}")]
    NotPositiveDefinite {
        /// Number of rows.
        size: usize,
        /// What was seen.
        why: &'static str,
    },
    /// A value that is no finite number, where its operands are.
    #[error("`{operation}` of shape {shape:?} gives {value} in {place}")]
    NotFinite {
        /// Position of the operation in the program.
        node: usize,
        /// What was applied.
        operation: String,
        /// Shape of the result.
        shape: Vec<usize>,
        /// Where in it, counted from 1.
        place: String,
        /// Infinite or NaN.
        value: f64,
    },
    /// A node refers to a later or missing one.
    #[error("node {0} of the host program has an operand that does not come before it")]
    Malformed(usize),
}

impl HostProgram {
    /// Appends an operation and returns its index.
    pub fn push(&mut self, op: HostOp, operands: Vec<u32>) -> u32 {
        self.nodes.push(HostNode { op, operands });
        self.nodes.len() as u32 - 1
    }

    /// Evaluates the program and returns its outputs by name.
    ///
    /// # Errors
    /// A missing input, shapes that do not fit, a label outside its classes.
    pub fn run(&self, inputs: &BTreeMap<String, Tensor>) -> Result<BTreeMap<String, Tensor>, HostError> {
        self.outputs_of(inputs, false)
    }

    /// [`HostProgram::run`], where NaN and infinities are errors that name the operation they come from.
    ///
    /// # Errors
    /// As [`HostProgram::run`]; a value that is no finite number.
    pub fn run_finite(
        &self,
        inputs: &BTreeMap<String, Tensor>,
    ) -> Result<BTreeMap<String, Tensor>, HostError> {
        self.outputs_of(inputs, true)
    }

    fn outputs_of(
        &self,
        inputs: &BTreeMap<String, Tensor>,
        finite: bool,
    ) -> Result<BTreeMap<String, Tensor>, HostError> {
        let last = self.last_uses();
        let mut values: Vec<Option<Cow<'_, Tensor>>> = Vec::with_capacity(self.nodes.len());
        for position in 0..self.nodes.len() {
            let value = self.evaluate(position, &values, inputs)?;
            if let Some(at) = value.not_finite().filter(|_| finite) {
                return Err(HostError::NotFinite {
                    node: position,
                    operation: self.nodes[position].op.name(),
                    shape: value.shape.clone(),
                    place: place(&value.index(at)),
                    value: value.data[at],
                });
            }
            values.push(Some(value).filter(|_| last[position] > position));
            for &operand in &self.nodes[position].operands {
                let operand = operand as usize;
                if last[operand] == position {
                    values[operand] = None;
                }
            }
        }
        self.outputs
            .iter()
            .map(|(name, node)| {
                let value = values.get(*node as usize).and_then(Option::as_ref);
                let value = value.ok_or(HostError::Malformed(*node as usize))?;
                Ok((name.clone(), value.as_ref().clone()))
            })
            .collect()
    }

    /// For each node the last one that reads it; itself where nothing does, and none that there is for an output.
    fn last_uses(&self) -> Vec<usize> {
        let mut last: Vec<usize> = (0..self.nodes.len()).collect();
        for (position, node) in self.nodes.iter().enumerate() {
            for &operand in &node.operands {
                if let Some(last) = last.get_mut(operand as usize) {
                    *last = (*last).max(position);
                }
            }
        }
        for (_, node) in &self.outputs {
            if let Some(last) = last.get_mut(*node as usize) {
                *last = usize::MAX;
            }
        }
        last
    }

    /// Value of a node, all earlier ones being known. What is given or constant is not copied.
    fn evaluate<'a>(
        &'a self,
        position: usize,
        values: &[Option<Cow<'a, Tensor>>],
        inputs: &'a BTreeMap<String, Tensor>,
    ) -> Result<Cow<'a, Tensor>, HostError> {
        let node = &self.nodes[position];
        match &node.op {
            HostOp::Input(name) => {
                inputs.get(name).map(Cow::Borrowed).ok_or_else(|| HostError::MissingInput(name.clone()))
            }
            HostOp::Constant(value) => Ok(Cow::Borrowed(value)),
            op => {
                let operand = |o: &u32| {
                    let value = values.get(*o as usize).and_then(Option::as_ref);
                    value.map(AsRef::as_ref).ok_or(HostError::Malformed(position))
                };
                let operands: Vec<&Tensor> = node.operands.iter().map(operand).collect::<Result<_, _>>()?;
                op.apply(&operands).map(Cow::Owned)
            }
        }
    }

    /// Names of the inputs, in order of first use.
    #[must_use]
    pub fn inputs(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for node in &self.nodes {
            if let HostOp::Input(name) = &node.op
                && !names.contains(&name.as_str())
            {
                names.push(name.as_str());
            }
        }
        names
    }
}

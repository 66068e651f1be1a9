//! Words for what has no packed form.

use super::Lowering;
use crate::layout::PackingError;
use hep_plan::host::{HostOp, Reduction};
use hep_tensor::NodeId;
use hep_tensor::graph::Dim;
use hep_tensor::source::Span;
use thiserror::Error;

/// What stands against a packed form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The model with the features is wider than a ciphertext.
    TooWide,
    /// The data takes too many ciphertexts or operations.
    TooLarge,
    /// No slots for a secret over these dimensions.
    NoPlace,
    /// An operation that ciphertexts do not have.
    NoForm,
    /// A product of secrets that cannot be combined in slots.
    NoProduct,
    /// A product of a secret with a public matrix that has no packing.
    NoPublicProduct,
    /// A loop variable that changes the order of its dimensions.
    OtherOrder,
    /// An upload that cannot be sent as it is asked for.
    NotRowMajor,
    /// A value that nobody encrypts where a secret is needed.
    NotSecret,
    /// A public value that is no finite number.
    NotFinite,
}

/// Why a program has no packed form.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{what}")]
pub struct LowerError {
    /// What stands against it.
    pub obstacle: Obstacle,
    /// Where in the source.
    pub span: Span,
    /// What cannot be packed.
    pub what: String,
    /// What is at that place.
    pub label: String,
    /// The reason.
    pub note: Option<String>,
    /// One thing to do; none where sizes and settings decide, of which only what was tried is proposed.
    pub help: Option<String>,
}

impl LowerError {
    /// The model and the features exceed a ciphertext.
    pub(in crate::slot) fn too_wide(error: &PackingError, span: Span) -> Self {
        Self {
            obstacle: Obstacle::TooWide,
            span,
            what: "the model does not fit a ciphertext".into(),
            label: "this model".into(),
            note: Some(error.to_string()),
            help: None,
        }
    }
}

impl Lowering<'_> {
    fn error(&self, id: NodeId, obstacle: Obstacle, what: String) -> LowerError {
        LowerError {
            obstacle,
            span: self.program.graph.node(id).span,
            what,
            label: format!("over {}", self.show(id)),
            note: None,
            help: Some("compute this value with the owner, before it is encrypted".into()),
        }
    }

    /// Dimensions: `[n, d]`.
    pub(super) fn show(&self, id: NodeId) -> String {
        show(self.dims(id))
    }

    pub(super) fn unplaced(&self, id: NodeId, error: &PackingError) -> LowerError {
        let what = "a secret over these dimensions cannot be packed".into();
        let general = self.error(id, Obstacle::NoPlace, what);
        let help = match error {
            // No matter who computes it.
            PackingError::Twice(_) => Some(
                "no such matrix of a secret can be made: where it meets a vector, multiply by its factors one after the \
                 other, `A.T @ (A @ v)` for `(A.T @ A) @ v`"
                    .into(),
            ),
            _ => general.help,
        };
        LowerError { note: Some(error.to_string()), help, ..general }
    }

    pub(super) fn no_form(&self, id: NodeId, op: &HostOp) -> LowerError {
        let operand = self.program.graph.operands(id).first().copied();
        let over =
            |axis: &usize| operand.and_then(|o| self.dims(o).get(*axis)).map_or("?", |d| d.name.as_str());
        let name = match op {
            HostOp::Reduce { kind: Reduction::Sum, axis } => format!("sum(…, over = {})", over(axis)),
            HostOp::Reduce { kind: Reduction::Mean, axis } => format!("mean(…, over = {})", over(axis)),
            other => other.name(),
        };
        let what = format!("`{name}` of a secret has no packed form yet");
        LowerError {
            label: "of a secret".into(),
            note: Some(
                "secrets are added, multiplied element by element, and multiplied by the data matrix".into(),
            ),
            ..self.error(id, Obstacle::NoForm, what)
        }
    }

    pub(super) fn no_product(&self, id: NodeId) -> LowerError {
        let operands: Vec<String> = self.program.graph.operands(id).iter().map(|o| self.show(*o)).collect();
        LowerError {
            label: operands.join(" and "),
            note: Some(
                "a matrix whose rows and columns share slots meets vectors and matrices of samples, and no other such \
                 matrix"
                    .into(),
            ),
            help: Some(
                "multiply by the samples first, `(X @ V) @ W` instead of `X @ (V @ W)`, or compute the product with \
                 the owner, before it is encrypted"
                    .into(),
            ),
            ..self.error(id, Obstacle::NoProduct, "these secrets cannot be combined in slots".into())
        }
    }

    /// A product of a secret with a public matrix.
    pub(super) fn no_public_product(&self, id: NodeId, note: String) -> LowerError {
        let operands = self.program.graph.operands(id);
        let shown: Vec<String> = operands.iter().map(|o| self.show(*o)).collect();
        let help = if operands.iter().any(|o| self.body[o.index()]) {
            "let the public matrix meet the samples: `(X @ W) @ P` instead of `X @ (W @ P)`, or `NAME @ W` with \
             `secret NAME : TYPE = P @ A0` instead of `P @ (A0 @ W)`"
        } else {
            "let the owner multiply what is encrypted here, `secret NAME : TYPE = A0 @ P`, and use NAME"
        };
        LowerError {
            label: shown.join(" and "),
            note: Some(note),
            help: Some(help.into()),
            ..self.error(
                id,
                Obstacle::NoPublicProduct,
                "this product with a public matrix has no packing".into(),
            )
        }
    }

    pub(super) fn other_order(&self, value: NodeId, param: NodeId) -> LowerError {
        let what =
            format!("a loop variable over {} gets a value over {}", self.show(param), self.show(value));
        LowerError {
            help: Some("keep the declared order of dimensions".into()),
            ..self.error(value, Obstacle::OtherOrder, what)
        }
    }

    pub(super) fn not_row_major(&self, id: NodeId, [outer, inner]: [&Dim; 2]) -> LowerError {
        let what = format!("{} cannot be sent as `row_major`", self.show(id));
        let (upper, lower) = (&outer.name, &inner.name);
        let overlap = self.placement.mask(std::slice::from_ref(outer)).unwrap_or(0)
            & self.placement.mask(std::slice::from_ref(inner)).unwrap_or(0);
        let slots = self.placement.slots;
        // All dimensions that have a home, side by side.
        let sizes = self.program.dims.iter().filter(|dim| self.placement.home(&dim.name).is_ok());
        let bits: u32 = sizes.map(|dim| dim.size.next_power_of_two().ilog2()).sum();
        let (note, help) = if overlap != 0 {
            let why = if bits <= slots.ilog2() {
                " in products of this program".to_owned()
            } else {
                format!(": a ciphertext of {slots} slots has no room for all dimensions side by side")
            };
            (
                format!("`{upper}` and `{lower}` share slots{why}"),
                "leave it out of the `pack` line".to_owned(),
            )
        } else {
            (
                format!(
                    "other tensors have `{lower}` in front of `{upper}`, or `{lower}` counts the samples"
                ),
                "send it transposed, or leave it out of the `pack` line".to_owned(),
            )
        };
        LowerError { note: Some(note), help: Some(help), ..self.error(id, Obstacle::NotRowMajor, what) }
    }

    pub(super) fn not_secret(&self, id: NodeId) -> LowerError {
        LowerError {
            label: "not encrypted".into(),
            help: Some("encrypt it: `secret NAME : TYPE = VALUE`".into()),
            ..self.error(id, Obstacle::NotSecret, "a secret was expected here".into())
        }
    }

    pub(super) fn not_finite(&self, id: NodeId) -> LowerError {
        LowerError {
            label: "this value".into(),
            help: Some("check for a division by zero or a logarithm of 0".into()),
            ..self.error(
                id,
                Obstacle::NotFinite,
                "this public value is not finite, or cannot be computed".into(),
            )
        }
    }

    pub(super) fn too_many_copies(&self, id: NodeId, copies: usize) -> LowerError {
        LowerError {
            label: format!("the server would keep {copies} ciphertexts of it"),
            note: Some("products with data take about rows × columns × units / slots ciphertexts".into()),
            help: None,
            ..self.error(id, Obstacle::TooLarge, "the data takes too many ciphertexts".into())
        }
    }

    pub(super) fn too_many(&self, id: NodeId) -> LowerError {
        let blocks = self.uploads.iter().map(|u| u.layout.ciphertexts()).max().unwrap_or(1);
        LowerError {
            label: format!("an upload takes {blocks} ciphertexts"),
            note: Some("each has its own operations, and there may be 2^20 operations".into()),
            help: None,
            ..self.error(id, Obstacle::TooLarge, "the data takes too many ciphertexts".into())
        }
    }
}

fn show(dims: &[Dim]) -> String {
    let names: Vec<&str> = dims.iter().map(|d| d.name.as_str()).collect();
    format!("[{}]", names.join(", "))
}

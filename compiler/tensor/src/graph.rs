//! Tensor graph: the program as a typed DAG of operations on whole tensors.
//!
//! Shapes are lists of *named* dimensions; places say who computes a value. Dense operations are those of
//! [`hep_plan::host`], applied positionally: names are resolved when a node is made, so that the same operation
//! means the same in the interpreter, in the owner's program and in the lowering.
//!
//! The training loop stays rolled: [`Op::Carried`] is a loop variable at the start of an iteration, [`Op::Iteration`]
//! the iteration number (from 1), [`Op::Rows`] the rows of an iteration's mini-batch, [`Op::Final`] a loop variable
//! after the last iteration. A node belongs to the loop body exactly when it depends on one of the first three; nothing
//! in the body depends on a `Final`.
//!
//! Invariants (checked by [`super::verify`]): operands precede users; an operand of place `Owner` never meets one
//! of place `Secret` except through [`Op::Encrypt`]; the positional axes of each host operation agree with the named
//! dimensions of its operands.

use super::substitution::Substitution;
use crate::dag::{Dag, NodeId};
use crate::source::Span;
use hep_plan::host::{HostOp, HostProgram};
use hep_plan::plan::DataSpec;

/// A named dimension. Two dimensions are the same exactly when their names are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dim {
    /// Name in the source.
    pub name: String,
    /// Size.
    pub size: usize,
}

/// Who computes and sees a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Known when compiling (given the iteration number).
    Public,
    /// In the clear with the data owner.
    Owner,
    /// Ciphertexts at the server.
    Secret,
}

impl Place {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Public, Self::Owner, Self::Secret];

    /// Name in sources and printed graphs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Owner => "owner",
            Self::Secret => "secret",
        }
    }
}

/// What is known of a label tensor's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// Real numbers.
    Real,
    /// Class numbers `0 .. classes`.
    Class {
        /// Number of classes.
        classes: usize,
    },
    /// 0 or 1.
    Bit,
    /// Rows with a single 1.
    OneHot,
}

/// Type of a node: shape over named dimensions, place, value set, declared or derived range.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    /// Dimensions, outermost first; empty for a scalar.
    pub dims: Vec<Dim>,
    /// Who computes it.
    pub place: Place,
    /// Set of values.
    pub values: Values,
    /// Interval that holds every element, where known.
    pub range: Option<(f64, f64)>,
}

impl Type {
    /// Extents, as dense operations see them.
    #[must_use]
    pub fn shape(&self) -> Vec<usize> {
        self.dims.iter().map(|d| d.size).collect()
    }

    /// Position of a dimension by name.
    #[must_use]
    pub fn axis(&self, name: &str) -> Option<usize> {
        self.dims.iter().position(|d| d.name == name)
    }
}

/// An operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// A dense operation. [`HostOp::Input`] names a tensor of the owner's data file.
    Host(HostOp),
    /// The owner encrypts its operand and uploads it under this name.
    Encrypt {
        /// Name in the source.
        name: String,
    },
    /// Loop variable number `i` at the start of an iteration; no operands.
    Carried(usize),
    /// Loop variable number `i` after the last iteration; no operands.
    Final(usize),
    /// Number of the iteration, from 1; a public scalar without operands.
    Iteration,
    /// The rows of its operand that an iteration works on: of the `n / size` blocks of `size` rows the one with number
    /// `(iteration − 1) mod (n / size)`. The operand is made before the loop, and `size` divides its first dimension.
    Rows {
        /// Number of rows.
        size: usize,
    },
}

impl Op {
    /// Whether the value belongs to the loop body whatever its operands are.
    #[must_use]
    pub fn of_an_iteration(&self) -> bool {
        matches!(self, Op::Carried(_) | Op::Iteration | Op::Rows { .. })
    }
}

/// A node.
#[derive(Clone, Debug)]
pub struct Node {
    /// The operation.
    pub op: Op,
    /// Shape, place, values.
    pub ty: Type,
    /// Name in the source (`let`, `var`, `secret`), or the call it stands for (`logits(V)`, `sigmoid(logits(V))`);
    /// used in traces, printed graphs and messages.
    pub name: Option<String>,
    /// Where it comes from.
    pub span: Span,
}

/// A loop variable.
#[derive(Clone, Debug)]
pub struct Carried {
    /// Name in the source.
    pub name: String,
    /// Value before the first iteration.
    pub init: NodeId,
    /// Its [`Op::Carried`] node.
    pub param: NodeId,
    /// Value after an iteration.
    pub next: NodeId,
}

/// The training loop.
#[derive(Clone, Debug)]
pub struct Loop {
    /// Number of iterations.
    pub iterations: u32,
    /// Loop variables; [`Op::Carried`] and [`Op::Final`] refer to them by position.
    pub carried: Vec<Carried>,
}

/// A score that goes into an approximation, and where that is valid.
#[derive(Clone, Debug)]
pub struct RangeCheck {
    /// The score.
    pub score: NodeId,
    /// Interval of the approximation.
    pub domain: (f64, f64),
    /// Name of the approximated function.
    pub function: String,
    /// Largest error on the interval, over both labels; `None` for given coefficients without an interval.
    pub max_error: Option<f64>,
    /// The same as a share of what the function varies there: half of it is the error of a constant.
    pub error_share: Option<f64>,
    /// The interval in the source.
    pub domain_span: Span,
    /// The `grad` call.
    pub use_span: Span,
}

/// A revealed value.
#[derive(Clone, Debug)]
pub struct Reveal {
    /// Name under which it is delivered.
    pub name: String,
    /// Its node after the loop (an [`Op::Final`] or something that depends on one).
    pub node: NodeId,
}

/// A published way to pack matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// The rows of one operand revolve past those of the other, both in one ciphertext.
    VolleyRevolver,
    /// The same for every pair of ciphertexts of two operands that take several.
    DoubleVolleyRevolver,
    /// The owner sends every element once, the last axis in neighboring slots; copies are the server's work.
    RowMajor,
}

impl Packing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::VolleyRevolver, Self::DoubleVolleyRevolver, Self::RowMajor];

    /// Name in the source.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::VolleyRevolver => "volley_revolver",
            Self::DoubleVolleyRevolver => "double_volley_revolver",
            Self::RowMajor => "row_major",
        }
    }
}

/// How the program's author would pack tensors. It changes no result.
#[derive(Clone, Debug)]
pub struct PackingHint {
    /// Uploads and loop variables by name; passes keep these names.
    pub tensors: Vec<String>,
    /// The packing.
    pub packing: Packing,
    /// The item in the source.
    pub span: Span,
}

/// A whole program.
#[derive(Clone, Debug)]
pub struct Program {
    /// Name of the program.
    pub name: String,
    /// Dimensions in order of declaration, with the sizes used.
    pub dims: Vec<Dim>,
    /// The nodes.
    pub graph: Dag<Node>,
    /// The training loop.
    pub train: Loop,
    /// What leaves the server.
    pub reveals: Vec<Reveal>,
    /// Scores of `predict`, over the training rows: the secret inputs, the `Final` variables and public values.
    pub predict: Option<NodeId>,
    /// What is read from the data file.
    pub data: DataSpec,
    /// Loss of one label and score with the exact functions: inputs `y` and `z` of equal shape, output `loss`.
    pub loss: Option<HostProgram>,
    /// Domains to be checked against the scores that occur.
    pub checks: Vec<RangeCheck>,
    /// The polynomials that stand for functions, in the order in which they were needed.
    pub substitutions: Vec<Substitution>,
    /// Wishes about packing; a tensor is in one of them at most.
    pub hints: Vec<PackingHint>,
    /// Whether secrets go through the true functions instead of polynomials: such a program runs in the clear only,
    /// and the domains of its checks are all numbers.
    pub exact: bool,
}

impl Program {
    /// Whether each node belongs to the loop body.
    #[must_use]
    pub fn in_body(&self) -> Vec<bool> {
        let mut body: Vec<bool> = Vec::with_capacity(self.graph.len());
        for id in self.graph.ids() {
            let own = self.graph.node(id).op.of_an_iteration();
            body.push(own || self.graph.operands(id).iter().any(|o| body[o.index()]));
        }
        body
    }

    /// How the author would pack an upload; products of uploads, such as `X*B`, are packed like their factors.
    #[must_use]
    pub fn packing(&self, upload: &str) -> Option<Packing> {
        let factors: Vec<&str> = upload.split('*').collect();
        let named =
            |hint: &&PackingHint| hint.tensors.iter().any(|tensor| factors.contains(&tensor.as_str()));
        self.hints.iter().find(named).map(|hint| hint.packing)
    }

    /// What the server must compute: the loop and what is revealed, but not predictions and checks.
    #[must_use]
    pub fn server_roots(&self) -> Vec<NodeId> {
        let carried = self.train.carried.iter().flat_map(|c| [c.init, c.param, c.next]);
        carried.chain(self.reveals.iter().map(|r| r.node)).collect()
    }

    /// Every node that must be kept: loop variables, reveals, prediction, range checks.
    #[must_use]
    pub fn roots(&self) -> Vec<NodeId> {
        let carried = self.train.carried.iter().flat_map(|c| [c.init, c.param, c.next]);
        let reveals = self.reveals.iter().map(|r| r.node);
        let checks = self.checks.iter().map(|c| c.score);
        carried.chain(reveals).chain(self.predict).chain(checks).collect()
    }
}

//! The tensor graph: what a program computes, before anything is known of slots, levels or ciphertexts.
//!
//! # What a node means
//!
//! A node is a tensor of real numbers. Its [`graph::Type`] says which dimensions it has (by name), who computes it
//! (place), and what is known of its values. Its [`graph::Op`] says how the numbers follow from those of its
//! operands; [`hep_plan::host::HostOp::apply`] is the one definition, so the interpreter, the owner's program and
//! constant folding cannot disagree. Encrypting and decrypting are the identity on numbers.
//!
//! Named dimensions exist for people: they decide how operands broadcast and which products are sound. Once a node
//! is made they are resolved to axis numbers ([`build`]), and no later stage looks a name up again.
//!
//! The *place* of a node is derived, never chosen: the most restricted place of its operands. Only `Encrypt`
//! moves a value, from the owner to the server. Since a server can only add and multiply, a secret node is a sum, a
//! product, a polynomial, a contraction, a reduction or a permutation.
//!
//! # Before, in and after the loop
//!
//! The training loop is not unrolled. A node that depends on no loop variable is evaluated once; one that depends on
//! `Carried`, `Iteration` or `Rows` once per iteration; one that depends on `Final` after the last ([`region`]). A graph thus
//! describes all iterations at the size of one, and "loop-invariant" is a property of a node, not of a schedule.
//!
//! # Modules
//!
//! * [`graph`] the data structure, [`build`] its typing rules, [`interval`] ranges, [`verify`] its invariants;
//! * [`batch`] which rows a mini-batch has;
//! * [`interpret`] its meaning, [`bounds`] where scores can lie, [`ranges`] where those of a sample run do;
//! * [`owner`] the parts that run in the clear, before encrypting and after decrypting;
//! * [`substitution`] which polynomials stand for which functions, for reports;
//! * [`homogeneity`] in which units the uploads may be;
//! * [`passes`] rewritings that keep the meaning and save levels;
//! * [`mod@print`] its text, which [`read`](mod@read) reads back, and [`dot`] a drawing.
//!
//! Below the graph, and used by every later form: [`source`] places in texts, [`dag`] graphs and how they are rewritten,
//! [`scalar`] formulas of one variable, [`stage`] and [`optimization`] what a compilation consists of and can leave out.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

pub mod batch;
pub mod bounds;
pub mod build;
pub mod dag;
pub mod dot;
pub mod graph;
pub mod homogeneity;
pub mod interpret;
pub mod interval;
mod named;
pub mod optimization;
pub mod owner;
pub mod passes;
pub mod print;
pub mod ranges;
pub mod read;
pub mod region;
pub mod scalar;
pub mod source;
pub mod stage;
pub mod substitution;
#[cfg(any(test, feature = "testing"))]
#[allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, and their names say what they are"
)]
pub mod testing;
pub mod verify;

pub use crate::dag::NodeId;
pub use graph::Program;

//! The owner's values in the clear: dense tensors, what is declared of them, and programs on them.
//!
//! - [`tensor`] are the values, [`magnitude`] is how large they are, [`ranges`] where they are declared to lie.
//! - [`program`] prepares the owner's data before encrypting and predicts after decrypting. Plans and models bring one along.
//! - [`normalize`] finds the units in which data are uploaded.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

pub mod magnitude;
pub mod normalize;
pub mod program;
pub mod ranges;
pub mod tensor;

pub use magnitude::Magnitude;
pub use program::{HostOp, HostProgram};
pub use tensor::Tensor;

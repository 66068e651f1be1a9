//! What compiler and runtime share: the plan format and everything needed to give it meaning.
//!
//! A [`Plan`] is plain data. The compiler emits it, the runtime executes it, and neither links the other.
//! This crate therefore holds the vocabulary of both: [`Params`] of [`hep_params`], the [`Layout`] of tensors in slots, the dense [`Tensor`] and the owner's program in the
//! clear ([`host`]), and the server's instructions ([`server`]).
//!
//! Invariant: this crate knows nothing of losses, ciphertext polynomials, files or threads.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

pub mod constant;
pub mod cost;
pub mod isa;
pub mod layout;
pub mod memory;
pub mod noise;
pub mod parts;
pub mod plan;
pub mod precision;
pub mod print;
pub mod read;
pub mod refresh;
pub mod server;
pub mod setting;
pub mod summary;
pub mod tables;

pub use hep_host::program as host;
pub use hep_host::{magnitude, normalize, ranges, tensor};
pub use hep_params::{Packing, RefreshShape, params, primes, security, units};
pub use hep_text::{number, reading, visible};

pub use constant::{Constant, SlotVector};
pub use layout::Layout;
pub use magnitude::Magnitude;
pub use params::Params;
pub use parts::{Part, Parts};
pub use plan::Plan;
pub use tables::{PerRun, Table, TableId, Tables};
pub use tensor::Tensor;
pub use units::{Factor, Level, Scale, Slot, Step};

//! From a `.hep` program to a plan.
//!
//! ```text
//! source ─▶ syntax ─▶ resolve ─▶ tensor graph ─▶ slot graph ─▶ CKKS schedule ─▶ plan
//! ```
//!
//! Every form is a value of its own that prints as text, is verified, and runs in the clear on `f64`; a lowering is
//! right when the numbers before and after agree. The compiler is a pure library: it reads no files, starts no
//! threads, knows no ciphertext, and the same source and options (a cost table among them) always give the same plan,
//! byte for byte. What it shares with the runtime is the crate `hep_plan` and nothing else.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

pub mod checks;
mod compilation;
pub mod explain;
mod options;
mod pipeline;
pub mod proposals;
mod refusals;

pub use compilation::{Analysis, Compilation};
pub use hep_back::search::MEMORY;
pub use hep_back::{Patience, choice, ckks, cost, emit, evidence, layout, noise, search, slot};
pub use hep_front::{approx, autodiff, diagnostics, library, resolve, syntax};
pub use hep_tensor as tensor;
pub use hep_tensor::{dag, optimization, scalar, source, stage};
pub use options::{KEY_BUDGET, Options};
pub use pipeline::{analyze, compile, lower};
pub use refusals::{Refusal, Shortage};

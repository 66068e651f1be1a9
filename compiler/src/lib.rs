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

pub mod approx;
pub mod autodiff;
pub mod checks;
pub mod choice;
pub mod ckks;
mod compilation;
pub mod cost;
pub mod dag;
pub mod diagnostics;
pub mod emit;
pub mod evidence;
pub mod explain;
pub mod layout;
pub mod library;
pub mod noise;
pub mod optimization;
mod options;
mod patience;
mod pipeline;
pub mod proposals;
mod refusals;
pub mod resolve;
pub mod scalar;
pub mod search;
pub mod slot;
pub mod source;
pub mod stage;
pub mod syntax;
pub mod tensor;

pub use compilation::{Analysis, Compilation};
pub use options::{KEY_BUDGET, Options};
pub use patience::Patience;
pub use pipeline::{analyse, compile, lower};
pub use refusals::{Refusal, Shortage};
pub use search::MEMORY;

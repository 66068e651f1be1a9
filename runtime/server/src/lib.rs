//! The server's side: a plan, evaluation keys and ciphertexts in, ciphertexts out.
//!
//! - [`run()`] works on files, [`run_in_memory`] in memory.
//! - [`executor`] runs a plan's instructions on a [`backend::Backend`]: encrypted, or in the clear.
//! - [`memory`] knows what the machine has and what this process used, [`machine`] what it is.
//!
//! No secret key can reach it: this crate builds `hep-ckks` without the feature `secret`, and does not depend on `hep-owner`.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

pub mod backend;
mod error;
pub mod executor;
pub mod machine;
pub mod memory;
mod run;

pub use error::Error;
pub use run::{Checkpoints, Ran, Training, run, run_course, run_in_memory, run_training};

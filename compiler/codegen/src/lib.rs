//! Packed programs as native code: the clear twin, compiled.
//!
//! A slot graph ([`hep_compiler::slot`]) is lowered to machine code for this processor and run on `f64`. There are no
//! ciphertexts, levels or parameters, so programs too deep to schedule run too. What it computes is what
//! [`hep_compiler::slot::interpret`] computes, bit for bit: the same operations in the same order, no products
//! contracted into additions. The one exception are values that are not finite, because products with a mask's zeros
//! are left out.
//!
//! ```text
//! slot graph ─▶ fuse ─▶ kernels ─▶ schedule ─▶ storage ─▶ run
//!                          │ code (equal loops once) ─▶ emit ─▶ library
//! ```
//!
//! * `fuse` decides which nodes get a vector of their own; the others are recomputed or become part of their user.
//! * `kernel` makes a loop over slots of each of them. A rotation is where a loop starts to read; a mask is which
//!   slots a loop visits.
//! * `schedule` finds what may run side by side, `storage` which vectors share memory.
//! * `emit` writes a loop in cranelift's intermediate form. Blocks of a tensor have equal loops, so a program has few.
//! * `run` calls the loops, on all threads of the rayon pool. The result does not depend on their number.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

mod code;
mod emit;
mod error;
mod fuse;
mod kernel;
mod library;
mod program;
mod run;
mod runs;
mod schedule;
mod simulation;
mod storage;

pub use error::CodegenError;
pub use simulation::{Run, Simulation};

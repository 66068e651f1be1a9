//! Slot graph: vectors of slots, rotations, exact arithmetic. The same files as every form: graph, lower, verify,
//! print, interpret.

pub mod build;
pub mod graph;
mod grid;
pub mod interpret;
pub mod lower;
mod matmul;
pub mod phase;
mod polynomial;
pub mod print;
mod value;
pub mod verify;

pub use graph::Program;
pub use lower::{LowerError, lower, lower_in_the_clear};

#[cfg(test)]
mod tests;

//! Slot graph: vectors of slots, rotations, exact arithmetic. The same files as every form: graph, lower, verify,
//! print, interpret.

pub mod build;
pub mod graph;
pub mod interner;
pub mod interpret;
pub mod lower;
pub mod phase;
mod placement;
mod polynomial;
pub mod print;
pub mod read;
mod strategy;
mod value;
pub mod verify;

pub use graph::Program;
pub use lower::{LowerError, Lowered, Obstacle, lower, lower_in_the_clear, lower_with};
pub use strategy::Strategy;

#[cfg(test)]
pub(crate) mod tests;

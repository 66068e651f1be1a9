//! The tensor graph.

pub mod build;
pub mod dot;
pub mod graph;
pub mod interpret;
pub mod interval;
pub mod print;
pub mod ranges;
pub mod region;
#[cfg(test)]
pub(crate) mod testing;
pub mod verify;

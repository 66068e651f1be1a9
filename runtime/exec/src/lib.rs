//! Runs plans: files, keys, packing, task execution.
//!
//! The three roles are functions without any printing: [`owner::keygen`], [`owner::encrypt`] and [`owner::decrypt`] on the
//! owner's side, [`server::run`] on the other. Each has a version that works on files and one in memory. Nothing
//! that [`server`], [`executor`] and [`backend`] import holds a secret key.
//!
//! - [`Prepared`] is a plan that was checked, with the tables of its parameters.
//! - [`rehearsal`] runs a plan on the owner's data in the clear, before anything is encrypted.
//! - [`place`] is where outputs go, [`container`] is the file format, [`files`] what is in the files.
//! - [`executor`] runs the server's instructions on a [`backend::Backend`]: encrypted, or in the clear.
//! - [`memory`] knows what the machine has and what this process used, [`machine`] what it is, [`calibrate`] how fast.

#[cfg(test)]
mod accidents;
pub mod backend;
pub mod calibrate;
mod check;
pub mod container;
mod entropy;
mod error;
pub mod executor;
pub mod files;
pub mod machine;
pub mod memory;
#[cfg(test)]
mod mutants;
pub mod owner;
pub mod place;
mod prepared;
pub mod rehearsal;
pub mod server;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use check::{Given, HostProgramError, bounded};
pub use entropy::{Entropy, EntropyError};
pub use error::Error;
pub use prepared::{Prepared, PreparedError};

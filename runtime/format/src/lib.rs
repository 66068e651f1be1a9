//! Files: what is kept of plans, keys and ciphertexts, how it is checked when it comes back, and where outputs go.
//!
//! - [`place`] is where outputs go, [`container`] is the file format, [`files`] what is in the files that hold no secret.
//! - [`Prepared`] is a plan that was checked ([`check()`]), with the tables of its parameters.
//!
//! Whoever reads files of others, the server above all, needs no more than this: nothing here names a secret key.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

mod check;
pub mod container;
pub mod files;
pub mod place;
mod prepared;

pub use check::{Given, HostProgramError, bounded, check};
pub use prepared::{Prepared, PreparedError};

//! Parameters of the scheme: what the planner chooses, plans state, and kernels and tables are made for.
//!
//! | module | contents |
//! |---|---|
//! | [`limits`] | the largest and smallest that anything of ours works with |
//! | [`primes`] | primality, and the searches for primes of the residue number system |
//! | [`security`] | how large a modulus a level of security allows |
//! | [`params`] | [`Params`]: ring degree, moduli, digits, and the claim of security that they are checked against |
//! | [`refresh`] | [`RefreshShape`]: the factors, levels and rotations of a bootstrapping |
//! | [`units`] | newtypes for the numbers that are most easily confused |
//!
//! Each of these is said here and nowhere else: compiler, plans and scheme read the same limits and the same table.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

pub mod limits;
pub mod params;
pub mod primes;
pub mod refresh;
pub mod security;
pub mod units;

pub use params::{Params, ParamsError, Security};
pub use refresh::{MAX_OVERFLOW, Packing, RefreshError, RefreshShape};
pub use units::{Factor, Level, Scale, Slot, Step};

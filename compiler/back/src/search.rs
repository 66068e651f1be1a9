//! The search for a plan: ring, packing, primes, key-switching digits, keys and order of instructions, the cheapest that are secure,
//! precise and small enough.
//!
//! It calls the stages from *pack* to *order* ([`hep_tensor::stage`]), and none of them calls it: `memory` asks `rings` for the
//! fastest schedule and gives time for memory, `rings` tries rings and packings, `scheduled` scales, digits and keys of one packed
//! program, and `judge` says whether a schedule has room and precision on sample data or on those of the owner.

mod depth;
mod digits;
mod failure;
mod judge;
mod magnitudes;
mod memory;
mod orders;
mod request;
mod rings;
mod rolled;
mod scheduled;
mod shortage;

pub use failure::{ParamsFailure, Spent, Tight};
pub use failure::{at_least, reference};
pub use memory::{Limit, MEMORY, MemoryFailure, fit};
pub use request::Requirements;

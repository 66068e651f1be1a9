//! Chooses ring degree, primes and key-switching digits: the cheapest that are secure, precise and large enough.

mod depth;
mod digits;
mod evidence;
mod judge;
mod magnitudes;
mod sample;
mod search;
mod shortage;

pub use evidence::{Evidence, Known};
pub use judge::LESS;
pub use sample::sample_inputs;
pub use search::{Again, Choice, ParamsFailure, Requirements, Tight, choose};
pub use shortage::Spent;

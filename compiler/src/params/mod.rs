//! Chooses ring degree, primes and key-switching digits: the cheapest that are secure, precise and large enough.

mod depth;
mod digits;
mod evidence;
mod failure;
mod judge;
mod magnitudes;
mod request;
mod sample;
mod scheduled;
mod search;
mod shortage;

pub use evidence::{Evidence, Known};
pub use failure::{ParamsFailure, Tight};
pub(crate) use failure::{at_least, reference};
pub use judge::LESS;
pub use request::Requirements;
pub use sample::sample_inputs;
pub use scheduled::{Again, Choice};
pub use search::choose;
pub use shortage::Spent;

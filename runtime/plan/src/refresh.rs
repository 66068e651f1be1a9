//! What a refresh costs, as pure data: its chain of primes, the keys that it needs, its work and its errors.

mod chain;
mod keys;

pub use chain::{Chain, ChainError, chain};
pub use keys::{RefreshKey, keys};

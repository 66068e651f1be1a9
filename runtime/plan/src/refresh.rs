//! What a refresh costs, as pure data: its chain of primes, the keys that it needs, its work and its errors.
//!
//! The kernel is `hep-circuits`; whoever plans refreshes needs nothing of it but these.

mod chain;
mod error;
mod few;
mod keys;
mod scale;
mod tables;
mod work;

pub use chain::{Chain, ChainError, chain};
pub use error::{RefreshErrors, errors};
pub use few::few_keys;
pub use keys::{RefreshKey, key_bytes, keys, shared_keys};
pub use scale::{result_bits, result_scale};
pub use tables::table_bytes;
pub use work::{RefreshWork, work};

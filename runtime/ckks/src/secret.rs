//! Everything that holds the secret key. Whoever builds this crate without the feature `secret` cannot name it.

mod encryption;
mod key;
mod public;
mod sparse;
mod switching;

pub use encryption::{decrypt, encrypt_secret};
pub use key::SecretKey;
pub use sparse::SparseSecret;

//! The owner's side: makes keys, rehearses a plan on the data in the clear, encrypts and decrypts. Everything here may hold the secret key.
//!
//! [`keygen`], [`encrypt`] and [`decrypt`] work on files, without any printing; each has a version in memory.
//!
//! - [`rehearsal`] runs a plan on the owner's data in the clear, before anything is encrypted.
//! - [`files`] is what is in the files that only the owner has.

#[cfg(test)]
mod accidents;
mod decrypt;
mod encrypt;
mod entropy;
mod error;
pub mod files;
mod keygen;
#[cfg(test)]
mod mutants;
mod plausible;
mod publications;
pub mod rehearsal;
mod seeded;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use decrypt::{Decrypted, decrypt, find_state, noise_ratios, reveal};
pub use encrypt::{StatePlace, Upload, encrypt, encrypt_in_memory, encrypt_rehearsed};
pub use entropy::{Entropy, EntropyError};
pub use error::Error;
pub use keygen::{Keys, generate_keys, keygen};
pub use publications::{PUBLICATIONS, count_publication};
pub use seeded::Seeded;

//! The owner's side: generate keys, encrypt, decrypt. Everything here may hold the secret key.

mod decrypt;
mod encrypt;
mod keygen;
mod plausible;
mod publications;
mod seeded;

pub use decrypt::{Decrypted, decrypt, find_state, noise_ratios, reveal};
pub use encrypt::{StatePlace, Upload, encrypt, encrypt_in_memory, encrypt_rehearsed};
pub use keygen::{Keys, generate_keys, keygen};
pub use publications::{PUBLICATIONS, count_publication};
pub use seeded::Seeded;

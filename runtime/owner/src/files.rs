//! What is in the files that only the owner has: the secret key, and what decryption and prediction need.

mod secret;
mod state;

pub use secret::{SECRET_KEY, load_secret_key, require_own_folder, write_secret_key};
pub use state::{Columns, Names, OwnerState, load_state, state_name, write_state};

//! Secret, public and evaluation keys.

mod evaluation;
mod public;
mod secret;
mod small;
mod switching;

pub use evaluation::EvaluationKeys;
pub use public::PublicKey;
pub use secret::SecretKey;
pub(crate) use small::{small_to_limb, subtract_product};
pub use switching::SwitchingKey;

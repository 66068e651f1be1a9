//! Public and evaluation keys. What makes them of a secret is in `secret`.

mod evaluation;
mod public;
mod small;
mod switching;

pub use evaluation::EvaluationKeys;
pub use public::PublicKey;
#[cfg(feature = "secret")]
pub(crate) use public::expand_public;
pub(crate) use small::small_to_limb;
#[cfg(feature = "secret")]
pub(crate) use switching::expand;
pub use switching::{KeyForm, SwitchingKey};

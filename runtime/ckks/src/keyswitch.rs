//! Hybrid key switching in separate steps: raise, inner product, bring down.
//!
//! Given c modulo Q_l, c ≡ Σ_d c_d·g_d where c_d is the centered residue of c modulo digit D_d. With a key (b_d, a_d)
//! the sums Σ c_d·b_d, Σ c_d·a_d modulo Q_l·P encrypt P·c·s' with noise Σ c_d·e_d; dividing by P (rounding to nearest)
//! leaves an encryption of c·s' with noise about max D_d/P · σ·√(N·digits/12), plus the rounding error.
//!
//! The work runs through *groups* of limbs of Q_l·P. For one group all digits are extended, transformed and multiplied with the key
//! while they are in the cache, so that nothing is written but the sums. Groups are parallel; sums are exact, so results do
//! not depend on the number of threads.

mod digit;
mod groups;
mod raise;
mod stored;
mod sums;

pub(crate) use digit::Digit;
pub(crate) use groups::{GROUP, groups};
pub(crate) use raise::{GroupDigits, Product, Raise};
pub use stored::Decomposed;
pub(crate) use sums::Sums;

use crate::context::Context;
use crate::error::CkksError;
use crate::keys::{KeyForm, SwitchingKey};

/// Whether `key` has a form and can switch a ciphertext at `level`.
pub(crate) fn check_key(
    operation: &'static str,
    ctx: &Context,
    form: KeyForm,
    level: usize,
    key: &SwitchingKey,
) -> Result<(), CkksError> {
    if key.form() != form || !key.matches(ctx) {
        return Err(CkksError::OtherContext { operation });
    }
    if key.level() < level {
        return Err(CkksError::KeyLevelTooLow { operation, ciphertext_level: level, key_level: key.level() });
    }
    Ok(())
}

//! Circuits on CKKS ciphertexts: what is built of the operations of [`hep_ckks`] and needs nothing of it but those.
//!
//! | module | contents |
//! |---|---|
//! | [`dft`] | the transforms between coefficients and slots as products of sparse matrices |
//! | [`sine`] | the polynomial that takes multiples of q_0 away |
//! | [`eval_mod`] | [`EvalMod`](eval_mod::EvalMod): that polynomial, and the angles that it is doubled to |
//! | [`refresh`] | [`Refresh`]: bootstrapping of one or two real vectors |
//! | [`keys`] | [`RefreshKeys`], and [`ServerKeys`] with those of single operations |
//!
//! A refresh takes a ciphertext from the bottom of the chain to a level where work goes on:
//!
//! ```text
//! SlotsToCoeffs   level |s2c| → 0     values become coefficients, where there are few limbs
//! encapsulate     level 0             under a secret of weight 32, so that …
//! raise           level 0 → L         … the multiples of q_0 that come with a large modulus are at most 14
//! CoeffsToSlots   → level of EvalMod  the first factor is applied by the raise, and takes no level
//! EvalMod         9 primes            sin(2πx)/2π forgets the multiples
//! ```
//!
//! SlotsToCoeffs comes first, where it runs on two to four limbs: real data then need one EvalMod, and results are in slots at the top.
//! Levels, scales, errors and failure probability are known in advance ([`hep_params::refresh`]).

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

pub mod dft;
mod diagonals;
mod error;
pub mod eval_mod;
pub mod keys;
mod phase;
pub mod refresh;
pub mod sine;

pub use error::CircuitError;
pub use keys::{RefreshKeys, ServerKeys};
pub use phase::{Phase, Watch};
pub use refresh::Refresh;

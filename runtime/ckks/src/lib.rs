//! RNS-CKKS over Z\[X\]/(X^N+1): approximate arithmetic on encrypted vectors of N/2 real numbers.
//!
//! The scheme is that of Cheon, Kim, Kim & Song (ASIACRYPT 2017) in its full residue-number-system form (Cheon, Han, Kim, Kim &
//! Song, SAC 2018), with hybrid key switching (Han & Ki, CT-RSA 2020; Gentry, Halevi & Smart, CRYPTO 2012).
//!
//! - A [`Context`] holds the primes and all tables. Level l means the modulus Q_l = q_0·…·q_l.
//! - A [`Plaintext`] or [`Ciphertext`] at level l with scale Δ holds integers m ≈ Δ·(slots) modulo Q_l; all polynomials are kept
//!   transformed (see [`hep_ring::ntt`]), limb-major, with residues in [0, q_i).
//! - [`Evaluator`] computes on ciphertexts with the public [`EvaluationKeys`]; it never sees a secret key.
//! - `SecretKey`, decryption and the making of keys come with the feature `secret`, which is on unless a dependency says
//!   `default-features = false`: a server that is built so cannot name them.
//!
//! Every result is a deterministic function of its inputs (and of the generator, where one is passed), whatever the number of
//! threads of the rayon pool it runs in.
//!
//! [`Context::new`] refuses parameters with less than 128 bits of security ([`hep_params::security`]). Whether the noise leaves enough of a
//! result is for whoever chooses scales and depth.
//!
//! Levels and scales are the caller's: no operation rescales, drops a level or corrects a scale by itself. Each says its rule.

#![warn(clippy::missing_errors_doc, clippy::missing_panics_doc)]

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

mod basis;
mod builder;
mod ciphertext;
mod context;
mod division;
mod encoding;
mod encryption;
mod error;
mod evaluator;
mod keys;
mod keyswitch;
mod mod_raise;
mod parameters;
mod permutations;
mod plaintext;
mod poly;
mod presets;
mod scratch;
#[cfg(feature = "secret")]
mod secret;
mod special;

pub use builder::ParamsBuilder;
pub use ciphertext::Ciphertext;
pub use context::{Context, Galois};
pub use encryption::encrypt_public;
pub use error::CkksError;
pub use evaluator::{Combination, Diagonal, Evaluator, LinearTransform, SCALE_TOLERANCE};
pub use keys::{EvaluationKeys, KeyForm, PublicKey, SwitchingKey};
pub use keyswitch::Decomposed;
pub use mod_raise::{Encapsulated, RaisedTransform};
pub use parameters::ParameterError;
pub use plaintext::{ExtendedPlaintext, Plaintext};
pub use poly::Poly;
pub use presets::Preset;
#[cfg(feature = "secret")]
pub use secret::{SecretKey, SparseSecret, decrypt, encrypt_secret};

pub use hep_params::{Params, Security};
pub use hep_ring::{Buffer, buffer};

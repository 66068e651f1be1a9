//! From a `.hep` program to the tensor graph that it describes, with messages about what is wrong.
//!
//! ```text
//! source ─▶ syntax ─▶ resolve ─▶ tensor graph
//! ```
//!
//! [`syntax`] reads and prints the language, [`library`] lists what the standard library offers, [`resolve`] gives every name its
//! meaning: sizes, places, the gradient of a loss ([`autodiff`]), the polynomial in the place of a function ([`approx`]).
//! [`diagnostics`] are its messages: a code, a place, what was found, and one thing to do. Nothing here knows slots, levels or
//! parameters.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

pub mod approx;
pub mod autodiff;
pub mod diagnostics;
pub mod library;
pub mod resolve;
pub mod syntax;

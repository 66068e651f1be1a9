//! From a tensor graph to a plan.
//!
//! ```text
//! tensor graph ─▶ slot graph ─▶ CKKS schedule ─▶ plan
//! ```
//!
//! [`layout`] places dimensions in slots, [`slot`] is the packed program, [`ckks`] its schedule in levels and scales, [`noise`] and
//! [`cost`] judge one, [`emit`] writes the plan of a [`choice`], and [`search`] looks for the choice: ring, scales, digits of
//! keys, order in memory, judged by what is known of the data ([`evidence`]). Errors are typed values; their words and what could
//! be done are the affair of who asks.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

pub mod choice;
pub mod ckks;
pub mod cost;
pub mod emit;
pub mod evidence;
pub mod layout;
pub mod noise;
mod patience;
pub mod search;
pub mod slot;

pub use patience::Patience;

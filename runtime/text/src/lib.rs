//! Text: of forms on its way back, of numbers and of others' names on its way to people.
//!
//! - [`reading`] goes through the lines of a form: whatever they hold, reading ends with a form or with an error that says where.
//! - [`number`] shows a number that nobody wrote, [`visible`] a name that somebody else did.

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct Readme;

pub mod number;
pub mod reading;
pub mod visible;

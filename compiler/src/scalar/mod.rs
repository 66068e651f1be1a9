//! Scalar expressions: what a loss `l(y, z)` looks like once names are resolved.
//!
//! An [`Expr`] is a formula over two variables, the label `y` and the score `z`, with exact rational
//! constants. It is what [`crate::autodiff::scalar`] differentiates, [`crate::autodiff::labels`] splits on the
//! label, [`crate::autodiff::normal`] brings to canonical form and [`crate::approx`] replaces by polynomials.
//!
//! * `expr` holds the type and its smart constructors (constant folding, identities with 0 and 1);
//! * `number` reads and writes exact constants;
//! * `eval` computes in `f64`, `display` prints, `substitute` replaces variables, `limit` bounds the size;
//! * `stable` rewrites what would overflow or cancel.
//!
//! Expressions share their parts through [`std::sync::Arc`]: cloning is cheap and so is `let`-inlining.

mod display;
mod eval;
mod expr;
mod limit;
pub mod number;
pub mod polynomial;
mod stable;
mod substitute;

pub use eval::{sigmoid, softplus};
pub use expr::{Expr, Function, Node};
pub use limit::{DEPTH_LIMIT, NODE_LIMIT, TooLarge};
pub use number::NumberError;
pub use substitute::Label;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

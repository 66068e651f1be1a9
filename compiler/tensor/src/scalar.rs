//! Scalar expressions: what a loss `l(y, z)` looks like once names are resolved.
//!
//! An [`Expr`] is a formula over two variables, the label `y` and the score `z`, with exact rational
//! constants. It is what `hep_front::autodiff::scalar` differentiates, `hep_front::autodiff::labels` splits on the
//! label, `hep_front::autodiff::normal` brings to canonical form and `hep_front::approx` replaces by polynomials.
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

#[cfg(any(test, feature = "testing"))]
#[allow(
    missing_docs,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, and their names say what they are"
)]
pub mod testing;
#[cfg(test)]
mod tests;

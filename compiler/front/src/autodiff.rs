//! Differentiation of losses.
//!
//! * [`scalar`]: the derivative of a formula by the score;
//! * [`labels`]: its two branches, at `y = 0` and at `y = 1`;
//! * [`reverse`]: gradients of whole tensors;
//! * [`normal`]: a canonical form over `z` and `s = sigmoid(z)`, which tells when two losses train alike.
//!
//! A loss is differentiated as written, never after a polynomial has been put in place of its functions.

pub mod labels;
pub mod normal;
pub mod reverse;
pub mod scalar;

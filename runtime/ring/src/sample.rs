//! Random polynomials: uniform from a seed (public), ternary and Gaussian from a generator (secret).

mod gaussian;
mod sparse;
mod ternary;
mod uniform;

pub use gaussian::{GAUSSIAN_SIGMA, GAUSSIAN_TAIL, gaussian};
pub use sparse::sparse;
pub use ternary::ternary;
pub use uniform::{uniform, uniform_into};

//! Polynomials in place of functions.
//!
//! Encrypted arithmetic has sums and products only, so the derivative of a loss is replaced by a polynomial in the
//! score, one per label value. [`approximate`] decides what is kept exactly, what uses the `approx` line of the
//! sigmoid and what is fitted as a whole; [`curvature()`] bounds the slope of what will be
//! evaluated, which is what the quadratic gradient needs.
//!
//! * [`Polynomial`]: coefficients in floats, lowest first;
//! * `target`: what is fitted; `precise` evaluates it with 128 bits, `breaks` finds where it is not smooth;
//! * `fit`: the three methods behind one door, finiteness, symmetry;
//! * `least_squares`, `chebyshev`, `minimax`: series coefficients on `-1 .. 1`, by quadrature, interpolation and
//!   exchange; `quadrature`, `linear` and `real` serve them;
//! * `basis`: from Chebyshev and Legendre series to powers of the score, in exact arithmetic;
//! * `extrema`: suprema on an interval, hence errors;
//! * `policy`: from the branches of a loss to an [`Approximation`];
//! * `curvature`: second derivatives; `bounded`: is there anything to minimize?

mod basis;
mod bounded;
mod breaks;
mod chebyshev;
mod curvature;
mod direction;
mod error;
mod extrema;
mod fit;
mod least_squares;
mod linear;
mod minimax;
mod policy;
mod precise;
mod quadrature;
mod real;
mod target;

pub use bounded::{Fall, unbounded};
pub use curvature::{curvature, exact_curvature};
pub use direction::{WrongWay, wrong_way};
pub use error::ApproxError;
pub use extrema::{Deviation, max_error};
pub use fit::{Degree, Fit, MAX_AUTO_DEGREE, MAX_DEGREE, Method};
pub use hep_tensor::scalar::polynomial::{Parity, Polynomial, depth};
pub(crate) use policy::USUAL_RANGE;
pub use policy::{Approximation, Request, Rule, approximate};
pub use target::{Curve, Target};

#[cfg(test)]
mod fit_tests;
#[cfg(test)]
mod policy_tests;

//! Canonical forms over the generators `z` and `s = sigmoid(z)`.
//!
//! The derivatives of the usual losses are rational in `z` and `s`, because `s' = s (1 - s)` and
//! `exp(z) = s / (1 - s)`. A [`NormalForm`] is such a function without denominators other than `s` and `1 - s`:
//!
//! ```text
//! s^a (1 - s)^b N(z, s)        a, b integers, N a polynomial with exact rational coefficients
//!                              that neither s nor 1 - s divides
//! ```
//!
//! Polynomials in two variables factor uniquely and `z`, `s` are algebraically independent, so two functions of
//! this class are equal exactly when their forms are: equality is structural. That is how the squared likelihood
//! error, the binary cross-entropy and the logistic likelihood are seen to train alike, `g0 = s`, `g1 = s - 1`.
//!
//! * `terms`: polynomials in `z` and `s`;
//! * `fraction`: the field of fractions, in which intermediate results live;
//! * `reduce`: from expressions to fractions.
//!
//! Functions outside the class (`log(sigmoid(z))` in a focal loss, `tanh(z)`, `sigmoid(z + 1)`) have no normal
//! form; they are fitted numerically.

mod display;
mod fraction;
mod reduce;
mod terms;

use dashu::rational::RBig;

use crate::scalar::number::to_f64;
use crate::scalar::polynomial::Polynomial;
use crate::scalar::{Expr, sigmoid};

use terms::Terms;

/// A function of the score in canonical form; see the [module](self) text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NormalForm {
    /// The exponent of `s`.
    s: i32,
    /// The exponent of `1 - s`.
    t: i32,
    /// What remains; a multiple of neither (or zero, with both exponents zero).
    rest: Terms,
}

impl NormalForm {
    /// The canonical form of an expression in `z`, or `None` when it has none: it mentions the label, leaves the
    /// class, divides by zero, or is too large to be worth the effort.
    pub fn of(expr: &Expr) -> Option<NormalForm> {
        reduce::reduce(expr)?.into_normal_form()
    }

    /// The value, if it does not depend on the score.
    pub fn as_constant(&self) -> Option<RBig> {
        if self.s != 0 || self.t != 0 {
            return None;
        }
        self.rest.as_constant()
    }

    /// The coefficients (lowest first, exact) if the function is a polynomial in the score.
    pub fn coefficients_in_z(&self) -> Option<Vec<RBig>> {
        if self.s != 0 || self.t != 0 {
            return None;
        }
        let mut coefficients = vec![RBig::ZERO];
        for (&(i, j), c) in self.rest.iter() {
            let i = i as usize;
            if j != 0 {
                return None;
            }
            if coefficients.len() <= i {
                coefficients.resize(i + 1, RBig::ZERO);
            }
            if let Some(slot) = coefficients.get_mut(i) {
                *slot = c.clone();
            }
        }
        Some(coefficients)
    }

    /// The function as a polynomial in the score, if it is one.
    pub fn as_polynomial_in_z(&self) -> Option<Polynomial> {
        Some(Polynomial::new(self.coefficients_in_z()?.iter().map(to_f64).collect()))
    }

    /// `(a, b)` if the function is `a + b * sigmoid(z)`.
    pub fn as_affine_in_sigmoid(&self) -> Option<(RBig, RBig)> {
        let (s, t) = (u32::try_from(self.s).ok()?, u32::try_from(self.t).ok()?);
        if s + t > 1 {
            return None;
        }
        let (mut a, mut b) = (RBig::ZERO, RBig::ZERO);
        for (&power, c) in self.rest.times_units(s, t).iter() {
            match power {
                (0, 0) => a = c.clone(),
                (0, 1) => b = c.clone(),
                _ => return None,
            }
        }
        Some((a, b))
    }

    /// The function as a formula, with `1 - s` as `sigmoid(-z)`, so that the tails keep their precision.
    pub fn to_expr(&self) -> Expr {
        let (s, t) = (Expr::z().sigmoid(), (-Expr::z()).sigmoid());
        let term = |(&(i, j), c): (&terms::Power, &RBig)| {
            let power = |u: Expr, n: u32| u.power(RBig::from(n));
            Expr::rational(c.clone()) * power(Expr::z(), i) * power(s.clone(), j)
        };
        let rest = self.rest.iter().map(term).fold(Expr::integer(0), |sum, term| sum + term);
        rest * s.clone().pow(self.s) * t.pow(self.t)
    }

    /// The value at score `z`. `1 - s` is computed as `sigmoid(-z)`, so the tails keep their relative precision.
    pub fn eval(&self, z: f64) -> f64 {
        let (s, t) = (sigmoid(z), sigmoid(-z));
        s.powi(self.s) * t.powi(self.t) * self.rest.eval(z, s)
    }
}

#[cfg(test)]
mod tests;

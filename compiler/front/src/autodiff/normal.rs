//! Canonical forms over the generators `z`, `s = sigmoid(g z)` and `L = softplus(g z)`.
//!
//! The usual losses and their derivatives are rational in these, because `s' = g s (1 - s)`, `L' = g s` and
//! `exp(g z) = s / (1 - s)`. A [`NormalForm`] is such a function without denominators other than `s` and `1 - s`:
//!
//! ```text
//! s^a (1 - s)^b N(z, s, L)     a, b integers, N a polynomial with exact rational coefficients
//!                              that neither s nor 1 - s divides
//! ```
//!
//! Polynomials factor uniquely and `z`, `s`, `L` are algebraically independent, so two functions over one rate `g` are
//! equal exactly when their forms are: equality is structural. That is how the squared likelihood error, the binary
//! cross-entropy and the logistic likelihood are seen to train alike, `g0 = s`, `g1 = s - 1`, and how two ways to
//! write a focal loss, whose derivative keeps the logarithm `L`, give the same numbers.
//!
//! * `terms`: polynomials in `z`, `s` and `L`;
//! * `fraction`: the field of fractions, in which intermediate results live;
//! * `rate`: the rate `g` of the generators;
//! * `reduce`: from expressions to fractions;
//! * `evaluate`: values in floats.
//!
//! Functions outside the class (`sigmoid(z + 1)`, `sqrt(1 + z ** 2)`, `relu(z)`) have no normal form; they are fitted
//! as they are written.

mod display;
mod evaluate;
mod fraction;
mod rate;
mod reduce;
mod terms;

use dashu::rational::RBig;

use hep_tensor::scalar::Expr;
use hep_tensor::scalar::number::to_f64;
use hep_tensor::scalar::polynomial::Polynomial;

pub use evaluate::Evaluator;
use terms::{Budget, Terms};

/// A function of the score in canonical form; see the [module](self) text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NormalForm {
    /// The positive rate of the generators; 1 for polynomials in the score.
    rate: RBig,
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
        let (fraction, rate) = reduce::reduce(expr)?;
        fraction.into_normal_form(rate)
    }

    /// The function `z -> f(-z)`; `None` if it is too large to be worth the effort.
    pub fn mirrored(&self) -> Option<NormalForm> {
        let rest = self.rest.mirrored(&self.rate, &mut Budget::new())?;
        Some(NormalForm { rate: self.rate.clone(), s: self.t, t: self.s, rest })
    }

    /// The function `z -> -f(z)`.
    pub fn negated(&self) -> NormalForm {
        NormalForm { rest: self.rest.clone().scaled(&RBig::NEG_ONE), ..self.clone() }
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
        if self.s != 0 || self.t != 0 || !self.rest.is_in_z() {
            return None;
        }
        let mut coefficients = vec![RBig::ZERO];
        for (&(i, _, _), c) in self.rest.iter() {
            let i = i as usize;
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
        if s + t > 1 || !self.rate.is_one() {
            return None;
        }
        let (mut a, mut b) = (RBig::ZERO, RBig::ZERO);
        for (&power, c) in self.rest.times_units(s, t).iter() {
            match power {
                (0, 0, 0) => a = c.clone(),
                (0, 1, 0) => b = c.clone(),
                _ => return None,
            }
        }
        Some((a, b))
    }

    /// The function as a formula, with `1 - s` as `sigmoid(-g z)`, so that the tails keep their precision.
    pub fn to_expr(&self) -> Expr {
        let argument = Expr::rational(self.rate.clone()) * Expr::z();
        let (s, t, log) = (argument.clone().sigmoid(), (-argument.clone()).sigmoid(), argument.softplus());
        let power = |u: &Expr, n: u32| u.clone().power(RBig::from(n));
        let term = |(&(i, j, l), c): (&terms::Power, &RBig)| {
            Expr::rational(c.clone()) * power(&Expr::z(), i) * power(&s, j) * power(&log, l)
        };
        let rest = self.rest.iter().map(term).fold(Expr::integer(0), |sum, term| sum + term);
        rest * s.clone().pow(self.s) * t.pow(self.t)
    }
}

#[cfg(test)]
mod tests;

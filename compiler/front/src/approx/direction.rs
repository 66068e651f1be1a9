//! Whether a polynomial pushes scores the way the derivative does, where training starts.
//!
//! A fit follows a function where it is large. Far from there it can have the other sign: the cubic for exp(z) on −8 .. 8
//! is negative at 0, and a gradient step then makes every score worse.

use super::Approximation;
use super::target::{Curve, Target};
use crate::autodiff::labels::Branches;
use hep_tensor::scalar::Label;

/// A branch whose polynomial has the wrong sign.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WrongWay {
    /// The label.
    pub label: Label,
    /// The score.
    pub z: f64,
    /// The derivative there.
    pub derivative: f64,
    /// What is evaluated in its place.
    pub polynomial: f64,
}

/// Looks at the score 0, or the nearest one of the domain.
#[must_use]
pub fn wrong_way(branches: &Branches, approximation: &Approximation) -> Option<WrongWay> {
    let (lo, hi) = approximation.domain?;
    let z = 0.0f64.clamp(lo, hi);
    let [p0, p1] = approximation.branches();
    let of = |label, g, p: super::Polynomial| {
        let (derivative, polynomial) = (Curve::new(g).value(z), p.eval(z));
        (derivative * polynomial < 0.0).then_some(WrongWay { label, z, derivative, polynomial })
    };
    of(Label::Zero, &branches.g0, p0).or_else(|| of(Label::One, &branches.g1, p1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approx::{Degree, Fit, Method, Request, Rule, approximate};
    use crate::autodiff::labels::split;
    use hep_tensor::scalar::Expr;

    fn of(loss: &Expr, reach: f64) -> Option<WrongWay> {
        let fit = Fit { lo: -reach, hi: reach, degree: Degree::Exactly(3), method: Method::LeastSquares };
        let request = Request { sigmoid: Some(Rule::Fit(fit)), ..Request::default() };
        let branches = split(loss, &[]).unwrap();
        wrong_way(&branches, &approximate(&branches, &request).unwrap())
    }

    #[test]
    fn a_cubic_for_the_exponential_function() {
        let exponential = (Expr::z() - Expr::integer(2) * Expr::y() * Expr::z()).exp();
        let found = of(&exponential, 8.0).unwrap();
        assert!(found.derivative == 1.0 && found.polynomial < 0.0 && found.z == 0.0, "{found:?}");
        assert_eq!(of(&exponential, 2.0), None);
    }

    #[test]
    fn the_cross_entropy_points_the_right_way() {
        let (y, s) = (Expr::y(), Expr::z().sigmoid());
        assert_eq!(of(&-(Expr::integer(1) - y - s).abs().log(), 8.0), None);
    }
}

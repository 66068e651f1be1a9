//! What is fitted: a function of the score, on an interval.

use super::breaks::breaks;
use super::precise;
use super::real::{Big, Real, big};
use crate::autodiff::normal::{Evaluator, NormalForm};
use hep_tensor::scalar::Expr;

/// A function of the score.
pub trait Target {
    /// The value; NaN or infinite where there is none.
    fn value(&self, z: f64) -> f64;

    /// The formula behind the values, where there is one: it gives more digits.
    fn formula(&self) -> Option<&Expr> {
        None
    }
}

impl<F: Fn(f64) -> f64> Target for F {
    fn value(&self, z: f64) -> f64 {
        self(z)
    }
}

/// A formula in the score, evaluated through its normal form where it has one: stable, and the same for all ways to
/// write it.
#[derive(Debug, Clone)]
pub struct Curve {
    formula: Expr,
    normal: Option<NormalForm>,
    evaluator: Option<Evaluator>,
}

impl Curve {
    /// The function of a formula without label.
    pub fn new(expr: &Expr) -> Curve {
        let normal = NormalForm::of(expr);
        let formula = normal.as_ref().map_or_else(|| expr.clone(), NormalForm::to_expr);
        Curve { formula, evaluator: normal.as_ref().map(NormalForm::evaluator), normal }
    }

    /// The canonical form, if there is one.
    pub fn normal(&self) -> Option<&NormalForm> {
        self.normal.as_ref()
    }
}

impl Target for Curve {
    fn value(&self, z: f64) -> f64 {
        match &self.evaluator {
            Some(evaluator) => evaluator.eval(z),
            None => self.formula.eval(f64::NAN, z),
        }
    }

    fn formula(&self) -> Option<&Expr> {
        Some(&self.formula)
    }
}

/// A target on `-1 .. 1`, which stands for the interval.
pub(super) struct OnUnit<'t> {
    target: &'t dyn Target,
    middle: f64,
    half: f64,
    ends: (Big, Big),
}

impl<'t> OnUnit<'t> {
    pub fn new(target: &'t dyn Target, lo: f64, hi: f64) -> Self {
        let (middle, half) = (lo / 2.0 + hi / 2.0, hi / 2.0 - lo / 2.0);
        Self { target, middle, half, ends: (big(lo), big(hi)) }
    }

    /// The value in floats.
    pub fn at(&self, x: f64) -> f64 {
        self.target.value(self.middle + self.half * x)
    }

    /// The value with 128 bits, if the target has a formula and that a value; else that of the nearest float.
    pub fn precise(&self, x: &Big) -> Big {
        let (lo, hi) = &self.ends;
        let z = (lo + hi + (hi - lo) * x) / Big::ratio(2, 1);
        let value = self.target.formula().and_then(|formula| precise::value(formula, &z));
        value.unwrap_or_else(|| big(self.target.value(z.float())))
    }

    /// Where the function or a derivative of it may jump, inside `-1 .. 1`, in order.
    pub fn breaks(&self) -> Vec<f64> {
        let Some(formula) = self.target.formula() else { return Vec::new() };
        let ends = (self.middle - self.half, self.middle + self.half);
        let inside = breaks(formula, ends.0, ends.1).into_iter().map(|z| (z - self.middle) / self.half);
        inside.filter(|x| x.abs() < 1.0).collect()
    }
}

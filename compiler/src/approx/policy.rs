//! From the two branches of a loss to what is evaluated under encryption.
//!
//! `l'(y, z) ≈ base(z) + y · label(z)`, where `base` stands for `g0` and `label` for `g1 - g0`. For each branch:
//!
//! 1. a polynomial in the score is kept exactly;
//! 2. `a + b · sigmoid(z)` becomes `a + b · p(z)` with the polynomial `p` of the sigmoid's `approx` line, so
//!    published coefficients survive to the digit;
//! 3. anything else is fitted as a whole, on the interval, degree and method of the line.
//!
//! A line for the derivative of the loss itself goes before that of the sigmoid and fits whatever is no polynomial.
//!
//! The factor of the label is taken from the exact normal form of `g1 - g0` wherever that says what it is: for the
//! squared likelihood error, the cross-entropy and the logistic likelihood it is the constant -1, not a difference
//! of rounded numbers, and costs no product of ciphertexts.

use dashu::rational::RBig;

use super::extrema::max_error;
use super::fit::{Fit, check_interval};
use super::{ApproxError, Polynomial};
use crate::autodiff::labels::Branches;
use crate::autodiff::normal::NormalForm;
use crate::scalar::number::to_f64;
use crate::scalar::{Expr, sigmoid};

/// An `approx` line.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// `approx sigmoid on -8 .. 8 degree 3 by least_squares`
    Fit(Fit),
    /// `approx sigmoid(z) = 0.5 + 0.15 * z - 0.0016 * z ** 3`
    Coefficients {
        /// The polynomial.
        polynomial: Polynomial,
        /// Where it is meant to be used, if that is said.
        valid: Option<(f64, f64)>,
    },
}

impl Rule {
    /// The interval, where there is one.
    pub fn domain(&self) -> Option<(f64, f64)> {
        match self {
            Rule::Fit(fit) => Some((fit.lo, fit.hi)),
            Rule::Coefficients { valid, .. } => *valid,
        }
    }
}

/// The `approx` lines that concern a loss.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Request {
    /// The name of the loss, for messages.
    pub loss: String,
    /// `approx sigmoid ...`
    pub sigmoid: Option<Rule>,
    /// `approx grad LOSS ...`; goes before `sigmoid`.
    pub gradient: Option<Rule>,
}

/// The derivative of a loss as it will be evaluated: `base(z) + y · label(z)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Approximation {
    /// Stands for `g0`, the derivative at `y = 0`.
    pub base: Polynomial,
    /// Stands for `g1 - g0`; the label multiplies it.
    pub label: Polynomial,
    /// Where the polynomials may be used; `None` when they are exact or nothing is known.
    pub domain: Option<(f64, f64)>,
    /// The largest error at `y = 0` and at `y = 1` on the domain; `None` when there is no domain to measure it on.
    pub max_error: Option<[f64; 2]>,
    /// Whether nothing was approximated.
    pub exact: bool,
    /// Whether `label` is a constant: the label enters by an addition.
    pub additive_label: bool,
}

impl Approximation {
    /// What is evaluated for `y = 0` and for `y = 1`.
    pub fn branches(&self) -> [Polynomial; 2] {
        [self.base.clone(), self.base.add(&self.label)]
    }

    /// The value that will be computed.
    pub fn eval(&self, y: f64, z: f64) -> f64 {
        self.base.eval(z) + y * self.label.eval(z)
    }
}

/// One branch: what it is exactly, as far as that is known, and the formula.
struct Branch<'a> {
    label: u8,
    expr: &'a Expr,
    normal: Option<NormalForm>,
}

impl Branch<'_> {
    fn polynomial(&self) -> Option<Polynomial> {
        self.normal.as_ref()?.as_polynomial_in_z()
    }

    fn affine(&self) -> Option<(RBig, RBig)> {
        self.normal.as_ref()?.as_affine_in_sigmoid()
    }

    /// Prefers the normal form: it is stable, and the same for all ways to write a loss.
    fn eval(&self, z: f64) -> f64 {
        match &self.normal {
            Some(normal) => normal.eval(z),
            None => self.expr.eval(f64::NAN, z),
        }
    }
}

/// Replaces the derivative of a loss by polynomials.
///
/// # Errors
/// [`ApproxError`]; those about missing or unsuitable `approx` lines have a [`help`](ApproxError::help).
pub fn approximate(branches: &Branches, request: &Request) -> Result<Approximation, ApproxError> {
    let [n0, n1] = branches.normal();
    let at0 = Branch { label: 0, expr: &branches.g0, normal: n0 };
    let at1 = Branch { label: 1, expr: &branches.g1, normal: n1 };
    let difference = branches.normal_difference();
    let rules = Rules::new(request)?;
    let exact = at0.polynomial().is_some() && at1.polynomial().is_some();

    let base = rules.apply(&at0)?;
    let label = if let Some(known) = difference.as_ref().and_then(NormalForm::as_polynomial_in_z) {
        known
    } else if let (Some((a0, b0)), Some((a1, b1)), Some(p)) = (at0.affine(), at1.affine(), rules.sigmoid()?) {
        affine(&(a1 - a0), &(b1 - b0), &p)
    } else {
        let other = rules.apply(&at1)?;
        let reach = rules.domain().map_or(1.0, |(lo, hi)| lo.abs().max(hi.abs()));
        let scale = base.largest_term(reach).max(other.largest_term(reach));
        other.sub(&base).trimmed(reach, scale)
    };
    if !base.is_finite() || !label.is_finite() {
        return Err(ApproxError::BadCoefficients);
    }

    let domain = if exact { None } else { rules.domain() };
    let mut result = Approximation {
        additive_label: label.as_constant().is_some(),
        base,
        label,
        domain,
        max_error: exact.then_some([0.0, 0.0]),
        exact,
    };
    if let Some((lo, hi)) = domain {
        check_interval(lo, hi)?;
        let [p0, p1] = result.branches();
        let error = |branch: &Branch, p: &Polynomial| match branch.polynomial() {
            Some(_) => 0.0,
            None => max_error(&|z| branch.eval(z), p, lo, hi),
        };
        result.max_error = Some([error(&at0, &p0), error(&at1, &p1)]);
    }
    Ok(result)
}

/// The lines that apply, the polynomial of the sigmoid being computed when it is first asked for.
struct Rules<'a> {
    request: &'a Request,
    sigmoid: std::cell::OnceCell<Polynomial>,
}

impl<'a> Rules<'a> {
    fn new(request: &'a Request) -> Result<Rules<'a>, ApproxError> {
        if let Some(Rule::Coefficients { .. }) = request.gradient {
            return Err(ApproxError::CoefficientsForGradient { loss: request.loss.clone() });
        }
        Ok(Rules { request, sigmoid: std::cell::OnceCell::new() })
    }

    fn rule(&self) -> Option<&'a Rule> {
        self.request.gradient.as_ref().or(self.request.sigmoid.as_ref())
    }

    fn domain(&self) -> Option<(f64, f64)> {
        self.rule().and_then(Rule::domain)
    }

    /// The polynomial of the sigmoid; `None` when a line for the whole derivative goes before it.
    fn sigmoid(&self) -> Result<Option<Polynomial>, ApproxError> {
        if self.request.gradient.is_some() {
            return Ok(None);
        }
        if let Some(known) = self.sigmoid.get() {
            return Ok(Some(known.clone()));
        }
        let polynomial = match &self.request.sigmoid {
            None => return Err(ApproxError::MissingSigmoidRule { loss: self.request.loss.clone() }),
            Some(Rule::Coefficients { polynomial, .. }) => polynomial.clone(),
            Some(Rule::Fit(fit)) => fit.polynomial(&sigmoid)?,
        };
        Ok(Some(self.sigmoid.get_or_init(|| polynomial).clone()))
    }

    /// The polynomial of a branch, by the three rules of the module text.
    fn apply(&self, branch: &Branch) -> Result<Polynomial, ApproxError> {
        if let Some(polynomial) = branch.polynomial() {
            return Ok(polynomial);
        }
        if let Some((a, b)) = branch.affine()
            && let Some(p) = self.sigmoid()?
        {
            return Ok(affine(&a, &b, &p));
        }
        match self.rule() {
            Some(Rule::Fit(fit)) => fit.polynomial(&|z| branch.eval(z)),
            rule => Err(ApproxError::NeedsFit {
                loss: self.request.loss.clone(),
                label: branch.label,
                valid: rule.and_then(Rule::domain),
            }),
        }
    }
}

/// `a + b p(z)`
fn affine(a: &RBig, b: &RBig, p: &Polynomial) -> Polynomial {
    p.scale(to_f64(b)).add(&Polynomial::constant(to_f64(a)))
}

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
//!
//! Where the branches mirror each other, `g1(z) = -g0(-z)`, and the interval is symmetric, one fit serves both: the
//! factor of the label then has even powers only, exactly.
//!
//! A derivative that jumps is fitted only if a line for it says so: the user has to know that the polynomial is no
//! good there.

use dashu::rational::RBig;

use super::breaks::jumps;
use super::extrema::{Deviation, maximum};
use super::fit::{Fit, check_interval};
use super::target::{Curve, Target};
use super::{ApproxError, Polynomial};
use crate::autodiff::labels::Branches;
use crate::autodiff::normal::NormalForm;
use hep_tensor::scalar::number::to_f64;
use hep_tensor::scalar::{Expr, Function};

/// The interval of losses about which no line says anything.
pub(crate) const USUAL_RANGE: (f64, f64) = (-8.0, 8.0);

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
    /// The errors at `y = 0` and at `y = 1` on the domain; `None` when there is no domain to measure them on.
    pub errors: Option<[Deviation; 2]>,
    /// Whether nothing was approximated.
    pub exact: bool,
    /// Whether `label` is a constant: the label enters by an addition.
    pub additive_label: bool,
    /// Whether the branches mirror each other: `g1(z) = -g0(-z)`.
    pub mirrored: bool,
}

impl Approximation {
    /// What is evaluated for `y = 0` and for `y = 1`.
    pub fn branches(&self) -> [Polynomial; 2] {
        [self.base.clone(), self.base.add(&self.label)]
    }

    /// The largest error at `y = 0` and at `y = 1`, where it is known.
    pub fn max_error(&self) -> Option<[f64; 2]> {
        self.errors.map(|errors| errors.map(|deviation| deviation.max))
    }

    /// The value that will be computed.
    pub fn eval(&self, y: f64, z: f64) -> f64 {
        self.base.eval(z) + y * self.label.eval(z)
    }
}

/// One branch: its formula and what it is exactly, as far as that is known.
struct Branch {
    label: u8,
    curve: Curve,
}

impl Branch {
    fn polynomial(&self) -> Option<Polynomial> {
        self.curve.normal()?.as_polynomial_in_z()
    }

    fn affine(&self) -> Option<(RBig, RBig)> {
        self.curve.normal()?.as_affine_in_sigmoid()
    }
}

/// Whether `g1(z) = -g0(-z)`: exactly where both have a normal form, else to 12 digits on the interval and its mirror
/// image.
fn mirror_each_other(at0: &Branch, at1: &Branch, domain: Option<(f64, f64)>) -> bool {
    if let (Some(g0), Some(g1)) = (at0.curve.normal(), at1.curve.normal()) {
        return g0.mirrored().is_some_and(|mirrored| mirrored.negated() == *g1);
    }
    let reach = domain.map_or(8.0, |(lo, hi)| lo.abs().max(hi.abs()));
    let size = |z: f64| at0.curve.value(z).abs();
    let scale = maximum(&size, -reach, reach).1;
    let defect = |z: f64| (at1.curve.value(z) + at0.curve.value(-z)).abs();
    maximum(&defect, -reach, reach).1 <= 1e-12 * scale
}

/// `-p(-z)`
fn mirror_image(p: &Polynomial) -> Polynomial {
    let sign = |(k, c): (usize, &f64)| if k % 2 == 0 { -c } else { *c };
    Polynomial::new(p.coefficients().iter().enumerate().map(sign).collect())
}

/// Replaces the derivative of a loss by polynomials.
///
/// # Errors
/// [`ApproxError`]; those about missing or unsuitable `approx` lines have a [`help`](ApproxError::help).
pub fn approximate(branches: &Branches, request: &Request) -> Result<Approximation, ApproxError> {
    let at0 = Branch { label: 0, curve: Curve::new(&branches.g0) };
    let at1 = Branch { label: 1, curve: Curve::new(&branches.g1) };
    let difference = branches.normal_difference();
    let rules = Rules::new(request)?;
    let exact = at0.polynomial().is_some() && at1.polynomial().is_some();
    let domain = if exact { None } else { rules.domain() };
    if let Some((lo, hi)) = domain {
        check_interval(lo, hi)?;
    }
    for branch in [&at0, &at1] {
        rules.check_jumps(branch, [&branches.g0, &branches.g1])?;
    }
    let mirrored = mirror_each_other(&at0, &at1, domain);

    let base = rules.apply(&at0)?;
    let label = if let Some(known) = difference.as_ref().and_then(NormalForm::as_polynomial_in_z) {
        known
    } else if let (Some((a0, b0)), Some((a1, b1))) = (at0.affine(), at1.affine())
        && let Some(p) = rules.sigmoid()?
    {
        affine(&(a1 - a0), &(b1 - b0), &p)
    } else if mirrored && domain.is_some_and(|(lo, hi)| lo == -hi) {
        mirror_image(&base).sub(&base)
    } else {
        let other = rules.apply(&at1)?;
        let reach = rules.domain().map_or(1.0, |(lo, hi)| lo.abs().max(hi.abs()));
        let scale = base.largest_term(reach).max(other.largest_term(reach));
        other.sub(&base).trimmed(reach, scale)
    };
    if !base.is_finite() || !label.is_finite() {
        return Err(ApproxError::BadCoefficients);
    }

    let mut result = Approximation {
        additive_label: label.as_constant().is_some(),
        base,
        label,
        domain,
        errors: exact.then_some([Deviation::default(); 2]),
        exact,
        mirrored,
    };
    if let Some((lo, hi)) = domain {
        let [p0, p1] = result.branches();
        let error = |branch: &Branch, p: &Polynomial| match branch.polynomial() {
            Some(_) => Deviation::default(),
            None => Deviation::of(&branch.curve, p, lo, hi),
        };
        result.errors = Some([error(&at0, &p0), error(&at1, &p1)]);
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
            Some(Rule::Fit(fit)) => fit.polynomial(&Curve::new(&Expr::z().sigmoid()))?,
        };
        Ok(Some(self.sigmoid.get_or_init(|| polynomial).clone()))
    }

    /// Refuses a derivative that jumps inside the interval, unless there is a line for it. `formulas` are both branches,
    /// to tell which function to smooth.
    fn check_jumps(&self, branch: &Branch, formulas: [&Expr; 2]) -> Result<(), ApproxError> {
        if self.request.gradient.is_some() {
            return Ok(());
        }
        let valid = self.domain().unwrap_or(USUAL_RANGE);
        let Some(jump) = jumps(&branch.curve, valid.0, valid.1)?.first().copied() else { return Ok(()) };
        let steps = formulas.iter().any(|formula| formula.mentions(Function::Step));
        Err(ApproxError::Jump {
            loss: self.request.loss.clone(),
            label: branch.label,
            z: jump.z,
            size: jump.size,
            function: if steps { "relu" } else { "abs" },
            valid,
        })
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
            Some(Rule::Fit(fit)) => fit.polynomial(&branch.curve),
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

//! Why a loss could not be approximated, and what to write instead.

use hep_plan::number::shown;
use thiserror::Error;

use super::fit::{MAX_AUTO_DEGREE, MAX_DEGREE};
use super::policy::USUAL_RANGE;
use hep_tensor::scalar::TooLarge;

/// An approximation that cannot be had.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ApproxError {
    /// The function has a pole or leaves its domain inside the interval.
    #[error("the function is {value} at z = {}, inside the interval {lo} .. {hi}", shown(place(*z, *lo, *hi)))]
    NotFinite {
        /// Where.
        z: f64,
        /// Infinite or NaN.
        value: f64,
        /// Start of the interval.
        lo: f64,
        /// End of the interval.
        hi: f64,
    },
    /// The ends are not finite or not in order.
    #[error("the interval {lo} .. {hi} is empty")]
    EmptyInterval {
        /// Start of the interval.
        lo: f64,
        /// End of the interval.
        hi: f64,
    },
    /// A degree nobody could evaluate under encryption.
    #[error("degree {degree} is above the limit {MAX_DEGREE}")]
    DegreeTooHigh {
        /// The degree asked for.
        degree: usize,
    },
    /// `error <= e` with an `e` that is not positive.
    #[error("no polynomial reaches an error of {tolerance}")]
    BadTolerance {
        /// The error asked for.
        tolerance: f64,
    },
    /// `error <= e` is not reached.
    #[error("degree {MAX_AUTO_DEGREE} leaves an error of {}, which is above {}", shown(*reached), shown(*tolerance))]
    ToleranceNotReached {
        /// The error asked for.
        tolerance: f64,
        /// The best error found.
        reached: f64,
    },
    /// The function is too rough: its coefficients do not settle.
    #[error("the fit by {method} does not settle: the function is not smooth enough on the interval")]
    NoConvergence {
        /// Name of the method.
        method: &'static str,
    },
    /// The terms of the polynomial are so much larger than their sum that no digit of it is left.
    #[error(
        "at degree {degree} the powers of the score cancel each other and no digit of the function is left"
    )]
    Cancellation {
        /// The degree.
        degree: usize,
    },
    /// A coefficient is infinite or NaN.
    #[error("a coefficient of the polynomial is not a finite number")]
    BadCoefficients,
    /// The derivative is affine in the sigmoid, but nothing says how to approximate that.
    #[error("the derivative of `{loss}` contains sigmoid(z), for which there is no `approx` line")]
    MissingSigmoidRule {
        /// Name of the loss.
        loss: String,
    },
    /// The derivative is no polynomial and not affine in the sigmoid: it needs a fit of its own.
    #[error(
        "the derivative of `{loss}` at y = {label} is not a + b * sigmoid(z), so it has to be fitted as a whole"
    )]
    NeedsFit {
        /// Name of the loss.
        loss: String,
        /// The label of the branch.
        label: u8,
        /// The valid range of the coefficients given for the sigmoid, if any.
        valid: Option<(f64, f64)>,
    },
    /// The derivative jumps, and nothing says how that is to be smoothed.
    #[error(
        "at y = {label} the derivative of `{loss}` jumps by {} at z = {}, and no polynomial is near a jump",
        shown(*size),
        shown(*z)
    )]
    Jump {
        /// Name of the loss.
        loss: String,
        /// The label of the branch.
        label: u8,
        /// Where.
        z: f64,
        /// Limit from the right minus limit from the left.
        size: f64,
        /// The function that is not smooth, `relu` or `abs`.
        function: &'static str,
        /// The interval.
        valid: (f64, f64),
    },
    /// Coefficients were given for the derivative of a loss, which has two branches.
    #[error(
        "the derivative of `{loss}` is one polynomial for each label, so coefficients cannot be given for it"
    )]
    CoefficientsForGradient {
        /// Name of the loss.
        loss: String,
    },
    /// The slope of the derivative is nowhere positive, or unbounded without a range.
    #[error("the derivative has no positive bound on its slope: {reason}")]
    NoCurvature {
        /// The details.
        reason: String,
    },
    /// The formula is too large.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// The line for the sigmoid that most programs have.
const SIGMOID: &str = "approx sigmoid on -8 .. 8 degree 3 by least_squares";
/// Ends of narrower ranges of lines, where functions vary less.
const NARROWER: [f64; 3] = [4.0, 2.0, 1.0];

/// A score to nine digits of the interval: what lies nearer to 0 than that is 0.
fn place(z: f64, lo: f64, hi: f64) -> f64 {
    let unit = 10f64.powf((hi - lo).abs().log10().floor() - 9.0);
    let rounded = (z / unit).round() * unit;
    if rounded.is_finite() { format!("{rounded:.6e}").parse().unwrap_or(z) } else { z }
}

impl ApproxError {
    /// Lines that may stand for what has no polynomial: on the range that is written, and on narrower ones.
    pub fn lines(&self) -> Vec<String> {
        let (loss, valid) = match self {
            ApproxError::NeedsFit { loss, valid, .. } => (loss, valid),
            ApproxError::MissingSigmoidRule { .. } => return vec![SIGMOID.to_owned()],
            _ => return Vec::new(),
        };
        let (lo, hi) = valid.unwrap_or(USUAL_RANGE);
        let reach = hi.max(-lo);
        let narrower = NARROWER.into_iter().filter(|end| *end < reach);
        let ranges = std::iter::once((lo, hi)).chain(narrower.map(|end| (lo.max(-end), hi.min(end))));
        let ranges = ranges.filter(|(lo, hi)| lo < hi);
        ranges
            .map(|(lo, hi)| format!("approx grad {loss} on {lo} .. {hi} degree 7 by least_squares"))
            .collect()
    }

    /// What to write instead, where that can be said.
    pub fn help(&self) -> Option<String> {
        let range = |valid: Option<(f64, f64)>| {
            let (lo, hi) = valid.unwrap_or((-8.0, 8.0));
            format!("{lo} .. {hi}")
        };
        match self {
            ApproxError::NotFinite { .. } => {
                Some("choose a range without it, on which the function is finite; a loss of probabilities is written as one of the scores they are the sigmoids of, `log(sigmoid(z))` for `log(p)`".to_owned())
            }
            ApproxError::Cancellation { .. } => Some("lower the degree, or narrow the range".to_owned()),
            ApproxError::EmptyInterval { .. } => {
                Some("write the smaller end first, as in `on -8 .. 8`".to_owned())
            }
            ApproxError::MissingSigmoidRule { .. } => {
                Some(format!("add `{SIGMOID}`"))
            }
            ApproxError::NeedsFit { loss, .. } => Some(format!(
                "a polynomial may stand for it: an `approx grad {loss}` line with the range of the scores"
            )),
            ApproxError::Jump { loss, function, valid, .. } => {
                let smooth = match *function {
                    "abs" => "approx abs(u) = sqrt(u ** 2 + 0.01)",
                    _ => "approx relu(u) = softplus(4 * u) / 4",
                };
                let whole =
                    format!("approx grad {loss} on {} degree 7 by least_squares", range(Some(*valid)));
                Some(format!(
                    "add `{smooth}`, or `{whole}`, which fits the jump as well as its degree allows"
                ))
            }
            ApproxError::CoefficientsForGradient { loss } => {
                Some(format!("write `approx grad {loss} on {} degree 7 by least_squares`", range(None)))
            }
            ApproxError::ToleranceNotReached { reached, .. } => {
                Some(format!("narrow the interval or allow `error <= {}`", shown(reached * 2.0)))
            }
            ApproxError::NoConvergence { method } if *method != "least_squares" => {
                Some("write `by least_squares`, which fits rough functions too".to_owned())
            }
            ApproxError::DegreeTooHigh { .. } => Some("use `degree 15` or less".to_owned()),
            ApproxError::BadTolerance { .. } => {
                Some("write a positive bound, as in `error <= 0.01`".to_owned())
            }
            _ => None,
        }
    }
}

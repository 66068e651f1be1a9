//! Losses that compile and may not train.

use super::Resolver;
use crate::approx::{self, Approximation, Curve, Degree, Deviation, Fit, Method, Request, Rule};
use crate::autodiff::labels::Branches;
use crate::diagnostics::{Diagnostic, codes};
use crate::syntax::ast::Function;
use hep_plan::number::shown;
use hep_tensor::scalar;
use hep_tensor::source::Span;

/// Degrees of the fits that are tried in place of an approximation that is no better than a constant.
const TRIED: [usize; 4] = [3, 5, 7, 9];

impl Resolver<'_> {
    /// Says that a loss falls without limit at one of these labels, once.
    pub(super) fn warn_unbounded(&mut self, loss: &Function, formula: &scalar::Expr, labels: &[f64]) {
        let Some(fall) = approx::unbounded(formula, labels) else { return };
        let direction = if fall.upwards { "grows" } else { "falls" };
        let name = &loss.name.name;
        let warning = Diagnostic::warning(codes::UNBOUNDED, format!("the loss `{name}` has no lower bound"))
            .at(
                loss.results.first().map_or(loss.name.span, |body| body.span),
                format!("falls without limit for y = {} as the score {direction}", fall.label),
            )
            .note("minimising it drives the scores apart for ever, which is not training")
            .help(if labels.iter().all(|label| [0.0, 1.0].contains(label)) {
                "use a loss with a smallest value: `-log(abs(1 - y - sigmoid(z)))`"
            } else {
                "use a loss with a smallest value: `(y - z) ** 2`"
            });
        self.warn_once(warning);
    }

    /// Says that a loss with a smallest value for labels between 0 and 1 has none for real targets, once.
    pub(super) fn warn_no_shares(
        &mut self,
        (loss, formula): (&str, &scalar::Expr),
        range: Option<(f64, f64)>,
        labels: Span,
    ) {
        let (lo, hi) = range.unwrap_or((-1.0, 2.0));
        let outside: Vec<f64> = [lo, hi].into_iter().filter(|end| !(0.0..=1.0).contains(end)).collect();
        // Scores of large targets are large.
        let has_least = |label: &f64| has_least(|z| formula.eval(*label, z * (label.abs() / 8.0).max(1.0)));
        if outside.is_empty() || !has_least(&0.5) || outside.iter().any(has_least) {
            return;
        }
        let title = format!("the loss `{loss}` has no smallest value for targets outside of 0 .. 1");
        let warning = Diagnostic::warning(codes::NO_SHARES, title)
            .at(labels, "real numbers that are not declared `in 0 .. 1`")
            .note("for other targets scores grow as long as training lasts: they are no predictions of them")
            .help("predict numbers with the loss `losses.squared`, or declare shares `in 0 .. 1`");
        self.warn_once(warning);
    }

    /// Says that a polynomial pushes scores the wrong way where training starts, once.
    pub(super) fn warn_wrong_way(
        &mut self,
        loss: &str,
        branches: &Branches,
        approximation: &Approximation,
        expr: Span,
    ) {
        let Some(found) = approx::wrong_way(branches, approximation) else { return };
        let (lo, hi) = approximation.domain.unwrap_or_default();
        let span = self.approximations.line(loss).map_or(expr, |(line, _)| line.span);
        let title =
            format!("the approximation of `{loss}` points the wrong way at the score {}", shown(found.z));
        let warning = Diagnostic::warning(codes::WRONG_WAY, title)
            .at(
                span,
                format!(
                    "at y = {} the derivative is {} there, the polynomial {}",
                    found.label.value(),
                    shown(found.derivative),
                    shown(found.polynomial)
                ),
            )
            .note("a gradient step then makes the loss of such scores larger")
            .help(format!(
                "choose a range on which a polynomial can follow: `on {} .. {}`",
                lo / 4.0,
                hi / 4.0
            ));
        self.warn_once(warning);
    }

    /// Says that what stands for the derivative of a loss is no better than a constant, once.
    pub(super) fn warn_useless_gradient(
        &mut self,
        loss: &str,
        branches: &Branches,
        approximation: &Approximation,
        expr: Span,
    ) {
        let (Some(errors), Some((lo, hi))) = (approximation.errors, approximation.domain) else { return };
        let Some((label, error)) = errors.iter().enumerate().find(|(_, error)| !error.helps()) else {
            return;
        };
        let request = self.approximations.request(loss);
        let span = self.approximations.line(loss).map_or(expr, |(line, _)| line.span);
        let name = if request.gradient.is_some() { format!("grad {loss}") } else { "sigmoid".to_owned() };
        let better = TRIED.into_iter().find_map(|degree| {
            let fit = Some(Rule::Fit(fit((lo, hi), degree)));
            let tried = match request.gradient {
                Some(_) => Request { gradient: fit, ..request.clone() },
                None => Request { sigmoid: fit, ..request.clone() },
            };
            let errors = approx::approximate(branches, &tried).ok()?.errors?;
            errors.iter().all(Deviation::helps).then(|| (degree, errors[0].max.max(errors[1].max)))
        });
        let at = format!("at y = {label}, ");
        self.warn_useless(&name, (lo, hi), (&at, *error), better, span);
    }

    /// Says that what stands for a function is no better than a constant, once.
    pub(super) fn warn_useless_function(
        &mut self,
        function: &str,
        curve: &Curve,
        domain: (f64, f64),
        error: Deviation,
        span: Span,
    ) {
        if error.helps() {
            return;
        }
        let better = TRIED.into_iter().find_map(|degree| {
            let polynomial = fit(domain, degree).polynomial(curve).ok()?;
            let error = Deviation::of(curve, &polynomial, domain.0, domain.1);
            error.helps().then_some((degree, error.max))
        });
        self.warn_useless(function, domain, ("", error), better, span);
    }

    fn warn_useless(
        &mut self,
        name: &str,
        (lo, hi): (f64, f64),
        (at, error): (&str, Deviation),
        better: Option<(usize, f64)>,
        span: Span,
    ) {
        let Deviation { max, rms, constant_max, constant_rms, .. } = error;
        let title = format!("the approximation of `{name}` is no better than a constant");
        let help = better.map(|(degree, error)| {
            format!(
                "write `approx {name} on {lo} .. {hi} degree {degree} by least_squares`: its largest error is {}",
                shown(error)
            )
        });
        let warning = Diagnostic::warning(codes::USELESS, title)
            .at(
                span,
                format!(
                    "{at}its largest error here is {}, its root mean square error {}",
                    shown(max),
                    shown(rms)
                ),
            )
            .note(format!("the best constants have {} and {}", shown(constant_max), shown(constant_rms)))
            .maybe_help(help);
        self.warn_once(warning);
    }

    pub(super) fn warn_once(&mut self, warning: Diagnostic) {
        if !self.messages.contains(&warning) {
            self.messages.push(warning);
        }
    }
}

/// Whether a function of the score is smallest somewhere between large scores.
pub(super) fn has_least(of: impl Fn(f64) -> f64) -> bool {
    let values: Vec<f64> = (-64..=64).map(|z| of(f64::from(z) / 4.0)).collect();
    let ([first, inner @ .., last], true) = (values.as_slice(), values.iter().all(|v| v.is_finite())) else {
        return true;
    };
    let least = inner.iter().copied().fold(f64::INFINITY, f64::min);
    least < *first && least < *last
}

/// A fit by least squares.
fn fit((lo, hi): (f64, f64), degree: usize) -> Fit {
    Fit { lo, hi, degree: Degree::Exactly(degree), method: Method::LeastSquares }
}

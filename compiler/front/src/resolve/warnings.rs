//! Losses that compile and may not train.

use super::Resolver;
use crate::approx::{self, Approximation, Curve, Degree, Deviation, Fit, Method, Request, Rule};
use crate::autodiff::labels::Branches;
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes};
use crate::syntax::ast::{Expr, ExprKind, Function, Item};
use crate::syntax::labels;
use hep_plan::number::shown;
use hep_tensor::scalar;
use hep_tensor::source::Span;

/// Degrees of the fits that are tried in place of an approximation that is no better than a constant.
const TRIED: [usize; 4] = [3, 5, 7, 9];
/// Parts of a range on which a polynomial may point the right way.
const PARTS: [f64; 4] = [2.0, 4.0, 8.0, 16.0];

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
            .note("minimizing it drives the scores apart for ever, which is not training")
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
        (labels, gradient): (&Expr, &Expr),
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
            .at(labels.span, "real numbers that are not declared `in 0 .. 1`")
            .note("for other targets scores grow as long as training lasts: they are no predictions of them")
            .help("predict numbers with the loss `losses.squared`, or declare shares `in 0 .. 1`")
            .proposing(self.other_targets(labels, gradient));
        self.warn_once(warning);
    }

    /// Labels as they may be meant: classes, shares, or numbers with a loss of their own.
    fn other_targets(&self, written: &Expr, gradient: &Expr) -> Vec<Proposal> {
        let mut found = self.as_classes(written);
        let ExprKind::Name(name) = &written.kind else { return found };
        found.extend(
            labels::encrypted(self.file, name).and_then(|secret| labels::as_shares(self.file, secret)),
        );
        // The loss is the first argument.
        let loss = match &gradient.kind {
            ExprKind::Call { args, .. } => args.first().filter(|arg| arg.name.is_none()),
            _ => None,
        };
        found.extend(loss.map(|loss| labels::of_numbers(self.file, &loss.value)));
        found
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
            .help("choose a range on which a polynomial can follow")
            .proposing(self.narrower(loss, span, (lo, hi)));
        self.warn_once(warning);
    }

    /// The line of a loss on parts of its range.
    fn narrower(&self, loss: &str, span: Span, (lo, hi): (f64, f64)) -> Vec<Proposal> {
        let request = self.approximations.request(loss);
        let (name, rule) = match (request.gradient, request.sigmoid) {
            (Some(rule), _) => (format!("grad {loss}"), rule),
            (None, Some(rule)) => ("sigmoid".to_owned(), rule),
            (None, None) => return vec![],
        };
        let (Rule::Fit(Fit { degree: Degree::Exactly(degree), method, .. }), Some(place)) =
            (rule, self.line_at(span))
        else {
            return vec![];
        };
        let proposal = |share: f64| {
            let (lo, hi, method) = (lo / share, hi / share, method.name());
            let line = format!("approx {name} on {lo} .. {hi} degree {degree} by {method}");
            let words = format!("write `{line}`, a range on which the polynomial points the right way");
            Proposal { words, edits: vec![Edit::Replace(place, line)] }
        };
        PARTS.map(proposal).into()
    }

    /// The whole `approx` line around its range.
    fn line_at(&self, range: Span) -> Option<Span> {
        self.file.items.iter().find_map(|item| match item {
            Item::Approx(line) if line.span.contains(range) => Some(line.span),
            _ => None,
        })
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
        let better = tried((lo, hi)).filter_map(|fit| {
            let rule = Some(Rule::Fit(fit));
            let tried = match request.gradient {
                Some(_) => Request { gradient: rule, ..request.clone() },
                None => Request { sigmoid: rule, ..request.clone() },
            };
            let errors = approx::approximate(branches, &tried).ok()?.errors?;
            errors.iter().all(Deviation::helps).then(|| (fit, errors[0].max.max(errors[1].max)))
        });
        let better = better.collect();
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
        let better = tried(domain).filter_map(|fit| {
            let error = Deviation::of(curve, &fit.polynomial(curve).ok()?, domain.0, domain.1);
            error.helps().then_some((fit, error.max))
        });
        let better = better.collect();
        self.warn_useless(function, domain, ("", error), better, span);
    }

    fn warn_useless(
        &mut self,
        name: &str,
        (lo, hi): (f64, f64),
        (at, error): (&str, Deviation),
        better: Vec<(Fit, f64)>,
        span: Span,
    ) {
        let Deviation { max, rms, constant_max, constant_rms, .. } = error;
        let title = format!("the approximation of `{name}` is no better than a constant");
        let place = self.line_at(span);
        // What is proposed is better than what it is proposed for.
        let better = better.into_iter().filter(|(_, error)| *error < max).filter_map(|(fit, error)| {
            let Fit { degree: Degree::Exactly(degree), method, .. } = fit else { return None };
            let line = format!("approx {name} on {lo} .. {hi} degree {degree} by {}", method.name());
            let words = format!("write `{line}`: its largest error is {}", shown(error));
            Some(Proposal { words, edits: vec![Edit::Replace(place?, line)] })
        });
        let better: Vec<Proposal> = better.collect();
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
            .proposing(better);
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

/// Fits on a range, of the lowest degrees first.
fn tried((lo, hi): (f64, f64)) -> impl Iterator<Item = Fit> {
    let methods = [Method::LeastSquares, Method::Minimax];
    let fits = TRIED.into_iter().flat_map(move |degree| methods.map(|method| (degree, method)));
    fits.map(move |(degree, method)| Fit { lo, hi, degree: Degree::Exactly(degree), method })
}

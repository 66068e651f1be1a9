//! Programs that compile, and do something else than what they look like: each is a warning.

use super::Resolver;
use super::formula::Formulas;
use super::names::mentions;
use crate::approx;
use crate::diagnostics::{Diagnostic, codes};
use crate::scalar;
use crate::source::Span;
use crate::syntax::ast::{Arg, BinaryOp, Expr, ExprKind, Function, Ident};
use crate::syntax::print::expression;

/// Names that scores and labels go by.
const SCORES: [&str; 10] =
    ["z", "s", "score", "scores", "logit", "logits", "pred", "prediction", "yhat", "y_hat"];
const LABELS: [&str; 7] = ["y", "Y", "label", "labels", "target", "targets", "t"];
/// Labels and scores at which a loss is tried both ways round.
const PAIRS: [(f64, f64); 3] = [(0.0, 0.75), (1.0, -0.25), (0.5, 2.0)];
/// Definitions of the standard library by which a constant column becomes 0.
const CENTRING: [&str; 3] = ["centre", "standardise", "whiten"];

/// The sign of a factor: of numbers, sizes, the number of an iteration and what is made of them.
#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Plus,
    Minus,
}

impl Sign {
    fn times(self, other: Sign) -> Sign {
        if self == other { Sign::Plus } else { Sign::Minus }
    }
}

/// A gradient and what it is taken by.
struct Gradient<'e> {
    loss: &'e str,
    at: &'e str,
    span: Span,
}

impl<'a> Resolver<'a> {
    /// Says that a step goes up: `V + rate * grad(l, …, at = V)` of a positive rate makes the loss larger.
    pub(super) fn warn_ascent(&mut self, value: &Expr) {
        let mut terms = vec![];
        summands(value, Sign::Plus, &mut terms);
        for (sign, term) in &terms {
            let Some((of, gradient)) = self.step(term) else { continue };
            let is_start = |(sign, start): &(Sign, &Expr)| {
                self.multiple(start, gradient.at).is_some_and(|factor| factor.times(*sign) == Sign::Plus)
            };
            if sign.times(of) == Sign::Plus
                && terms.iter().any(is_start)
                && self.is_to_be_minimised(gradient.loss)
            {
                let Gradient { loss, at, span } = gradient;
                let title = format!("this step makes the loss `{loss}` larger");
                let warning = Diagnostic::warning(codes::ASCENT, title)
                    .at(span, format!("the gradient at `{at}` is added to `{at}`"))
                    .note("a loss falls against its gradient")
                    .help(format!("subtract it: `{at} - ...` in place of `{at} + ...`"));
                self.warn_once(warning);
                return;
            }
        }
    }

    /// A gradient times factors whose sign is known, and their sign.
    fn step<'e>(&self, term: &'e Expr) -> Option<(Sign, Gradient<'e>)> {
        match &term.kind {
            ExprKind::Call { function, args } if function.name == "grad" => {
                let loss = args.first().filter(|arg| arg.name.is_none())?;
                let at = args.iter().find(|arg| arg.name.as_ref().is_some_and(|name| name.name == "at"))?;
                let (ExprKind::Name(loss), ExprKind::Name(at)) = (&loss.value.kind, &at.value.kind) else {
                    return None;
                };
                Some((Sign::Plus, Gradient { loss, at, span: term.span }))
            }
            ExprKind::Neg(inner) => {
                self.step(inner).map(|(sign, gradient)| (sign.times(Sign::Minus), gradient))
            }
            ExprKind::Binary { op: BinaryOp::Mul, left, right } => {
                let (factor, step) =
                    self.step(left).map_or_else(|| (left, self.step(right)), |step| (right, Some(step)));
                let (sign, gradient) = step?;
                Some((sign.times(self.sign(factor)?), gradient))
            }
            ExprKind::Binary { op: BinaryOp::Div, left, right } => {
                let (sign, gradient) = self.step(left)?;
                Some((sign.times(self.sign(right)?), gradient))
            }
            _ => None,
        }
    }

    /// The sign of the factor, where a term is a multiple of a name.
    fn multiple(&self, term: &Expr, name: &str) -> Option<Sign> {
        match &term.kind {
            ExprKind::Name(known) => (known == name).then_some(Sign::Plus),
            ExprKind::Binary { op: BinaryOp::Mul, left, right } if mentions(right, name) => {
                Some(self.multiple(right, name)?.times(self.sign(left)?))
            }
            ExprKind::Binary { op: BinaryOp::Mul, left, right } => {
                Some(self.multiple(left, name)?.times(self.sign(right)?))
            }
            _ => None,
        }
    }

    fn sign(&self, factor: &Expr) -> Option<Sign> {
        let of = |value: f64| match value {
            value if value > 0.0 => Some(Sign::Plus),
            value if value < 0.0 => Some(Sign::Minus),
            _ => None,
        };
        match &factor.kind {
            ExprKind::Number { value, .. } => of(*value),
            ExprKind::Name(name) => {
                if self.dims.get(name).is_some() {
                    return Some(Sign::Plus);
                }
                let node = (*self.values.get(name)?).ok()?;
                let is_index = self.index.is_some_and(|(index, _)| index == node);
                if is_index { Some(Sign::Plus) } else { of(self.b.as_number(node)?) }
            }
            ExprKind::Neg(inner) => self.sign(inner).map(|sign| sign.times(Sign::Minus)),
            ExprKind::Binary { op, left, right } => {
                let (a, b) = (self.sign(left)?, self.sign(right)?);
                match op {
                    BinaryOp::Mul | BinaryOp::Div => Some(a.times(b)),
                    BinaryOp::Add if a == b => Some(a),
                    BinaryOp::Sub if a != b => Some(a),
                    BinaryOp::Pow if a == Sign::Plus => Some(Sign::Plus),
                    _ => None,
                }
            }
            ExprKind::Call { function, .. }
                if matches!(function.name.as_str(), "exp" | "sigmoid" | "softplus") =>
            {
                Some(Sign::Plus)
            }
            _ => None,
        }
    }

    /// Whether a loss has a smallest value and no largest one, so that nobody climbs it.
    fn is_to_be_minimised(&self, loss: &str) -> bool {
        let Some(loss) = self.losses.get(self.loss_for(loss)) else { return false };
        let labels = [0.0, 1.0];
        Formulas::loss(self, loss).is_ok_and(|formula| {
            approx::unbounded(&formula, &labels).is_none() && approx::unbounded(&-formula, &labels).is_some()
        })
    }

    /// Says that a loss takes its score first, once: its names say so, and the other order is another loss.
    pub(super) fn warn_swapped(&mut self, loss: &Function, formula: &scalar::Expr) {
        let [first, second] = loss.params.as_slice() else { return };
        let (first, second) = (first.name.name.as_str(), second.name.name.as_str());
        let is_symmetric = PAIRS.iter().all(|&(a, b)| {
            let (one, other) = (formula.eval(a, b), formula.eval(b, a));
            (one - other).abs() <= 1e-9 * one.abs().max(1.0)
        });
        if !SCORES.contains(&first) || !LABELS.contains(&second) || is_symmetric {
            return;
        }
        let name = &loss.name.name;
        let warning = Diagnostic::warning(codes::SWAPPED, format!("the loss `{name}` takes its score first"))
            .at(loss.name.span, format!("`{first}` is given the label, and `{second}` the score"))
            .note("a loss is given the label, then the score")
            .help(format!("turn them round: `loss {name}({second}, {first}) = ...`"));
        self.warn_once(warning);
    }

    /// Says that a column of ones is prepared away.
    pub(super) fn warn_lost_bias(&mut self, function: &Ident, args: &[Arg]) {
        let name = function.name.rsplit('.').next().unwrap_or(&function.name);
        let [arg] = args else { return };
        if !CENTRING.contains(&name) || !self.calls.is_empty() {
            return;
        }
        let is_bias =
            |expr: &Expr| matches!(&expr.kind, ExprKind::Call { function, .. } if function.name == "bias");
        let named = match &arg.value.kind {
            ExprKind::Name(name) => self.formulas.get(name.as_str()).copied(),
            _ => None,
        };
        let Some(bias) = [Some(&arg.value), named].into_iter().flatten().find(|expr| is_bias(expr)) else {
            return;
        };
        let ExprKind::Call { args: inner, .. } = &bias.kind else { return };
        let Some(features) = inner.first().map(|arg| expression(&arg.value)) else { return };
        let warning = Diagnostic::warning(codes::LOST_BIAS, format!("`{name}` makes the column of ones 0"))
            .at(arg.value.span, "has a column of ones in front")
            .note("the mean of every column is taken off it, so that no intercept is trained")
            .help(format!("add the column last: `bias({name}({features}))`"));
        self.warn_once(warning);
    }
}

/// The summands of an expression, each with its sign.
fn summands<'e>(expr: &'e Expr, sign: Sign, found: &mut Vec<(Sign, &'e Expr)>) {
    match &expr.kind {
        ExprKind::Binary { op: BinaryOp::Add, left, right } => {
            summands(left, sign, found);
            summands(right, sign, found);
        }
        ExprKind::Binary { op: BinaryOp::Sub, left, right } => {
            summands(left, sign, found);
            summands(right, sign.times(Sign::Minus), found);
        }
        ExprKind::Neg(inner) => summands(inner, sign.times(Sign::Minus), found),
        _ => found.push((sign, expr)),
    }
}

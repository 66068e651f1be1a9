//! Programs that compile, and do something else than what they look like: each is a warning.

use super::Resolver;
use super::formula::Formulas;
use super::lost_ones::lost_ones;
use super::names::mentions;
use crate::approx;
use crate::diagnostics::{Diagnostic, codes};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Function};
use crate::syntax::print::expression;
use hep_tensor::dag::NodeId;
use hep_tensor::scalar;
use hep_tensor::source::Span;

/// Scores at which a loss is looked at.
const SCORES: [f64; 5] = [-2.0, -0.5, 0.0, 0.75, 2.0];

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
                && self.is_to_be_minimized(gradient.loss)
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
    fn is_to_be_minimized(&self, loss: &str) -> bool {
        let Some(loss) = self.losses.get(self.loss_for(loss)) else { return false };
        let labels = [0.0, 1.0];
        Formulas::loss(self, loss).is_ok_and(|formula| {
            approx::unbounded(&formula, &labels).is_none() && approx::unbounded(&-formula, &labels).is_some()
        })
    }

    /// Says that a loss takes its score first, once: with the label in its first place it teaches nothing at one of the labels
    /// 0 and 1 or falls without limit, and with the score there it is a loss of both. Where the labels are others, or both orders
    /// make sense, nothing is known.
    pub(super) fn warn_swapped(&mut self, loss: &Function, formula: &scalar::Expr, labels: &[f64]) {
        let [first, second] = loss.params.as_slice() else { return };
        let turned = formula.substitute(&scalar::Expr::z(), &scalar::Expr::y());
        if labels != [0.0, 1.0] || !teaches_nothing(formula) || !tells_labels_apart(&turned) {
            return;
        }
        let (first, second) = (first.name.name.as_str(), second.name.name.as_str());
        let name = &loss.name.name;
        let warning = Diagnostic::warning(codes::SWAPPED, format!("the loss `{name}` takes its score first"))
            .at(loss.name.span, format!("`{first}` is given the label, and `{second}` the score"))
            .note("a loss is given the label, then the score: so it cannot be trained, and the other way round it can")
            .help(format!("turn them round: `loss {name}({second}, {first}) = ...`"));
        self.warn_once(warning);
    }

    /// Says that a column of ones is prepared away: what is encrypted has it in every row, and mean 0 in every column.
    pub(super) fn warn_lost_bias(&mut self, value: &Expr, node: NodeId) {
        let Some(ones) = lost_ones(&self.b.graph, node) else { return };
        let help = self.bias_behind(value).unwrap_or_else(|| {
            "add the column to what is prepared, as in `bias(standardise(X0))` with `use preprocessing.standardise`"
                .to_owned()
        });
        let warning = Diagnostic::warning(codes::LOST_BIAS, "the column of ones becomes 0")
            .at(value.span, "every column of this has mean 0")
            .and(self.b.graph.node(ones).span, "the column of ones is added here")
            .note("the mean of every column is taken off it, so that no intercept is trained")
            .help(help);
        self.warn_once(warning);
    }

    /// `f(bias(X0))` as `bias(f(X0))`, also where the column is added in a value of its own.
    fn bias_behind(&self, value: &Expr) -> Option<String> {
        let ExprKind::Call { function, args } = &value.kind else { return None };
        let [arg] = args.as_slice() else { return None };
        let named = match &arg.value.kind {
            ExprKind::Name(name) => self.formulas.get(name.as_str()).copied(),
            _ => None,
        };
        let features = [Some(&arg.value), named].into_iter().flatten().find_map(|expr| match &expr.kind {
            ExprKind::Call { function, args } if function.name == "bias" => args.first(),
            _ => None,
        })?;
        let name = function.name.rsplit('.').next().unwrap_or(&function.name);
        Some(format!("add the column last: `bias({name}({}))`", expression(&features.value)))
    }
}

/// Whether a loss does not change with the score at a label, or falls without limit.
fn teaches_nothing(loss: &scalar::Expr) -> bool {
    let constant = |label: f64| {
        let at = |score: f64| loss.eval(label, score);
        let size = at(0.0).abs().max(1.0);
        SCORES.iter().all(|score| (at(*score) - at(0.0)).abs() <= 1e-9 * size)
    };
    constant(0.0) || constant(1.0) || approx::unbounded(loss, &[0.0, 1.0]).is_some()
}

/// Whether a loss draws the score of the label 1 up and that of the label 0 down.
fn tells_labels_apart(loss: &scalar::Expr) -> bool {
    const STEP: f64 = 1e-4;
    let slope = |label: f64| (loss.eval(label, STEP) - loss.eval(label, -STEP)) / (2.0 * STEP);
    let (down, up) = (slope(0.0), slope(1.0));
    !teaches_nothing(loss) && down > 0.0 && up < 0.0
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

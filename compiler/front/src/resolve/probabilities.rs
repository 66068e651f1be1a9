//! Losses of probabilities, as other languages write them, as losses of the scores. Each is tried before somebody is told of it.

use super::Resolver;
use super::names::{form, mentions};
use crate::diagnostics::{Edit, Proposal};
use crate::syntax::ast::{Arg, BinaryOp, Expr, ExprKind, File, Function, Ident, Item};
use crate::syntax::labels;
use crate::syntax::print::plain;
use crate::syntax::walk::{expressions, statements, training, values};
use hep_tensor::source::Span;

/// What makes probabilities of scores.
const MAKERS: [&str; 3] = ["sigmoid", "softmax", "log_softmax"];

impl<'a> Resolver<'a> {
    /// The loss of a gradient with a sigmoid of its score wherever it takes the logarithm of it, and without the function around the
    /// scores: of several classes each has a sigmoid of its own.
    pub(super) fn of_probabilities(&self, is_meant: impl Fn(&str, &str, Span) -> bool) -> Option<Proposal> {
        let (loss, labels, scores) =
            self.gradients().into_iter().find(|(loss, _, scores)| is_meant(loss, scores.0, scores.1))?;
        let loss = self.file.items.iter().find_map(|item| match item {
            Item::Loss(known) if known.name.name == loss => Some(known),
            _ => None,
        })?;
        let ([y, p], [body]) = (loss.params.as_slice(), loss.results.as_slice()) else { return None };
        let (y, p) = (y.name.name.as_str(), p.name.name.as_str());
        if !takes_logarithm(body, p) {
            return None;
        }
        let is_of_classes = labels::encrypted(self.file, labels).is_some_and(|d| d.ty.kind.name == "onehot");
        let text = if is_of_classes && !has_both(body, y) {
            format!("-log(abs(1 - {y} - sigmoid({p})))")
        } else {
            plain(&of_sigmoid(body, p))
        };
        let mut said = format!("`loss {} = {text}`", form(loss));
        let mut edits = vec![Edit::Replace(body.span, text)];
        if let Some((function, result, inner)) = self.functions.get(scores.0).and_then(|f| made(f)) {
            let inner_text = plain(inner);
            said = format!("{said} and `let {} = {inner_text}`", form(function));
            edits.push(Edit::Replace(result.span, inner_text));
        }
        let words = format!("a loss is given scores, and no probabilities: write {said}");
        Some(Proposal { words, edits })
    }

    /// Loss, labels and scores of the gradients of the training, with the places of the calls.
    fn gradients(&self) -> Vec<(&'a str, &'a str, (&'a str, Span))> {
        let mut found = Vec::new();
        for value in training(self.file).iter().flat_map(|train| statements(&train.body)).flat_map(values) {
            expressions(value, &mut |expr| {
                if let ExprKind::Call { function, args } = &expr.kind
                    && function.name == "grad"
                    && let [loss, labels, scores, ..] = args.as_slice()
                    && let ExprKind::Name(loss) = &loss.value.kind
                    && let ExprKind::Name(labels) = &labels.value.kind
                    && let ExprKind::Name(scores) = &scores.value.kind
                {
                    found.push((loss.as_str(), labels.as_str(), (scores.as_str(), expr.span)));
                }
                true
            });
        }
        found
    }
}

/// A function that makes probabilities of scores, what it gives, and the scores.
fn made(function: &Function) -> Option<(&Function, &Expr, &Expr)> {
    let [result] = function.results.as_slice() else { return None };
    match &result.kind {
        ExprKind::Call { function: maker, args } if MAKERS.contains(&maker.name.as_str()) => {
            Some((function, result, &args.first()?.value))
        }
        _ => None,
    }
}

/// Whether a formula takes the logarithm of something of a parameter that is not made a probability in it.
fn takes_logarithm(body: &Expr, param: &str) -> bool {
    let mut found = false;
    expressions(body, &mut |expr| match &expr.kind {
        ExprKind::Call { function, args } if function.name == "log" => {
            let [only] = args.as_slice() else { return true };
            let is_bare = match &only.value.kind {
                ExprKind::Name(name) => name == param,
                ExprKind::Binary { op: BinaryOp::Sub | BinaryOp::Add, left, right } => [left, right]
                    .iter()
                    .any(|side| matches!(&side.kind, ExprKind::Name(name) if name == param)),
                _ => false,
            };
            found |= is_bare;
            true
        }
        _ => true,
    });
    found
}

/// Whether a formula has a part for the label 0, `1 - y`.
fn has_both(body: &Expr, label: &str) -> bool {
    let mut found = false;
    expressions(body, &mut |expr| {
        found |= matches!(&expr.kind, ExprKind::Binary { op: BinaryOp::Sub, left, right }
            if matches!(left.kind, ExprKind::Number { value, .. } if value == 1.0) && mentions(right, label));
        !found
    });
    found
}

/// A formula with the sigmoid of a parameter in its place, and without sums around it.
fn of_sigmoid(expr: &Expr, param: &str) -> Expr {
    let boxed = |expr: &Expr| Box::new(of_sigmoid(expr, param));
    let kind = match &expr.kind {
        ExprKind::Name(name) if name == param => {
            let function = Ident { name: "sigmoid".to_owned(), span: expr.span };
            let args = vec![Arg { name: None, value: expr.clone() }];
            ExprKind::Call { function, args }
        }
        ExprKind::Neg(inner) => ExprKind::Neg(boxed(inner)),
        ExprKind::Binary { op, left, right } => {
            ExprKind::Binary { op: *op, left: boxed(left), right: boxed(right) }
        }
        ExprKind::Call { function, args } if matches!(function.name.as_str(), "sum" | "mean") => {
            return args.first().map_or_else(|| expr.clone(), |arg| of_sigmoid(&arg.value, param));
        }
        ExprKind::Call { function, args } => {
            let mut args = args.clone();
            args.iter_mut().for_each(|arg| arg.value = of_sigmoid(&arg.value, param));
            ExprKind::Call { function: function.clone(), args }
        }
        kind => kind.clone(),
    };
    Expr { kind, span: expr.span }
}

/// A sigmoid that is written out, `1 / (1 + exp(-z))`, as what it is, where a part of it stands in a place.
pub(super) fn logistic(file: &File, place: Span) -> Option<Proposal> {
    let of_functions = file.items.iter().flat_map(|item| match item {
        Item::Function(function) => function.results.as_slice(),
        Item::Let(definition) => definition.values.as_slice(),
        _ => &[],
    });
    let of_training = training(file).into_iter().flat_map(|train| statements(&train.body)).flat_map(values);
    let mut found = None;
    for value in of_functions.chain(of_training).filter(|value| value.span.contains(place)) {
        expressions(value, &mut |expr| {
            found = found
                .take()
                .or_else(|| Some((expr, exponent(expr)?)).filter(|(whole, _)| whole.span.contains(place)));
            found.is_none()
        });
    }
    let (whole, scores) = found?;
    let text = format!("sigmoid({})", plain(scores));
    let words = format!("this is the sigmoid: write `{text}` for `{}`", plain(whole));
    Some(Proposal { words, edits: vec![Edit::Replace(whole.span, text)] })
}

/// `z` of `1 / (1 + exp(-z))`.
fn exponent(expr: &Expr) -> Option<&Expr> {
    let is_one = |expr: &Expr| matches!(expr.kind, ExprKind::Number { value, .. } if value == 1.0);
    let ExprKind::Binary { op: BinaryOp::Div, left, right } = &expr.kind else { return None };
    let ExprKind::Binary { op: BinaryOp::Add, left: a, right: b } = &right.kind else { return None };
    let inner = [(a, b), (b, a)].into_iter().find_map(|(one, other)| is_one(one).then_some(other))?;
    match &inner.kind {
        ExprKind::Call { function, args } if function.name == "exp" && is_one(left) => {
            match &args.first()?.value.kind {
                ExprKind::Neg(scores) => Some(scores),
                _ => None,
            }
        }
        _ => None,
    }
}

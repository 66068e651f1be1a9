//! The arguments of a gradient in whatever order, by what they are: a loss, labels, functions, variables.

use super::unknown::{SCORE_ERROR, SIGMOID_ERROR};
use super::{Kind, Names};
use crate::syntax::ast::{Arg, BinaryOp, Expr, ExprKind, Function, Let, Statement};
use crate::syntax::foreign::is_gradient;
use crate::syntax::walk::{expressions, statements, values};
use hep_tensor::source::library;
use std::collections::BTreeSet;

/// Functions of scores that a loss is not given: it takes the scores.
const DECISIONS: [&str; 3] = ["sigmoid", "softmax", "log_softmax"];
/// The arguments of a gradient in whatever order.
#[derive(Default)]
pub(super) struct Parts<'e> {
    pub losses: Vec<Loss<'e>>,
    pub functions: Vec<&'e str>,
    /// What `at` is given, under any name.
    pub at: Option<&'e Expr>,
    pub values: Vec<&'e Expr>,
    /// Values that a name stands for which is no loss, and that are nothing else.
    pub spent: Vec<&'e Let>,
    /// Whether the mean of the losses is written.
    pub mean: bool,
}

/// A loss by where it is.
#[derive(Clone, Copy)]
pub(super) enum Loss<'e> {
    Here(&'e str),
    Library(&'static str, &'static str),
    /// A function that should be one.
    Function(&'e Function),
}

impl<'a> Names<'a> {
    /// Puts an argument where it belongs; of a call its function and its arguments. What stands first is the loss, whatever it is.
    pub(super) fn sort(&self, expr: &'a Expr, position: usize, parts: &mut Parts<'a>) {
        let first = position == 0 && parts.losses.is_empty();
        match &expr.kind {
            ExprKind::Name(name) => self.sort_name(expr, name, first, parts),
            // A loss behind its module.
            ExprKind::Member { field, .. } if first => parts.losses.extend(self.loss(&field.name)),
            ExprKind::Call { function, args } => {
                let name = function.name.as_str();
                match self.known.get(name).map(|(kind, _)| *kind) {
                    Some(Kind::Loss) => parts.losses.push(Loss::Here(name)),
                    Some(Kind::Function) if !first => parts.functions.push(name),
                    Some(Kind::Function) => parts.losses.extend(self.loss(name)),
                    // The gradient is that of a sum, whether it is written or not.
                    _ if matches!(name, "sum" | "mean") => {
                        parts.mean |= name == "mean";
                        let of = args.iter().filter(|arg| arg.name.is_none());
                        return of.for_each(|arg| self.sort(&arg.value, position, parts));
                    }
                    _ if DECISIONS.contains(&name) => {
                        let of = args.iter().filter(|arg| arg.name.is_none()).take(1);
                        return of.for_each(|arg| self.sort(&arg.value, 1, parts));
                    }
                    None if first && self.loss(name).is_some() => parts.losses.extend(self.loss(name)),
                    _ => return parts.values.push(expr),
                }
                args.iter().for_each(|arg| self.sort(&arg.value, 1, parts));
            }
            ExprKind::Binary { op: BinaryOp::Pow, left, right } if first && is_two(right) => {
                let ExprKind::Binary { op: BinaryOp::Sub, left, right } = &left.kind else {
                    return parts.values.push(expr);
                };
                let is_of_sigmoid = |side: &Expr| matches!(&side.kind, ExprKind::Call { function, .. } if function.name == "sigmoid");
                let squared =
                    if is_of_sigmoid(left) || is_of_sigmoid(right) { SIGMOID_ERROR } else { SCORE_ERROR };
                parts.losses.extend(self.loss(squared));
                [left, right].into_iter().for_each(|side| self.sort(side, 1, parts));
            }
            _ => parts.values.push(expr),
        }
    }

    fn sort_name(&self, expr: &'a Expr, name: &'a str, first: bool, parts: &mut Parts<'a>) {
        match self.known.get(name).map(|(kind, _)| *kind) {
            Some(Kind::Loss) => parts.losses.push(Loss::Here(name)),
            Some(Kind::Function) => match self.loss(name).filter(|_| first) {
                Some(loss) => parts.losses.push(loss),
                None => parts.functions.push(name),
            },
            _ if first && self.loss(name).is_some() => parts.losses.extend(self.loss(name)),
            _ => match self.by_value(name).filter(|_| first) {
                Some((written, value)) if parts.spent.is_empty() => {
                    parts.spent.push(written);
                    self.sort(value, 0, parts);
                }
                // A loss that nobody knows is no value.
                None if first && !self.known.contains_key(name) => {}
                _ => parts.values.push(expr),
            },
        }
    }

    /// A loss by its name, here or in the library, or a function of two numbers that should be one.
    fn loss(&self, name: &str) -> Option<Loss<'a>> {
        let here = |name: &str| self.known.get_key_value(name).map(|(name, (kind, _))| (*name, *kind));
        match here(name) {
            Some((name, Kind::Loss)) => return Some(Loss::Here(name)),
            Some((name, Kind::Function)) => {
                let function = self.functions.get(name)?;
                return (function.params.len() == 2).then_some(Loss::Function(function));
            }
            Some(_) => return None,
            None => {}
        }
        let called = library::definitions().find(|(_, known)| *known == name && library::is_loss(name));
        let (module, name) = called.or_else(|| library::loss_meant(name))?;
        let name = if name == SIGMOID_ERROR && self.targets_are_real() { SCORE_ERROR } else { name };
        match here(name) {
            Some((name, Kind::Loss)) => Some(Loss::Here(name)),
            Some(_) => None,
            None => Some(Loss::Library(module, name)),
        }
    }

    /// The value of an iteration that a gradient is given in place of a loss.
    fn by_value(&self, name: &str) -> Option<(&'a Let, &'a Expr)> {
        if !self.as_losses.contains(name) {
            return None;
        }
        statements(self.trained).into_iter().find_map(|statement| match statement {
            Statement::Let(l) => match (l.names.as_slice(), l.values.as_slice()) {
                ([known], [value]) if known.name == name => Some((l, value)),
                _ => None,
            },
            _ => None,
        })
    }
}

fn is_two(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Number { value, .. } if value == 2.0)
}

/// What gradients of a training are given in the place of a loss.
pub(super) fn as_losses(trained: &[Statement]) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for value in statements(trained).into_iter().flat_map(values) {
        expressions(value, &mut |expr| {
            if let ExprKind::Call { function, args } = &expr.kind
                && (function.name == "grad" || is_gradient(&function.name))
                && let Some(Arg { name: None, value: Expr { kind: ExprKind::Name(name), .. } }) = args.first()
            {
                found.insert(name.as_str());
            }
            true
        });
    }
    found
}

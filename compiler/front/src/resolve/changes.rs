//! Changes that may help where ciphertexts have no such operation. Each is tried before somebody is told of it.

use super::Resolver;
use super::eval::formula;
use super::types::show;
use crate::diagnostics::{Edit, Proposal};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Item};
use crate::syntax::fresh::fresh;
use crate::syntax::print::expression;
use crate::syntax::secrets::{read_as_another, secret_of, uses};
use crate::syntax::walk::{expressions, statements, training, values};
use hep_tensor::dag::NodeId;
use hep_tensor::graph::Dim;
use hep_tensor::source::Span;
use std::collections::BTreeSet;

impl Resolver<'_> {
    /// A polynomial for a function: the line, and what is to be done.
    pub(super) fn with_line(&self, words: String, lines: &str, needed: Span) -> Proposal {
        Proposal { words, edits: vec![Edit::Items(needed, lines.to_owned())] }
    }

    /// The owner's value, encrypted as a whole, or the one tensor of the owner that it is made of.
    pub(super) fn encrypting(&self, owner: NodeId, written: &Expr) -> Vec<Proposal> {
        let whole = self.encrypted_as(self.b.dims(owner), written, &[written.span]);
        let mut named = Vec::new();
        names(written, &mut named);
        let of_owner = |name: &str| {
            self.file.items.iter().find_map(|item| match item {
                Item::Owner(d) if d.name.name == name => self.values.get(name).and_then(|value| value.ok()),
                _ => None,
            })
        };
        named.retain(|expr| matches!(&expr.kind, ExprKind::Name(name) if of_owner(name).is_some()));
        let places: Vec<Span> = named.iter().map(|expr| expr.span).collect();
        let inner = named.first().filter(|first| named.iter().all(|other| formula(other) == formula(first)));
        let inner = inner.filter(|inner| inner.span != written.span).and_then(|inner| {
            let node = of_owner(&formula(inner))?;
            Some(self.encrypted_as(self.b.dims(node), inner, &places))
        });
        // A name that is used in several places is kept there.
        let (name, kept) = match &inner_name(written, &named).kind {
            ExprKind::Name(name) => (name.as_str(), read_as_another(self.file, name)),
            _ => ("", None),
        };
        let is_made = named.first().is_some_and(|first| secret_of(self.file, first).is_some());
        let (before, after) = if uses(self.file, name) > 1 && !is_made { (kept, None) } else { (None, kept) };
        before.into_iter().chain([whole]).chain(inner).chain(after).collect()
    }

    /// The owner's values that a value is computed of, all of them as what is encrypted of them.
    pub(super) fn reading_as_others(&self, value: &Expr) -> Option<Proposal> {
        let mut named = Vec::new();
        names(value, &mut named);
        let found: BTreeSet<&str> = named
            .iter()
            .filter_map(|expr| match &expr.kind {
                ExprKind::Name(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let found = found.into_iter().filter_map(|name| read_as_another(self.file, name));
        found.reduce(|mut all, other| {
            all.words = format!("{}; {}", all.words, other.words);
            all.edits.extend(other.edits);
            all
        })
    }

    /// A value of the owner in these places, by a secret that there is, or by a new one.
    fn encrypted_as(&self, dims: &[Dim], written: &Expr, places: &[Span]) -> Proposal {
        let value = formula(written);
        let replaced = |name: &str| places.iter().map(|at| Edit::Replace(*at, name.to_owned())).collect();
        if let Some(name) = secret_of(self.file, written) {
            let words = format!("write `{name}`, which is encrypted, for `{value}` here");
            return Proposal { words, edits: replaced(name) };
        }
        let name = self.fresh(written);
        let item = format!("secret {name} : {} = {value}", real(dims));
        let words = format!("encrypt it as well: add `{item}`, and write `{name}` for `{value}` here");
        let mut edits: Vec<Edit> = replaced(&name);
        edits.push(Edit::Items(written.span, item));
        Proposal { words, edits }
    }

    /// A function of what the owner encrypts, computed before it is encrypted.
    pub(super) fn before_encrypting(&self, value: NodeId, of: &Expr, call: &Expr) -> Option<Proposal> {
        let text = written_call(&self.of_owner(call)?);
        let name = self.fresh(of);
        let item = format!("secret {name} : {} = {text}", real(self.b.dims(value)));
        let written = written_call(call);
        Some(Proposal {
            words: format!("let the owner compute it: add `{item}`, and write `{name}` for `{written}`"),
            edits: vec![Edit::Items(call.span, item), Edit::Replace(call.span, name)],
        })
    }

    /// The reciprocal of what the owner encrypts, computed before it is encrypted.
    pub(super) fn reciprocal_before(&self, value: NodeId, divisor: &Expr) -> Option<Proposal> {
        let text = expression(&self.of_owner(divisor)?);
        let name = self.fresh(divisor);
        let item = format!("secret {name} : {} = 1 / {text}", real(self.b.dims(value)));
        Some(Proposal {
            words: format!(
                "let the owner compute the reciprocal: add `{item}`, and multiply by `{name}` instead"
            ),
            edits: vec![Edit::Items(divisor.span, item), Edit::Multiply(divisor.span, name)],
        })
    }

    /// A product with a matrix that only the owner can compute, as a whole before it is encrypted.
    pub(super) fn product_before_encrypting(&self, value: NodeId, call: &Expr) -> Option<Proposal> {
        let body = &training(self.file)?.body;
        let mut found = None;
        for written in statements(body).into_iter().flat_map(values) {
            expressions(written, &mut |expr| {
                if let ExprKind::Binary { op: BinaryOp::MatMul, left, right } = &expr.kind
                    && left.span == call.span
                {
                    found = Some((expr, right));
                }
                found.is_none()
            });
        }
        let (product, right) = found?;
        let (of, turned) = match &right.kind {
            ExprKind::Name(name) => (name, false),
            ExprKind::Member { base, field } if field.name == "T" => match &base.kind {
                ExprKind::Name(name) => (name, true),
                _ => return None,
            },
            _ => return None,
        };
        let mut others = self.b.dims((*self.values.get(of.as_str())?).ok()?).to_vec();
        if turned {
            others.reverse();
        }
        let dims: Vec<Dim> =
            self.b.dims(value).first().into_iter().chain(others.get(1..)?).cloned().collect();
        let name = fresh(self.file, of);
        let item = format!("secret {name} : {} = {}", real(&dims), expression(&self.of_owner(product)?));
        let short = match &call.kind {
            ExprKind::Call { function, .. } => format!("{}(...) @ {}", function.name, formula(right)),
            _ => formula(product),
        };
        let words =
            format!("let the owner compute the product: add `{item}`, and write `{name}` for `{}`", short);
        Some(Proposal { words, edits: vec![Edit::Items(call.span, item), Edit::Replace(product.span, name)] })
    }

    /// A new name that tells what the value is made of.
    fn fresh(&self, of: &Expr) -> String {
        let like = match &of.kind {
            ExprKind::Name(name) => name.as_str(),
            ExprKind::Call { function, .. } => function.name.as_str(),
            _ => "V0",
        };
        fresh(self.file, like)
    }

    /// An expression of secrets as the owner computes it: every secret is what it is made of.
    fn of_owner(&self, expr: &Expr) -> Option<Expr> {
        let boxed = |expr: &Expr| self.of_owner(expr).map(Box::new);
        let kind = match &expr.kind {
            ExprKind::Name(name) => {
                let made = self.file.items.iter().find_map(|item| match item {
                    Item::Secret(d) if d.name.name == *name => d.value.clone(),
                    _ => None,
                });
                return Some(made.unwrap_or_else(|| expr.clone()));
            }
            ExprKind::Number { .. } => return Some(expr.clone()),
            ExprKind::Neg(inner) => ExprKind::Neg(boxed(inner)?),
            ExprKind::Binary { op, left, right } => {
                ExprKind::Binary { op: *op, left: boxed(left)?, right: boxed(right)? }
            }
            ExprKind::Call { function, args } => {
                let mut args = args.clone();
                for arg in &mut args {
                    // A named argument is a dimension or a number.
                    if arg.name.is_none() {
                        arg.value = self.of_owner(&arg.value)?;
                    }
                }
                ExprKind::Call { function: function.clone(), args }
            }
            ExprKind::Member { base, field } => ExprKind::Member { base: boxed(base)?, field: field.clone() },
            ExprKind::Index { .. } => return None,
        };
        Some(Expr { kind, ..expr.clone() })
    }
}

/// The one name that an expression is made of, or else the expression.
fn inner_name<'e>(written: &'e Expr, named: &[&'e Expr]) -> &'e Expr {
    named
        .first()
        .filter(|first| named.iter().all(|other| formula(other) == formula(first)))
        .unwrap_or(&written)
}

/// Names in an expression, outside of named arguments.
fn names<'e>(expr: &'e Expr, found: &mut Vec<&'e Expr>) {
    expressions(expr, &mut |expr| match &expr.kind {
        ExprKind::Name(_) => {
            found.push(expr);
            true
        }
        ExprKind::Call { args, .. } => {
            args.iter().filter(|arg| arg.name.is_none()).for_each(|arg| names(&arg.value, found));
            false
        }
        _ => true,
    });
}

/// The divisor of a quotient.
pub(super) fn divisor(quotient: &Expr) -> Option<&Expr> {
    match &quotient.kind {
        ExprKind::Binary { op: BinaryOp::Div, right, .. } => Some(right),
        _ => None,
    }
}

/// A call whose only argument has no brackets of its own.
fn written_call(call: &Expr) -> String {
    match &call.kind {
        ExprKind::Call { function, args } => match args.as_slice() {
            [arg] if arg.name.is_none() => format!("{}({})", function.name, formula(&arg.value)),
            _ => formula(call),
        },
        _ => formula(call),
    }
}

fn real(dims: &[Dim]) -> String {
    if dims.is_empty() { "real".to_owned() } else { format!("real{}", show(dims)) }
}

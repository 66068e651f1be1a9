//! The names of a definition: which it mentions, and the definition under other names.

use crate::syntax::ast::{Arg, Expr, ExprKind, Function, Ident, Item, Let};
use std::collections::{BTreeMap, BTreeSet};

/// Names that a function, a loss or a constant mentions, parameters and dimensions of parameters left out.
pub(super) fn mentioned(item: &Item) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    match item {
        Item::Function(f) | Item::Loss(f) => {
            let bound = bound(f);
            f.results.iter().for_each(|result| mention(result, &bound, &mut found));
        }
        Item::Let(l) => l.values.iter().for_each(|value| mention(value, &BTreeSet::new(), &mut found)),
        _ => {}
    }
    found
}

fn mention<'a>(expr: &'a Expr, bound: &BTreeSet<&str>, found: &mut BTreeSet<&'a str>) {
    match &expr.kind {
        ExprKind::Number { .. } => {}
        ExprKind::Name(name) if bound.contains(name.as_str()) => {}
        ExprKind::Name(name) => _ = found.insert(name),
        ExprKind::Neg(inner) | ExprKind::Member { base: inner, .. } => mention(inner, bound, found),
        ExprKind::Binary { left, right, .. } => {
            mention(left, bound, found);
            mention(right, bound, found);
        }
        ExprKind::Call { function, args } => {
            found.insert(&function.name);
            args.iter().for_each(|arg| mention(&arg.value, bound, found));
        }
        ExprKind::Index { base, indices } => {
            mention(base, bound, found);
            indices.iter().for_each(|index| mention(index, bound, found));
        }
    }
}

/// Names that mean something of a function's own.
fn bound(f: &Function) -> BTreeSet<&str> {
    let dims = f.params.iter().filter_map(|p| p.ty.as_ref()).flat_map(|ty| &ty.dims);
    let dims = dims.filter_map(|dim| match &dim.kind {
        ExprKind::Name(name) => Some(name.as_str()),
        _ => None,
    });
    f.params.iter().map(|p| p.name.name.as_str()).chain(dims).collect()
}

/// The definition with these names replaced, its own among them.
pub(super) fn item(item: &Item, names: &BTreeMap<&str, String>) -> Item {
    match item {
        Item::Function(f) => Item::Function(function(f, names)),
        Item::Loss(f) => Item::Loss(function(f, names)),
        Item::Let(l) => {
            let renaming = Renaming { names, bound: BTreeSet::new() };
            Item::Let(Let {
                names: l.names.iter().map(|name| renaming.ident(name)).collect(),
                values: l.values.iter().map(|value| renaming.expr(value)).collect(),
                span: l.span,
            })
        }
        other => other.clone(),
    }
}

fn function(f: &Function, names: &BTreeMap<&str, String>) -> Function {
    let inside = Renaming { names, bound: bound(f) };
    let outside = Renaming { names, bound: BTreeSet::new() };
    Function {
        name: outside.ident(&f.name),
        params: f.params.clone(),
        results: f.results.iter().map(|result| inside.expr(result)).collect(),
    }
}

struct Renaming<'r> {
    names: &'r BTreeMap<&'r str, String>,
    /// Names that stay.
    bound: BTreeSet<&'r str>,
}

impl Renaming<'_> {
    fn name(&self, name: &str) -> String {
        let renamed = self.names.get(name).filter(|_| !self.bound.contains(name));
        renamed.cloned().unwrap_or_else(|| name.to_owned())
    }

    fn callee(&self, function: &Ident) -> Ident {
        let renamed = self.names.get(function.name.as_str()).cloned();
        Ident { name: renamed.unwrap_or_else(|| function.name.clone()), span: function.span }
    }

    fn ident(&self, ident: &Ident) -> Ident {
        Ident { name: self.name(&ident.name), span: ident.span }
    }

    fn expr(&self, expr: &Expr) -> Expr {
        let boxed = |inner: &Expr| Box::new(self.expr(inner));
        let kind = match &expr.kind {
            ExprKind::Number { .. } => expr.kind.clone(),
            ExprKind::Name(name) => ExprKind::Name(self.name(name)),
            ExprKind::Neg(inner) => ExprKind::Neg(boxed(inner)),
            ExprKind::Binary { op, left, right } => {
                ExprKind::Binary { op: *op, left: boxed(left), right: boxed(right) }
            }
            ExprKind::Call { function, args } => ExprKind::Call {
                // Functions and values are told apart by how they are used: a parameter hides no function.
                function: self.callee(function),
                args: args
                    .iter()
                    .map(|arg| Arg { name: arg.name.clone(), value: self.expr(&arg.value) })
                    .collect(),
            },
            ExprKind::Index { base, indices } => ExprKind::Index {
                base: boxed(base),
                indices: indices.iter().map(|index| self.expr(index)).collect(),
            },
            ExprKind::Member { base, field } => ExprKind::Member { base: boxed(base), field: field.clone() },
        };
        Expr { kind, span: expr.span }
    }
}

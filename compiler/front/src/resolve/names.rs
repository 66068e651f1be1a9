//! Every name of a file, checked without computing anything.
//!
//! Values are known from their definition on; functions and losses everywhere. One name means one thing in a file,
//! only parameters may repeat a name from outside. Names of arguments and of functions that are called are checked
//! here as well, so that all misspellings of a file are reported at once.

use super::batches::rows_of;
use super::builtins;
use super::eval::formula;
use crate::diagnostics::{Diagnostic, Edit, codes};
use crate::syntax::ast::{self, Expr, ExprKind, Function, Ident, Item, Statement};
use crate::syntax::foreign;
use crate::syntax::walk::{expressions, training};
use hep_tensor::source::Span;
use std::collections::{BTreeMap, BTreeSet};

mod alike;
mod arguments;
mod blocks;
mod calls;
mod clear;
mod differentiated;
mod gradient;
mod meant;
mod missing;
mod redefined;
mod unknown;

/// All errors about names; `used` are known beside those of the file.
pub(super) fn check<'a>(file: &'a ast::File, used: &'a [(Ident, Kind)]) -> Vec<Diagnostic> {
    checked(file, used).errors
}

fn checked<'a>(file: &'a ast::File, used: &'a [(Ident, Kind)]) -> Names<'a> {
    let trained = training(file).map_or(&[][..], |train| &train.body);
    let mut names = Names { file: Some(file), trained, ..Names::default() };
    names.assigned = blocks::assigned(trained);
    names.as_losses = arguments::as_losses(trained);
    used.iter().for_each(|(name, kind)| names.define(name, *kind));
    for item in &file.items {
        match item {
            Item::Function(f) => {
                names.define(&f.name, Kind::Function);
                names.functions.insert(&f.name.name, f);
            }
            Item::Loss(f) => names.define(&f.name, Kind::Loss),
            Item::Dim(b) => {
                names.define(&b.name, Kind::Later);
                names.dims.insert(&b.name.name);
            }
            Item::Let(l) => l.names.iter().for_each(|name| names.define(name, Kind::Later)),
            Item::Owner(d) | Item::Public(d) | Item::Secret(d) => names.define(&d.name, Kind::Later),
            Item::Train(t) => names.define_block(&t.body),
            Item::Approx(_)
            | Item::Reveal(_)
            | Item::Predict(_)
            | Item::Use(_)
            | Item::Params(_)
            | Item::Pack(_) => {}
        }
    }
    file.items.iter().for_each(|item| names.item(item));
    names
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Function,
    Loss,
    /// Defined further down.
    Later,
    /// Defined above.
    Value,
    /// Defined in a block that has ended.
    Gone,
}

/// What an expression belongs to.
#[derive(Clone, Copy, Default)]
enum Inside<'a> {
    #[default]
    Nothing,
    /// A value with a name outside of the loop.
    Value(&'a str, &'a Expr),
    Predict(&'a Expr),
}

#[derive(Default)]
struct Names<'a> {
    known: BTreeMap<&'a str, (Kind, Span)>,
    /// Those of `known` that are dims.
    dims: BTreeSet<&'a str>,
    /// Functions of the program.
    functions: BTreeMap<&'a str, &'a Function>,
    /// Variables of the loop, and the indices of loops.
    variables: BTreeSet<&'a str>,
    indices: BTreeSet<&'a str>,
    /// What statements of the training give new values.
    assigned: BTreeSet<&'a str>,
    /// The definition or the scores that are being checked.
    inside: Inside<'a>,
    /// Whether these are the labels of a gradient.
    labels: bool,
    /// Values that a gradient is given in place of a loss.
    as_losses: BTreeSet<&'a str>,
    /// The index of the vector that is being checked.
    indexed: Option<&'a Expr>,
    /// Values that are known when compiling.
    clear: BTreeSet<&'a str>,
    /// Names that were looked at for something to suggest.
    looked_at: usize,
    /// Parameters of the function that is being checked, and the dimensions in their types.
    params: Vec<&'a str>,
    /// The program.
    file: Option<&'a ast::File>,
    /// Names that are proposed to be defined.
    said: BTreeSet<String>,
    /// The statements of the training.
    trained: &'a [Statement],
    errors: Vec<Diagnostic>,
}

impl<'a> Names<'a> {
    fn define(&mut self, name: &'a Ident, kind: Kind) {
        let callable = matches!(kind, Kind::Function | Kind::Loss);
        if callable && builtins::is_function(&name.name) {
            self.errors.push(redefined::built_in(self.file, name));
        }
        match self.known.get(name.name.as_str()) {
            Some((_, first)) => self.errors.push(redefined::twice(name, *first)),
            None => _ = self.known.insert(&name.name, (kind, name.span)),
        }
    }

    fn define_block(&mut self, body: &'a [Statement]) {
        for statement in body {
            match statement {
                Statement::Var(d) => {
                    self.define(&d.name, Kind::Later);
                    self.variables.insert(&d.name.name);
                }
                Statement::Let(l) => self.define_names(l),
                Statement::For(f) => {
                    self.define(&f.index, Kind::Later);
                    self.indices.insert(&f.index.name);
                    if rows_of(f).is_some() {
                        // The index of a loop over mini-batches is the dimension of their rows.
                        self.dims.insert(&f.index.name);
                    }
                    self.define_block(&f.body);
                }
                Statement::Assign(_) | Statement::Unsupported(_) => {}
            }
        }
    }

    fn set(&mut self, name: &Ident, kind: Kind) {
        // A second definition does not make the first one late.
        if let Some((known, at)) = self.known.get_mut(name.name.as_str())
            && *at == name.span
        {
            *known = kind;
        }
    }

    fn item(&mut self, item: &'a Item) {
        match item {
            Item::Dim(b) => {
                self.size(&b.value);
                self.set(&b.name, Kind::Value);
            }
            Item::Let(l) => {
                if let ([name], [value]) = (l.names.as_slice(), l.values.as_slice()) {
                    self.inside = Inside::Value(&name.name, value);
                }
                self.definition(l);
                self.is_variable_outside(l);
                if l.values.iter().all(|value| self.is_clear(value)) {
                    self.clear.extend(l.names.iter().map(|name| name.name.as_str()));
                }
            }
            Item::Owner(d) | Item::Public(d) | Item::Secret(d) => {
                self.inside =
                    d.value.as_ref().map_or(Inside::Nothing, |value| Inside::Value(&d.name.name, value));
                self.declaration(d);
                if matches!(item, Item::Public(_)) {
                    self.clear.insert(&d.name.name);
                }
            }
            Item::Function(f) => self.function(f),
            Item::Loss(f) => self.function(f),
            Item::Train(t) => self.train(t),
            Item::Reveal(names) => names.iter().for_each(|name| self.revealed(name, names)),
            Item::Predict(e) => {
                self.inside = Inside::Predict(e);
                self.expr(e);
            }
            // Formulas and ranges of `approx` lines are checked where these are read.
            // The names of hints are looked up when the program is complete.
            Item::Approx(_) | Item::Use(_) | Item::Params(_) | Item::Pack(_) => {}
        }
        self.inside = Inside::Nothing;
    }

    fn definition(&mut self, l: &'a ast::Let) {
        l.values.iter().for_each(|value| self.expr(value));
        l.names.iter().for_each(|name| self.set(name, Kind::Value));
    }

    fn declaration(&mut self, d: &'a ast::Declaration) {
        d.ty.dims.iter().for_each(|dim| self.size(dim));
        for end in d.ty.range.iter().flat_map(|r| [&r.low, &r.high]) {
            self.expr(end);
        }
        d.value.iter().for_each(|value| self.expr(value));
        self.set(&d.name, Kind::Value);
    }

    fn function(&mut self, f: &'a Function) {
        for (i, param) in f.params.iter().enumerate() {
            let name = &param.name;
            if let Some(first) = f.params.iter().take(i).find(|p| p.name.name == name.name) {
                self.errors.push(
                    Diagnostic::error(codes::REDEFINED, format!("two parameters `{}`", name.name))
                        .at(name.span, "second")
                        .and(first.name.span, "first"),
                );
            }
        }
        let types = || f.params.iter().filter_map(|p| p.ty.as_ref()).flat_map(|ty| &ty.dims);
        for dim in types() {
            let ExprKind::Name(name) = &dim.kind else { continue };
            if let Some(param) = f.params.iter().find(|p| p.name.name == *name) {
                self.errors.push(
                    Diagnostic::error(codes::REDEFINED, format!("`{name}` is a parameter and a dimension"))
                        .at(dim.span, "a dimension")
                        .and(param.name.span, "a parameter"),
                );
            }
            self.params.push(name);
        }
        // Sizes are made of the dimensions, and of no parameter.
        types().filter(|dim| !matches!(dim.kind, ExprKind::Name(_))).for_each(|dim| self.size(dim));
        self.params.extend(f.params.iter().map(|p| p.name.name.as_str()));
        f.results.iter().for_each(|result| self.expr(result));
        self.params.clear();
    }

    /// Sizes are made of dims.
    fn size(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Name(name) => match self.known.get(name.as_str()) {
                Some((_, at)) if !self.dims.contains(name.as_str()) && !self.is_local(name) => {
                    self.errors.push(
                        Diagnostic::error(codes::BAD_DIM, format!("`{name}` is not a dim"))
                            .at(expr.span, "a size is made of numbers and dims")
                            .and(*at, "defined here"),
                    )
                }
                None if !self.is_local(name) => self.unknown_size(name, expr.span),
                _ => self.value(name, expr.span),
            },
            ExprKind::Neg(inner) => self.size(inner),
            ExprKind::Binary { left, right, .. } => {
                self.size(left);
                self.size(right);
            }
            _ => self.expr(expr),
        }
    }

    fn is_local(&self, name: &str) -> bool {
        self.params.contains(&name)
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Number { .. } => {}
            ExprKind::Name(name) => self.value(name, expr.span),
            ExprKind::Neg(inner) => self.expr(inner),
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Call { function, args } => {
                let error = match function.name.as_str() {
                    "grad" => self.gradient(function, expr.span, args),
                    name if foreign::is_gradient(name) && !self.known.contains_key(name) => {
                        Some(self.named_otherwise(function, expr.span, args))
                    }
                    _ => None,
                };
                if let Some(error) = error {
                    self.errors.push(error);
                    return;
                }
                self.callee(function, args);
                args.iter().enumerate().for_each(|(i, arg)| self.arg(&function.name, i, arg));
            }
            ExprKind::Index { base, indices } => {
                self.indexed = indices.first();
                self.expr(base);
                self.indexed = None;
                indices.iter().for_each(|index| self.expr(index));
            }
            ExprKind::Member { base, .. } => self.expr(base),
        }
    }
}

/// The program without the definition of a function or a loss with this name.
pub(super) fn without(items: &[Item], name: Span) -> Option<Edit> {
    items.iter().find_map(|item| match item {
        Item::Function(f) | Item::Loss(f) if f.name.span == name => {
            Some(Edit::Definition(Span::new(name.start, f.results.last()?.span.end)))
        }
        _ => None,
    })
}

/// Whether an expression mentions a name.
pub(super) fn mentions(expr: &Expr, name: &str) -> bool {
    let mut found = false;
    expressions(expr, &mut |expr| {
        found |= matches!(&expr.kind, ExprKind::Name(known) if known == name);
        !found
    });
    found
}

/// How a function is called.
pub(super) fn form(f: &Function) -> String {
    let names: Vec<&str> = f.params.iter().map(|param| param.name.name.as_str()).collect();
    format!("{}({})", f.name.name, names.join(", "))
}

#[cfg(test)]
mod tests;

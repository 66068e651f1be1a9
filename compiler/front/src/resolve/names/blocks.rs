//! Names in the training: its statements in order, and what is assigned there.

use super::{Kind, Names, mentions};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes, suggest};
use crate::resolve::batches::{is_switch, rows_of};
use crate::syntax::ast::{Assign, Expr, ExprKind, Ident, Let, Over, Statement, Train};
use crate::syntax::print::plain;
use crate::syntax::typed;
use crate::syntax::walk::{statements, values};
use hep_tensor::source::Span;
use std::collections::BTreeSet;

impl<'a> Names<'a> {
    pub(super) fn train(&mut self, train: &'a Train) {
        let mut inner = vec![];
        self.block(&train.body, false, &mut inner);
        for name in inner {
            self.set(name, Kind::Gone);
        }
    }

    /// Checks statements in order; `inner` collects the names that end with the block.
    pub(super) fn block(&mut self, body: &'a [Statement], in_loop: bool, inner: &mut Vec<&'a Ident>) {
        for statement in body {
            match statement {
                Statement::Var(d) => self.declaration(d),
                Statement::Let(l) => {
                    // A loss that is written as a value is said to be one where the gradient is taken of it.
                    let is_loss = |name: &Ident| in_loop && self.as_losses.contains(name.name.as_str());
                    if l.names.iter().all(is_loss) {
                        l.names.iter().for_each(|name| self.set(name, Kind::Value));
                    } else if self.becomes_variable(l, in_loop) {
                        continue;
                    } else {
                        self.definition(l);
                    }
                    inner.extend(&l.names);
                }
                Statement::For(f) => {
                    match &f.over {
                        Over::Range(r) => [&r.low, &r.high].into_iter().for_each(|e| self.end(e)),
                        Over::Expr(e) => match rows_of(f) {
                            Some(args) => args.iter().for_each(|arg| match &arg.name {
                                Some(name) if name.name != "size" && is_switch(&arg.value) => {}
                                Some(_) => self.size(&arg.value),
                                None => self.expr(&arg.value),
                            }),
                            None => self.expr(e),
                        },
                    }
                    self.set(&f.index, Kind::Value);
                    inner.push(&f.index);
                    self.block(&f.body, true, inner);
                }
                Statement::Assign(a) => {
                    self.targets(a, in_loop);
                    // What fills a tensor elsewhere is a number here, and said to be one with the variable.
                    let fills = !in_loop && a.values.iter().all(|value| filler(value).is_some());
                    if !fills {
                        a.values.iter().for_each(|value| self.expr(value));
                    }
                    a.targets.iter().for_each(|t| self.value(&t.name, t.span));
                }
                Statement::Unsupported(_) => {}
            }
        }
    }

    /// Names that are assigned and nowhere declared, each said once: they are known from here on.
    pub(super) fn targets(&mut self, a: &'a Assign, in_loop: bool) {
        for target in &a.targets {
            if self.known.contains_key(target.name.as_str()) {
                continue;
            }
            let near = self.may_look(self.variables.len()).then(|| {
                self.variable_of_record(&target.name)
                    .or_else(|| suggest::nearest(&target.name, self.variables.iter().copied()))
            });
            let near = near.flatten();
            let carried = !in_loop || a.values.iter().any(|value| mentions(value, &target.name));
            let near = near.filter(|near| !self.is_new(&target.name, near));
            let stays = !in_loop && self.is_assigned_once(&target.name);
            let help = match (near, a.values.as_slice()) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, [value]) if stays && a.targets.len() == 1 && filler(value).is_none() => format!(
                    "a value that stays as it is has a `let`: write `let {} = {}`",
                    target.name,
                    plain(value)
                ),
                (None, _) if carried => format!(
                    "a variable of the loop is declared before it: `var {} : real[DIMS] = 0`, with the names of its dims",
                    target.name
                ),
                (None, [value]) if a.targets.len() == 1 => {
                    format!("a new value has a `let`: write `let {} = {}`", target.name, plain(value))
                }
                _ => "new values have a `let` in front: `let a, b = ...`".to_owned(),
            };
            // The same statement as a definition.
            let defined = help.contains("`let ").then(|| Proposal {
                words: help.clone(),
                edits: vec![Edit::Replace(Span::new(a.span.start, a.span.start), "let ".to_owned())],
            });
            let defined = defined.filter(|_| near.is_none() && a.targets.len() == a.values.len());
            let declared = match a.values.as_slice() {
                [value] if !in_loop && a.targets.len() == 1 && near.is_none() => {
                    self.as_variable(&target.name, a.span, value)
                }
                _ => vec![],
            };
            self.errors.push(
                Diagnostic::error(codes::UNKNOWN_NAME, format!("`{}` is not defined", target.name))
                    .at(target.span, "no variable of this name")
                    .help(help)
                    .proposing(defined)
                    .proposing(declared),
            );
            self.known.insert(&target.name, (Kind::Value, target.span));
        }
    }

    /// Says that a value in front of the loop is given another one in it, so that it is a variable.
    fn becomes_variable(&mut self, l: &'a Let, in_loop: bool) -> bool {
        let ([name], [value]) = (l.names.as_slice(), l.values.as_slice()) else { return false };
        let known = self.known.get(name.name.as_str()).is_some_and(|(_, at)| *at == name.span);
        if in_loop || !known || !self.assigned.contains(name.name.as_str()) {
            return false;
        }
        self.definition(l);
        self.variables.insert(&name.name);
        let error = not_a_variable(name).proposing(self.as_variable(&name.name, l.span, value));
        self.errors.push(error);
        true
    }

    /// The same of a value outside of the training.
    pub(super) fn is_variable_outside(&mut self, l: &'a Let) {
        let ([name], [value]) = (l.names.as_slice(), l.values.as_slice()) else { return };
        if !self.assigned.contains(name.name.as_str()) {
            return;
        }
        let error = not_a_variable(name);
        let inside = self.first_statement().map(|first| {
            let types = self.types_of_variables().into_iter();
            types.map(move |ty| {
                let line = format!("var {} : {ty} = {}", name.name, plain(value));
                let words = format!(
                    "what changes in the loop is a variable: leave it out here, and add `{line}` at the beginning of the `train` block"
                );
                let there = Edit::Replace(Span::new(first, first), format!("{line}\n  "));
                Proposal { words, edits: vec![Edit::Replace(l.span, String::new()), there] }
            })
        });
        let proposals: Vec<Proposal> = inside.into_iter().flatten().collect();
        self.errors.push(error.proposing(proposals));
    }

    fn first_statement(&self) -> Option<usize> {
        self.trained.first().map(|statement| match statement {
            Statement::Var(d) => d.span.start,
            Statement::Let(l) => l.span.start,
            Statement::For(f) => f.span.start,
            Statement::Assign(a) => a.span.start,
            Statement::Unsupported(u) => u.span.start,
        })
    }

    /// A statement that gives a name its first value as a variable of one of the types that it may have.
    fn as_variable(&self, name: &str, statement: Span, value: &Expr) -> Vec<Proposal> {
        let types = self.types_of_variables().into_iter();
        let proposals = types.map(|ty| {
            let first = filler(value).map_or_else(|| plain(value), str::to_owned);
            let line = format!("var {name} : {ty} = {first}");
            let words = format!("what changes in the loop is a variable: write `{line}`");
            Proposal { words, edits: vec![Edit::Replace(statement, line)] }
        });
        proposals.collect()
    }

    fn types_of_variables(&self) -> Vec<String> {
        let dims = self.file.map_or_else(Vec::new, typed::dims_of_variables);
        typed::of_variables(dims)
    }

    /// Whether the training gives a name no other value than its first.
    fn is_assigned_once(&self, name: &str) -> bool {
        let targets = statements(self.trained).into_iter().flat_map(|statement| match statement {
            Statement::Assign(a) => a.targets.as_slice(),
            _ => &[],
        });
        targets.filter(|target| target.name == name).count() == 1
    }

    /// Whether what is assigned to a name is read elsewhere, so that it is no variable that is nearly called so.
    fn is_new(&self, target: &str, near: &str) -> bool {
        let is_field = self.variable_of_record(target) == Some(near);
        !is_field
            && statements(self.trained).into_iter().flat_map(values).any(|value| mentions(value, target))
    }

    /// An end of a loop's range.
    pub(super) fn end(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Name(name) if !self.known.contains_key(name.as_str()) => {
                let near =
                    self.may_look(self.dims.len()).then(|| suggest::nearest(name, self.dims.iter().copied()));
                let help = near.flatten().map_or_else(
                    || format!("give the number of iterations this name: add `dim {name} = 4`"),
                    |near| format!("did you mean `{near}`?"),
                );
                let item = format!("dim {name} = 4");
                let added = near
                    .flatten()
                    .is_none()
                    .then(|| Proposal { words: help.clone(), edits: vec![Edit::Items(expr.span, item)] });
                if self.said.insert(name.clone()) {
                    self.errors.push(
                        Diagnostic::error(codes::UNKNOWN_NAME, format!("`{name}` is not defined"))
                            .at(expr.span, "no size of this name")
                            .help(help)
                            .proposing(added),
                    );
                }
            }
            _ => self.expr(expr),
        }
    }
}

/// The message for a value that is given another one in the loop.
fn not_a_variable(name: &Ident) -> Diagnostic {
    Diagnostic::error(codes::BAD_ASSIGNMENT, format!("`{}` is no `var`", name.name))
        .at(name.span, "a value, which the loop changes")
        .help("what changes in the loop is declared with `var` in `train`")
}

/// What statements give new values.
pub(super) fn assigned(trained: &[Statement]) -> BTreeSet<&str> {
    let targets = statements(trained).into_iter().flat_map(|statement| match statement {
        Statement::Assign(a) => a.targets.as_slice(),
        _ => &[],
    });
    targets.map(|target| target.name.as_str()).collect()
}

/// The number with which a function of other languages fills a tensor.
fn filler(value: &Expr) -> Option<&'static str> {
    let ExprKind::Call { function, .. } = &value.kind else { return None };
    match function.name.as_str() {
        "zeros" | "zeros_like" => Some("0"),
        "ones" | "ones_like" => Some("1"),
        _ => None,
    }
}

//! Names in the training: its statements in order, and what is assigned there.

use super::{Kind, Names, mentions};
use crate::diagnostics::{Diagnostic, codes, suggest};
use crate::resolve::batches::{is_switch, rows_of};
use crate::syntax::ast::{Assign, Expr, ExprKind, Ident, Over, Statement, Train};
use crate::syntax::print::plain;
use crate::syntax::walk::{statements, values};

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
                    self.definition(l);
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
                    a.values.iter().for_each(|value| self.expr(value));
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
            let help = match (near.filter(|near| !self.is_new(&target.name, near)), a.values.as_slice()) {
                (Some(near), _) => format!("did you mean `{near}`?"),
                (None, _) if carried => format!(
                    "a variable of the loop is declared before it: `var {} : real[DIMS] = 0`, with the names of its dims",
                    target.name
                ),
                (None, [value]) if a.targets.len() == 1 => {
                    format!("a new value has a `let`: write `let {} = {}`", target.name, plain(value))
                }
                _ => "new values have a `let` in front: `let a, b = ...`".to_owned(),
            };
            self.errors.push(
                Diagnostic::error(codes::UNKNOWN_NAME, format!("`{}` is not defined", target.name))
                    .at(target.span, "no variable of this name")
                    .help(help),
            );
            self.known.insert(&target.name, (Kind::Value, target.span));
        }
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
                    || format!("give the number of iterations this name: `dim {name} = 4`"),
                    |near| format!("did you mean `{near}`?"),
                );
                self.errors.push(
                    Diagnostic::error(codes::UNKNOWN_NAME, format!("`{name}` is not defined"))
                        .at(expr.span, "no size of this name")
                        .help(help),
                );
            }
            _ => self.expr(expr),
        }
    }
}

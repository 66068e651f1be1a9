//! Helps that are made of the rest of the program.

use super::names::mentions;
use super::{Locals, Resolver};
use crate::syntax::ast::{Expr, ExprKind, Item, Statement};
use crate::syntax::print::expression;

impl<'a> Resolver<'a> {
    /// What to write for a penalty on variables of the loop, which a loss does not see; nothing where an expression
    /// mentions none.
    pub(super) fn penalty(&self, part: &Expr) -> Option<String> {
        let train = self.file.items.iter().find_map(|item| match item {
            Item::Train(train) => Some(train),
            _ => None,
        })?;
        let variables = train.body.iter().filter_map(|statement| match statement {
            Statement::Var(d) => Some(d.name.name.as_str()),
            _ => None,
        });
        let variable = variables.into_iter().find(|name| mentions(part, name))?;
        let call = gradient_in(&train.body)
            .map_or_else(|| format!("grad(LOSS, LABELS, FUNCTION, at = {variable})"), expression);
        Some(format!(
            "a penalty on `{variable}` is added to the gradient: add `use optimizers.decayed` below the first line, and write \
             `decayed({call}, {variable}, 0.01)` in place of `{call}`, where 0.01 stands for a penalty of \
             0.01 / 2 times the sum of squares"
        ))
    }

    /// What stands for the tensor of the owner at the server: the first secret that is made of it.
    pub(super) fn encrypted(&self, name: &str) -> Option<&'a str> {
        self.file.items.iter().find_map(|item| match item {
            Item::Secret(d) => {
                d.value.as_ref().filter(|value| mentions(value, name)).map(|_| d.name.name.as_str())
            }
            _ => None,
        })
    }

    /// The name of the dimension with a number, `axis = 0` elsewhere.
    pub(super) fn dimension(&mut self, of: &Expr, axis: &Expr, locals: &Locals) -> Option<String> {
        let number = match &axis.kind {
            ExprKind::Number { value, .. } => *value,
            ExprKind::Neg(inner) => match inner.kind {
                ExprKind::Number { value, .. } => -value,
                _ => return None,
            },
            ExprKind::Name(name) => return self.dims.get(name).map(|dim| dim.name.clone()),
            _ => return None,
        };
        let node = self.eval(of, locals).ok()?;
        let dims = self.b.dims(node);
        let position = if number < 0.0 { number + dims.len() as f64 } else { number };
        let found = dims.iter().enumerate().find(|(at, _)| *at as f64 == position);
        found.map(|(_, dim)| dim.name.clone())
    }
}

/// The first gradient of a block.
fn gradient_in(body: &[Statement]) -> Option<&Expr> {
    body.iter().find_map(|statement| match statement {
        Statement::For(f) => gradient_in(&f.body),
        Statement::Let(l) => l.values.iter().find_map(gradient_of),
        Statement::Assign(a) => a.values.iter().find_map(gradient_of),
        _ => None,
    })
}

fn gradient_of(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Call { function, .. } if function.name == "grad" => Some(expr),
        ExprKind::Call { args, .. } => args.iter().find_map(|arg| gradient_of(&arg.value)),
        ExprKind::Binary { left, right, .. } => gradient_of(left).or_else(|| gradient_of(right)),
        ExprKind::Neg(inner) => gradient_of(inner),
        _ => None,
    }
}

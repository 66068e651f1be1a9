//! The scores of a program: what its first gradient is taken of, and what decisions are made of.

use super::ast::{Expr, ExprKind, File, Item, Statement};
use super::foreign::is_decision;
use super::print::expression;
use super::walk::{expressions, statements, training, values};

/// The function that training gives its variables to, called as it is there.
#[must_use]
pub fn scores(file: &File) -> Option<String> {
    let body = &training(file)?.body;
    let mut found = None;
    for value in statements(body).into_iter().flat_map(values) {
        expressions(value, &mut |expr| {
            found = found.take().or_else(|| differentiated(expr));
            found.is_none()
        });
    }
    found.or_else(|| {
        file.items.iter().find_map(|item| match item {
            Item::Function(function) => {
                let names: Vec<&str> = function.params.iter().map(|param| param.name.name.as_str()).collect();
                let are_variables = !names.is_empty() && names.iter().all(|name| is_variable(body, name));
                are_variables.then(|| format!("{}({})", function.name.name, names.join(", ")))
            }
            _ => None,
        })
    })
}

/// Whether a name is that of a variable of the training.
#[must_use]
pub fn is_variable(body: &[Statement], name: &str) -> bool {
    body.iter().any(|statement| matches!(statement, Statement::Var(d) if d.name.name == name))
}

/// The call of the function in `grad(LOSS, LABELS, FUNCTION, GIVEN, at = VARIABLE)`.
fn differentiated(expr: &Expr) -> Option<String> {
    let ExprKind::Call { function, args } = &expr.kind else { return None };
    let mut positional = args.iter().filter(|arg| arg.name.is_none()).map(|arg| &arg.value).skip(2);
    let at = args.iter().find(|arg| arg.name.as_ref().is_some_and(|name| name.name == "at"))?;
    let scores = positional.next().filter(|_| function.name == "grad")?;
    let given: Vec<String> = positional.map(expression).collect();
    let given = if given.is_empty() { expression(&at.value) } else { given.join(", ") };
    matches!(scores.kind, ExprKind::Name(_)).then(|| format!("{}({given})", expression(scores)))
}

/// What a decision is made of: `z` of `sigmoid(z)`, whether it is written here or has a name.
#[must_use]
pub fn undecided<'e>(file: &'e File, scores: &'e Expr) -> Option<&'e Expr> {
    let of_call = |expr: &'e Expr| match &expr.kind {
        ExprKind::Call { function, args } if is_decision(&function.name) => {
            args.first().map(|arg| &arg.value)
        }
        _ => None,
    };
    let of_name = |name: &str| {
        file.items.iter().find_map(|item| match item {
            Item::Let(l) => match (l.names.as_slice(), l.values.as_slice()) {
                ([known], [value]) if known.name == name => of_call(value),
                _ => None,
            },
            _ => None,
        })
    };
    let step = |expr: &'e Expr| match &expr.kind {
        ExprKind::Name(name) => of_name(name),
        _ => of_call(expr),
    };
    // Every step leaves a name or a call behind.
    let mut left = super::limits::MAX_NESTING;
    let mut inner = step(scores)?;
    while let Some(next) = step(inner).filter(|_| left > 0) {
        inner = next;
        left -= 1;
    }
    Some(inner)
}

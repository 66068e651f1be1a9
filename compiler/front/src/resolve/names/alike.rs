//! Formulas that are those of a function of the program with names in place of its parameters.

use crate::syntax::ast::{Expr, ExprKind, Function};
use std::collections::BTreeMap;

/// The names that a function is given where this is what it gives.
pub(super) fn is_call_of(function: &Function, expr: &Expr) -> Option<Vec<String>> {
    let [result] = function.results.as_slice() else { return None };
    let mut given = BTreeMap::new();
    let params: Vec<&str> = function.params.iter().map(|param| param.name.name.as_str()).collect();
    matches(result, expr, &params, &mut given).then_some(())?;
    params.iter().map(|param| given.get(param).map(|name| (*name).to_owned())).collect()
}

/// Whether an expression is another one with names in place of parameters.
fn matches<'e>(
    pattern: &'e Expr,
    expr: &'e Expr,
    params: &[&'e str],
    given: &mut BTreeMap<&'e str, &'e str>,
) -> bool {
    let mut both = |a: &'e Expr, b: &'e Expr| matches(a, b, params, given);
    match (&pattern.kind, &expr.kind) {
        (ExprKind::Name(a), ExprKind::Name(b)) if params.contains(&a.as_str()) => {
            *given.entry(a).or_insert(b) == b.as_str()
        }
        (ExprKind::Name(a), ExprKind::Name(b)) => a == b,
        (ExprKind::Number { value: a, .. }, ExprKind::Number { value: b, .. }) => a == b,
        (ExprKind::Neg(a), ExprKind::Neg(b)) => both(a, b),
        (
            ExprKind::Binary { op, left, right },
            ExprKind::Binary { op: other, left: other_left, right: other_right },
        ) => op == other && both(left, other_left) && both(right, other_right),
        (ExprKind::Member { base: a, field }, ExprKind::Member { base: b, field: other }) => {
            field.name == other.name && both(a, b)
        }
        (ExprKind::Call { function: f, args: a }, ExprKind::Call { function: g, args: b }) => {
            f.name == g.name
                && a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| {
                    a.name.as_ref().map(|name| &name.name) == b.name.as_ref().map(|name| &name.name)
                        && both(&a.value, &b.value)
                })
        }
        _ => false,
    }
}

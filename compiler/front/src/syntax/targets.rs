//! Targets that are prepared like features: a vector has a mean and a variance of its own, and no columns.

use super::ast::{Expr, ExprKind, File, Item};
use super::fresh::fresh;
use super::labels::secrets;
use super::print::expression;
use super::walk::expressions;
use crate::diagnostics::{Edit, Proposal};
use hep_tensor::source::Span;

/// What is written for a preparation of features whose argument is a vector in this place: its formula, with scores in the unit that
/// the vector had.
#[must_use]
pub fn prepared(file: &File, place: Span, rows: &str) -> Option<Proposal> {
    let call = secrets(file).filter_map(|d| d.value.as_ref()).find_map(|value| call_of(value, place))?;
    let ExprKind::Call { function, args } = &call.kind else { return None };
    let of = expression(&args.first()?.value);
    let (mean, size) = (format!("mean({of}, over = {rows})"), format!("sqrt(variance({of}, over = {rows}))"));
    let (formula, scaled) = match function.name.rsplit('.').next()? {
        "centre" => (format!("{of} - {mean}"), false),
        "standardise" => (format!("({of} - {mean}) / {size}"), true),
        _ => return None,
    };
    let mut words = format!("`{}` prepares columns: of a vector write `{formula}`", function.name);
    let mut edits = vec![Edit::Replace(call.span, format!("({formula})"))];
    let scores = file.items.iter().find_map(|item| match item {
        Item::Predict(scores) => Some(scores),
        _ => None,
    });
    if let Some(scores) = scores {
        let (y_mean, y_size) = (fresh(file, &format!("{of}_mean0")), fresh(file, &format!("{of}_size0")));
        let mut items = vec![format!("secret {y_mean} : real = {mean}")];
        let mut text = format!("{} + {y_mean}", expression(scores));
        if scaled {
            items.push(format!("secret {y_size} : real = {size}"));
            text = format!("{y_size} * {text}");
        }
        let added: Vec<String> = items.iter().map(|item| format!("`{item}`")).collect();
        words = format!(
            "{words}; for scores in the unit of `{of}` add {} and write `predict {text}`",
            added.join(" and ")
        );
        edits.push(Edit::Items(call.span, items.join("\n")));
        edits.push(Edit::Replace(scores.span, text));
    }
    Some(Proposal { words, edits })
}

/// The call in an expression whose only argument this is.
fn call_of(expr: &Expr, place: Span) -> Option<&Expr> {
    let mut found = None;
    expressions(expr, &mut |expr| {
        if let ExprKind::Call { args, .. } = &expr.kind
            && let [only] = args.as_slice()
            && only.value.span == place
        {
            found = Some(expr);
        }
        true
    });
    found
}

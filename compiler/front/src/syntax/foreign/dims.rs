//! The dimensions of a value, as far as the text tells them: of what is declared, of what is made of that, and of the parameters of
//! functions that are called with such values.

use super::{is_word_byte, libraries, lines, rewrite};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Item};
use crate::syntax::{limits, parse};
use hep_tensor::source::SourceFile;
use std::cell::Cell;

/// Texts that are read for one value, all of what it is made of together.
const MOST: usize = 24;
/// Functions whose values have the dimensions of what they are given.
const ELEMENTWISE: [&str; 14] = [
    "exp",
    "log",
    "sqrt",
    "abs",
    "tanh",
    "sigmoid",
    "relu",
    "softplus",
    "softmax",
    "max",
    "min",
    "centre",
    "standardise",
    "log_softmax",
];

/// The names of the dimensions of a value.
pub(super) fn of(text: &str, written: &str) -> Option<Vec<String>> {
    inferred(limits::beginning(text), written, &Cell::new(MOST))
}

fn inferred(text: &str, written: &str, left: &Cell<usize>) -> Option<Vec<String>> {
    let written = written.trim();
    left.set(left.get().checked_sub(1)?);
    let short = !written.is_empty() && written.len() < rewrite::LONGEST;
    let named = lines::declared(text, written).filter(|_| short);
    named.or_else(|| dims(text, &value(&libraries::nested(text, written)).filter(|_| short)?, left))
}

/// An expression that stands alone.
fn value(written: &str) -> Option<Expr> {
    let file = parse(&SourceFile::new("", format!("program p\nlet x = {written}\n"))).ok()?;
    file.items.into_iter().find_map(|item| match item {
        Item::Let(mut l) => l.values.pop(),
        _ => None,
    })
}

fn dims(text: &str, expr: &Expr, left: &Cell<usize>) -> Option<Vec<String>> {
    let inner = |expr: &Expr| dims(text, expr, left);
    match &expr.kind {
        ExprKind::Number { .. } => Some(vec![]),
        ExprKind::Neg(value) => inner(value),
        ExprKind::Name(name) => {
            let made = || inferred(text, definition(text, name)?, left);
            let given = || inferred(text, argument(text, name)?, left);
            lines::declared(text, name).or_else(made).or_else(given)
        }
        ExprKind::Member { base, field } if field.name == "T" => {
            Some(inner(base)?.into_iter().rev().collect())
        }
        ExprKind::Binary { op: BinaryOp::MatMul, left, right } => {
            let (mut first, second) = (inner(left)?, inner(right)?);
            first.pop()?;
            first.extend(second.into_iter().skip(1));
            Some(first)
        }
        ExprKind::Binary { left, right, .. } => {
            let (first, second) = (inner(left), inner(right));
            let longer = |first: Vec<String>, second: Vec<String>| {
                if second.len() > first.len() { second } else { first }
            };
            match (first, second) {
                (Some(first), Some(second)) => Some(longer(first, second)),
                (known, other) => known.or(other),
            }
        }
        ExprKind::Call { function, args } => {
            let body = || inferred(text, body(text, &function.name)?, left);
            let same = ELEMENTWISE.contains(&function.name.as_str()).then(|| args.first());
            same.flatten().map_or_else(body, |arg| inner(&arg.value))
        }
        ExprKind::Member { .. } | ExprKind::Index { .. } => None,
    }
}

/// What follows the `=` of `let NAME =` on its line.
pub(super) fn definition<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    lets(text).find_map(|(_, rest)| {
        let value = rest.strip_prefix(name)?.trim_start().strip_prefix('=')?;
        Some(value.split('#').next()?.trim())
    })
}

/// Definitions, by where they are, from behind their `let`.
pub(super) fn lets(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("let ").filter_map(|(at, word)| {
        let whole = !text.get(..at)?.ends_with(|c: char| c.is_ascii() && is_word_byte(c as u8));
        whole.then_some((at, text.get(at + word.len()..)?.lines().next()?.trim_start()))
    })
}

/// The parameters of a function, by its name, and its formula.
fn functions(text: &str) -> impl Iterator<Item = (&str, Vec<&str>, &str)> {
    lets(text).filter_map(|(_, rest)| {
        let name = rewrite::name(rest)?;
        let inside = rest.get(name.len()..)?.strip_prefix('(')?;
        let end = rewrite::arguments_end(inside)?;
        let formula = inside.get(end + 1..)?.trim_start().strip_prefix('=')?.split('#').next()?;
        Some((name, rewrite::split(inside.get(..end)?), formula.trim()))
    })
}

fn body<'t>(text: &'t str, function: &str) -> Option<&'t str> {
    functions(text).find(|(name, ..)| *name == function).map(|(_, _, formula)| formula)
}

/// What the first call gives to a parameter of this name.
fn argument<'t>(text: &'t str, parameter: &str) -> Option<&'t str> {
    functions(text).find_map(|(function, params, _)| {
        let position = params.iter().position(|param| *param == parameter)?;
        text.match_indices(function).find_map(|(at, _)| {
            let before = text.get(..at)?;
            let whole = !before.ends_with(|c: char| c.is_ascii() && is_word_byte(c as u8));
            let inside = text.get(at + function.len()..)?.strip_prefix('(')?;
            let is_call = whole && !before.trim_end().ends_with("let");
            let arguments = rewrite::split(inside.get(..rewrite::arguments_end(inside)?)?);
            is_call.then(|| arguments.get(position).copied()).flatten()
        })
    })
}

//! Constructs that parse and are not compiled yet.

use super::batches::rows_of;
use super::eval::formula;
use crate::diagnostics::{self, Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::{Expr, ExprKind, For, Item, Over, Statement, Unsupported, UnsupportedKind};

/// One message for each.
pub(super) fn check(file: &ast::File) -> Vec<Diagnostic> {
    let mut found = vec![];
    let mut trains: Vec<Span> = vec![];
    for item in &file.items {
        if let Item::Train(train) = item {
            trains.push(train.span);
            block(&train.body, None, &mut found);
        }
    }
    if let [first, others @ ..] = trains.as_slice() {
        found.extend(others.iter().map(|span| {
            error("several `train` blocks")
                .at(*span, "second block")
                .and(*first, "first block")
                .help("train everything in one loop, or write two programs")
        }));
    }
    diagnostics::sort(&mut found);
    found
}

fn error(what: &str) -> Diagnostic {
    Diagnostic::error(codes::UNSUPPORTED, format!("{what}: not yet supported"))
}

fn construct(unsupported: &Unsupported) -> Diagnostic {
    let (what, help) = match unsupported.kind {
        UnsupportedKind::Refresh => {
            ("bootstrapping (`refresh`)", "remove the line, and lower the number of iterations")
        }
    };
    error(what).at(unsupported.span, "used here").help(help)
}

fn block(body: &[Statement], outer: Option<&For>, found: &mut Vec<Diagnostic>) {
    let mut first: Option<Span> = None;
    for statement in body {
        match statement {
            Statement::Unsupported(unsupported) => found.push(construct(unsupported)),
            Statement::For(looped) => {
                let over = match &looped.over {
                    Over::Expr(over) if rows_of(looped).is_none() => Some(over),
                    _ => None,
                };
                found.extend(over.map(|over| {
                    error("loops over anything but `1 .. T` and `rows(...)`")
                        .at(over.span, "neither a range of numbers nor mini-batches")
                        .help(if outer.is_some() { batched(looped, over) } else { counted(looped, over) })
                }));
                // Of a loop that cannot be, its place says nothing.
                let is_known = over.is_none();
                if let Some(help) = outer.and_then(|outer| nested(outer, looped)).filter(|_| is_known) {
                    let nested = error("loops inside loops").at(looped.span, "inner loop");
                    let outer = outer.map_or(looped.span, |outer| outer.span);
                    found.push(nested.and(outer, "outer loop").help(help));
                } else if let Some(first) = first {
                    let second =
                        error("several loops").at(looped.span, "second loop").and(first, "first loop");
                    found.push(second.help("use one loop"));
                }
                first = first.or(Some(looped.span));
                block(&looped.body, Some(looped), found);
            }
            Statement::Assign(_) | Statement::Var(_) | Statement::Let(_) => {}
        }
    }
}

/// What a loop over something else is here; `range(10)` of other languages counts.
fn counted(looped: &For, over: &Expr) -> String {
    let index = &looped.index.name;
    let args = match &over.kind {
        ExprKind::Call { function, args } if function.name == "range" => args.as_slice(),
        _ => &[],
    };
    match args {
        [last] => format!("write `for {index} in 1 .. {}`", formula(&last.value)),
        [first, end] => {
            format!("write `for {index} in {} .. {} - 1`", formula(&first.value), formula(&end.value))
        }
        _ => "write `for t in 1 .. T`, or `for batch in rows(X, Y, size = 64)`".to_owned(),
    }
}

/// The loop over mini-batches that a loop inside another is meant to be.
fn batched(looped: &For, over: &Expr) -> String {
    let index = &looped.index.name;
    let tensors: Vec<String> = match &over.kind {
        ExprKind::Call { args, .. } => {
            let given =
                args.iter().filter(|arg| arg.name.is_none() && matches!(arg.value.kind, ExprKind::Name(_)));
            given.map(|arg| formula(&arg.value)).collect()
        }
        ExprKind::Name(name) => vec![name.clone()],
        _ => vec![],
    };
    let tensors = if tensors.is_empty() { "X, Y".to_owned() } else { tensors.join(", ") };
    format!("write `for {index} in rows({tensors}, size = 64)`: every batch has 64 rows")
}

/// What to do about a loop inside another; nothing where it goes through the mini-batches of an epoch.
fn nested(outer: &For, inner: &For) -> Option<&'static str> {
    match (rows_of(outer).is_some(), rows_of(inner).is_some()) {
        (false, true) => None,
        (true, true) => Some("use one loop over mini-batches"),
        (true, false) => Some("turn them round: `for t in 1 .. T { for batch in rows(...) { ... } }`"),
        (false, false) => Some("use one loop"),
    }
}

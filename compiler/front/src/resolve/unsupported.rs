//! Constructs that parse and are not compiled yet.

use super::batches::rows_of;
use super::eval::formula;
use super::row_loops;
use crate::diagnostics::{self, Diagnostic, codes};
use crate::syntax::ast;
use crate::syntax::ast::{
    BinaryOp, Expr, ExprKind, For, Item, Over, Statement, Unsupported, UnsupportedKind,
};
use hep_tensor::source::Span;

const ONE_LOOP: &str =
    "use one loop: every iteration takes all rows, or, in a loop over `rows(...)`, those of a batch";

/// One message for each.
pub(super) fn check(file: &ast::File) -> Vec<Diagnostic> {
    let mut found = vec![];
    let mut trains: Vec<Span> = vec![];
    for item in &file.items {
        if let Item::Train(train) = item {
            trains.push(train.span);
            block(file, &train.body, None, &mut found);
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

fn block(file: &ast::File, body: &[Statement], outer: Option<&For>, found: &mut Vec<Diagnostic>) {
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
                    let batches = match outer {
                        None if is_range(over) => vec![],
                        _ => row_loops::batched(file, looped),
                    };
                    error("loops over anything but `1 .. T` and `rows(...)`")
                        .at(over.span, "neither a range of numbers nor mini-batches")
                        .help(if outer.is_some() {
                            batched(file, looped, over)
                        } else {
                            counted(looped, over)
                        })
                        .proposing(batches)
                }));
                // Of a loop that cannot be, its place says nothing.
                let is_known = over.is_none();
                if let Some(help) = outer.and_then(|outer| nested(outer, looped)).filter(|_| is_known) {
                    let nested = error("loops inside loops").at(looped.span, "inner loop");
                    let outer = outer.map_or(looped.span, |outer| outer.span);
                    found.push(
                        nested
                            .and(outer, "outer loop")
                            .help(help)
                            .proposing(row_loops::batched(file, looped)),
                    );
                } else if let Some(first) = first {
                    let second =
                        error("several loops").at(looped.span, "second loop").and(first, "first loop");
                    found.push(second.help(ONE_LOOP));
                }
                first = first.or(Some(looped.span));
                block(file, &looped.body, Some(looped), found);
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
        [first, end] => match (number(&first.value), one_more(&end.value)) {
            (Some(0.0), _) => format!("write `for {index} in 1 .. {}`", formula(&end.value)),
            (_, Some(last)) => {
                format!("write `for {index} in {} .. {}`", formula(&first.value), formula(last))
            }
            _ => format!("write `for {index} in {} .. {} - 1`", formula(&first.value), formula(&end.value)),
        },
        _ => "write `for t in 1 .. T`, or `for batch in rows(X, Y, size = 64)`".to_owned(),
    }
}

/// What 1 is added to.
fn one_more(end: &Expr) -> Option<&Expr> {
    match &end.kind {
        ExprKind::Binary { op: BinaryOp::Add, left, right } if number(right) == Some(1.0) => Some(left),
        _ => None,
    }
}

fn number(expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Number { value, .. } => Some(*value),
        _ => None,
    }
}

/// The loop over mini-batches that a loop inside another is meant to be: through the rows of what it names, or of all secrets.
fn batched(file: &ast::File, looped: &For, over: &Expr) -> String {
    let index = &looped.index.name;
    let is_size = |expr: &&Expr| match &expr.kind {
        ExprKind::Number { .. } => true,
        ExprKind::Name(name) => {
            file.items.iter().any(|item| matches!(item, Item::Dim(dim) if dim.name.name == *name))
        }
        _ => false,
    };
    let given: Vec<&Expr> = match &over.kind {
        ExprKind::Call { args, .. } => args.iter().map(|arg| &arg.value).collect(),
        _ => vec![over],
    };
    let (samples, secrets) = secrets(file);
    let mut tensors: Vec<String> = given
        .iter()
        .filter(|expr| !is_size(expr) && matches!(expr.kind, ExprKind::Name(_)))
        .map(|expr| formula(expr))
        .collect();
    if tensors.is_empty() {
        tensors = secrets;
    }
    if tensors.is_empty() {
        tensors = vec!["X".to_owned(), "Y".to_owned()];
    }
    let size = given.into_iter().filter(is_size).map(formula).find(|size| Some(size) != samples.as_ref());
    let size = size.unwrap_or_else(|| "64".to_owned());
    let tensors = tensors.join(", ");
    format!("write `for {index} in rows({tensors}, size = {size})`: every batch has {size} rows")
}

/// The dimension of the samples, and the secrets that have a row for each of them.
fn secrets(file: &ast::File) -> (Option<String>, Vec<String>) {
    let secrets = || {
        file.items.iter().filter_map(|item| match item {
            Item::Secret(secret) => {
                Some((&secret.name.name, secret.ty.dims.iter().map(formula).collect::<Vec<_>>()))
            }
            _ => None,
        })
    };
    let matrix = secrets().find(|(_, dims)| dims.len() == 2).and_then(|(_, dims)| dims.into_iter().next());
    let of_samples = secrets().filter(|(_, dims)| matrix.is_some() && dims.first() == matrix.as_ref());
    let names = of_samples.map(|(name, _)| name.clone()).collect();
    (matrix, names)
}

/// What to do about a loop inside another; nothing where it goes through the mini-batches of an epoch.
fn nested(outer: &For, inner: &For) -> Option<&'static str> {
    match (rows_of(outer).is_some(), rows_of(inner).is_some()) {
        (false, true) => None,
        (true, true) => Some("use one loop over mini-batches"),
        (true, false) => Some("turn them round: `for t in 1 .. T { for batch in rows(...) { ... } }`"),
        (false, false) => Some(ONE_LOOP),
    }
}

/// Whether a loop counts as it does elsewhere.
fn is_range(over: &Expr) -> bool {
    matches!(&over.kind, ExprKind::Call { function, .. } if function.name == "range")
}

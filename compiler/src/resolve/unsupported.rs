//! Constructs that parse and are not compiled yet.

use crate::diagnostics::{self, Diagnostic, codes};
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::ast::{Item, Over, Statement, Unsupported, UnsupportedKind};

/// One message for each.
pub(super) fn check(file: &ast::File) -> Vec<Diagnostic> {
    let mut found = vec![];
    let mut trains: Vec<Span> = vec![];
    for item in &file.items {
        match item {
            Item::Unsupported(unsupported) => found.push(construct(unsupported)),
            Item::Train(train) => {
                trains.push(train.span);
                block(&train.body, None, &mut found);
            }
            _ => {}
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
        UnsupportedKind::Pack => {
            ("packing hints (`pack`)", "remove the line: the compiler chooses the packing")
        }
        UnsupportedKind::Refresh => {
            ("bootstrapping (`refresh`)", "remove the line, and lower the number of iterations")
        }
    };
    error(what).at(unsupported.span, "used here").help(help)
}

fn block(body: &[Statement], outer: Option<Span>, found: &mut Vec<Diagnostic>) {
    let mut first: Option<Span> = None;
    for statement in body {
        match statement {
            Statement::Unsupported(unsupported) => found.push(construct(unsupported)),
            Statement::For(looped) => {
                if let Over::Expr(over) = &looped.over {
                    found.push(
                        error("loops over anything but `1 .. T`")
                            .at(over.span, "not a range of numbers")
                            .help("train on all rows in every iteration: `for t in 1 .. T`"),
                    );
                }
                if let Some(outer) = outer {
                    let nested =
                        error("loops inside loops").at(looped.span, "inner loop").and(outer, "outer loop");
                    found.push(nested.help("use one loop"));
                } else if let Some(first) = first {
                    let second =
                        error("several loops").at(looped.span, "second loop").and(first, "first loop");
                    found.push(second.help("use one loop"));
                }
                first = first.or(Some(looped.span));
                block(&looped.body, Some(looped.span), found);
            }
            Statement::Assign(_) | Statement::Var(_) | Statement::Let(_) => {}
        }
    }
}

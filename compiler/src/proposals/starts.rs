//! Weights that stay where they start: layers that are multiplied with each other and all start at 0 have gradients of 0, and units
//! that start alike stay alike.

use super::Attempt;
use crate::{Options, Patience};
use hep_front::syntax;
use hep_front::syntax::ast::{Declaration, ExprKind, Item, Statement};
use hep_front::syntax::print::expression;
use hep_tensor::source::{SourceFile, Span};

/// How far the random numbers are from 0 that are tried.
const DEVIATIONS: [f64; 3] = [1.0, 0.5, 0.1];

/// The first values that let training begin, where matrices of weights start at a number and the changed program has a plan.
pub(super) fn random(
    source: &SourceFile,
    options: &Options,
    patience: &Patience,
    attempt: &mut Attempt<'_>,
) -> Option<String> {
    // Of two layers the second may be a vector.
    let ways = [2, 1].into_iter().flat_map(|rank| DEVIATIONS.map(|deviation| (rank, deviation)));
    ways.filter(|_| !patience.is_over()).find_map(|way| random_from(source, options, way, attempt))
}

/// Why it helps where nothing is trained.
pub(super) fn still(start: &str) -> String {
    format!("layers that multiply each other and start at 0 have gradients of 0, and stay there: {start}")
}

/// The same where all weights of so many dimensions start at random numbers.
fn random_from(
    source: &SourceFile,
    options: &Options,
    (rank, deviation): (usize, f64),
    attempt: &mut Attempt<'_>,
) -> Option<String> {
    let file = syntax::parse(source).ok()?;
    let declared = file.items.iter().flat_map(|item| match item {
        Item::Params(params) => params.fields.iter().collect(),
        Item::Train(train) => variables(&train.body),
        _ => Vec::new(),
    });
    let starts = declared.filter_map(|declaration| Some((declaration, number(declaration, rank)?)));
    let mut changed = source.clone();
    let mut words = Vec::new();
    let starts: Vec<(&Declaration, Span)> = starts.collect();
    for (number, (declaration, value)) in starts.iter().enumerate().rev() {
        let smaller = if deviation == 1.0 { String::new() } else { format!(", deviation = {deviation}") };
        let random = format!("normal(seed = {}{smaller})", number + 1);
        changed = changed.replaced(*value, &random)?;
        let ty = &declaration.ty;
        let dims = ty.dims.iter().map(expression).collect::<Vec<_>>().join(", ");
        words.push(format!("`{} : {}[{dims}] = {random}`", declaration.name.name, ty.kind.name));
    }
    words.reverse();
    attempt(&changed, options)
        .ok()
        .filter(|_| !words.is_empty())
        .map(|_| format!("start at random numbers: {}", words.join(", ")))
}

fn variables(body: &[Statement]) -> Vec<&Declaration> {
    body.iter()
        .filter_map(|statement| match statement {
            Statement::Var(declaration) => Some(declaration),
            _ => None,
        })
        .collect()
}

/// Where the value of a tensor of at least so many dimensions stands that is one number.
fn number(declaration: &Declaration, rank: usize) -> Option<Span> {
    let value = declaration.value.as_ref()?;
    let is_number = matches!(value.kind, ExprKind::Number { .. });
    (is_number && declaration.ty.dims.len() >= rank).then_some(value.span)
}

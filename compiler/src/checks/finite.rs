//! What to say of a value that is no finite number, and which changes make it one: each tried on the user's data before it
//! is proposed.

use super::watch::{Lost, Prepared, Sample, prepare};
use crate::{Analysis, Options, analyze};
use hep_front::diagnostics::{Diagnostic, codes};
use hep_front::syntax::ast::{BinaryOp, Expr, ExprKind, File, Item};
use hep_plan::host::{Binary, HostOp};
use hep_tensor::Program;
use hep_tensor::graph::Op;
use hep_tensor::source::{SourceFile, Span};

/// The error for a value that is no finite number, with row, column, name and iteration.
pub fn not_finite(
    source: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    sample: Sample<'_>,
    lost: &Lost,
) -> Diagnostic {
    let program = &analysis.program;
    let node = program.graph.node(lost.node);
    let place = place(program, sample, lost);
    let when = match lost.iteration {
        0 => String::new(),
        t if t > program.train.iterations => " after the loop".to_string(),
        t => format!(" in iteration {t}"),
    };
    let name = node.name.as_deref().map_or(String::new(), |name| format!("`{name}` "));
    let error = Diagnostic::error(codes::NOT_FINITE, format!("a value is {} on these data", lost.value))
        .at(node.span, format!("{name}is {}{place}{when}", lost.value));
    if lost.iteration > 0 {
        return error
            .note("numbers of the training outgrow 1.8e308: its steps do not suit the units of the data");
    }
    let zero = divided_by_zero(program, lost);
    let error = if zero {
        error.note("the divisor is 0 there, as the deviation of a constant feature is")
    } else {
        error
    };
    let division = zero.then(|| division(&analysis.ast, node.span)).flatten();
    error.maybe_help(
        division.and_then(|(left, right)| remedy(source, analysis, options, sample, (lost, left, right))),
    )
}

/// Where an element stands, by what its dimensions are: rows of the data, features, or others by name.
fn place(program: &Program, sample: Sample<'_>, lost: &Lost) -> String {
    let features = program.graph.ids().find_map(|id| match &program.graph.node(id).op {
        Op::Host(HostOp::Input(name)) if *name == program.data.features => {
            Some(&program.graph.node(id).ty.dims)
        }
        _ => None,
    });
    let known = |axis: usize, name: &str| {
        features.and_then(|dims| dims.get(axis)).is_some_and(|dim| dim.name == name)
    };
    let dims = &program.graph.node(lost.node).ty.dims;
    let parts = dims.iter().zip(&lost.index).map(|(dim, index)| match &dim.name {
        name if known(0, name) => format!("row {}", index + 1),
        name if known(1, name) => sample.feature(*index),
        name => format!("{name} = {}", index + 1),
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { String::new() } else { format!(" in {}", parts.join(", ")) }
}

/// Whether the value is a quotient whose divisor is 0.
fn divided_by_zero(program: &Program, lost: &Lost) -> bool {
    // The divisor is finite, so that a quotient of finite numbers is no number only at 0, or by outgrowing f64.
    let divides = matches!(program.graph.node(lost.node).op, Op::Host(HostOp::Binary { f: Binary::Div, .. }));
    divides && lost.iteration == 0
}

/// Operands of the division that is written at this place.
fn division(file: &File, span: Span) -> Option<(Span, Span)> {
    file.items.iter().find_map(|item| match item {
        Item::Secret(d) | Item::Public(d) => d.value.as_ref().and_then(|value| in_expression(value, span)),
        Item::Let(definition) => definition.values.iter().find_map(|value| in_expression(value, span)),
        Item::Function(f) => f.results.iter().find_map(|value| in_expression(value, span)),
        Item::Params(params) => {
            params.fields.iter().filter_map(|d| d.value.as_ref()).find_map(|value| in_expression(value, span))
        }
        _ => None,
    })
}

fn in_expression(expr: &Expr, span: Span) -> Option<(Span, Span)> {
    match &expr.kind {
        ExprKind::Binary { op: BinaryOp::Div, left, right } if expr.span == span => {
            Some((left.span, right.span))
        }
        ExprKind::Binary { left, right, .. } => {
            in_expression(left, span).or_else(|| in_expression(right, span))
        }
        ExprKind::Neg(inner) | ExprKind::Member { base: inner, .. } => in_expression(inner, span),
        ExprKind::Call { args, .. } => args.iter().find_map(|arg| in_expression(&arg.value, span)),
        ExprKind::Index { base, indices } => {
            in_expression(base, span).or_else(|| indices.iter().find_map(|index| in_expression(index, span)))
        }
        ExprKind::Number { .. } | ExprKind::Name(_) => None,
    }
}

/// `standardise` of the standard library where it gives the same numbers, else `ratio`, which divides by 0 to 0.
fn remedy(
    source: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    sample: Sample<'_>,
    (lost, left, right): (&Lost, Span, Span),
) -> Option<String> {
    let (program, name) = (&analysis.program, analysis.ast.name.span);
    let span = program.graph.node(lost.node).span;
    let sound = |changed: &SourceFile| {
        let program = analyze(changed, options).ok()?.program;
        (prepare(&program, sample.inputs).ok()? == Prepared::Sound).then_some(())
    };
    let inside = "on these data every value is then a number";
    let standard = format!("standardise({})", program.data.features);
    if is_standardized(source, span, &program.data.features) {
        let head = Span::new(name.end, name.end);
        let used = source.replaced(span, &standard)?.replaced(head, "\nuse preprocessing.standardise")?;
        if sound(&used).is_some() {
            return Some(format!(
                "add `use preprocessing.standardise` and write `{standard}`, of which constant features are 0: {inside}"
            ));
        }
    }
    let ratio = format!("ratio({}, {})", unwrapped(source.slice(left)), unwrapped(source.slice(right)));
    sound(&source.replaced(span, &ratio)?)?;
    Some(format!("write `{ratio}`, which is 0 where the divisor is: {inside}"))
}

/// Whether a text is `(X - mean(X, over = n)) / sqrt(variance(X, over = n))`, whatever its blanks and its dimension.
fn is_standardized(source: &SourceFile, span: Span, x: &str) -> bool {
    let text: String = unwrapped(source.slice(span)).split_whitespace().collect();
    let over =
        |rest: &str| rest.split_once("over=").and_then(|(_, rest)| Some(rest.split_once(')')?.0.to_string()));
    over(&text).is_some_and(|n| text == format!("({x}-mean({x},over={n}))/sqrt(variance({x},over={n}))"))
}

/// A text without a pair of brackets around all of it.
fn unwrapped(text: &str) -> &str {
    let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
    let balanced = |inner: &&str| {
        let mut depth = 0i64;
        inner.chars().all(|c| {
            depth += i64::from(c == '(') - i64::from(c == ')');
            depth >= 0
        })
    };
    inner.filter(balanced).unwrap_or(text)
}

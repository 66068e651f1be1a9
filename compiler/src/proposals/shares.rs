//! A share of a gradient, and the statement that is written then.

use hep_front::syntax::ast::{BinaryOp, ExprKind, File};
use hep_front::syntax::walk::{expressions, statements, training, values};
use hep_plan::number::shown;
use hep_tensor::source::{SourceFile, Span};

/// The program with a share of a gradient, and the statement as it is then, in words: a factor that is written before the gradient
/// becomes smaller, so that it stands there once.
pub(crate) fn smaller(
    source: &SourceFile,
    file: &File,
    call: Span,
    share: f64,
) -> Option<(SourceFile, String)> {
    let gradient = source.slice(call);
    let mut place = (call, format!("{} * {gradient}", shown(share)));
    let body = training(file).map_or(&[][..], |train| &train.body);
    let all = statements(body).into_iter().map(values);
    let Some(own) = all.into_iter().find(|own| own.iter().any(|value| value.span.contains(call))) else {
        let line = format!("`{}` in place of the gradient", place.1);
        return Some((source.replaced(call, &place.1)?, line));
    };
    for value in own {
        expressions(value, &mut |expr| {
            if let ExprKind::Binary { op: BinaryOp::Mul, left, right } = &expr.kind
                && let ExprKind::Number { value, .. } = &left.kind
                && right.span == call
            {
                let number = Span::new(left.span.start, call.end);
                place = (number, format!("{} * {gradient}", shown(value * share)));
            }
            true
        });
    }
    let (first, last) = (own.first()?.span, own.last()?.span);
    let before = source.text.get(..first.start)?;
    let start = before.rfind(['\n', '{', '}', ';']).map_or(0, |end| end + 1);
    let (head, tail) = (source.text.get(start..place.0.start)?, source.text.get(place.0.end..last.end)?);
    let statement = format!("{head}{}{tail}", place.1);
    let words: Vec<&str> = statement.split_whitespace().collect();
    Some((source.replaced(place.0, &place.1)?, format!("`{}`", words.join(" "))))
}

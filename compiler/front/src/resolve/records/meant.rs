//! What may be meant where a record and its fields are mixed up. Each is tried before somebody is told of it.

use super::field;
use crate::diagnostics::{Edit, Proposal, suggest};
use crate::syntax::ast::{Arg, Expr, ExprKind, File, Function, Item, Params};
use crate::syntax::print::plain;
use crate::syntax::typed;
use crate::syntax::walk::{expressions, statements, training, values};
use hep_tensor::source::Span;

/// Fields that are tried in place of another one.
const MOST: usize = 4;

/// Another field wherever one is named that a record does not have, or the field that it does not have; that first where it is
/// assigned.
pub(super) fn of_unknown(file: &File, of: &str, fields: &[String], assigned: bool) -> Vec<Proposal> {
    let places = places(file, of);
    let near = suggest::nearest(of, fields.iter().map(String::as_str));
    let mut others: Vec<&str> = fields.iter().map(String::as_str).take(MOST).collect();
    others.sort_by_key(|other| Some(*other) != near);
    let renamed = others.into_iter().map(|other| {
        let words = match near {
            Some(near) if near == other => format!("did you mean `{other}`?"),
            _ => format!("write `{other}` for the field `{of}`"),
        };
        let edits = places.iter().map(|place| Edit::Replace(*place, other.to_owned())).collect();
        Proposal { words, edits }
    });
    let renamed: Vec<Proposal> = if places.is_empty() { vec![] } else { renamed.collect() };
    let added = added(file, of, fields);
    if assigned {
        added.into_iter().chain(renamed).collect()
    } else {
        renamed.into_iter().chain(added).collect()
    }
}

/// The record of these fields with one more.
fn added(file: &File, of: &str, fields: &[String]) -> Vec<Proposal> {
    let has = |params: &Params| params.fields.iter().map(|known| &known.name.name).eq(fields);
    let record = file.items.iter().find_map(|item| match item {
        Item::Params(params) if has(params) => Some(params),
        _ => None,
    });
    let Some((record, last)) = record.and_then(|record| Some((record, record.fields.last()?))) else {
        return vec![];
    };
    let end = Span::new(last.span.end, last.span.end);
    let with = |ty: String| {
        let line = format!("{of} : {ty} = 0");
        let words = format!("give the record this field: add `{line}` to `params {}`", record.name.name);
        Proposal { words, edits: vec![Edit::Replace(end, format!("\n  {line}"))] }
    };
    typed::of_variables(typed::dims_of_variables(file)).into_iter().map(with).collect()
}

/// Where a field of this name is read; targets of assignments are names with dots, whose last part it is.
fn places(file: &File, of: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut look = |expr: &Expr| {
        expressions(expr, &mut |expr| {
            if let ExprKind::Member { base, field } = &expr.kind
                && field.name == of
                && matches!(base.kind, ExprKind::Name(_))
            {
                found.push(field.span);
            }
            true
        });
    };
    for function in functions(file) {
        function.results.iter().for_each(&mut look);
    }
    training(file).iter().flat_map(|train| statements(&train.body)).flat_map(values).for_each(&mut look);
    found
}

fn functions(file: &File) -> impl Iterator<Item = &Function> {
    file.items.iter().filter_map(|item| match item {
        Item::Function(f) => Some(f),
        _ => None,
    })
}

/// A field of a record in place of the record.
pub(super) fn by_field(record: &str, fields: &[String], place: Span) -> Vec<Proposal> {
    let with = |of: &String| {
        let text = field(record, of);
        Proposal { words: format!("write `{text}` for `{record}`"), edits: vec![Edit::Replace(place, text)] }
    };
    fields.iter().take(MOST).map(with).collect()
}

/// A function that takes a tensor as one that takes the record and reads a field of it.
pub(super) fn reading(
    file: &File,
    function: &str,
    position: usize,
    (record, fields): (&str, &[String]),
) -> Vec<Proposal> {
    let Some(function) = functions(file).find(|f| f.name.name == function) else { return vec![] };
    let (Some(param), [result]) = (function.params.get(position), function.results.as_slice()) else {
        return vec![];
    };
    let mut places = Vec::new();
    expressions(result, &mut |expr| {
        if matches!(&expr.kind, ExprKind::Name(name) if *name == param.name.name) {
            places.push(expr.span);
        }
        true
    });
    let with = |of: &String| {
        let read = field(record, of);
        let params = function.params.iter().enumerate();
        let names: Vec<&str> =
            params.map(|(at, known)| if at == position { record } else { &known.name.name }).collect();
        let line = format!(
            "let {}({}) = {}",
            function.name.name,
            names.join(", "),
            plain(&with_field(result, &param.name.name, &read))
        );
        let words = format!("a function of a record reads fields of it: write `{line}`");
        let inside = places.iter().map(|place| Edit::Replace(*place, read.clone()));
        let renamed = (param.name.name != record).then(|| Edit::Replace(param.name.span, record.to_owned()));
        Proposal { words, edits: inside.chain(renamed).collect() }
    };
    if places.is_empty() { vec![] } else { fields.iter().take(MOST).map(with).collect() }
}

/// The record in place of a field of it, or of anything else.
pub(super) fn whole(file: &File, given: &Arg) -> Option<Proposal> {
    let of_field = match &given.value.kind {
        ExprKind::Member { base, .. } => match &base.kind {
            ExprKind::Name(name) => Some(name.as_str()),
            _ => None,
        },
        _ => None,
    };
    let mut records = file.items.iter().filter_map(|item| match item {
        Item::Params(params) => Some(params.name.name.as_str()),
        _ => None,
    });
    let record = records.find(|record| of_field.is_none_or(|of| of == *record))?;
    let words = format!("give it the record: write `{record}` here");
    Some(Proposal { words, edits: vec![Edit::Replace(given.value.span, record.to_owned())] })
}

/// An expression with a field in place of a parameter.
fn with_field(expr: &Expr, param: &str, read: &str) -> Expr {
    let boxed = |expr: &Expr| Box::new(with_field(expr, param, read));
    let kind = match &expr.kind {
        ExprKind::Name(name) if name == param => ExprKind::Name(read.to_owned()),
        ExprKind::Name(_) | ExprKind::Number { .. } => expr.kind.clone(),
        ExprKind::Neg(inner) => ExprKind::Neg(boxed(inner)),
        ExprKind::Binary { op, left, right } => {
            ExprKind::Binary { op: *op, left: boxed(left), right: boxed(right) }
        }
        ExprKind::Member { base, field } => ExprKind::Member { base: boxed(base), field: field.clone() },
        ExprKind::Index { base, indices } => ExprKind::Index { base: boxed(base), indices: indices.clone() },
        ExprKind::Call { function, args } => {
            let args = args
                .iter()
                .map(|arg| Arg { name: arg.name.clone(), value: with_field(&arg.value, param, read) });
            ExprKind::Call { function: function.clone(), args: args.collect() }
        }
    };
    Expr { kind, span: expr.span }
}

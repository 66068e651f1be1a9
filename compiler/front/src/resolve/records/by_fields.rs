//! Whole records where tensors are needed, and the same written by their fields.

use super::functions::Functions;
use super::rewrite::list;
use super::{Fields, field};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes};
use crate::resolve::eval::formula;
use crate::syntax::ast::{Arg, Assign, Expr, ExprKind, Ident};
use hep_tensor::source::Span;
use std::collections::BTreeMap;

/// Arguments of a gradient before those of its function: loss, labels, function.
const GIVEN: usize = 3;

/// The message for a record where a tensor is needed.
pub(super) fn whole(name: &str, fields: &[String], span: Span) -> Diagnostic {
    Diagnostic::error(codes::BAD_TYPE, format!("`{name}` is a record, and a tensor is needed here"))
        .at(span, format!("has {}", list(fields)))
        .help("what is computed of a record is computed of each of its fields")
}

/// The message for an assignment of whole records, with one of all their fields in its place.
pub(super) fn assigned(
    assign: &Assign,
    records: &BTreeMap<String, Fields>,
    functions: &Functions,
) -> Option<Diagnostic> {
    let record = assign.targets.iter().find(|target| records.contains_key(&target.name))?;
    let error = whole(&record.name, records.get(&record.name)?, record.span);
    Some(error.proposing(by_fields(assign, records, functions)))
}

/// The message for a record that is, at this position of what has no name, an argument of the function in a gradient; with the
/// fields that the function reads in its place.
pub(super) fn given(
    args: &[Arg],
    position: usize,
    records: &BTreeMap<String, Fields>,
    functions: &Functions,
) -> Option<Diagnostic> {
    let unnamed: Vec<&Arg> = args.iter().filter(|arg| arg.name.is_none()).collect();
    let parameter = position.checked_sub(GIVEN)?;
    let place = unnamed.get(position)?.value.span;
    let ExprKind::Name(name) = &unnamed.get(position)?.value.kind else { return None };
    let error = whole(name, records.get(name)?, place);
    let read = match &unnamed.get(GIVEN - 1)?.value.kind {
        ExprKind::Name(function) => functions.record(function, parameter),
        _ => None,
    };
    Some(error.proposing(read.map(|read| {
        let fields: Vec<String> = read.iter().map(|of| field(name, of)).collect();
        let text = fields.join(", ");
        let words = format!("give a gradient the fields of a record: write `{text}` for `{name}`");
        Proposal { words, edits: vec![Edit::Replace(place, text)] }
    })))
}

/// The assignment with every record in it written out by its fields.
fn by_fields(assign: &Assign, records: &BTreeMap<String, Fields>, functions: &Functions) -> Option<Proposal> {
    if assign.targets.len() != assign.values.len() {
        return None;
    }
    let (mut targets, mut values) = (Vec::new(), Vec::new());
    for (target, value) in assign.targets.iter().zip(&assign.values) {
        match records.get(&target.name) {
            None => {
                targets.push(target.name.clone());
                values.push(formula(value));
            }
            Some(fields) => {
                for of in fields {
                    targets.push(field(&target.name, of));
                    values.push(formula(&Part { of, records, functions }.of(value)?));
                }
            }
        }
    }
    let text = format!("{} = {}", targets.join(", "), values.join(", "));
    let words = format!("assign its fields: `{text}`");
    Some(Proposal { words, edits: vec![Edit::Replace(assign.span, text)] })
}

/// A field of what is computed of records.
struct Part<'p> {
    of: &'p String,
    records: &'p BTreeMap<String, Fields>,
    functions: &'p Functions,
}

impl Part<'_> {
    /// The same of this field; nothing where a record has no such field.
    fn of(&self, expr: &Expr) -> Option<Expr> {
        let boxed = |expr: &Expr| self.of(expr).map(Box::new);
        let kind = match &expr.kind {
            ExprKind::Name(name) => match self.records.get(name) {
                None => expr.kind.clone(),
                Some(fields) if fields.contains(self.of) => ExprKind::Member {
                    base: Box::new(expr.clone()),
                    field: Ident { name: self.of.clone(), span: expr.span },
                },
                Some(_) => return None,
            },
            // A field that is named is that one.
            ExprKind::Number { .. } | ExprKind::Member { .. } => expr.kind.clone(),
            ExprKind::Neg(inner) => ExprKind::Neg(boxed(inner)?),
            ExprKind::Binary { op, left, right } => {
                ExprKind::Binary { op: *op, left: boxed(left)?, right: boxed(right)? }
            }
            ExprKind::Call { function, args } => {
                let arg =
                    |(position, arg): (usize, &Arg)| match self.functions.record(&function.name, position) {
                        // It takes the record.
                        Some(_) => Some(arg.clone()),
                        None => Some(Arg { name: arg.name.clone(), value: self.of(&arg.value)? }),
                    };
                let args = args.iter().enumerate().map(arg).collect::<Option<_>>()?;
                ExprKind::Call { function: function.clone(), args }
            }
            ExprKind::Index { base, indices } => {
                ExprKind::Index { base: boxed(base)?, indices: indices.clone() }
            }
        };
        Some(Expr { kind, span: expr.span })
    }
}

//! An assignment of records as one of their fields.

use super::functions::Functions;
use super::{Fields, field};
use crate::diagnostics::{Edit, Proposal};
use crate::resolve::eval::formula;
use crate::syntax::ast::{Arg, Assign, Expr, ExprKind, Ident};
use std::collections::BTreeMap;

/// The assignment with every record in it written out by its fields.
pub(super) fn by_fields(
    assign: &Assign,
    records: &BTreeMap<String, Fields>,
    functions: &Functions,
) -> Option<Proposal> {
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

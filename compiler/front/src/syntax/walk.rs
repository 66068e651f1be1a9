//! Walks over the statements of a training and the parts of an expression.

use super::ast::{Expr, ExprKind, File, Item, Statement, Train};

/// The training of a program.
#[must_use]
pub fn training(file: &File) -> Option<&Train> {
    file.items.iter().find_map(|item| match item {
        Item::Train(train) => Some(train),
        _ => None,
    })
}

/// All statements of a block and of the loops in it, in the order of the text.
#[must_use]
pub fn statements(body: &[Statement]) -> Vec<&Statement> {
    let mut found = Vec::new();
    let mut next: Vec<&Statement> = body.iter().rev().collect();
    while let Some(statement) = next.pop() {
        found.push(statement);
        if let Statement::For(inner) = statement {
            next.extend(inner.body.iter().rev());
        }
    }
    found
}

/// The values of a statement that change in the loop.
#[must_use]
pub fn values(statement: &Statement) -> &[Expr] {
    match statement {
        Statement::Let(definition) => &definition.values,
        Statement::Assign(assign) => &assign.values,
        Statement::Var(_) | Statement::For(_) | Statement::Unsupported(_) => &[],
    }
}

/// Shows an expression and its parts to a visitor, the outer ones first; the parts of what it answers `false` to are left out.
pub fn expressions<'e>(expr: &'e Expr, visit: &mut dyn FnMut(&'e Expr) -> bool) {
    if !visit(expr) {
        return;
    }
    match &expr.kind {
        ExprKind::Name(_) | ExprKind::Number { .. } => {}
        ExprKind::Neg(inner) | ExprKind::Member { base: inner, .. } => expressions(inner, visit),
        ExprKind::Binary { left, right, .. } => {
            expressions(left, visit);
            expressions(right, visit);
        }
        ExprKind::Call { args, .. } => args.iter().for_each(|arg| expressions(&arg.value, visit)),
        ExprKind::Index { base, indices } => {
            expressions(base, visit);
            indices.iter().for_each(|index| expressions(index, visit));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hep_tensor::source::SourceFile;

    #[test]
    fn everything_is_seen_in_order() {
        let text = "program p dim n = 4 train { var a : real[n] = 0 for t in 1 .. 2 { let b = f(a, -a[t]) a = b.T } \
                    a = a @ a }";
        let file = crate::syntax::parse(&SourceFile::new("p.hep", text)).expect("a program");
        let all = statements(&training(&file).expect("a training").body);
        let starts: Vec<usize> = all.iter().flat_map(|s| values(s)).map(|value| value.span.start).collect();
        assert_eq!((all.len(), starts.len()), (5, 3));
        assert!(starts.is_sorted());
        let mut names = Vec::new();
        for value in all.iter().flat_map(|statement| values(statement)) {
            expressions(value, &mut |expr| {
                if let ExprKind::Name(name) = &expr.kind {
                    names.push(name.as_str());
                }
                !matches!(expr.kind, ExprKind::Index { .. })
            });
        }
        assert_eq!(names, ["a", "b", "a", "a"]);
    }
}

//! Which loop variables are secret.
//!
//! A loop variable has one place for all iterations, and its node is made before the body that computes its next
//! value is known. So secrecy is read off the text: a name is secret if its definition mentions a secret one, through
//! functions as well, until nothing changes. This may call a public value secret, never the other way round.

use crate::syntax::ast::{self, Expr, ExprKind, Function, Item, Statement};
use std::collections::BTreeSet;

/// Names of all secret values of the program, loop variables among them.
pub(super) fn secret_names(file: &ast::File) -> BTreeSet<&str> {
    let mut definitions: Vec<Definition<'_>> = vec![];
    let mut secret = BTreeSet::new();
    for item in &file.items {
        match item {
            Item::Let(l) => assignments(l.names.iter().map(|name| &*name.name), &l.values, &mut definitions),
            Item::Function(Function { name, params, results }) => {
                definitions.extend(results.iter().map(|result| (&*name.name, params.as_slice(), result)));
            }
            Item::Secret(d) => _ = secret.insert(d.name.name.as_str()),
            Item::Train(t) => statements(&t.body, &mut definitions),
            _ => {}
        }
    }
    loop {
        let before = secret.len();
        for (name, params, value) in &definitions {
            if mentions(value, params, &secret) {
                secret.insert(name);
            }
        }
        if secret.len() == before {
            return secret;
        }
    }
}

/// The name, its parameters, its value.
type Definition<'a> = (&'a str, &'a [ast::Param], &'a Expr);

/// One value for each name, or one call for all of them.
fn assignments<'a>(
    names: impl Iterator<Item = &'a str>,
    values: &'a [Expr],
    definitions: &mut Vec<Definition<'a>>,
) {
    for (i, name) in names.enumerate() {
        let value = values.get(i).or(values.last());
        definitions.extend(value.map(|value| (name, &[][..], value)));
    }
}

fn statements<'a>(body: &'a [Statement], definitions: &mut Vec<Definition<'a>>) {
    for statement in body {
        match statement {
            Statement::Var(d) => {
                definitions.extend(d.value.iter().map(|value| (d.name.name.as_str(), &[][..], value)))
            }
            Statement::Let(l) => assignments(l.names.iter().map(|name| &*name.name), &l.values, definitions),
            Statement::Assign(a) => {
                assignments(a.targets.iter().map(|target| &*target.name), &a.values, definitions);
            }
            Statement::For(f) => statements(&f.body, definitions),
            Statement::Unsupported(_) => {}
        }
    }
}

fn mentions(expr: &Expr, params: &[ast::Param], secret: &BTreeSet<&str>) -> bool {
    let is_secret = |name: &str| !params.iter().any(|p| p.name.name == name) && secret.contains(name);
    match &expr.kind {
        ExprKind::Number { .. } => false,
        ExprKind::Name(name) => is_secret(name),
        ExprKind::Neg(inner) => mentions(inner, params, secret),
        ExprKind::Binary { left, right, .. } => {
            mentions(left, params, secret) || mentions(right, params, secret)
        }
        ExprKind::Call { function, args } => {
            is_secret(&function.name) || args.iter().any(|arg| mentions(&arg.value, params, secret))
        }
        ExprKind::Index { base, indices } => {
            mentions(base, params, secret) || indices.iter().any(|index| mentions(index, params, secret))
        }
        ExprKind::Member { base, .. } => mentions(base, params, secret),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hep_tensor::source::SourceFile;

    #[test]
    fn secrecy_flows_through_functions_and_loop_variables() {
        let text = "program p secret X : real[n] = x let f(A) = X @ A let g(X) = X let h(x) = x, x + X
            train { var a : real = 0 var b : real = 0 var k : real = 1 var p : real = 0 var q : real = 0
                for t in 1 .. 2 { let u = f(a) a, b, k = u, a, g(k) / 2 p, q = h(k) } }";
        let file = crate::syntax::parse(&SourceFile::new("t", text)).unwrap();
        let names: Vec<&str> = secret_names(&file).into_iter().collect();
        assert_eq!(names, ["X", "a", "b", "f", "h", "p", "q", "u"]);
    }
}

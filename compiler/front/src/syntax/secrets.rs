//! What stands for a value of the owner at the server.

use super::ast::{Declaration, Expr, ExprKind, File, Item};
use super::fresh::like;
use super::print::{expression, ty};
use super::walk::{expressions, statements, training, values};
use crate::diagnostics::{Edit, Proposal};
use hep_tensor::source::Span;

/// The secret that is made of an expression as it is.
#[must_use]
pub fn secret_of<'f>(file: &'f File, written: &Expr) -> Option<&'f str> {
    // Printed expressions have the same brackets whatever the text has.
    let value = expression(written);
    file.items.iter().find_map(|item| match item {
        Item::Secret(d) if d.value.as_ref().is_some_and(|known| expression(known) == value) => {
            Some(d.name.name.as_str())
        }
        _ => None,
    })
}

/// The owner's value of a name, read under another one, so that the name stands for what is encrypted of it wherever it is used.
#[must_use]
pub fn read_as_another(file: &File, name: &str) -> Option<Proposal> {
    let owner = file.items.iter().find_map(|item| match item {
        Item::Owner(d) if d.name.name == name => Some(d),
        _ => None,
    })?;
    let read = like(file, &format!("{name}0"));
    let item = format!("secret {name} : {}", encrypted(owner, &read)?);
    let of = ty(&owner.ty);
    let words =
        format!("encrypt it: write `owner {read} : {of}` for `owner {name} : {of}`, and add `{item}`");
    let mut edits = vec![Edit::Replace(owner.name.span, read.clone())];
    for value in file.items.iter().filter_map(prepared) {
        edits.extend(places(value, name).into_iter().map(|at| Edit::Replace(at, read.clone())));
    }
    edits.push(Edit::Items(training(file)?.span, item));
    Some(Proposal { words, edits })
}

/// The type of what is encrypted of an owner's value, and the value by the name under which it is read.
fn encrypted(owner: &Declaration, read: &str) -> Option<String> {
    let dims: Vec<String> = owner.ty.dims.iter().map(expression).collect();
    match (owner.ty.kind.name.as_str(), dims.as_slice()) {
        ("class", [rows, classes]) if classes == "2" => Some(format!("bit[{rows}] = {read}")),
        ("class", [rows, classes]) => Some(format!("onehot[{rows}, {classes}] = one_hot({read})")),
        ("real", dims) => Some(format!("real[{}] = {read}", dims.join(", "))),
        _ => None,
    }
}

/// The value of an item that the owner computes.
fn prepared(item: &Item) -> Option<&Expr> {
    match item {
        Item::Secret(d) | Item::Public(d) => d.value.as_ref(),
        _ => None,
    }
}

/// How often the server would compute with a value: in the training, in functions and in the scores.
#[must_use]
pub fn uses(file: &File, name: &str) -> usize {
    let in_items = file.items.iter().flat_map(|item| match item {
        Item::Function(f) => f.results.iter().collect(),
        Item::Predict(scores) => vec![scores],
        _ => vec![],
    });
    let body = training(file).map_or(&[][..], |train| &train.body);
    let trained = statements(body).into_iter().flat_map(values);
    in_items.chain(trained).map(|value| places(value, name).len()).sum()
}

fn places(value: &Expr, name: &str) -> Vec<Span> {
    let mut found = Vec::new();
    expressions(value, &mut |expr| {
        if matches!(&expr.kind, ExprKind::Name(known) if known == name) {
            found.push(expr.span);
        }
        true
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use hep_tensor::source::SourceFile;

    #[test]
    fn brackets_make_no_difference() {
        let text = "program p dim n = 4 owner X0 : real[n] secret X : real[n] = (X0 + 1) secret Z : real[n] = X0 + 1 * X0";
        let file = crate::syntax::parse(&SourceFile::new("p.hep", text)).expect("a program");
        let value = |name: &str| {
            file.items.iter().find_map(|item| match item {
                Item::Secret(d) if d.name.name == name => d.value.as_ref(),
                _ => None,
            })
        };
        assert_eq!(value("X").and_then(|value| secret_of(&file, value)), Some("X"));
        assert_eq!(value("Z").and_then(|value| secret_of(&file, value)), Some("Z"));
    }
}

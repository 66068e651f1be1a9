//! Records of parameters: every tensor of a record becomes a loop variable of its own.
//!
//! `params P { W1 : T = e … }` declares the variables `P.W1`, …, names that no program can write; a parameter whose fields a
//! function reads becomes one parameter per field that is read; a call that gives a record gives those fields. The
//! gradient by a record is one gradient per field, `let G = grad(…, at = P)` names them `G.W1`, …. What follows knows
//! nothing of records.

mod by_fields;
mod functions;
mod meant;
mod rewrite;
#[cfg(test)]
mod tests;

use crate::diagnostics::{self, Diagnostic, codes};
use crate::syntax::ast::{Declaration, File, Ident, Item, Params, Statement, Train};
use functions::Functions;
use rewrite::Rewrite;
use std::collections::BTreeMap;

/// Most fields of a record.
const MAX_FIELDS: usize = 64;
/// Most arguments that fields are given as, in the whole program.
const MAX_GIVEN: usize = 1 << 17;

/// Fields of a record, in their order.
type Fields = Vec<String>;

/// The program without records.
///
/// # Errors
/// Records where tensors are needed and the reverse, unknown fields, two fields of one name.
pub(super) fn flatten(file: &File) -> Result<File, Vec<Diagnostic>> {
    let params = file.items.iter().filter_map(|item| match item {
        Item::Params(params) => Some(params),
        _ => None,
    });
    let params: Vec<&Params> = params.collect();
    let mut errors: Vec<Diagnostic> = params.iter().flat_map(|record| repeated(record)).collect();
    errors.extend(clashes(file, &params));
    errors.extend(params.iter().filter(|p| p.fields.len() > MAX_FIELDS).map(|record| {
        Diagnostic::error(
            codes::TOO_LARGE,
            format!("`{}` has {} fields", record.name.name, record.fields.len()),
        )
        .at(record.span, format!("a record has at most {MAX_FIELDS}"))
    }));
    if !errors.is_empty() {
        diagnostics::sort(&mut errors);
        return Err(errors);
    }
    let records: BTreeMap<String, Fields> = params.iter().map(|p| (p.name.name.clone(), fields(p))).collect();
    let functions = Functions::of(file);
    let mut rewrite = Rewrite { file, functions: &functions, records, given: 0, errors: vec![] };
    let mut items: Vec<Item> = file
        .items
        .iter()
        .filter(|item| !matches!(item, Item::Params(_)))
        .map(|item| rewrite.item(item))
        .collect();
    let variables: Vec<Statement> = params.iter().flat_map(|p| variables(p, &mut rewrite)).collect();
    if let Some(Item::Train(Train { body, .. })) = items.iter_mut().find(|i| matches!(i, Item::Train(_))) {
        body.splice(0..0, variables);
    }
    errors.append(&mut rewrite.errors);
    if errors.is_empty() {
        return Ok(File { items, ..file.clone() });
    }
    diagnostics::sort(&mut errors);
    Err(errors)
}

/// Records that share their name with another definition of the program.
fn clashes(file: &File, params: &[&Params]) -> Vec<Diagnostic> {
    let mut known: Vec<&Ident> = vec![];
    for item in &file.items {
        match item {
            Item::Dim(b) => known.push(&b.name),
            Item::Let(l) => known.extend(&l.names),
            Item::Owner(d) | Item::Public(d) | Item::Secret(d) => known.push(&d.name),
            Item::Function(f) | Item::Loss(f) => known.push(&f.name),
            _ => {}
        }
    }
    let clash = |(i, record): (usize, &&Params)| {
        let same = |name: &&&Ident| name.name == record.name.name;
        let earlier: Vec<&Ident> = params.iter().take(i).map(|p| &p.name).collect();
        let first = *known.iter().chain(&earlier).find(same)?;
        Some(
            Diagnostic::error(codes::REDEFINED, format!("`{}` is defined twice", record.name.name))
                .at(record.name.span, "a record of this name")
                .and(first.span, "also defined here")
                .help("choose another name: a name means one thing in the whole file"),
        )
    };
    params.iter().enumerate().filter_map(clash).collect()
}

/// The variable of a field.
fn field(record: &str, field: &str) -> String {
    format!("{record}.{field}")
}

fn fields(record: &Params) -> Fields {
    record.fields.iter().map(|f| f.name.name.clone()).collect()
}

fn repeated(record: &Params) -> Vec<Diagnostic> {
    let twice = |(i, second): (usize, &Ident)| {
        let first = record.fields.iter().take(i).find(|f| f.name.name == second.name)?;
        Some(
            Diagnostic::error(
                codes::REDEFINED,
                format!("`{}` has two fields `{}`", record.name.name, second.name),
            )
            .at(second.span, "second")
            .and(first.name.span, "first")
            .help("choose another name"),
        )
    };
    record.fields.iter().map(|f| &f.name).enumerate().filter_map(twice).collect()
}

/// The loop variables of a record.
fn variables(record: &Params, rewrite: &mut Rewrite<'_>) -> Vec<Statement> {
    let variable = |f: &Declaration| {
        let name = Ident { name: field(&record.name.name, &f.name.name), span: f.name.span };
        let value = f.value.as_ref().map(|value| rewrite.expr(value));
        Statement::Var(Declaration { name, value, ..f.clone() })
    };
    record.fields.iter().map(variable).collect()
}

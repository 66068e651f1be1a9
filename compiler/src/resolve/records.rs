//! Records of parameters: every tensor of a record becomes a loop variable of its own.
//!
//! `params P { W1 : T = e … }` declares the variables `P.W1`, …, names that no program can write; a parameter whose fields a
//! function reads becomes one parameter per field that is read; a call that gives a record gives those fields. The
//! gradient by a record is one gradient per field, `let G = grad(…, at = P)` names them `G.W1`, …. What follows knows
//! nothing of records.

mod functions;
mod rewrite;
#[cfg(test)]
mod tests;

use crate::diagnostics::{self, Diagnostic, codes};
use crate::syntax::ast::{Declaration, File, Ident, Item, Params, Statement, Train};
use functions::Functions;
use rewrite::Rewrite;
use std::collections::BTreeMap;

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
    let records: BTreeMap<String, Fields> = params.iter().map(|p| (p.name.name.clone(), fields(p))).collect();
    let functions = Functions::of(file);
    let mut rewrite = Rewrite { functions: &functions, records, errors: vec![] };
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

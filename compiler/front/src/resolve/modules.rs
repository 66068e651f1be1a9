//! Modules: a program and the definitions it uses become one file.
//!
//! [`load`] finds the texts that a program needs. [`link`] reads them (`library`), and puts every definition that the
//! program uses, with those it is made of, in front of the items of the program. A used item keeps its name; what it is
//! made of goes by `module.name`, which no program can write, so that names inside a module mean what they mean there
//! (`rename`). Only what is used is taken, and a definition that several items need is there once.

mod library;
mod load;
mod rename;
#[cfg(test)]
mod tests;

pub use load::load;

use super::names::Kind;
use crate::diagnostics::{self, Diagnostic};
use crate::syntax::ast::{self, Item};
use hep_tensor::source::SourceFile;
use library::{Library, Module, Names, Origin};
use std::collections::{BTreeMap, BTreeSet};

/// The module of losses that can be named without it.
const LOSSES: &str = "losses";

/// A program without modules.
#[derive(Clone, Debug, PartialEq)]
pub struct Linked {
    /// The used definitions, then the items of the program.
    pub file: ast::File,
    /// The name of the loss that was asked for, in `file`.
    pub loss: Option<String>,
}

/// Puts the definitions that a program uses into it; `loss` is used as well, be it a loss of the program, of the module
/// `losses`, or of another module as `module.name`.
///
/// # Errors
/// Unknown modules and items, names that clash, modules in a circle, and everything that is wrong inside a module.
pub fn link(file: &ast::File, source: &SourceFile, loss: Option<&str>) -> Result<Linked, Vec<Diagnostic>> {
    let mut library = Library::new(source);
    let own = library::definitions(&file.items);
    let mut used = library.names(&file.items, &own);
    let loss = loss.map(|wanted| select(&mut library, &mut used, &own, wanted));
    if !library.errors.is_empty() {
        diagnostics::sort(&mut library.errors);
        return Err(library.errors);
    }
    let mut items = linked_items(&library, &used);
    items.extend(file.items.iter().filter(|item| !matches!(item, Item::Use(_))).cloned());
    Ok(Linked { file: ast::File { items, ..file.clone() }, loss })
}

/// Makes the loss known to the program, and returns its name there. What is no loss stays as it is written: the name
/// check of the program knows what to say.
fn select(library: &mut Library<'_>, used: &mut Names, own: &library::Own<'_>, wanted: &str) -> String {
    let is_used = used.get(wanted).is_some_and(|(origin, _)| library.kind(origin) == Some(Kind::Loss));
    if is_used || own.get(wanted).is_some_and(|(_, kind)| *kind == Kind::Loss) {
        return wanted.to_owned();
    }
    let (module, item) = wanted.split_once('.').unwrap_or((LOSSES, wanted));
    let origin = Origin { module: module.to_owned(), item: item.to_owned() };
    if !library.find(module) || library.kind(&origin) != Some(Kind::Loss) {
        return wanted.to_owned();
    }
    if let Some((name, _)) = used.iter().find(|(_, (known, _))| *known == origin) {
        return name.clone();
    }
    let free = !own.contains_key(item) && !used.contains_key(item);
    let name = if free { item.to_owned() } else { origin.qualified() };
    used.insert(name.clone(), (origin, hep_tensor::source::Span::default()));
    name
}

/// All definitions that these are made of, those of a module after those of the modules it uses.
fn linked_items(library: &Library<'_>, used: &Names) -> Vec<Item> {
    let mut needed: BTreeSet<&Origin> = BTreeSet::new();
    let mut open: Vec<&Origin> = used.values().map(|(origin, _)| origin).collect();
    while let Some(origin) = open.pop() {
        let Some((module, item)) = library.item(origin) else { continue };
        // A definition of several names is needed as a whole.
        if needed.insert(origin) {
            let mentioned = rename::mentioned(item);
            open.extend(mentioned.iter().filter_map(|name| module.scope.get(*name)));
            open.extend(library::names_of(item).filter_map(|name| module.scope.get(name)));
        }
    }
    let names: BTreeMap<&Origin, &str> =
        used.iter().map(|(name, (origin, _))| (origin, name.as_str())).collect();
    let name =
        |origin: &Origin| names.get(origin).map_or_else(|| origin.qualified(), |name| (*name).to_owned());
    let mut items = vec![];
    for Module { name: module, file, scope } in library.in_order() {
        let renamed: BTreeMap<&str, String> =
            scope.iter().map(|(local, origin)| (local.as_str(), name(origin))).collect();
        let is_needed = |item: &&Item| {
            library::names_of(item)
                .any(|item| needed.contains(&Origin { module: module.clone(), item: item.to_owned() }))
        };
        items.extend(file.items.iter().filter(is_needed).map(|item| rename::item(item, &renamed)));
    }
    items
}

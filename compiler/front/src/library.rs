//! What the standard library holds, for lists and documentation.

use crate::syntax::{self, ast, docs};
use ast::Item;
use hep_tensor::source::library::MODULES;
use hep_tensor::source::{Part, SourceFile};
use serde::Serialize;

/// A module of the library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Module {
    /// As `use` names it.
    pub name: &'static str,
    /// What it is for, one string per line.
    pub docs: Vec<String>,
    /// Its definitions, in order.
    pub items: Vec<Definition>,
}

/// A definition of the library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Definition {
    /// As `use` names it, after the module.
    pub name: String,
    /// Whether it is a loss.
    pub is_loss: bool,
    /// Its first line without the value: `loss sle(y, z)`, `let centre(A : real[n, f])`.
    pub signature: String,
    /// What it does, one string per line.
    pub docs: Vec<String>,
    /// The whole definition as it is written.
    pub text: String,
}

/// All modules.
#[must_use]
pub fn modules() -> Vec<Module> {
    let source = SourceFile::new("", "");
    let read = |(name, _): (&'static str, &str)| {
        let part = source.module(name)?;
        let file = syntax::parse_module(part).ok()?;
        let items = file.items.iter().filter_map(|item| definition(item, part)).collect();
        Some(Module { name, docs: file.docs, items })
    };
    MODULES.into_iter().filter_map(read).collect()
}

/// Names of the losses of the module `losses`.
#[must_use]
pub fn losses() -> Vec<String> {
    let items =
        modules().into_iter().filter(|module| module.name == "losses").flat_map(|module| module.items);
    items.filter(|item| item.is_loss).map(|item| item.name).collect()
}

fn definition(item: &Item, part: Part<'_>) -> Option<Definition> {
    let (name, signature) = match item {
        Item::Function(f) => (&f.name, format!("let {}", syntax::print::signature(f))),
        Item::Loss(f) => (&f.name, format!("loss {}", syntax::print::signature(f))),
        Item::Let(l) => (l.names.first()?, format!("let {}", l.names.first()?.name)),
        _ => return None,
    };
    let at = name.span.start - part.base;
    let start = part.text.get(..at)?.rfind('\n').map_or(0, |end| end + 1);
    // Definitions of the library are separated by empty lines.
    let lines = part.text.get(start..)?.lines().take_while(|line| !line.trim().is_empty());
    Some(Definition {
        name: name.name.clone(),
        is_loss: matches!(item, Item::Loss(_)),
        signature,
        docs: docs::above(part.text, at),
        text: lines.collect::<Vec<_>>().join("\n"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_parses_and_every_definition_is_documented() {
        let modules = modules();
        assert_eq!(modules.len(), MODULES.len());
        for module in &modules {
            assert!(!module.docs.is_empty() && !module.items.is_empty(), "{}", module.name);
            for item in &module.items {
                assert!(!item.docs.is_empty(), "{}.{} has no documentation", module.name, item.name);
            }
        }
        assert!(losses().contains(&"focal".to_owned()));
        let sle = &modules[0].items[0];
        assert_eq!((sle.signature.as_str(), sle.is_loss), ("loss sle(y, z)", true));
        assert_eq!(sle.text, "loss sle(y, z) = -log(abs(1 - y - sigmoid(z)))");
        for (_, text) in MODULES {
            let definitions =
                text.lines().filter(|line| line.starts_with("let ") || line.starts_with("loss "));
            let module = modules.iter().find(|module| text.contains(&format!("\nmodule {}\n", module.name)));
            assert_eq!(module.map(|module| module.items.len()), Some(definitions.count()));
        }
    }
}

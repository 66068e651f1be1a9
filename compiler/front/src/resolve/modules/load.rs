//! Which texts a program needs.

use crate::syntax::{self, ast};
use hep_tensor::source::{Part, SourceFile};
use std::collections::BTreeSet;

/// Most modules beside a program.
const MAX_MODULES: usize = 64;

/// Adds to a program the modules that it uses and that `read` finds, as file name and text; modules may use others.
/// What is not found is left to the standard library, and to the messages of [`super::link`].
///
/// # Errors
/// Those of `read`.
pub fn load<E>(
    mut source: SourceFile,
    mut read: impl FnMut(&str) -> Result<Option<(String, String)>, E>,
) -> Result<SourceFile, E> {
    let mut asked = BTreeSet::new();
    let mut open = syntax::parse(&source).map(|file| used(&file)).unwrap_or_default();
    while let Some(name) = open.pop() {
        if asked.len() == MAX_MODULES || !asked.insert(name.clone()) {
            continue;
        }
        if let Some((file, text)) = read(&name)? {
            // A text with errors is read again, and said to be wrong, when it is linked.
            let part = Part { file: &file, text: &text, base: 0 };
            open.extend(syntax::parse_module(part).map(|file| used(&file)).unwrap_or_default());
            source.add_module(&name, file, text);
        }
    }
    Ok(source)
}

/// Names of the modules that a file uses.
fn used(file: &ast::File) -> Vec<String> {
    let names = file.items.iter().filter_map(|item| match item {
        ast::Item::Use(used) => Some(used.module.name.clone()),
        _ => None,
    });
    names.collect()
}

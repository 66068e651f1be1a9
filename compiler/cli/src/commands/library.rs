//! `hep std`

use super::{print, print_json};
use crate::args::Std;
use crate::failure::Failure;
use hep_compiler::diagnostics::suggest;
use hep_compiler::library::{self, Definition, Module};
use std::fmt::Write;

/// Lists the standard library, one module, or one definition.
pub fn run(args: &Std) -> Result<(), Failure> {
    let mut modules = library::modules();
    if let Some(item) = &args.item {
        modules = only(modules, item)?;
    }
    if args.output.json {
        return print_json(&modules);
    }
    let text = match modules.as_slice() {
        [module] if args.item.is_some() => match module.items.as_slice() {
            [one] if args.item.as_deref() != Some(module.name) => definition(module, one),
            _ => whole(module),
        },
        several => several.iter().map(overview).collect::<Vec<_>>().join("\n"),
    };
    print(&text)?;
    Ok(())
}

/// The module of this name, or the module of this definition with nothing else in it.
fn only(modules: Vec<Module>, wanted: &str) -> Result<Vec<Module>, Failure> {
    let mut names: Vec<String> = Vec::new();
    for module in modules {
        if module.name == wanted {
            return Ok(vec![module]);
        }
        let is_wanted = |item: &Definition| {
            item.name == wanted || wanted.split_once('.') == Some((module.name, item.name.as_str()))
        };
        if let Some(item) = module.items.iter().find(|item| is_wanted(item)) {
            return Ok(vec![Module { items: vec![item.clone()], ..module.clone() }]);
        }
        names.push(module.name.to_owned());
        names.extend(module.items.iter().map(|item| format!("{}.{}", module.name, item.name)));
        names.extend(module.items.into_iter().map(|item| item.name));
    }
    let near = suggest::nearest(wanted, names.iter().map(String::as_str));
    let what = format!("the standard library has no `{wanted}`");
    let help = near.map_or("`hep std` lists it".to_owned(), |near| format!("did you mean `{near}`?"));
    Err(Failure::with_help(what, help))
}

/// Names with the first sentence on each.
fn overview(module: &Module) -> String {
    let mut text = format!("{}: {}\n", module.name, sentence(&module.docs));
    let width = module.items.iter().map(|item| item.name.len()).max().unwrap_or(0);
    for item in &module.items {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {:width$}  {}", item.name, sentence(&item.docs));
    }
    text
}

/// Everything that is said about a module.
fn whole(module: &Module) -> String {
    let items =
        module.items.iter().map(|item| format!("\n{}\n    {}\n", item.signature, item.docs.join("\n    ")));
    format!("{}\n{}", module.docs.join("\n"), items.collect::<String>())
}

fn definition(module: &Module, item: &Definition) -> String {
    format!("{}\n\n{}\n\nuse {}.{}\n", item.docs.join("\n"), item.text, module.name, item.name)
}

fn sentence(docs: &[String]) -> String {
    let text = docs.join(" ");
    let end = text.find(". ").map_or(text.len(), |end| end + 1);
    text[..end].to_owned()
}

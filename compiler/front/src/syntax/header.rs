//! What the first line of a file says: the program or the module, and its name.

use super::ast::{File, FileKind, Item};
use super::words::is_keyword;
use crate::diagnostics::{Diagnostic, codes};
use hep_tensor::source::{Part, Span};

/// What a module may hold, for messages.
const DEFINITIONS: &str = "functions, losses, constants and `use` lines";

/// Words of other languages that bring a module.
const IMPORTS: [&str; 5] = ["import", "from", "include", "require", "using"];

/// The message for a file that does not start with its header, at its first word. `module` is the name it is used by,
/// where it is a module.
pub(super) fn missing(text: &str, module: Option<&str>, at: Span) -> Diagnostic {
    let what = if module.is_some() { "module" } else { "program" };
    let error = Diagnostic::error(codes::HEADER, format!("the {what} has no name"))
        .at(at, format!("a {what} starts with `{what} NAME`"));
    if let Some(line) = later(text) {
        return error.help(format!("move `{line}` up to the first line"));
    }
    error.help(match module {
        Some(name) => format!("write `module {name}` on the first line"),
        None => proposed(text),
    })
}

/// The first line that a text without a header needs.
fn proposed(text: &str) -> String {
    let write = "write `program my_program` on the first line";
    let first: Vec<&str> = words(text).take(2).collect();
    match first.as_slice() {
        [word, name] if IMPORTS.contains(word) => format!("{write}, and `use {name}` below it"),
        _ if words(text).any(|word| word == "train") => write.to_owned(),
        _ => format!("{write}, or `module my_module` if the file holds definitions for other programs"),
    }
}

/// The header, if it stands further down.
fn later(text: &str) -> Option<String> {
    let mut lines = text.lines().map(|line| line.split('#').next().unwrap_or(""));
    lines.find_map(|line| match words(line).collect::<Vec<_>>().as_slice() {
        [word @ ("program" | "module"), name] if !is_keyword(name) => Some(format!("{word} {name}")),
        _ => None,
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let code = text.lines().map(|line| line.split('#').next().unwrap_or(""));
    let all = code.flat_map(|line| line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')));
    all.filter(|word| !word.is_empty())
}

/// The message for a module in the place of a program.
pub(super) fn no_program(module: &File) -> Diagnostic {
    let name = &module.name.name;
    let trains = module.items.iter().any(|item| matches!(item, Item::Train(_)));
    let (label, help) = if trains {
        ("a module trains nothing", format!("write `program {name}` in its place"))
    } else {
        ("holds definitions and trains nothing", format!("use it in a program: `use {name}`"))
    };
    Diagnostic::error(codes::HEADER, format!("`{name}` is a module, not a program"))
        .at(module.name.span, label)
        .help(help)
}

/// The message for a program in the place of a module.
pub(super) fn no_module(program: &File, part: Part<'_>) -> Diagnostic {
    let is_definition =
        |item: &Item| matches!(item, Item::Function(_) | Item::Loss(_) | Item::Let(_) | Item::Use(_));
    let definitions = program.items.iter().all(is_definition);
    let wanted = stem(part.file);
    let help = if definitions {
        format!("write `module {wanted}` in place of `program {}`", program.name.name)
    } else {
        format!("move its {DEFINITIONS} to a file of their own that starts with `module NAME`")
    };
    Diagnostic::error(codes::BAD_MODULE, format!("`{}` is a program, and is used as a module", part.file))
        .at(program.name.span, "a program")
        .note(format!("a module starts with `module NAME` and holds {DEFINITIONS}"))
        .help(help)
}

/// The name of the module that a file holds.
pub(super) fn stem(file: &str) -> &str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    name.strip_suffix(".hep").unwrap_or(name)
}

/// What is expected of a file: the name of the module, if it is used as one.
pub(super) fn module_name(part: Part<'_>, wanted: FileKind) -> Option<String> {
    (wanted == FileKind::Module).then(|| stem(part.file).to_owned())
}

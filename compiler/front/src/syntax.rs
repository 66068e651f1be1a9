//! From text to syntax tree.
//!
//! [`parse`] runs in four steps. [`foreign`] finds marks of other languages and puts something that can be read in their
//! place. [`brackets`] pairs the brackets of the text and bounds their nesting, so that the
//! recursive parser cannot run out of stack. The pest grammar `hep.pest` then reads the whole file, skipping what it
//! cannot read. The pairs become [`ast`] in `tree` and `expression`; each skipped region becomes a diagnostic in
//! `recover`. Either a tree without any error comes back or all errors of the file.

mod approximated;
pub mod ast;
mod bare;
pub mod brackets;
pub mod constants;
mod cursor;
pub mod docs;
mod expression;
pub mod foreign;
pub mod fresh;
mod header;
pub mod labels;
pub mod limits;
pub mod print;
mod recover;
pub mod scored;
pub mod secrets;
pub mod targets;
pub mod tokens;
mod tree;
pub mod typed;
pub mod walk;
pub mod words;

use crate::diagnostics::{self, Diagnostic, codes};
use ast::FileKind;
use hep_tensor::source::{Part, SourceFile, Span};
use pest::Parser;

/// The generated parser; its rules stay inside this module.
mod grammar {
    #![allow(missing_docs, clippy::unwrap_used)]
    /// Parser for `hep.pest`.
    #[derive(pest_derive::Parser)]
    #[grammar = "syntax/hep.pest"]
    pub struct HepParser;
}
use grammar::{HepParser, Rule};

/// Reads a program.
///
/// # Errors
/// Every syntax error of the file, in order.
pub fn parse(file: &SourceFile) -> Result<ast::File, Vec<Diagnostic>> {
    let tree = read(Part { file: &file.name, text: &file.text, base: 0 }, FileKind::Program)?;
    if tree.kind == FileKind::Program {
        return Ok(tree);
    }
    Err(vec![header::no_program(&tree)])
}

/// Reads a module. Spans are those of the whole source.
///
/// # Errors
/// Every syntax error of the file, in order.
pub fn parse_module(part: Part<'_>) -> Result<ast::File, Vec<Diagnostic>> {
    let tree = read(part, FileKind::Module)?;
    if tree.kind == FileKind::Module {
        return Ok(tree);
    }
    Err(vec![header::no_module(&tree, part)])
}

fn read(part: Part<'_>, wanted: FileKind) -> Result<ast::File, Vec<Diagnostic>> {
    let text = part.text;
    if text.len() > limits::MAX_BYTES {
        return Err(vec![limits::too_long(text.len())]);
    }
    let foreign = foreign::scan(text);
    // Marks that stand in the place of a module say what the whole line is.
    let marks = foreign.errors.iter().filter_map(Diagnostic::span).map(|at| at.start);
    let mut foreign_lines: Vec<usize> =
        marks.filter(|at| foreign::is_in(text, *at, "use")).map(|at| at + part.base).collect();
    let text = foreign.text.as_deref().unwrap_or(text);
    let mut found = brackets::check(text);
    found.errors.extend(foreign.errors);
    found.errors.iter_mut().for_each(|error| error.shift(part.base));
    if found.too_deep {
        return Err(found.errors);
    }
    let mended = found.mended(text);
    let module = header::module_name(part, wanted);
    let mut builder = tree::Builder::new(Part { text: &mended, ..part }, module.as_deref());
    let tree = match HepParser::parse(Rule::file, &mended) {
        Ok(mut pairs) => pairs.next().and_then(|pair| builder.file(pair)),
        Err(_) => None,
    };
    let mut errors = std::mem::take(&mut found.errors);
    errors.append(&mut builder.errors);
    let first_brace = found.first_brace.unwrap_or(usize::MAX);
    for (region, mut error) in builder.skipped {
        error.shift(part.base);
        // A bracket that is missing already explains why its surroundings do not parse, and a missing brace
        // everything that follows; the text before may end where a bracket is missing.
        let line = mended.get(..region.start).map_or(0, |before| before.trim_end_matches([' ', '\t']).len());
        let is_new = region.end <= first_brace && !found.break_in(Span::new(line, region.end));
        if let Some(at) = error.span().filter(|at| is_new || at.start >= region.start + part.base)
            && error.code == codes::FOREIGN
        {
            foreign_lines.push(at.start);
        }
        if is_new {
            errors.push(error);
        }
    }
    // Of a line in another language the first word says what it is, and its block lacks a brace.
    for from in foreign_lines {
        let line = text.get(from - part.base..).map_or(0, |rest| rest.find('\n').unwrap_or(rest.len()));
        let rest = from + 1..from + line;
        let is_of_rest = |at: Span| rest.contains(&at.start);
        let is_at_start = |error: &Diagnostic| error.span().is_some_and(|at| at.start == from);
        let mut said = false;
        errors.retain(|error| {
            let superseded = is_at_start(error) && (error.code != codes::FOREIGN || said);
            said |= is_at_start(error) && error.code == codes::FOREIGN;
            !superseded && !error.span().is_some_and(is_of_rest)
        });
        if foreign::opens_without_brace(text, from - part.base) {
            brackets::forgive_end(&mut errors, from);
        }
    }
    diagnostics::sort(&mut errors);
    match tree {
        Some(tree) if errors.is_empty() => Ok(tree),
        _ if errors.is_empty() => {
            let whole = Span::new(part.base, part.base + text.len().min(1));
            Err(vec![Diagnostic::error(codes::SYNTAX, "this is not a hep program").at(whole, "")])
        }
        _ => {
            let more = errors.len().saturating_sub(limits::MAX_ERRORS);
            errors.truncate(limits::MAX_ERRORS);
            if more > 0
                && let Some(last) = errors.last_mut()
            {
                last.note = Some(format!("{more} more syntax errors follow"));
            }
            Err(errors)
        }
    }
}

#[cfg(test)]
mod tests;

//! From text to syntax tree.
//!
//! [`parse`] runs in three steps. [`brackets`] pairs the brackets of the text and bounds their nesting, so that the
//! recursive parser cannot run out of stack. The pest grammar `hep.pest` then reads the whole file, skipping what it
//! cannot read. The pairs become [`ast`] in `tree` and `expression`; each skipped region becomes a diagnostic in
//! `recover`. Either a tree without any error comes back or all errors of the file.

pub mod ast;
pub mod brackets;
mod cursor;
mod expression;
pub mod limits;
pub mod print;
mod recover;
pub mod tokens;
mod tree;
mod words;

use crate::diagnostics::{self, Diagnostic, codes};
use crate::source::{SourceFile, Span};
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
    if file.text.len() > limits::MAX_BYTES {
        return Err(vec![limits::too_long(file.text.len())]);
    }
    let found = brackets::check(&file.text);
    if found.too_deep {
        return Err(found.errors);
    }
    let mut builder = tree::Builder::new(&file.text);
    let tree = match HepParser::parse(Rule::file, &file.text) {
        Ok(mut pairs) => pairs.next().and_then(|pair| builder.file(pair)),
        Err(_) => None,
    };
    let mut errors = found.errors;
    errors.append(&mut builder.errors);
    let first_brace = found.first_brace.unwrap_or(usize::MAX);
    for (region, error) in builder.skipped {
        // A bracket that is missing already explains why its surroundings do not parse, and a missing brace
        // everything that follows.
        if region.end <= first_brace && !found.broken.iter().any(|bracket| region.contains(*bracket)) {
            errors.push(error);
        }
    }
    diagnostics::sort(&mut errors);
    match tree {
        Some(tree) if errors.is_empty() => Ok(tree),
        _ if errors.is_empty() => {
            let whole = Span::new(0, file.text.len().min(1));
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

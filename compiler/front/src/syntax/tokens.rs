//! The tokens of a text, one per line, for `--emit tokens`.

use super::{HepParser, Rule};
use hep_tensor::source::{LineIndex, SourceFile};
use pest::Parser;
use std::fmt::Write;

/// `line:column kind text` for every token; comments carry no meaning and are left out. Text that is no token is
/// listed as `unknown`, so that the list exists for every file.
#[must_use]
pub fn print(file: &SourceFile) -> String {
    let index = LineIndex::new(&file.text);
    let mut out = String::new();
    let Ok(pairs) = HepParser::parse(Rule::tokens, &file.text) else { return out };
    for pair in pairs.flatten() {
        let kind = match pair.as_rule() {
            Rule::tok_keyword => "keyword",
            Rule::ident => "name",
            Rule::number => "number",
            Rule::symbol => "symbol",
            Rule::unknown => "unknown",
            _ => continue,
        };
        let at = index.position(pair.as_span().start());
        let text = pair.as_str().escape_debug();
        // Writing to a string does not fail.
        let _ = writeln!(out, "{}:{} {kind} {text}", at.line, at.column);
    }
    out
}

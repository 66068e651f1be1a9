//! Diagnostics as JSON, for editors and scripts.

use super::Diagnostic;
use crate::source::{LineIndex, Position, SourceFile, Span};
use serde::Serialize;

#[derive(Serialize)]
struct Message<'a> {
    file: &'a str,
    #[serde(flatten)]
    diagnostic: Head<'a>,
    labels: Vec<Place<'a>>,
    note: &'a Option<String>,
    help: &'a Option<String>,
}

#[derive(Serialize)]
struct Head<'a> {
    severity: super::Severity,
    code: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
struct Place<'a> {
    bytes: Span,
    start: Position,
    end: Position,
    text: &'a str,
    primary: bool,
}

/// A JSON array with one object per diagnostic: `file`, `severity`, `code`, `title`, `labels` (byte offsets, and
/// lines and columns from 1), `note`, `help`.
#[must_use]
pub fn to_json(diagnostics: &[Diagnostic], file: &SourceFile) -> serde_json::Value {
    let index = LineIndex::new(&file.text);
    let messages: Vec<Message<'_>> = diagnostics
        .iter()
        .map(|d| Message {
            file: &file.name,
            diagnostic: Head { severity: d.severity, code: d.code, title: &d.title },
            labels: d
                .labels
                .iter()
                .map(|l| Place {
                    bytes: l.span,
                    start: index.position(l.span.start),
                    end: index.position(l.span.end),
                    text: &l.text,
                    primary: l.primary,
                })
                .collect(),
            note: &d.note,
            help: &d.help,
        })
        .collect();
    // Strings and numbers only: there is nothing that could fail to serialise.
    serde_json::to_value(messages).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_code_places_and_help() {
        let file = SourceFile::new("f.hep", "a\nbc");
        let diagnostic = Diagnostic::error("H0201", "title").at(Span::new(2, 3), "here").help("do");
        let json = to_json(&[diagnostic], &file);
        assert_eq!(json[0]["code"], "H0201");
        assert_eq!(json[0]["severity"], "error");
        assert_eq!(json[0]["labels"][0]["start"]["line"], 2);
        assert_eq!(json[0]["help"], "do");
    }
}

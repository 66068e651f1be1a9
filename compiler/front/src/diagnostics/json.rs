//! Diagnostics as JSON, for editors and scripts.

use super::{Diagnostic, Label};
use hep_tensor::source::{Lines, Position, SourceFile, Span};
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
    file: &'a str,
    bytes: Span,
    start: Position,
    end: Position,
    text: &'a str,
    primary: bool,
}

/// One JSON object per diagnostic: `file`, `severity`, `code`, `title`, `labels` (file, byte offsets in it,
/// lines and columns from 1), `note`, `help`.
#[must_use]
pub fn to_json(diagnostics: &[Diagnostic], source: &SourceFile) -> Vec<serde_json::Value> {
    let lines = Lines::new(source);
    diagnostics.iter().map(|diagnostic| message(diagnostic, source, &lines)).collect()
}

fn message<'a>(d: &'a Diagnostic, source: &'a SourceFile, lines: &Lines<'a>) -> serde_json::Value {
    let message = Message {
        file: d.span().map_or(&source.name, |span| lines.position(span.start).0),
        diagnostic: Head { severity: d.severity, code: d.code, title: &d.title },
        labels: d.labels.iter().map(|label| place(label, lines)).collect(),
        note: &d.note,
        help: &d.help,
    };
    // Strings and numbers only: there is nothing that could fail to serialize.
    serde_json::to_value(message).unwrap_or_default()
}

fn place<'a>(label: &'a Label, lines: &Lines<'a>) -> Place<'a> {
    let (part, index, start) = lines.locate(label.span.start);
    let end = label.span.end.saturating_sub(part.base);
    Place {
        file: part.file,
        bytes: Span::new(start, end),
        start: index.position(start),
        end: index.position(end),
        text: &label.text,
        primary: label.primary,
    }
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
        assert_eq!(json[0]["labels"][0]["file"], "f.hep");
        assert_eq!(json[0]["help"], "do");

        let inside = file.module("losses").unwrap().base + 7;
        let json =
            to_json(&[Diagnostic::error("H0201", "title").at(Span::new(inside, inside + 6), "")], &file);
        assert_eq!(
            (&json[0]["file"], &json[0]["labels"][0]["bytes"]["start"]),
            (&"std/losses.hep".into(), &7.into())
        );
    }
}

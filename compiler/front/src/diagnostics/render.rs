//! Diagnostics as text for a terminal.
//!
//! ```text
//! error[H0201]: `logit` is not defined
//!    mlr.hep:24:25
//! 24 |     let G = grad(sle, Y, logit, at = V)
//!    |                          ^^^^^ no such name
//!  help: did you mean `logits`?
//! ```
//!
//! Labels in several files stand under a line each that names the file.
//!
//! Markers stand under what is seen: tabs go to the next multiple of `TAB`, wide characters take two columns,
//! combining ones none, and control characters are replaced, so that no source text can steer a terminal.

use super::{Diagnostic, Label};
use hep_plan::setting::Request;
use hep_plan::visible::{HIDDEN, is_hidden, visible};
use hep_tensor::source::{LineIndex, Lines, SourceFile, Span};
use std::fmt::Write;

/// Distance between tab stops.
const TAB: usize = 4;
/// Widest excerpt of a line, in columns.
const WIDEST: usize = 160;
/// Columns kept before the marked text when a line is cut.
const LEAD: usize = 20;

/// One diagnostic, ending in a newline.
#[must_use]
pub fn render(diagnostic: &Diagnostic, source: &SourceFile) -> String {
    render_with(diagnostic, &Lines::new(source))
}

/// All diagnostics, separated by empty lines.
#[must_use]
pub fn render_all(diagnostics: &[Diagnostic], source: &SourceFile) -> String {
    let lines = Lines::new(source);
    let texts: Vec<String> = diagnostics.iter().map(|d| render_with(d, &lines)).collect();
    texts.join("\n")
}

fn render_with(diagnostic: &Diagnostic, lines: &Lines<'_>) -> String {
    let severity = if diagnostic.is_error() { "error" } else { "warning" };
    let mut out = format!("{severity}[{}]: {}\n", diagnostic.code, visible(&diagnostic.title));
    let gutter = diagnostic.labels.iter().map(|label| digits(line_of(lines, label))).max().unwrap_or(1);
    if let Some(span) = diagnostic.span() {
        let first = lines.locate(span.start).0.base;
        // The file to look at first, then the others.
        let mut files: Vec<usize> =
            diagnostic.labels.iter().map(|l| lines.locate(l.span.start).0.base).collect();
        files.sort_by_key(|base| (*base != first, *base));
        files.dedup();
        for base in files {
            excerpts(&mut out, diagnostic, lines, base, gutter);
        }
    }
    if let Some(note) = &diagnostic.note {
        push(&mut out, format_args!(" note: {}\n", visible(note)));
    }
    match &diagnostic.help {
        Some(help) => push(&mut out, format_args!(" help: {}\n", visible(help))),
        // Nothing particular to this place can be said; the rule behind it can.
        None => push(&mut out, format_args!(" help: {} says more\n", Request::Explain.of(diagnostic.code))),
    }
    out
}

fn line_of(lines: &Lines<'_>, label: &Label) -> usize {
    let (_, index, at) = lines.locate(label.span.start);
    index.line(at)
}

/// The labels in the file that begins at `base`, under a line that names their place.
fn excerpts(out: &mut String, diagnostic: &Diagnostic, lines: &Lines<'_>, base: usize, gutter: usize) {
    let inside = |label: &&Label| lines.locate(label.span.start).0.base == base;
    let mut labels: Vec<&Label> = diagnostic.labels.iter().filter(inside).collect();
    labels.sort_by_key(|l| (l.span.start, !l.primary));
    let Some(head) = labels.iter().find(|l| l.primary).or(labels.first()) else { return };
    let (file, at) = lines.position(head.span.start);
    push(out, format_args!("{:gutter$} {}:{}:{}\n", "", visible(file), at.line, at.column));
    let mut shown = None;
    for (i, label) in labels.iter().enumerate() {
        let line = line_of(lines, label);
        if shown == Some(line) {
            continue;
        }
        shown = Some(line);
        let (_, index, focus) = lines.locate(label.span.start);
        let excerpt = Excerpt::new(index, line, focus);
        push(out, format_args!("{line:gutter$} | {}\n", excerpt.text));
        for label in labels.iter().skip(i).take_while(|l| line_of(lines, l) == line) {
            let span = Span::new(label.span.start - base, label.span.end.saturating_sub(base));
            push(out, format_args!("{:gutter$} | {}\n", "", excerpt.marker(label, span)));
        }
    }
}

/// Writing to a string does not fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

fn digits(number: usize) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}

/// A line as it is printed, and the column of each of its bytes.
struct Excerpt {
    text: String,
    /// Offset of the line in the file.
    start: usize,
    /// For each character: its byte offset in the line and its first column; closed by the end of the line.
    columns: Vec<(usize, usize)>,
    /// First and last column printed.
    window: (usize, usize),
}

impl Excerpt {
    fn new(index: &LineIndex<'_>, line: usize, focus: usize) -> Self {
        let source = index.line_text(line);
        let start = index.line_start(line);
        let mut columns = Vec::with_capacity(source.len() + 1);
        let mut column = 0;
        for (offset, c) in source.char_indices() {
            columns.push((offset, column));
            column += if c == '\t' { TAB - column % TAB } else { width(c) };
        }
        columns.push((source.len(), column));
        let mut excerpt = Self { text: String::new(), start, columns, window: (0, column) };
        if column > WIDEST {
            let first = excerpt.column(focus).saturating_sub(LEAD);
            excerpt.window = (first, first + WIDEST);
        }
        let (first, last) = excerpt.window;
        if first > 0 {
            excerpt.text.push('…');
        }
        for ((_, from), (c, (_, to))) in
            excerpt.columns.iter().zip(source.chars().zip(excerpt.columns.iter().skip(1)))
        {
            // A cut line starts with `…` in place of the first column.
            let first = first + usize::from(first > 0);
            if *from < first || *to > last {
                continue;
            }
            match c {
                '\t' => excerpt.text.extend(std::iter::repeat_n(' ', to - from)),
                c if is_hidden(c) => excerpt.text.push(HIDDEN),
                c => excerpt.text.push(c),
            }
        }
        if last < column {
            excerpt.text.push('…');
        }
        excerpt.text.truncate(excerpt.text.trim_end().len());
        excerpt
    }

    /// Column of a byte of the file, clipped to the line.
    fn column(&self, offset: usize) -> usize {
        let within = offset.saturating_sub(self.start);
        let after = self.columns.partition_point(|(at, _)| *at <= within);
        self.columns.get(after.saturating_sub(1)).map_or(0, |(_, column)| *column)
    }

    fn marker(&self, label: &Label, span: Span) -> String {
        let (first, last) = self.window;
        let clip = |column: usize| column.clamp(first, last) - first;
        let from = clip(self.column(span.start));
        // A span that ends inside a character covers it; an empty span is one column wide.
        let end = self.columns.iter().find(|(at, _)| self.start + at >= span.end).map(|(_, column)| *column);
        let to = clip(end.unwrap_or(last)).max(from + 1);
        let mark = if label.primary { "^" } else { "-" };
        let line = format!("{}{} {}", " ".repeat(from), mark.repeat(to - from), visible(&label.text));
        line.trim_end().to_owned()
    }
}

/// Columns a character takes. Ranges of East Asian wide and of combining characters, to the precision that aligns
/// markers in practice.
fn width(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036F | 0x200B..=0x200D | 0x20D0..=0x20FF | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F => 2,
        0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, start: usize, end: usize) -> String {
        let file = SourceFile::new("f.hep", text);
        render(&Diagnostic::error("H0201", "t").at(Span::new(start, end), "here"), &file)
    }

    #[test]
    fn looks_like_the_page_in_the_language_document() {
        let text = "\n".repeat(21) + "approx sigmoid on -8 .. 8\nlet G = V\n";
        let diagnostic = Diagnostic::warning("H0301", "score leaves")
            .at(Span::new(39, 46), "valid here")
            .and(Span::new(55, 56), "reaches 15.1")
            .help("widen");
        let expected = "warning[H0301]: score leaves\n   f.hep:22:19\n22 | approx sigmoid on -8 .. 8\n   |                   \
                        ^^^^^^^ valid here\n23 | let G = V\n   |         - reaches 15.1\n help: widen\n";
        assert_eq!(render(&diagnostic, &SourceFile::new("f.hep", text)), expected);
    }

    #[test]
    fn tabs_wide_and_combining_characters_keep_markers_in_place() {
        assert!(of("\ta = b", 5, 6).contains("1 |     a = b\n  |         ^ here"));
        assert!(of("π = b", 5, 6).contains("1 | π = b\n  |     ^ here"));
        assert!(of("漢 = b", 6, 7).contains("1 | 漢 = b\n  |      ^ here"));
        assert!(of("\u{1b}[31m", 0, 1).contains("\u{FFFD}[31m"));
    }

    #[test]
    fn spans_at_the_end_over_lines_and_outside_are_clipped() {
        assert!(of("ab", 2, 2).contains("1 | ab\n  |   ^ here"));
        assert!(of("ab\ncd", 0, 5).contains("1 | ab\n  | ^^ here"));
        assert!(of("ab", 1, 90).contains("1 | ab\n  |  ^ here"));
        assert!(of("ab", 1 << 40, 1 << 41).contains("^ here"));
        assert!(of("", 0, 0).contains("1 |\n") || of("", 0, 0).contains("1 | \n"));
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_marker() {
        let text = format!("{}X{}", "a".repeat(5000), "b".repeat(5000));
        let shown = of(&text, 5000, 5001);
        assert!(shown.lines().all(|l| l.chars().count() < 200), "{shown}");
        let lines: Vec<&str> = shown.lines().collect();
        let column = lines[2].chars().position(|c| c == 'X');
        assert_eq!(column, lines[3].chars().position(|c| c == '^'), "{shown}");
    }

    #[test]
    fn places_in_several_files() {
        let mut source = SourceFile::new("f.hep", "use m.x\n\nlet a = 1\n");
        source.add_module("m", "m.hep".into(), "module m\nlet x = 2\n".into());
        let base = source.module("m").map_or(0, |part| part.base);
        let diagnostic = Diagnostic::error("H0201", "t")
            .and(Span::new(6, 7), "used here")
            .at(Span::new(base + 13, base + 14), "here")
            .help("h");
        let expected = "error[H0201]: t\n  m.hep:2:5\n2 | let x = 2\n  |     ^ here\n  f.hep:1:7\n1 | use m.x\n  |       - \
                        used here\n help: h\n";
        assert_eq!(render(&diagnostic, &source), expected);
    }
}

//! Source text and places in it.
//!
//! A [`Span`] is a pair of byte offsets. A program and its modules lie one after the other in one space of offsets
//! ([`SourceFile`]), so that a span says by itself which file it is in. Files, lines and columns are derived only when
//! a message is shown, by [`Lines`]; lines and columns count from 1, columns in characters.

mod file;
pub mod library;
mod lines;

pub use file::{Part, SourceFile};
pub use lines::Lines;

use serde::Serialize;

/// A half-open range of bytes. The default, `0 .. 0`, means "nowhere in particular".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes `start .. end`.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The smallest span that covers both; an empty default counts for nothing.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self == Span::default() {
            return other;
        }
        if other == Span::default() {
            return self;
        }
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same place in a text that begins at `base`; "nowhere in particular" stays that.
    #[must_use]
    pub fn shifted(self, base: usize) -> Span {
        if self == Span::default() { self } else { Span { start: self.start + base, end: self.end + base } }
    }

    /// Whether `other` lies inside.
    #[must_use]
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

/// A position as editors count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// Finds the lines of `text`; `\n`, `\r\n` and `\r` all end one.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|(i, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(i + 1) != Some(&b'\n'),
            _ => false,
        });
        let starts = std::iter::once(0).chain(ends.map(|(i, _)| i + 1)).collect();
        Self { text, starts }
    }

    /// Line, from 1, of a byte offset.
    #[must_use]
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset).max(1)
    }

    /// First byte of a line; the end of the text for lines that do not exist.
    #[must_use]
    pub fn line_start(&self, line: usize) -> usize {
        line.checked_sub(1).and_then(|i| self.starts.get(i)).copied().unwrap_or(self.text.len())
    }

    /// Text of a line without its end.
    #[must_use]
    pub fn line_text(&self, line: usize) -> &'a str {
        let whole = self.text.get(self.line_start(line)..self.line_start(line + 1)).unwrap_or("");
        whole.trim_end_matches(['\n', '\r'])
    }

    /// Line and column of a byte offset; an offset inside a character counts as that character.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line(offset);
        let start = self.line_start(line);
        let before =
            self.text[start..].char_indices().take_while(|(i, c)| start + i + c.len_utf8() <= offset).count();
        Position { line, column: before + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let index = LineIndex::new("ab\nπd\r\n\te");
        assert_eq!(index.position(0), Position { line: 1, column: 1 });
        assert_eq!(index.position(3), Position { line: 2, column: 1 });
        assert_eq!(index.position(5), Position { line: 2, column: 2 });
        assert_eq!(index.position(9), Position { line: 3, column: 2 });
        assert_eq!(index.line_text(2), "πd");
        assert_eq!(index.position(99).line, 3);
        assert_eq!(index.line_text(9), "");
    }

    #[test]
    fn spans_join_and_ignore_nowhere() {
        let a = Span::new(3, 5);
        assert_eq!(a.to(Span::new(7, 9)), Span::new(3, 9));
        assert_eq!(Span::default().to(a), a);
        assert_eq!(a.to(Span::default()), a);
        assert_eq!(a.shifted(10), Span::new(13, 15));
        assert_eq!(Span::default().shifted(10), Span::default());
    }
}

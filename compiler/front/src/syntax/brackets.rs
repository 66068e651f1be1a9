//! Pairs brackets before parsing.
//!
//! A missing bracket is reported where it was opened, and no later than at the next keyword: no keyword occurs
//! inside parentheses, so one that does means that a `)` is missing before it. Braces end at the next item only where
//! the braces of the text do not pair: where they do, an item in a block is out of place, and nothing is missing.
//!
//! The parser reads the text with the broken brackets blanked. What is left pairs, so that no block and no bracketed
//! group fails at its end, and the parser never goes back over one: its work is linear in the text, however deep.

use super::limits::MAX_NESTING;
use super::words;
use crate::diagnostics::{Diagnostic, codes};
use hep_tensor::source::Span;
use std::borrow::Cow;

/// What was found.
#[derive(Debug, Default)]
pub struct Brackets {
    /// Missing, superfluous and too deeply nested brackets.
    pub errors: Vec<Diagnostic>,
    /// The brackets the errors are about, in the order of the text.
    pub broken: Vec<Span>,
    /// The first brace without a partner: what follows it cannot be understood.
    pub first_brace: Option<usize>,
    /// Nesting beyond [`MAX_NESTING`]: the text must not be parsed.
    pub too_deep: bool,
}

struct Open {
    bracket: u8,
    at: usize,
    /// Whether the word `for` stands before it, as in other languages.
    of_loop: bool,
}

/// Pairs `()`, `[]` and `{}` outside of comments.
#[must_use]
pub fn check(text: &str) -> Brackets {
    let bytes = text.as_bytes();
    let mut found = Brackets::default();
    let mut open: Vec<Open> = vec![];
    let braces_pair = braces_pair(bytes);
    let mut i = 0;
    while let Some(&byte) = bytes.get(i) {
        match byte {
            b'#' => {
                i += comment(&bytes[i..]);
                continue;
            }
            b'(' | b'[' | b'{' => {
                let of_loop =
                    text.get(..i).is_some_and(|before| before.trim_end_matches(' ').ends_with("for"));
                open.push(Open { bracket: byte, at: i, of_loop });
                if open.len() > MAX_NESTING {
                    found.too_deep = true;
                    let at = Span::new(i, i + 1);
                    found.errors.push(
                        Diagnostic::error(codes::TOO_DEEP, "brackets are nested too deeply")
                            .at(at, format!("this is bracket number {} inside others", open.len()))
                            .note(format!("the limit is {MAX_NESTING}"))
                            .help("name parts of the expression with `let`"),
                    );
                    return found;
                }
            }
            b')' | b']' | b'}' => found.close(byte, i, &mut open),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'0'..=b'9' => {
                let length =
                    bytes[i..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
                found.keyword(&text[i..i + length], i, braces_pair, &mut open);
                i += length;
                continue;
            }
            _ => {}
        }
        i += 1;
    }
    for missing in open {
        found.never_closed(&missing, None);
    }
    found.broken.sort_unstable_by_key(|bracket| bracket.start);
    found
}

/// Drops the first brace behind `from` that closes nothing, because what it closes is written in another language.
pub fn forgive_end(errors: &mut Vec<Diagnostic>, from: usize) {
    let is_end = |error: &Diagnostic| {
        error.code == codes::BRACKET
            && error.title == superfluous(b'}')
            && error.span().is_some_and(|at| at.start > from)
    };
    if let Some(end) = errors.iter().position(is_end) {
        drop(errors.remove(end));
    }
}

fn superfluous(bracket: u8) -> String {
    format!("`{}` closes nothing", char::from(bracket))
}

/// The length of the comment that starts here.
fn comment(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| !matches!(b, b'\n' | b'\r')).count()
}

/// Whether every brace has its partner, other brackets and keywords aside.
fn braces_pair(bytes: &[u8]) -> bool {
    let (mut depth, mut i) = (0_usize, 0);
    while let Some(byte) = bytes.get(i) {
        match (byte, depth) {
            (b'#', _) => i += comment(&bytes[i..]),
            (b'{', _) => depth += 1,
            (b'}', 0) => return false,
            (b'}', _) => depth -= 1,
            _ => {}
        }
        i += 1;
    }
    depth == 0
}

impl Brackets {
    /// The text without its broken brackets, each byte where it was.
    #[must_use]
    pub fn mended<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.broken.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut mended = String::with_capacity(text.len());
        let mut from = 0;
        for bracket in &self.broken {
            mended.push_str(text.get(from..bracket.start).unwrap_or(""));
            mended.push(' ');
            from = bracket.end;
        }
        mended.push_str(text.get(from..).unwrap_or(""));
        Cow::Owned(mended)
    }

    /// Whether one of the broken brackets lies in the region.
    #[must_use]
    pub fn break_in(&self, region: Span) -> bool {
        let first = self.broken.partition_point(|bracket| bracket.start < region.start);
        self.broken.get(first).is_some_and(|bracket| bracket.end <= region.end)
    }

    fn close(&mut self, byte: u8, at: usize, open: &mut Vec<Open>) {
        let matches = |o: &Open| partner(o.bracket) == char::from(byte);
        let here = Span::new(at, at + 1);
        // Close the nearest bracket of this kind; what is open inside it lacks its end.
        let Some(position) = open.iter().rposition(matches) else {
            self.broken.push(here);
            if byte == b'}' {
                self.first_brace.get_or_insert(at);
            }
            let error = Diagnostic::error(codes::BRACKET, superfluous(byte));
            self.errors.push(
                error.at(here, "no bracket is open here").help("leave it out, or add the one that it closes"),
            );
            return;
        };
        for missing in open.drain(position..).skip(1).collect::<Vec<_>>() {
            self.never_closed(&missing, Some((here, format!("`{}` comes first", char::from(byte)))));
        }
    }

    /// Keywords end what is open: any keyword parentheses, an item keyword also braces that lack their end.
    fn keyword(&mut self, word: &str, at: usize, braces_pair: bool, open: &mut Vec<Open>) {
        let of_loop = word == "in" && open.last().is_some_and(|o| o.of_loop);
        if !words::is_keyword(word) || of_loop {
            return;
        }
        let here = Span::new(at, at + word.len());
        let outside = words::is_only_item(word) && !braces_pair;
        let keep =
            if outside { 0 } else { open.iter().rposition(|o| o.bracket == b'{').map_or(0, |i| i + 1) };
        for missing in open.drain(keep..).collect::<Vec<_>>() {
            self.never_closed(&missing, Some((here, format!("`{word}` cannot be inside"))));
        }
    }

    fn never_closed(&mut self, missing: &Open, until: Option<(Span, String)>) {
        let here = Span::new(missing.at, missing.at + 1);
        self.broken.push(here);
        if missing.bracket == b'{' {
            self.first_brace = Some(self.first_brace.map_or(missing.at, |first| first.min(missing.at)));
        }
        let (bracket, partner) = (char::from(missing.bracket), partner(missing.bracket));
        let mut error = Diagnostic::error(codes::BRACKET, format!("`{bracket}` is never closed"))
            .at(here, "opened here")
            .help(format!("add the missing `{partner}`"));
        if let Some((span, text)) = until {
            error = error.and(span, text);
        }
        self.errors.push(error);
    }
}

fn partner(open: u8) -> char {
    match open {
        b'(' => ')',
        b'[' => ']',
        _ => '}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(text: &str) -> Vec<String> {
        check(text).errors.into_iter().map(|e| e.title).collect()
    }

    #[test]
    fn pairs_and_comments() {
        assert!(titles("train { var W : real[c, d] = f(0) } # ) ] }").is_empty());
        assert_eq!(titles("let a = (1 + 2\ndim n = 3"), ["`(` is never closed"]);
        assert_eq!(titles("let a = f(b[1)"), ["`[` is never closed"]);
        assert_eq!(titles("let a = 1)"), ["`)` closes nothing"]);
        assert_eq!(titles("train { for t in 1 .. T { }\nreveal W"), ["`{` is never closed"]);
    }

    #[test]
    fn an_item_in_a_block_that_is_closed_is_no_bracket() {
        assert!(titles("train { for t in 1 .. T { reveal W } }\npredict W").is_empty());
        assert_eq!(titles("train { for t in 1 .. T { reveal (W } }"), ["`(` is never closed"]);
    }

    #[test]
    fn the_parser_reads_a_text_whose_brackets_pair() {
        for text in [
            "a ) ( b [ c ) d } { e",
            "train { for t in 1 .. T {\nlet x = (1 # )\nreveal w",
            "( dim { ( dim ] )",
        ] {
            let mended = check(text).mended(text).into_owned();
            assert_eq!(mended.len(), text.len());
            assert_eq!(titles(&mended), Vec::<String>::new(), "{mended}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_before_parsing() {
        let found = check(&"(".repeat(100_000));
        assert!(found.too_deep);
        assert_eq!(found.errors.len(), 1);
    }
}

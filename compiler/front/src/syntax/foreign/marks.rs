//! Marks that no program can contain.
//!
//! One walk over the text finds them, and makes the text that is parsed: the same length, with what can be read in the
//! place of each.

use super::table::rows;
use super::{Row, Seen, Site, columns, is_hidden, is_in, is_word_byte, one_character};
use crate::diagnostics::Diagnostic;
use crate::syntax::words::is_keyword;
use hep_tensor::source::Span;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The messages, and the text without what they are about.
pub struct Scan {
    pub errors: Vec<Diagnostic>,
    /// The text that can be parsed, byte for byte in the place of the original; nothing where it is the original.
    pub text: Option<String>,
}

/// Finds the marks of other languages outside of comments.
pub fn scan(text: &str) -> Scan {
    let mut walk = Walk {
        text,
        ends: ends(text),
        open: vec![],
        operand: false,
        edits: vec![],
        errors: vec![],
        seen: BTreeMap::new(),
    };
    let mut at = 0;
    while at < text.len() {
        at = walk.step(at).max(at + 1);
    }
    for (error, count) in walk.seen.values() {
        if let Some(error) = walk.errors.get_mut(*error).filter(|_| *count > 0) {
            let follow = if *count == 1 { "follows" } else { "follow" };
            error.note = Some(format!("{count} more like it {follow}"));
        }
    }
    let text = (!walk.edits.is_empty()).then(|| edited(text, &walk.edits));
    Scan { errors: walk.errors, text }
}

/// For every `[`, where its partner is.
fn ends(text: &str) -> BTreeMap<usize, usize> {
    let (mut open, mut ends) = (vec![], BTreeMap::new());
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => open.push(at),
            b']' => ends.extend(open.pop().map(|start| (start, at + 1))),
            _ => {}
        }
    }
    ends
}

/// Words that show something.
const SHOWING: [&str; 5] = ["print", "println", "printf", "display", "echo"];

/// A part of the text, and what is read in its place, followed by blanks.
type Edit = (Span, &'static str);

fn edited(text: &str, edits: &[Edit]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (span, instead) in edits {
        let new = instead.bytes().chain(std::iter::repeat(b' '));
        for (old, new) in bytes.iter_mut().take(span.end).skip(span.start).zip(new) {
            // Lines stay lines.
            if !matches!(old, b'\n' | b'\r') {
                *old = new;
            }
        }
    }
    // Whole characters were replaced by ASCII.
    String::from_utf8(bytes).unwrap_or_default()
}

struct Walk<'t> {
    text: &'t str,
    ends: BTreeMap<usize, usize>,
    /// Brackets around this place.
    open: Vec<u8>,
    /// Whether a value may end here.
    operand: bool,
    edits: Vec<Edit>,
    errors: Vec<Diagnostic>,
    /// The first message and the number of others, by row and help.
    seen: BTreeMap<(usize, String), (usize, usize)>,
}

impl<'t> Walk<'t> {
    fn rest(&self, at: usize) -> &'t str {
        self.text.get(at..).unwrap_or("")
    }

    /// Reads what starts here; returns where the next thing starts.
    fn step(&mut self, at: usize) -> usize {
        let rest = self.rest(at);
        let Some(byte) = rest.bytes().next() else { return at + 1 };
        match byte {
            b'#' => return at + rest.find(['\n', '\r']).unwrap_or(rest.len()),
            b' ' | b'\t' | b'\n' | b'\r' => return at + 1,
            b'0'..=b'9' => return self.number(at),
            _ if is_word_byte(byte) => {
                if let Some(end) = self.columns(at) {
                    return end;
                }
                let end = at + rest.bytes().take_while(|b| is_word_byte(*b)).count();
                if self.is_argument(at, end) {
                    let argument =
                        |seen: &Seen| matches!(seen, Seen::Argument(names) if names.contains(&"dim"));
                    self.row(argument, Span::new(at, end), at);
                    self.put("___");
                    return end;
                }
                self.operand = !is_keyword(self.text.get(at..end).unwrap_or(""));
                if !self.operand {
                    // No keyword stands inside of parentheses.
                    let outside = self.open.iter().rposition(|bracket| *bracket == b'{').map_or(0, |i| i + 1);
                    self.open.truncate(outside);
                }
                return end;
            }
            _ => {}
        }
        // These start no mark.
        let plain = matches!(byte, b'(' | b')' | b']' | b'{' | b'}' | b',');
        if let Some(end) = if plain { None } else { self.foreign(at) } {
            return end;
        }
        match byte {
            b'(' | b'[' | b'{' => self.open.push(byte),
            b')' | b']' | b'}' => _ = self.open.pop(),
            _ => {}
        }
        self.operand = matches!(byte, b')' | b']');
        // Dots of a range are one mark.
        at + if rest.starts_with("..") { 2 } else { one_character(self.text, at).end - at }
    }

    /// A matrix with a column of ones beside it.
    fn columns(&mut self, at: usize) -> Option<usize> {
        let (span, _) = columns::beside(self.text, at)?;
        let row = rows().enumerate().find(|(_, row)| matches!(row.seen, Seen::Columns))?;
        self.found(row, span, "0");
        Some(span.end)
    }

    fn foreign(&mut self, at: usize) -> Option<usize> {
        let (rest, operand) = (self.rest(at), self.operand);
        rows().enumerate().find_map(|(number, row)| {
            let (length, instead) = match row.seen {
                Seen::Mark(marks, instead) => {
                    let mark = marks.iter().find(|mark| rest.starts_with(**mark))?;
                    // The bound of an approximation.
                    let is_bound = rest.starts_with("<=") && self.rest_before(at).ends_with("error");
                    (!is_bound).then_some((mark.len(), instead))?
                }
                Seen::Quote(quotes, instead) => {
                    let (open, end) = quotes.iter().find(|(open, _)| rest.starts_with(open))?;
                    // The name of a file is read as a name.
                    let named = ["program", "module", "use"].iter().any(|word| is_in(self.text, at, word));
                    let instead = if named && instead == "0" { "_" } else { instead };
                    let length = open.len() + quoted(rest.get(open.len()..)?, end);
                    // What shows a text is told as a whole.
                    if instead == "0" && SHOWING.iter().any(|word| is_in(self.text, at, word)) {
                        self.edits.push((Span::new(at, at + length), instead));
                        self.operand = true;
                        return Some(at + length);
                    }
                    (length, instead)
                }
                Seen::Prime => (rest.starts_with('\'') && touches(self.text, at)).then_some((1, ""))?,
                Seen::Point => {
                    let digit = rest.strip_prefix('.')?.bytes().next().is_some_and(|b| b.is_ascii_digit());
                    (digit && !operand).then_some((1, " "))?
                }
                Seen::List => {
                    let end = *self.ends.get(&at)?;
                    let instead = if self.is_range(at, end) { "0..1" } else { "0" };
                    (!operand).then_some((end - at, instead))?
                }
                Seen::Slice(marks) => {
                    let mark = marks.iter().find(|mark| rest.starts_with(**mark))?;
                    let next = rest.get(mark.len()..)?.trim_start();
                    let more = !next.starts_with([',', ']', ':']);
                    let instead = match (operand, more) {
                        (true, true) => ",",
                        (false, false) => "0",
                        _ => " ",
                    };
                    (self.open.last() == Some(&b'[')).then_some((mark.len(), instead))?
                }
                Seen::Hidden => {
                    let hidden = rest.chars().next().filter(|c| is_hidden(*c))?;
                    (hidden.len_utf8(), "")
                }
                Seen::Letter => {
                    let letter = rest.chars().next().filter(|c| !c.is_ascii() && *c != '\u{FEFF}')?;
                    let length = letter.len_utf8();
                    (length, if letter.is_alphabetic() { "____".get(..length)? } else { "" })
                }
                _ => return None,
            };
            self.found((number, row), Span::new(at, at + length), instead);
            Some(at + length)
        })
    }

    /// Whether a list of two stands where a range belongs.
    fn is_range(&self, at: usize, end: usize) -> bool {
        let before = self.rest_before(at);
        let list = self.text.get(at..end).unwrap_or("");
        (before.ends_with(" in") || before.ends_with(" on")) && list.split(',').count() == 2
    }

    fn rest_before(&self, at: usize) -> &'t str {
        self.text.get(..at).unwrap_or("").trim_end()
    }

    /// A number, and what is written at its end.
    fn number(&mut self, at: usize) -> usize {
        self.operand = true;
        let bytes = self.text.as_bytes();
        let digits = |from: usize| {
            let run = bytes.iter().skip(from).take_while(|b| b.is_ascii_digit() || **b == b'_');
            from + run.count()
        };
        let byte = |at: usize| bytes.get(at).copied().unwrap_or(b' ');
        let mut end = digits(at);
        if byte(end) == b'.' && byte(end + 1).is_ascii_digit() {
            end = digits(end + 1);
        } else if byte(end) == b'.' && byte(end + 1) != b'.' && !is_word_byte(byte(end + 1)) {
            self.row(|seen| matches!(seen, Seen::Point), Span::new(at, end + 1), end);
            return end + 1;
        }
        if matches!(byte(end), b'e' | b'E') {
            let sign = usize::from(matches!(byte(end + 1), b'+' | b'-'));
            if byte(end + 1 + sign).is_ascii_digit() {
                end = digits(end + 1 + sign);
            }
        }
        let letters = bytes.iter().skip(end).take_while(|b| is_word_byte(**b)).count();
        if letters > 0 {
            self.row(|seen| matches!(seen, Seen::Suffix), Span::new(at, end + letters), end);
        }
        end + letters
    }

    /// Whether `dim = 0` stands in a call: a keyword here, and an argument elsewhere.
    fn is_argument(&self, at: usize, end: usize) -> bool {
        self.text.get(at..end) == Some("dim")
            && self.open.last() == Some(&b'(')
            && self.rest_before(at).ends_with(',')
            && self.rest(end).trim_start_matches([' ', '\t']).starts_with('=')
    }

    /// What is read in the place of the last mark.
    fn put(&mut self, instead: &'static str) {
        if let Some((_, old)) = self.edits.last_mut() {
            *old = instead;
        }
    }

    /// A word that is wrong from `from` on.
    fn row(&mut self, is: impl Fn(&Seen) -> bool, at: Span, from: usize) {
        if let Some(row) = rows().enumerate().find(|(_, row)| is(&row.seen)) {
            self.found(row, at, "");
            if let Some((span, _)) = self.edits.last_mut() {
                span.start = from;
            }
        }
    }

    fn found(&mut self, (number, row): (usize, &Row), at: Span, instead: &'static str) {
        self.edits.push((at, instead));
        let site = Site { text: self.text, start: at.start, at };
        // What was replaced by something that can be read ends as that does.
        self.operand = matches!(row.seen, Seen::Prime | Seen::List | Seen::Letter) || instead == "0";
        // What has the same help is the same mistake.
        match self.seen.entry((number, row.said(&site))) {
            Entry::Occupied(mut first) => first.get_mut().1 += 1,
            Entry::Vacant(new) => {
                new.insert((self.errors.len(), 0));
                self.errors.push(row.message(&site));
            }
        }
    }
}

/// The length of what a quote encloses. A comment goes on to its end; any other quote ends on its line or is one mark.
fn quoted(inside: &str, end: &str) -> usize {
    let line = inside.find(['\n', '\r']).unwrap_or(inside.len());
    match (inside.find(end), end) {
        (_, "\n") => line,
        (Some(close), "*/") => close + end.len(),
        (None, "*/") => inside.len(),
        (Some(close), _) if close < line || end.len() > 1 => close + end.len(),
        _ => 0,
    }
}

/// Whether a value ends right before this place.
fn touches(text: &str, at: usize) -> bool {
    let last = text.get(..at).and_then(|before| before.bytes().next_back());
    last.is_some_and(|byte| is_word_byte(byte) || matches!(byte, b')' | b']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_valid_is_left_alone() {
        for text in [
            "approx sigmoid on -8 .. 8 degree auto by minimax error <= 0.01",
            "let a = b[1].T ** 2 - - c.d / 1e-3 # if (x == 'y') { w -= [1, 2]; }",
            "let f(x : real[n, 2], if_) = x[1, 2] @ x",
            "for t in 1..T { P.W, b = P.W - 1_000.5e3, 0 }",
        ] {
            let scan = scan(text);
            assert_eq!((scan.errors.len(), scan.text), (0, None), "{text}");
        }
    }

    /// What is parsed in place of a text has the same lines and columns.
    #[test]
    fn marks_are_replaced_byte_for_byte() {
        let text = "let θ = a² − [1,\n2] // λ\n/* \n */ x := \"é\" ; 1f .5 X[:, 2:] 'é' …";
        let scanned = scan(text).text.unwrap();
        assert_eq!(scanned.len(), text.len());
        let ends = |text: &str| text.match_indices('\n').map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(ends(&scanned), ends(text));
        assert_eq!(scan(&scanned).errors.len(), 0, "{scanned}");
    }
}

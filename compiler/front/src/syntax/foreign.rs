//! What other languages write, and what is written here instead.
//!
//! One `table` says all of it: a row is a spelling, what it means elsewhere, and the help. A construct that becomes part
//! of the language loses its row. Marks that no program can contain are found by `marks` before the text is parsed, and
//! are replaced there, so that one of them does not make the rest unreadable; words are looked up where the parser gives
//! up, names where a name is not defined. `rewrite` makes the helps that repeat the text as it should be, `libraries`
//! those of functions of libraries, `lines` those that need the line or the program around the spelling, `items` those
//! that write a whole item anew.

mod batches;
mod columns;
mod dims;
mod items;
mod libraries;
mod lines;
mod marks;
mod rewrite;
mod shown;
mod table;

use crate::diagnostics::{Diagnostic, Proposal, codes};
use crate::syntax::words::is_keyword;
use hep_tensor::source::Span;
pub use lines::{is_decision, loss_form, scores};
pub(super) use marks::scan;
use table::{TYPED, TYPES, rows};

/// A spelling of other languages.
struct Row {
    /// Where it is looked for, and how it is spelt.
    seen: Seen,
    /// What it is elsewhere: the label.
    what: &'static str,
    /// What is written here.
    help: Help,
}

/// Spellings, by where they are found.
enum Seen {
    /// Marks outside of comments, and the text that keeps the rest readable.
    Mark(&'static [&'static str], &'static str),
    /// Marks that open what is not read, their ends, and the text that keeps the rest readable.
    Quote(&'static [(&'static str, &'static str)], &'static str),
    /// Numbers with letters behind them.
    Suffix,
    /// Numbers that start or end with their point.
    Point,
    /// A matrix with a column of ones beside it.
    Columns,
    /// `[` where a value is expected.
    List,
    /// Marks inside of `[ ]`.
    Slice(&'static [&'static str]),
    /// `'` behind a value.
    Prime,
    /// Characters that nobody sees.
    Hidden,
    /// Characters that are no ASCII.
    Letter,
    /// Two values side by side.
    Product,
    /// Words at which, or right behind which, the parser gives up.
    Word(&'static [&'static str]),
    /// Text at which the parser gives up in an item or a statement that starts with one of these words; without words,
    /// in an assignment.
    Inside(&'static [&'static str], &'static [&'static str]),
    /// `A.f(...)`.
    Method,
    /// Names of values and functions that are not defined.
    Name(&'static [&'static str]),
    /// Named arguments that no function has.
    Argument(&'static [&'static str]),
}

/// What a row says to do.
enum Help {
    /// The same for every text.
    Say(&'static str),
    /// The text as it should be, or else a sentence.
    Write(fn(&Site<'_>) -> Option<String>, &'static str),
    /// The text as it should be, or else changes of the program that may help, or else a sentence.
    Change(fn(&Site<'_>) -> Option<String>, fn(&Site<'_>) -> Vec<Proposal>, &'static str),
    /// The same for every text, of a function that is given secrets.
    OfSecrets(&'static str),
    /// The call as it should be, given its arguments, or else a sentence.
    Call(fn(&[String]) -> Option<String>, &'static str),
}

/// A place in the text.
struct Site<'t> {
    text: &'t str,
    /// Where the item, the statement or what is left of one starts.
    start: usize,
    /// The spelling.
    at: Span,
}

impl<'t> Site<'t> {
    fn before(&self) -> &'t str {
        self.text.get(..self.at.start).unwrap_or("")
    }

    fn after(&self) -> &'t str {
        self.text.get(self.at.end..).unwrap_or("")
    }

    /// Whether the parser gives up at one of these marks, in an item or a statement that starts with one of these words.
    fn is_inside(&self, first: &str, words: &[&str], marks: &[&str]) -> bool {
        let item = if words.is_empty() { !is_keyword(first) } else { words.contains(&first) };
        item && self.at.start > self.start && marks.iter().any(|mark| self.is_at(mark))
    }

    /// Whether a mark stands here, or what words for several marks are about.
    fn is_at(&self, mark: &str) -> bool {
        let before = self.text.get(self.start..self.at.start).unwrap_or("");
        let is_name = word_at(self.text, self.at.start).is_some() && !is_keyword(self.spelling());
        match mark {
            "NAME =" => is_name && self.after().trim_start().starts_with('='),
            "A SECOND NAME" => is_name && before.split_whitespace().count() == 2,
            "= WITHOUT A TYPE" => {
                let is_given = is_name && self.after().trim_start().starts_with('=');
                (is_given || self.spelling() == "=") && !before.contains(':')
            }
            "( BEHIND A TYPE" => {
                let ty = before.rsplit_once(':').map_or("", |(_, ty)| ty.trim());
                self.spelling() == "(" && !ty.is_empty() && ty.bytes().all(is_word_byte)
            }
            "MORE OF A HEADER" => {
                (is_name || matches!(self.spelling(), "-" | ".")) && items::header(self).is_some()
            }
            "A TUPLE" => {
                let opened = before.rsplit_once('(').map_or("", |(outside, _)| outside.trim_end());
                self.spelling() == ","
                    && opened.strip_suffix('=').is_some_and(|at| at.trim_end().ends_with("at"))
            }
            "A KEYWORD" => {
                is_keyword(self.spelling())
                    && !matches!(self.spelling(), "from" | "as")
                    && before.trim() == "use"
            }
            "SEVERAL NAMES" => batches::has_several_names(self),
            "MORE NAMES" => is_name && items::revealed(self).is_some(),
            mark => mark == self.spelling(),
        }
    }

    fn spelling(&self) -> &'t str {
        self.text.get(self.at.start..self.at.end).unwrap_or("")
    }
}

impl Row {
    fn message(&self, site: &Site<'_>) -> Diagnostic {
        let spelling: String = site.spelling().chars().take(30).flat_map(visible).collect();
        Diagnostic::error(codes::FOREIGN, format!("`{spelling}` is not in the language"))
            .at(site.at, self.what)
            .help(self.said(site))
            .proposing(self.changes(site))
    }

    fn said(&self, site: &Site<'_>) -> String {
        match self.help {
            Help::Write(write, otherwise) | Help::Change(write, _, otherwise) => {
                write(site).unwrap_or_else(|| otherwise.to_owned())
            }
            Help::Say(text) | Help::OfSecrets(text) | Help::Call(_, text) => text.to_owned(),
        }
    }

    /// Changes of the program, where no text is known that stands in place of the spelling.
    fn changes(&self, site: &Site<'_>) -> Vec<Proposal> {
        match self.help {
            Help::Change(write, change, _) if write(site).is_none() => change(site),
            _ => vec![],
        }
    }
}

/// Items that may go on in another language where they end in this one.
const COMPLETE: [&str; 10] =
    ["program", "module", "use", "predict", "reveal", "dim", "owner", "public", "secret", "var"];

/// What is said of an item without a type.
pub(super) fn typed(keyword: &str) -> &'static str {
    match keyword {
        "owner" => {
            "say what it is: `NAME : real[DIMS]`, with the names of its dims, or `NAME : class[n, 2]` for labels of two classes"
        }
        _ => TYPED,
    }
}

/// Two values side by side, where the parser gives up at the second.
pub(super) fn product(text: &str, start: usize, at: usize) -> Option<Diagnostic> {
    let row = rows().find(|row| matches!(row.seen, Seen::Product))?;
    let next =
        word_at(text, at).or_else(|| text.get(at..)?.starts_with('(').then(|| Span::new(at, at + 1)))?;
    let (before, after) = (word_before(text, at)?, text.get(next.start..next.end)?);
    let word = text.get(before.start..before.end)?;
    let is_number = word.starts_with(|c: char| c.is_ascii_digit());
    let after_name = after == "(" || after.starts_with(|c: char| c.is_ascii_digit());
    if is_keyword(word) || is_keyword(after) || (!is_number && after_name) {
        return None;
    }
    // Elsewhere than in a value, words side by side are something else.
    let (from, line) = line_of(text, before.start);
    if !line.get(..before.start.saturating_sub(from))?.contains('=') {
        return None;
    }
    // A number may have a point.
    let head = text.get(..before.start)?;
    let whole = head.strip_suffix('.').filter(|_| is_number).and_then(|head| word_before(head, head.len()));
    let from = whole.map_or(before.start, |whole| whole.start);
    Some(row.message(&Site { text, start, at: Span::new(from, next.end) }))
}

/// What another language writes where the parser gives up at `at`, in a region that starts at `start`.
pub(super) fn recognize(text: &str, start: usize, at: usize) -> Option<Diagnostic> {
    // What follows a complete item on its line belongs to it.
    let complete = COMPLETE.iter().any(|word| is_in(text, start, word));
    let start = if complete { line_of(text, start).0 } else { start };
    let first = word_at(text, start);
    let first_word = first.and_then(|span| text.get(span.start..span.end)).unwrap_or("");
    // These say as a whole what is written here, whatever words they are made of.
    if (matches!(first_word, "for" | "approx") || COMPLETE.contains(&first_word))
        && !text.get(start..at)?.contains('\n')
        && let Some(message) = inside(text, start, at, first_word)
    {
        return Some(message);
    }
    // The word before what cannot be read was taken for a name.
    let places = [word_before(text, start), first, word_before(text, at), word_at(text, at)];
    let words = places.into_iter().flatten().find_map(|span| word(text, start, span.start));
    words.or_else(|| inside(text, start, at, first_word))
}

/// What another language writes as a word at `at`.
pub(super) fn word(text: &str, start: usize, at: usize) -> Option<Diagnostic> {
    let site = Site { text, start, at: word_at(text, at)? };
    // What is given a value is a name, whatever it is elsewhere.
    let is_first = line_of(text, at).0 == at;
    if is_first
        && site
            .after()
            .trim_start_matches([' ', '\t'])
            .strip_prefix('=')
            .is_some_and(|rest| !rest.starts_with('='))
    {
        return None;
    }
    let row = rows().find(|row| matches!(row.seen, Seen::Word(words) if words.contains(&site.spelling())))?;
    Some(row.message(&site))
}

/// What stands behind blanks at `at` in an item or a statement that starts with a word.
fn inside(text: &str, start: usize, at: usize, first: &str) -> Option<Diagnostic> {
    let blanks = text.get(at..)?.bytes().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let at = at + blanks;
    let site = Site { text, start, at: word_at(text, at).unwrap_or_else(|| one_character(text, at)) };
    let row = rows().find(|row| match row.seen {
        Seen::Inside(keywords, found) => site.is_inside(first, keywords, found),
        Seen::Method => libraries::is_method(&site),
        _ => false,
    });
    row.map(|row| row.message(&site))
}

/// Whether the line of a place starts with a word.
pub(super) fn is_in(text: &str, at: usize, first: &str) -> bool {
    line_start(text, at).split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next() == Some(first)
}

/// Longest line that is read from its start to a place in it, in bytes.
const LONGEST_LINE: usize = 400;

/// The line of a place from its first word on, and where that is.
pub(super) fn line_of(text: &str, at: usize) -> (usize, &str) {
    let mut from = at.saturating_sub(LONGEST_LINE);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = text.get(from..at).unwrap_or("");
    let start = before.rfind(['\n', '\r']).map_or(from, |end| from + end + 1);
    let length = text
        .get(start..)
        .map_or(0, |rest| rest.bytes().take(2 * LONGEST_LINE).take_while(|b| *b != b'\n').count());
    let line = text.get(start..start + length).unwrap_or("");
    let words = line.trim_start();
    (start + line.len() - words.len(), words)
}

fn line_start(text: &str, at: usize) -> &str {
    line_of(text, at).1
}

/// Whether the line of a place starts a block, and not with a brace.
pub(super) fn opens_without_brace(text: &str, at: usize) -> bool {
    const BLOCKS: [&str; 5] = ["for", "while", "train", "foreach", "loop"];
    BLOCKS.iter().any(|word| is_in(text, at, word)) && !line_start(text, at).contains('{')
}

/// What to write for a name of another language that is not defined here, called with these arguments or not at all: what is a
/// function elsewhere is another thing where it is not called.
#[must_use]
pub fn name(name: &str, called: Option<&[String]>) -> Option<String> {
    let row = rows().find(|row| matches!(row.seen, Seen::Name(names) if names.contains(&name)))?;
    Some(match row.help {
        Help::Call(write, otherwise) => write(called?).unwrap_or_else(|| otherwise.to_owned()),
        Help::Say(text) | Help::OfSecrets(text) | Help::Write(_, text) | Help::Change(_, _, text) => {
            text.to_owned()
        }
    })
}

/// Whether what is said of a function of other languages is about ciphertexts that it would be given.
#[must_use]
pub fn is_of_secrets(function: &str) -> bool {
    let is_row = |row: &Row| {
        matches!(row.help, Help::OfSecrets(_))
            && matches!(row.seen, Seen::Name(names) if names.contains(&function))
    };
    rows().any(is_row)
}

/// Whether a polynomial may stand for a function of other languages.
#[must_use]
pub fn is_polynomial(function: &str) -> bool {
    rows().any(
        |row| matches!(row.seen, Seen::Name(names) if names.contains(&"floor") && names.contains(&function)),
    )
}

/// Whether a function of other languages makes columns of classes.
fn is_of_classes(function: &str) -> bool {
    rows().any(|row| {
        matches!(row.seen, Seen::Name(names) if names.contains(&"get_dummies") && names.contains(&function))
    })
}

/// Functions of other languages and libraries that differentiate.
const GRADIENTS: [&str; 12] = [
    "gradient",
    "gradients",
    "nabla",
    "derivative",
    "diff",
    "differentiate",
    "autograd",
    "autodiff",
    "jacobian",
    "value_and_grad",
    "Grad",
    "del",
];

/// Whether a function of other languages is a gradient.
#[must_use]
pub fn is_gradient(function: &str) -> bool {
    GRADIENTS.contains(&function)
}

/// What each row is about, as its label says it, and the names that it is found by where it is found by names.
pub fn spellings() -> impl Iterator<Item = (&'static str, Option<&'static [&'static str]>)> {
    rows().map(|row| match row.seen {
        Seen::Name(names) | Seen::Argument(names) => (row.what, Some(names)),
        _ => (row.what, None),
    })
}

/// Whether this is the name of something in other languages.
#[must_use]
pub fn is_known(spelling: &str) -> bool {
    rows().any(|row| matches!(row.seen, Seen::Name(names) if names.contains(&spelling)))
}

/// What is said of a spelling, or of a place with this label, where the text as it should be is not known.
#[must_use]
pub fn general(spelling: &str, label: &str) -> Option<String> {
    let row = rows().find(|row| match row.seen {
        Seen::Name(names) | Seen::Argument(names) => names.contains(&spelling),
        _ => row.what == label,
    })?;
    let (Help::Say(text)
    | Help::OfSecrets(text)
    | Help::Write(_, text)
    | Help::Change(_, _, text)
    | Help::Call(_, text)) = row.help;
    Some(text.to_owned())
}

/// The dimension with a number of a value, as the text around it tells.
#[must_use]
pub fn dimension(text: &str, value: &str, number: &str) -> Option<String> {
    let over = lines::over(text, "sum", value, number)?;
    over.strip_prefix("over = ").map(str::to_owned)
}

/// Whether a named argument is a penalty on weights elsewhere.
#[must_use]
pub fn is_penalty(name: &str) -> bool {
    let is_row = |row: &&Row| matches!(row.seen, Seen::Argument(names) if names.contains(&"l2"));
    rows().find(is_row).is_some_and(|row| matches!(row.seen, Seen::Argument(names) if names.contains(&name)))
}

/// What to write for a type of another language, and the types that may be meant.
#[must_use]
pub fn ty(word: &str) -> Option<(&'static str, &'static [&'static str])> {
    TYPES.iter().find(|(words, ..)| words.contains(&word)).map(|(_, help, types)| (*help, *types))
}

/// What to write for a named argument of another language.
#[must_use]
pub fn argument(name: &str) -> Option<&'static str> {
    let row = rows().find(|row| matches!(row.seen, Seen::Argument(names) if names.contains(&name)))?;
    match row.help {
        Help::Say(text)
        | Help::OfSecrets(text)
        | Help::Write(_, text)
        | Help::Change(_, _, text)
        | Help::Call(_, text) => Some(text),
    }
}

/// Whether a character is not seen, ends of lines, tabs and the mark of a file of Unicode aside.
fn is_hidden(c: char) -> bool {
    let is_invisible = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}');
    !matches!(c, '\n' | '\r' | '\t') && (hep_plan::visible::is_hidden(c) || is_invisible)
}

/// A character of a title: what is not seen as an escape.
fn visible(c: char) -> Vec<char> {
    if is_hidden(c) { c.escape_unicode().collect() } else { vec![c] }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The word that starts here.
fn word_at(text: &str, at: usize) -> Option<Span> {
    let length = text.get(at..)?.bytes().take_while(|b| is_word_byte(*b)).count();
    (length > 0).then(|| Span::new(at, at + length))
}

/// The word that ends before this place on the same line, blanks aside.
fn word_before(text: &str, at: usize) -> Option<Span> {
    let before = text.get(..at)?.trim_end_matches([' ', '\t']);
    let length = before.bytes().rev().take_while(|b| is_word_byte(*b)).count();
    (length > 0).then(|| Span::new(before.len() - length, before.len()))
}

fn one_character(text: &str, at: usize) -> Span {
    let length = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    Span::new(at, at + length)
}

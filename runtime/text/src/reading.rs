//! Texts of forms on their way back: lines, and a cursor that goes through one.
//!
//! Whatever a text holds, reading it ends with a form or with a [`ReadError`].

use std::fmt::Display;
use std::iter::Peekable;
use std::str::FromStr;
use thiserror::Error;

/// Most slots of a vector.
pub const MAX_SLOTS: usize = 1 << 17;
/// Most iterations of a text.
pub const MAX_ITERATIONS: u32 = 1 << 20;
/// As much of a line as is shown where something else is expected.
const SHOWN: usize = 40;

/// Why a text is no form.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("line {line}: expected {expected}, found {found}")]
pub struct ReadError {
    /// Number of the line, from 1.
    pub line: usize,
    /// What should be there.
    pub expected: String,
    /// What is.
    pub found: String,
}

/// The lines of a text. Empty ones are passed over.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    lines: Peekable<std::iter::Enumerate<std::str::Lines<'a>>>,
    last: usize,
}

impl<'a> Lines<'a> {
    /// Those of a text.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        Self { lines: text.lines().enumerate().peekable(), last: 0 }
    }

    /// The next line, without the space around it.
    pub fn next_line(&mut self) -> Option<Cursor<'a>> {
        let (number, text) = self.lines.find(|(_, text)| !text.trim().is_empty())?;
        self.last = number + 1;
        Some(Cursor { line: self.last, rest: text.trim() })
    }

    /// The next line if it begins with this, and the cursor behind it.
    pub fn next_if(&mut self, start: &str) -> Option<Cursor<'a>> {
        while self.lines.next_if(|(_, text)| text.trim().is_empty()).is_some() {}
        let (number, text) = self.lines.next_if(|(_, text)| text.trim().starts_with(start))?;
        self.last = number + 1;
        Some(Cursor { line: self.last, rest: text.trim()[start.len()..].trim_start() })
    }

    /// The next line, which has to be there.
    ///
    /// # Errors
    /// Where the text ends.
    pub fn line(&mut self, expected: impl Display) -> Result<Cursor<'a>, ReadError> {
        let end = Cursor { line: self.last + 1, rest: "" };
        self.next_line().ok_or_else(|| ReadError { found: "the end".into(), ..end.error(expected) })
    }

    /// The line that a form on ciphertexts begins with, `WORD NAME : SLOTS slots`: what follows, the name and the slots.
    ///
    /// # Errors
    /// Where it is another line, or the slots are no power of two up to [`MAX_SLOTS`].
    pub fn title(&mut self, word: &str) -> Result<(Cursor<'a>, String, usize), ReadError> {
        let mut at = self.line(format!("`{word}`"))?;
        at.literal(&format!("{word} "))?;
        let name = at.until_last(" : ")?.rest().to_string();
        at.literal(" : ")?;
        let here = at;
        let slots: usize = at.number("a number of slots")?;
        if !slots.is_power_of_two() || slots > MAX_SLOTS {
            return Err(here.error("a power of two of slots"));
        }
        at.literal("slots")?;
        Ok((at, name, slots))
    }

    /// Nothing but empty lines.
    ///
    /// # Errors
    /// Where there is more.
    pub fn end(&mut self) -> Result<(), ReadError> {
        self.next_line().map_or(Ok(()), |more| Err(more.error("the end")))
    }
}

/// A place in a line.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    line: usize,
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// What is left of the line.
    #[must_use]
    pub fn rest(&self) -> &'a str {
        self.rest
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// That something else should be here.
    #[must_use]
    pub fn error(&self, expected: impl Display) -> ReadError {
        let found = match self.rest.char_indices().nth(SHOWN) {
            _ if self.rest.is_empty() => "the end of the line".into(),
            Some((end, _)) => format!("`{}…`", &self.rest[..end]),
            None => format!("`{}`", self.rest),
        };
        ReadError { line: self.line, expected: expected.to_string(), found }
    }

    /// Goes over a text and the space behind it, if it is here.
    pub fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.map_or(self.rest, str::trim_start);
        rest.is_some()
    }

    /// Goes over a text and the space behind it.
    ///
    /// # Errors
    /// Where something else is here.
    pub fn literal(&mut self, text: &str) -> Result<(), ReadError> {
        if self.take(text) { Ok(()) } else { Err(self.error(format!("`{text}`"))) }
    }

    /// Goes to the end of the line.
    ///
    /// # Errors
    /// Where there is more.
    pub fn end(&self) -> Result<(), ReadError> {
        if self.is_done() { Ok(()) } else { Err(self.error("the end of the line")) }
    }

    /// A word: letters, digits, and `_`, `.`, `+` and `-`.
    ///
    /// # Errors
    /// Where there is none.
    pub fn word(&mut self, expected: impl Display) -> Result<&'a str, ReadError> {
        let other = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '+' | '-'));
        let (word, rest) = self.rest.split_at(self.rest.find(other).unwrap_or(self.rest.len()));
        if word.is_empty() {
            return Err(self.error(expected));
        }
        self.rest = rest.trim_start();
        Ok(word)
    }

    /// A word that is a number, or whatever else is read from one.
    ///
    /// # Errors
    /// Where there is none.
    pub fn number<T: FromStr>(&mut self, expected: impl Display) -> Result<T, ReadError> {
        let here = *self;
        let word = self.word(&expected)?;
        word.parse().map_err(|_| here.error(expected))
    }

    /// A number that is finite.
    ///
    /// # Errors
    /// Where there is none.
    pub fn finite(&mut self, expected: impl Display) -> Result<f64, ReadError> {
        let here = *self;
        let value: f64 = self.number(&expected)?;
        if value.is_finite() { Ok(value) } else { Err(here.error(expected)) }
    }

    /// What is before the last of these marks, as a line of its own; goes up to the mark.
    ///
    /// # Errors
    /// Where there is no mark.
    pub fn until_last(&mut self, mark: &str) -> Result<Self, ReadError> {
        let at = self.rest.rfind(mark).ok_or_else(|| self.error(format!("`{mark}`")))?;
        let (before, rest) = self.rest.split_at(at);
        self.rest = rest;
        Ok(Self { rest: before.trim_end(), ..*self })
    }

    /// What is before the first of these marks; goes behind it.
    ///
    /// # Errors
    /// Where there is no mark.
    pub fn before(&mut self, mark: &str) -> Result<&'a str, ReadError> {
        let at = self.rest.find(mark).ok_or_else(|| self.error(format!("`{mark}`")))?;
        let before = &self.rest[..at];
        self.rest = self.rest[at + mark.len()..].trim_start();
        Ok(before)
    }

    /// What is before the first of these marks, as a line of its own, and all that is left where there is none; goes behind it.
    #[must_use]
    pub fn up_to(&mut self, mark: &str) -> Self {
        let (before, rest) = self.rest.split_once(mark).unwrap_or((self.rest, ""));
        self.rest = rest.trim_start();
        Self { rest: before.trim_end(), ..*self }
    }

    /// All of it as lines of their own, where these marks are between them.
    pub fn parts(self, mark: &'a str) -> impl Iterator<Item = Self> {
        self.rest.split(mark).map(move |part| Self { rest: part.trim(), ..self })
    }

    /// All of a kind up to the end of the line.
    ///
    /// # Errors
    /// The first of `one`.
    pub fn all<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<T, ReadError>,
    ) -> Result<Vec<T>, ReadError> {
        let mut all = Vec::new();
        while !self.is_done() {
            all.push(one(self)?);
        }
        Ok(all)
    }

    /// Numbers in brackets, with commas between them.
    ///
    /// # Errors
    /// Where something else is here.
    pub fn list<T: FromStr>(&mut self, expected: &str) -> Result<Vec<T>, ReadError> {
        self.literal("[")?;
        let mut all = Vec::new();
        while !self.take("]") {
            if !all.is_empty() {
                self.literal(",")?;
            }
            all.push(self.number(expected)?);
        }
        Ok(all)
    }

    /// The name of the next one of its kind, and the sign before its meaning.
    ///
    /// # Errors
    /// Where another is named.
    pub fn numbered(&mut self, name: &str, next: usize) -> Result<(), ReadError> {
        self.literal(&format!("{name}{next} "))?;
        self.literal("=")
    }

    /// Goes to the end of the line, whatever is there.
    pub fn skip(&mut self) {
        self.rest = "";
    }

    /// Numbers in brackets, with how many times each follows itself: `[2×0 1 5]`.
    ///
    /// # Errors
    /// Where something else is here.
    pub fn runs(&mut self) -> Result<Vec<(u32, f64)>, ReadError> {
        let mut runs = Vec::new();
        self.literal("[")?;
        while !self.take("]") {
            let here = *self;
            let many = self.number::<u32>("").ok().filter(|length| *length > 0 && self.take("×"));
            if many.is_none() {
                *self = here;
            }
            runs.push((many.unwrap_or(1), self.number("a number")?));
        }
        Ok(runs)
    }

    /// A value with its name before it, such as `%3`, that is one of the first `count`.
    ///
    /// # Errors
    /// Where something else is here.
    pub fn index(&mut self, name: &str, count: usize) -> Result<u32, ReadError> {
        let here = *self;
        let wanted = || match name {
            "" => here.error(format!("a number below {count}")),
            _ => here.error(format!("`{name}` with a number below {count}")),
        };
        if !self.rest.starts_with(name) {
            return Err(wanted());
        }
        self.rest = &self.rest[name.len()..];
        let number: u32 = self.number("").map_err(|_| wanted())?;
        if (number as usize) < count { Ok(number) } else { Err(wanted()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_where_and_what() {
        let mut lines = Lines::of("\n  a [1, 2] %3 %x\n");
        let mut line = lines.next_line().expect("a line");
        assert!(line.take("a") && !line.take("b"));
        assert_eq!(line.list::<u32>("a number"), Ok(vec![1, 2]));
        assert_eq!(line.index("%", 4), Ok(3));
        let error = line.index("%", 4).expect_err("no number");
        assert_eq!(error.to_string(), "line 2: expected `%` with a number below 4, found `%x`");
        assert_eq!(lines.line("b").expect_err("no line").to_string(), "line 3: expected b, found the end");
    }

    #[test]
    fn lists_that_do_not_close_end() {
        let read = |text: &'static str| Lines::of(text).next_line().expect("a line").list::<u32>("a number");
        for text in ["[1, ", "[1 2]", "[", "[,]", "1]"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}

//! Registers and constants by the lines that define them.

use std::collections::BTreeMap;

/// Names of the old side with what the new side calls the same value.
#[derive(Debug, Default)]
pub struct Names(BTreeMap<String, String>);

/// A line without the numbers of its registers and constants.
pub fn key(line: &str) -> String {
    words(line).map(|word| if is_numbered(word) { &word[..1] } else { word }).collect()
}

impl Names {
    /// Says that two lines define the same values, by position.
    pub fn correspond(&mut self, old: &str, new: &str) {
        let pairs = numbered(defined(old)).zip(numbered(defined(new)));
        self.0.extend(pairs.map(|(old, new)| (old.to_string(), new.to_string())));
    }

    /// Whether two lines of one key read corresponding values. What corresponds to nothing (the constant that has
    /// changed, the name of a tensor) must be called the same.
    pub fn same(&self, old: &str, new: &str) -> bool {
        let mut reads = numbered(used(old)).zip(numbered(used(new)));
        reads.all(|(old, new)| self.0.get(old).map_or(old, String::as_str) == new)
    }
}

/// What stands before ` = `: the results.
fn defined(line: &str) -> &str {
    line.split_once(" = ").map_or("", |(left, _)| left)
}

/// What stands after it: the operation with its operands.
fn used(line: &str) -> &str {
    line.split_once(" = ").map_or(line, |(_, right)| right)
}

fn numbered(text: &str) -> impl Iterator<Item = &str> {
    words(text).filter(|word| is_numbered(word))
}

/// `r12` or `c3`.
fn is_numbered(word: &str) -> bool {
    let mut chars = word.chars();
    matches!(chars.next(), Some('r' | 'c')) && word.len() > 1 && chars.all(|c| c.is_ascii_digit())
}

/// Runs of letters and digits, and what lies between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end = rest.find(|c: char| is_word(c) != is_word(first)).unwrap_or(rest.len());
        let (word, tail) = rest.split_at(end);
        rest = tail;
        Some(word)
    })
}

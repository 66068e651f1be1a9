//! What a code means, and how it is found.

use super::table::TABLE;

/// A code, what it means, and what is behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The code.
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    /// The rule that was broken, in a few sentences.
    pub explanation: &'static str,
}

/// The entry of a code; letters may be small.
#[must_use]
pub fn explain(code: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.code.eq_ignore_ascii_case(code))
}

//! Text of others on its way to people: names of classes and columns, of files, of tensors in them.

use std::borrow::Cow;

/// Stands for a character that is not shown.
pub const HIDDEN: char = '\u{FFFD}';

/// Whether a character steers the terminal or the order of text instead of being seen: control characters, ends of lines, and the
/// marks of writing direction.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        )
}

/// Text on one line, harmless.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    replaced(text, is_hidden)
}

/// Text of several lines, harmless: ends of lines and tabs stay.
#[must_use]
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    replaced(text, |c| is_hidden(c) && !matches!(c, '\n' | '\t'))
}

fn replaced(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hidden) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if hidden(c) { HIDDEN } else { c }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_replaced_and_what_is_seen_is_not() {
        for steers in ["\u{1b}[31m", "\u{9b}2J", "\u{7f}", "a\u{202e}b", "\u{2066}", "\u{200f}", "\r", "\0"] {
            for shown in [visible(steers), visible_lines(steers)] {
                assert!(!shown.chars().any(is_hidden) && shown.contains(HIDDEN), "{steers:?}: {shown:?}");
            }
        }
        assert_eq!(visible("a\nb\tc"), "a\u{FFFD}b\u{FFFD}c");
        assert_eq!(visible_lines("a\nb\tc"), "a\nb\tc");
        for seen in ["κατηγορία", "日本", "é", "e\u{301}", "👩‍🔬", "שלום"] {
            assert!(matches!(visible(seen), Cow::Borrowed(same) if same == seen), "{seen}");
        }
    }
}

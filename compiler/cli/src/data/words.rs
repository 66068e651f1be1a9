//! What to do about a cell that should be a number and is none.

use super::labels::{is_missing, number};
use super::names::short;

/// Whether a cell may be the name of a column: neither a number, in whatever dress, nor a missing value.
pub(super) fn is_name(cell: &str) -> bool {
    !is_missing(cell) && cell.parse::<f64>().is_err() && plain_number(cell).is_none()
}

/// The help for a feature that is no number.
pub(super) fn feature(text: &str) -> String {
    let said = numbers(text);
    if plain_number(text).is_some() {
        return said;
    }
    format!("{said}; the column of labels is chosen with --label NAME|first|last")
}

/// The same where which column has the labels is said already.
pub(super) fn numbers(text: &str) -> String {
    plain_number(text).unwrap_or_else(|| {
        "features must be numbers: write a number for each word or leave the column out".to_owned()
    })
}

/// The help for targets that are words.
pub(super) fn targets(words: &[String]) -> String {
    plain(words).unwrap_or_else(|| {
        "words are classes, which a program declares (docs/language.md, \"Labels\")".to_owned()
    })
}

/// How the first of these words is written that is a number dressed up as something else.
pub(super) fn plain(words: &[String]) -> Option<String> {
    plain_number(words.iter().find(|word| number(word).is_none())?)
}

/// How a number is written that is dressed up as something else.
fn plain_number(text: &str) -> Option<String> {
    let bare = text.trim_matches(|c: char| "$€£¥₹%".contains(c) || c.is_whitespace());
    let bare = bare.replace(['\u{a0}', '\u{202f}', ' ', '\''], "");
    let shown = short(text);
    let thousands = groups(&bare);
    match (bare.matches(',').count(), thousands) {
        (0, _) => number(&bare).filter(|_| bare != text).map(|_| {
            format!("write `{bare}` in place of `{shown}`: a plain number, without signs and units")
        }),
        (1, false) => {
            let point = bare.replace(',', ".");
            number(&point)
                .map(|_| format!("write `{point}` in place of `{shown}`: numbers have a decimal point"))
        }
        (_, true) => {
            let whole = bare.replace(',', "");
            number(&whole)
                .map(|_| format!("write `{whole}` in place of `{shown}`: a plain number, without separators"))
        }
        _ => None,
    }
}

/// Whether commas separate groups of three digits.
fn groups(text: &str) -> bool {
    let whole = text.split('.').next().unwrap_or(text);
    let mut groups = whole.split(',');
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    let first = groups.next().is_some_and(|group| digits(group.trim_start_matches('-')) && group.len() <= 4);
    first && groups.all(|group| digits(group) && group.len() == 3)
}

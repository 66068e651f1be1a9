//! The table: a row for each thing that other languages write, by topic.

mod items;
mod marks;
mod names;
mod types;
mod words;

use super::{Help, Row, Seen};
pub(super) use items::TYPED;
pub(super) use types::TYPES;

/// All rows; the first that fits a place is said of it.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    [marks::ROWS, words::ROWS, items::ROWS, names::ROWS].into_iter().flatten()
}

const fn row(seen: Seen, what: &'static str, help: Help) -> Row {
    Row { seen, what, help }
}

/// What is said of comparisons and of conditions.
const COMPARED: &str =
    "ciphertexts are added and multiplied only, so that nothing is compared: write a formula in its place";

//! What can be wrong at a place in a CSV file.

use super::names::{quoted, short};
use super::words;
use std::fmt;

/// What is known of a row of a CSV file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsvRow {
    /// It holds data.
    Data,
    /// It is the first, and may hold names.
    MayBeNames,
    /// It is the first and looks like names, but the user says that it holds data.
    SaidData,
    /// It is the first below the names of the columns, and all of it that should be numbers is words.
    Units,
    /// It holds the names of the columns once more.
    NamesAgain,
    /// It holds a word in one place only, and nobody has said where the labels are.
    MayBeLabel,
}

/// What is wrong at a place in a CSV file.
#[derive(Debug, PartialEq)]
pub enum CsvProblem {
    /// No value, or a word that says so.
    Missing(String),
    /// Something that is no finite number.
    NotANumber(String),
    /// A NaN or an infinity.
    NotFinite(String),
    /// Another number of columns than before.
    Width {
        /// Columns here.
        found: usize,
        /// Columns before.
        expected: usize,
    },
    /// No text in UTF-8.
    Encoding,
}

impl CsvProblem {
    /// The problem with the name of its column.
    pub(super) fn in_column(&self, name: &str) -> String {
        let name = short(name);
        match self {
            CsvProblem::Missing(text) if text.is_empty() => format!("the value of `{name}` is missing"),
            CsvProblem::Missing(text) => format!("the value of `{name}` is missing (`{}`)", short(text)),
            CsvProblem::NotANumber(text) | CsvProblem::NotFinite(text) => {
                format!("`{}` is no finite number, in column `{name}`", short(text))
            }
            CsvProblem::Width { .. } | CsvProblem::Encoding => self.to_string(),
        }
    }

    /// What to do. In the first row, what is wrong with data may be right for names.
    pub(super) fn help(&self, row: CsvRow, name: Option<&str>) -> String {
        match self {
            CsvProblem::Missing(_) | CsvProblem::NotANumber(_) if row == CsvRow::NamesAgain => {
                "the names of the columns stand here once more: remove the line"
            }
            CsvProblem::Missing(_) | CsvProblem::NotANumber(_) if row == CsvRow::Units => {
                "the line below the names holds no data, units perhaps: remove it"
            }
            CsvProblem::NotANumber(text) if row == CsvRow::MayBeLabel => {
                let Some(name) = name else { return words::feature(text) };
                let said = words::numbers(text);
                return format!(
                    "if `{}` is the column of labels, say `--label {}`; {said}", short(name), quoted(name)
                );
            }
            CsvProblem::Missing(_) | CsvProblem::NotANumber(_) if row == CsvRow::SaidData => {
                "`--header no` takes the first row for data, and it looks like names: say `--header yes`, or leave the \
                 option out"
            }
            CsvProblem::Missing(_) | CsvProblem::NotANumber(_) if row == CsvRow::MayBeNames => {
                "if the first row names the columns, say `--header yes`; features must be numbers, and the column of \
                 labels is chosen with --label NAME|first|last"
            }
            CsvProblem::Missing(_) | CsvProblem::NotFinite(_) => {
                "fill the value in, or remove the row or the column"
            }
            CsvProblem::NotANumber(text) => return words::feature(text),
            CsvProblem::Width { .. } => {
                "every row needs the same columns; look for a separator too many or too few"
            }
            CsvProblem::Encoding => "save the file as UTF-8",
        }
        .to_owned()
    }
}

impl fmt::Display for CsvProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CsvProblem::Missing(text) if text.is_empty() => f.write_str("the value is missing"),
            CsvProblem::Missing(text) => write!(f, "the value is missing (`{}`)", short(text)),
            CsvProblem::NotANumber(text) | CsvProblem::NotFinite(text) => {
                write!(f, "`{}` is no finite number", short(text))
            }
            CsvProblem::Width { found, expected } => {
                write!(f, "this row has {found} columns, the first has {expected}")
            }
            CsvProblem::Encoding => f.write_str("this is no text in UTF-8"),
        }
    }
}

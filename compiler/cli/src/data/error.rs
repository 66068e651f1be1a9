//! What can be wrong with a data file, in the form of the compiler's diagnostics.

use super::columns::Columns;
use super::words;
use crate::failure::system;
use crate::kinds::{Wanted, WrongKind};
use hep_plan::visible::visible;
use serde_json::{Value, json};
use std::fmt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A data or model file that could not be used. Codes are of the family H07xx; [`super::CODES`] explains them.
#[derive(Debug, Error)]
#[error("{}", self.rendered())]
pub enum DataError {
    /// The operating system refused.
    Io {
        /// The file.
        path: PathBuf,
        /// What was attempted.
        action: &'static str,
        /// Its reason.
        source: std::io::Error,
    },
    /// A name that says nothing of the format.
    Ending {
        /// The file.
        path: PathBuf,
    },
    /// A file of another kind.
    Kind(Box<WrongKind>),
    /// A table that is no text in UTF-8.
    Format {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
        /// What to do.
        help: String,
    },
    /// A place in a CSV file.
    Csv {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// Column of the table, from 1; 0 for the whole line.
        column: usize,
        /// Its name, where the file has a header.
        name: Option<String>,
        /// What is known of the row that it stands in.
        row: CsvRow,
        /// What is wrong there.
        problem: CsvProblem,
    },
    /// The label column is not there.
    LabelColumn {
        /// The file.
        path: PathBuf,
        /// The name asked for.
        wanted: String,
        /// The names there are; empty without a header.
        found: Vec<String>,
        /// Columns there are.
        width: usize,
        /// Whether all of them are features of the training data.
        unlabelled: bool,
    },
    /// A column that is hardly one of labels.
    Label {
        /// The file.
        path: PathBuf,
        /// What speaks against it.
        reason: String,
        /// The choice there is.
        help: String,
    },
    /// A first row that may hold names or data.
    Header {
        /// The file.
        path: PathBuf,
        /// Its cells.
        cells: Vec<String>,
    },
    /// Two columns of one name.
    Twice {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
        /// Their places, from 1.
        columns: [usize; 2],
    },
    /// Columns that are not those of the training data.
    Columns {
        /// The file.
        path: PathBuf,
        /// Columns it lacks.
        missing: Vec<String>,
        /// Columns that the training data do not have.
        extra: Vec<String>,
        /// Names that several columns have.
        twice: Vec<String>,
        /// The columns of the training data.
        known: Columns,
    },
    /// A word in an array of labels that says that there is none.
    MissingLabel {
        /// The file.
        path: PathBuf,
        /// Name of the array.
        array: String,
        /// The word.
        word: String,
        /// Its row, from 0.
        row: usize,
    },
    /// Rows that the file does not have, or that are named twice.
    Rows {
        /// The file.
        path: PathBuf,
        /// What is wrong with them.
        reason: String,
        /// What to do.
        help: String,
    },
    /// Labels that occur in the test rows only.
    UnseenLabels {
        /// The file.
        path: PathBuf,
        /// The labels.
        labels: Vec<String>,
    },
    /// Too few rows, columns or classes.
    TooLittle {
        /// The file.
        path: PathBuf,
        /// What there is too little of.
        reason: String,
        /// What to do.
        help: String,
    },
    /// Sizes that differ from those of the program or the model.
    Fit {
        /// The file.
        path: PathBuf,
        /// Both sizes.
        reason: String,
        /// What to do.
        help: String,
    },
    /// An archive, or an array in it, that cannot be read.
    Archive {
        /// The file.
        path: PathBuf,
        /// Name of the array; empty for the archive.
        array: String,
        /// What is wrong.
        reason: String,
    },
    /// An array that is missing or does not fit the others.
    Arrays {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
        /// What to do.
        help: String,
    },
    /// An array with a NaN or an infinity.
    NotFinite {
        /// The file.
        path: PathBuf,
        /// Name of the array.
        array: String,
        /// The number.
        value: f64,
        /// Its row, from 0.
        row: usize,
        /// Its feature, from 0; none for a label.
        feature: Option<usize>,
    },
    /// A model that this program did not write, or a damaged one.
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

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
    fn in_column(&self, name: &str) -> String {
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
    fn help(&self, row: CsvRow, name: Option<&str>) -> String {
        match self {
            CsvProblem::Missing(_) | CsvProblem::NotANumber(_) if row == CsvRow::NamesAgain => {
                "the names of the columns stand here once more: remove the line"
            }
            CsvProblem::Missing(_) | CsvProblem::NotANumber(_) if row == CsvRow::Units => {
                "the line below the names holds no data, units perhaps: remove it"
            }
            CsvProblem::NotANumber(text) if row == CsvRow::MayBeLabel => {
                let said = words::feature(text);
                return name.map_or(said.clone(), |name| {
                    format!("if `{}` is the column of labels, say `--label {}`; {said}", short(name), quoted(name))
                });
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

/// Text of a user's file for a message, as a name.
pub(crate) fn short(text: &str) -> String {
    shown(text, 40)
}

/// Text of a user's file for a message: of bounded length and without control characters.
pub(crate) fn shown(text: &str, most: usize) -> String {
    let mut chars = text.chars();
    let mut cut: String = chars.by_ref().take(most).collect();
    if chars.next().is_some() {
        cut.push('…');
    }
    visible(&cut).into_owned()
}

/// The column whose name differs in case, blanks and marks only.
fn similar<'n>(wanted: &str, names: &'n [String]) -> Option<&'n str> {
    let plain = |name: &str| -> String {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let looked_for = plain(wanted);
    let found = names.iter().find(|name| !looked_for.is_empty() && plain(name) == looked_for);
    found.map(String::as_str)
}

/// A name as a word of a command.
fn quoted(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.chars().all(is_plain) && !name.is_empty() && !name.starts_with('-') {
        short(name)
    } else {
        format!("'{}'", short(name))
    }
}

/// So many names are told.
const LISTED: usize = 8;

/// The first names of a list.
pub(crate) fn listed(names: &[String]) -> String {
    let mut text =
        names.iter().take(LISTED).map(|n| format!("`{}`", short(n))).collect::<Vec<_>>().join(", ");
    if names.len() > LISTED {
        text.push_str(&format!(" and {} more", names.len() - LISTED));
    }
    text
}

/// What `--label` takes, of a table with these columns.
fn labels_form(wanted: &str, names: &[String], width: usize) -> String {
    let places = format!("a place from 1 to {width}, first or last");
    // Who asks for a name does not want whatever column is the last.
    let example = names.last().filter(|_| wanted.parse::<usize>().is_ok());
    match example {
        None if !names.is_empty() => {
            format!("--label takes a name ({}), {places}: of the column that holds the labels", listed(names))
        }
        None => format!("--label takes {places}: `--label last` is column {width}"),
        Some(last) => {
            format!(
                "--label takes a name ({}), {places}: `--label {width}` is `{}`",
                listed(names),
                short(last)
            )
        }
    }
}

/// How columns differ from those of the training data.
fn differences(missing: &[String], extra: &[String], twice: &[String]) -> String {
    let are = |names: &[String]| if names.len() == 1 { "is" } else { "are" };
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("{} {} missing", listed(missing), are(missing)));
    }
    if !extra.is_empty() {
        parts.push(format!("{} {} not among them", listed(extra), are(extra)));
    }
    if !twice.is_empty() {
        parts.push(format!("{} {} there twice", listed(twice), are(twice)));
    }
    format!("the columns are not those of the training data: {}", parts.join(", "))
}

impl From<WrongKind> for DataError {
    fn from(wrong: WrongKind) -> Self {
        DataError::Kind(Box::new(wrong))
    }
}

impl DataError {
    /// The code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            DataError::Io { .. } => "H0701",
            DataError::Kind(wrong) if wrong.wanted == Wanted::Model => "H0712",
            DataError::Ending { .. } | DataError::Kind(_) => "H0702",
            DataError::Csv { problem: CsvProblem::Missing(_), .. } | DataError::MissingLabel { .. } => {
                "H0703"
            }
            DataError::Csv { problem: CsvProblem::NotANumber(_) | CsvProblem::NotFinite(_), .. }
            | DataError::NotFinite { .. } => "H0704",
            DataError::Csv { .. } | DataError::Format { .. } => "H0705",
            DataError::LabelColumn { .. } => "H0706",
            DataError::Rows { .. } => "H0707",
            DataError::UnseenLabels { .. } => "H0708",
            DataError::TooLittle { .. } => "H0709",
            DataError::Archive { .. } => "H0710",
            DataError::Arrays { .. } => "H0711",
            DataError::Model { .. } => "H0712",
            DataError::Fit { .. } => "H0713",
            DataError::Label { .. } => "H0714",
            DataError::Header { .. } => "H0715",
            DataError::Columns { .. } => "H0716",
            DataError::Twice { .. } => "H0717",
        }
    }

    /// Title, place and help.
    fn parts(&self) -> (String, String, String) {
        let at = |path: &PathBuf| path.display().to_string();
        match self {
            DataError::Io { path, action, source } => (
                format!("cannot {action} the file: {source}"),
                at(path),
                system::help(source).unwrap_or("check the name and your rights").into(),
            ),
            DataError::Ending { path } => (
                "the ending of this name says nothing of its format".into(),
                at(path),
                "use a file that ends in .csv, .tsv, .txt or .npz".into(),
            ),
            DataError::Kind(wrong) => (wrong.to_string(), at(&wrong.path), wrong.help.clone()),
            DataError::Csv { path, line, column, name, row, problem } => {
                let place = if *column == 0 { String::new() } else { format!(":{column}") };
                let name = name.as_ref().filter(|name| !name.is_empty());
                let title = name.map_or_else(|| problem.to_string(), |name| problem.in_column(name));
                (
                    title,
                    format!("{}:{line}{place}", path.display()),
                    problem.help(*row, name.map(String::as_str)),
                )
            }
            DataError::LabelColumn { path, wanted, unlabelled: true, .. } => (
                format!("these rows have no labels: there is no column `{}`", short(wanted)),
                at(path),
                "add the column, or let `hep predict` tell what it would hold".to_owned(),
            ),
            DataError::LabelColumn { path, wanted, found, width, .. } => {
                let header = if found.is_empty() { ", and the file has no header" } else { "" };
                let title = format!("there is no column `{}`{header}", short(wanted));
                let near =
                    similar(wanted, found).map(|near| format!("did you mean `--label {}`?", quoted(near)));
                (title, at(path), near.unwrap_or_else(|| labels_form(wanted, found, *width)))
            }
            DataError::Twice { path, name, columns: [first, second] } => (
                format!("columns {first} and {second} are both called `{}`", short(name)),
                at(path),
                "give each column a name of its own: those of other rows are found by their names".into(),
            ),
            DataError::Format { path, what, help } => ((*what).to_owned(), at(path), help.clone()),
            DataError::Rows { path, reason, help }
            | DataError::TooLittle { path, reason, help }
            | DataError::Arrays { path, reason, help }
            | DataError::Fit { path, reason, help }
            | DataError::Label { path, reason, help } => (reason.clone(), at(path), help.clone()),
            DataError::Header { path, cells } => (
                format!("the first row may be names or data: {}", listed(cells)),
                at(path),
                "say `--header yes` if it names the columns, `--header no` if it is a row of data".into(),
            ),
            DataError::Columns { path, missing, extra, twice, known } => {
                let label = known.label.as_ref().map_or(String::new(), |label| {
                    format!(" (and the label `{}`, if there is one)", short(label))
                });
                let renamed = missing.iter().filter_map(|name| Some((similar(name, extra)?, name)));
                let renamed: Vec<String> = renamed
                    .take(LISTED)
                    .map(|(found, name)| format!("`{}` to `{}`", short(found), short(name)))
                    .collect();
                let help = match renamed.is_empty() {
                    true => format!("give the columns {}{label}, in any order", listed(&known.features)),
                    false => format!("names are compared letter by letter: rename {}", renamed.join(", ")),
                };
                (differences(missing, extra, twice), at(path), help)
            }
            DataError::MissingLabel { path, array, word, row } => (
                format!("`{}` misses the label in row {} (`{}`)", short(array), row + 1, short(word)),
                at(path),
                "fill the label in, or remove the row".into(),
            ),
            DataError::UnseenLabels { path, labels } => (
                format!("the test rows have labels that no training row has: {}", listed(labels)),
                at(path),
                "train on rows of every class, or leave these out of the test".into(),
            ),
            DataError::Archive { path, array, reason } if array.is_empty() => {
                (reason.clone(), at(path), "copy it again, or write it again: arrays of numbers by numpy.savez or numpy.savez_compressed".into())
            }
            DataError::Archive { path, array, reason } => (
                format!("the array `{}` cannot be read: {reason}", short(array)),
                at(path),
                "copy it again, or write it with numpy.savez as a plain array of numbers".into(),
            ),
            DataError::NotFinite { path, array, value, row, feature } => {
                let column = feature.map_or(String::new(), |feature| format!(", feature {}", feature + 1));
                (
                    format!("`{}` holds {value} in row {}{column}", short(array), row + 1),
                    at(path),
                    "fill the value in, or remove the row or the feature".into(),
                )
            }
            DataError::Model { path, reason } => {
                (reason.clone(), at(path), "use a model that `hep decrypt` or `hep train` wrote".into())
            }
        }
    }

    /// The message for machines, in the form of a diagnostic. Columns are those of the table.
    pub fn to_json(&self) -> Value {
        let (title, _, help) = self.parts();
        let file = self.path().display().to_string();
        let label = |line: u64, column: usize| {
            let place = json!({ "line": line, "column": column.max(1) });
            json!({ "file": file, "bytes": null, "start": place, "end": place, "text": "", "primary": true })
        };
        let labels: Vec<Value> = match self {
            DataError::Csv { line, column, .. } => vec![label(*line, *column)],
            _ => vec![],
        };
        json!({
            "file": file,
            "severity": "error",
            "code": self.code(),
            "title": title,
            "labels": labels,
            "note": null,
            "help": help,
        })
    }

    /// The file.
    fn path(&self) -> &Path {
        match self {
            DataError::Kind(wrong) => &wrong.path,
            DataError::Io { path, .. }
            | DataError::Ending { path }
            | DataError::Format { path, .. }
            | DataError::Csv { path, .. }
            | DataError::LabelColumn { path, .. }
            | DataError::Label { path, .. }
            | DataError::Header { path, .. }
            | DataError::Columns { path, .. }
            | DataError::Twice { path, .. }
            | DataError::MissingLabel { path, .. }
            | DataError::Rows { path, .. }
            | DataError::UnseenLabels { path, .. }
            | DataError::TooLittle { path, .. }
            | DataError::Fit { path, .. }
            | DataError::Archive { path, .. }
            | DataError::Arrays { path, .. }
            | DataError::NotFinite { path, .. }
            | DataError::Model { path, .. } => path,
        }
    }

    fn rendered(&self) -> String {
        let (title, place, help) = self.parts();
        format!("error[{}]: {title}\n   {place}\n help: {help}", self.code())
    }
}

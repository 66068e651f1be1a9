//! What can be wrong with a data file, in the form of the compiler's diagnostics.

use hep_compiler::diagnostics::codes::Entry;
use std::fmt;
use std::path::PathBuf;
use thiserror::Error;

/// A data or model file that could not be used. Codes are of the family H07xx; [`TABLE`] explains them.
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
    /// A place in a CSV file.
    Csv {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: u64,
        /// Column of the table, from 1; 0 for the whole line.
        column: usize,
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

/// What is wrong at a place in a CSV file.
#[derive(Debug, PartialEq)]
pub enum CsvProblem {
    /// No value.
    Missing,
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

impl fmt::Display for CsvProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CsvProblem::Missing => f.write_str("the value is missing"),
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
    let mut cut: String =
        text.chars().take(most).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().count() > most {
        cut.push('…');
    }
    cut
}

/// The first names of a list.
pub(crate) fn listed(names: &[String]) -> String {
    let mut text = names.iter().take(8).map(|n| format!("`{}`", short(n))).collect::<Vec<_>>().join(", ");
    if names.len() > 8 {
        text.push_str(&format!(" and {} more", names.len() - 8));
    }
    text
}

impl DataError {
    /// The code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            DataError::Io { .. } => "H0701",
            DataError::Ending { .. } => "H0702",
            DataError::Csv { problem: CsvProblem::Missing, .. } => "H0703",
            DataError::Csv { problem: CsvProblem::NotANumber(_) | CsvProblem::NotFinite(_), .. }
            | DataError::NotFinite { .. } => "H0704",
            DataError::Csv { .. } => "H0705",
            DataError::LabelColumn { .. } => "H0706",
            DataError::Rows { .. } => "H0707",
            DataError::UnseenLabels { .. } => "H0708",
            DataError::TooLittle { .. } => "H0709",
            DataError::Archive { .. } => "H0710",
            DataError::Arrays { .. } => "H0711",
            DataError::Model { .. } => "H0712",
            DataError::Fit { .. } => "H0713",
        }
    }

    /// Title, place and help.
    fn parts(&self) -> (String, String, String) {
        let at = |path: &PathBuf| path.display().to_string();
        match self {
            DataError::Io { path, action, source } => (
                format!("cannot {action} the file: {source}"),
                at(path),
                "check the name and your rights".into(),
            ),
            DataError::Ending { path } => (
                "the ending of this name says nothing of its format".into(),
                at(path),
                "use a file that ends in .csv, .tsv, .txt or .npz".into(),
            ),
            DataError::Csv { path, line, column, problem } => {
                let place = if *column == 0 { String::new() } else { format!(":{column}") };
                let help = match problem {
                    CsvProblem::Missing | CsvProblem::NotFinite(_) => {
                        "fill the value in, or remove the row or the column"
                    }
                    CsvProblem::NotANumber(_) => {
                        "features must be numbers; choose the column of labels with --label NAME|first|last"
                    }
                    CsvProblem::Width { .. } => {
                        "every row needs the same columns; look for a separator too many or too few"
                    }
                    CsvProblem::Encoding => "save the file as UTF-8",
                };
                (problem.to_string(), format!("{}:{line}{place}", path.display()), help.into())
            }
            DataError::LabelColumn { path, wanted, found } if found.is_empty() => (
                format!("there is no column `{}`, because the file has no header", short(wanted)),
                at(path),
                "use --label first or --label last".into(),
            ),
            DataError::LabelColumn { path, wanted, found } => (
                format!("there is no column `{}`", short(wanted)),
                at(path),
                format!("the columns are {}", listed(found)),
            ),
            DataError::Rows { path, reason, help } | DataError::Fit { path, reason, help } => {
                (reason.clone(), at(path), help.clone())
            }
            DataError::UnseenLabels { path, labels } => (
                format!("the test rows have labels that no training row has: {}", listed(labels)),
                at(path),
                "train on rows of every class, or leave these out of the test".into(),
            ),
            DataError::TooLittle { path, reason } => {
                (reason.clone(), at(path), "choose other rows, or another file".into())
            }
            DataError::Archive { path, array, reason } if array.is_empty() => {
                (reason.clone(), at(path), "write it with numpy.savez or numpy.savez_compressed".into())
            }
            DataError::Archive { path, array, reason } => (
                format!("the array `{}` cannot be read: {reason}", short(array)),
                at(path),
                "write it with numpy.savez as a plain array of numbers".into(),
            ),
            DataError::Arrays { path, reason } => (
                reason.clone(),
                at(path),
                "name the arrays x and y, or xtrain, ytrain, xtest and ytest".into(),
            ),
            DataError::NotFinite { path, array, value, row, feature } => {
                let column = feature.map_or(String::new(), |feature| format!(", feature {feature}"));
                (
                    format!("`{array}` holds {value} in row {row}{column}"),
                    at(path),
                    "fill the value in, or remove the row or the feature".into(),
                )
            }
            DataError::Model { path, reason } => {
                (reason.clone(), at(path), "use a model that `hep decrypt` or `hep train` wrote".into())
            }
        }
    }

    fn rendered(&self) -> String {
        let (title, place, help) = self.parts();
        format!("error[{}]: {title}\n   {place}\n help: {help}", self.code())
    }
}

/// The codes of this module, as `hep explain CODE` prints them. The compiler's own codes of this family begin at H0720.
pub const TABLE: &[Entry] = &[
    Entry {
        code: "H0701",
        title: "a data file that the system does not give",
        explanation: "It does not exist, may not be read, or cannot be written.",
    },
    Entry {
        code: "H0702",
        title: "a data file of unknown format",
        explanation: "The ending decides: .csv, .tsv and .txt are tables, .npz are arrays.",
    },
    Entry {
        code: "H0703",
        title: "a value is missing",
        explanation: "Every cell of a table holds a value. hep does not guess one: fill it in, or leave the row or the \
                      column out.",
    },
    Entry {
        code: "H0704",
        title: "a feature that is no finite number",
        explanation: "Only the column of labels may hold words. Choose it with --label NAME|first|last; NaN and \
                      infinities are no features.",
    },
    Entry {
        code: "H0705",
        title: "a row of a table that cannot be read",
        explanation: "Every row has as many columns as the first, and the file is UTF-8.",
    },
    Entry {
        code: "H0706",
        title: "no such column of labels",
        explanation: "--label NAME names a column of the header, exactly as it is written there.",
    },
    Entry {
        code: "H0707",
        title: "rows that the file does not have, or that are named twice",
        explanation: "Rows count from 0 and the end is excluded. Rows that are trained on are not tested on.",
    },
    Entry {
        code: "H0708",
        title: "test labels that no training row has",
        explanation: "The classes are those of the training rows; a model cannot answer with another.",
    },
    Entry {
        code: "H0709",
        title: "too few rows, columns or classes",
        explanation: "Training needs rows, features, and at least two classes.",
    },
    Entry {
        code: "H0710",
        title: "an archive of arrays that cannot be read",
        explanation: "A .npz file is what numpy.savez or numpy.savez_compressed writes, with arrays of numbers and \
                      without pickled objects.",
    },
    Entry {
        code: "H0711",
        title: "arrays that are missing or do not fit each other",
        explanation: "Data are x and y, or xtrain, ytrain, xtest and ytest: one label per row, one number of features.",
    },
    Entry {
        code: "H0712",
        title: "a model that hep did not write",
        explanation: "A model file says in its array `hep` how it is used; without it, it is only arrays.",
    },
    Entry {
        code: "H0713",
        title: "data that do not fit the program, the plan or the model",
        explanation: "Rows, features and classes are those of the plan or the model. `train`, `simulate` and `check` take \
                      them from the data, unless -p says otherwise; then both must agree. Every value of the owner lies in \
                      its declared range.",
    },
];

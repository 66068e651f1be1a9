//! What can be wrong with a data file.

use super::cell::{CsvProblem, CsvRow};
use super::columns::Columns;
use crate::kinds::{Wanted, WrongKind};
use hep_compiler::diagnostics::Proposal;
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
        unlabeled: bool,
    },
    /// A column that is hardly one of labels.
    Label {
        /// The file.
        path: PathBuf,
        /// What speaks against it.
        reason: String,
        /// The choice there is.
        help: String,
        /// Whether it may hold numbers to be predicted.
        numbers: bool,
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
    /// A table without names that has the columns of a model and one more.
    WhichLabel {
        /// The file.
        path: PathBuf,
        /// Columns there are.
        width: usize,
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
        /// The column or array that they stand in.
        column: String,
        /// The line of the first, where it is known.
        line: Option<u64>,
        /// What `--label` takes of a column that holds classes of the training rows only.
        near: Option<String>,
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
    /// Words where the program predicts numbers.
    Words {
        /// The file.
        path: PathBuf,
        /// Words that differ.
        classes: usize,
        /// What to do.
        help: String,
    },
    /// Another number of classes than the program tells apart.
    Classes {
        /// The file.
        path: PathBuf,
        /// Both numbers.
        reason: String,
        /// Classes there are.
        classes: usize,
        /// What is known of the column they were taken from.
        column: Option<String>,
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
    /// A value outside of its declared range.
    Outside {
        /// The file.
        path: PathBuf,
        /// The value, and the range.
        reason: String,
        /// What to do.
        help: String,
        /// The declaration with a wider range.
        wider: Option<Box<Proposal>>,
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
            DataError::Kind(wrong) if matches!(wrong.wanted, Wanted::Model | Wanted::Predictor) => "H0712",
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
            DataError::TooLittle { .. } | DataError::Words { .. } => "H0709",
            DataError::Archive { .. } => "H0710",
            DataError::Arrays { .. } => "H0711",
            DataError::Model { .. } => "H0712",
            DataError::Fit { .. } | DataError::Classes { .. } | DataError::Outside { .. } => "H0713",
            DataError::Label { .. } | DataError::WhichLabel { .. } => "H0714",
            DataError::Header { .. } => "H0715",
            DataError::Columns { .. } => "H0716",
            DataError::Twice { .. } => "H0717",
        }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
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
            | DataError::WhichLabel { path, .. }
            | DataError::TooLittle { path, .. }
            | DataError::Words { path, .. }
            | DataError::Classes { path, .. }
            | DataError::Fit { path, .. }
            | DataError::Outside { path, .. }
            | DataError::Archive { path, .. }
            | DataError::Arrays { path, .. }
            | DataError::NotFinite { path, .. }
            | DataError::Model { path, .. } => path,
        }
    }
}

//! Data files in, model files out.
//!
//! Reads the owner's raw data from CSV or numpy's `.npz`, cuts them into training and test rows, and numbers the classes.
//! Writes and reads the decrypted model as `.npz`. Whatever is wrong with a file is one [`DataError`] that names the file
//! and the place in it.
//!
//! Invariants: features are finite; class numbers are `0 .. classes.len()`; nothing is allocated that the file does
//! not justify.

mod cell;
mod codes;
mod columns;
mod csv;
mod error;
mod header;
mod labels;
mod message;
pub mod model;
mod names;
mod npy;
mod npz;
mod one_hot;
pub mod plausible;
mod rows;
mod select;
mod summary;
mod table;
#[cfg(test)]
mod tests;
mod words;

pub use codes::TABLE as CODES;
pub use columns::Columns;
pub use error::DataError;
pub use labels::{LabelColumn, Labels};
pub(crate) use names::{listed, shown};
pub use rows::RowRange;
pub use select::{Labeled, labeled, rows_only, training};
pub use summary::Summary;
pub(crate) use table::cells_of_lines;

use crate::kinds::{self, Wanted};
use hep_plan::Tensor;
use std::path::Path;

/// Largest number of numbers read from a file, 2 GiB of `f64`.
pub(crate) const MAX_ELEMENTS: usize = 1 << 28;

/// What to read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadOptions {
    /// Which column of a CSV file holds the labels.
    pub label: LabelColumn,
    /// Whether the user chose the labels: then what is only implausible is taken.
    pub given: bool,
    /// Whether the first row of a CSV file names its columns; looked at when absent.
    pub header: Option<bool>,
    /// Whether labels are real targets instead of classes.
    pub real_targets: bool,
    /// Training rows; all that are not test rows when absent.
    pub rows: Option<RowRange>,
    /// Test rows: of the same rows, or of `xtest` where the file has it.
    pub test_rows: Option<RowRange>,
}

/// Raw data, ready for the owner's program.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Training rows, `[rows, features]`.
    pub x: Tensor,
    /// Class numbers of the training rows, or real targets.
    pub y: Vec<f64>,
    /// Names of the classes by number; empty for real targets.
    pub classes: Vec<String>,
    /// Names of the columns, where the file has them.
    pub columns: Option<Columns>,
    /// The line of the file for each training row; empty where it has no lines.
    pub lines: Vec<u64>,
    /// Test rows and their class numbers or targets.
    pub test: Option<(Tensor, Vec<f64>)>,
    /// What was read, for people.
    pub summary: Summary,
}

/// Which column or array the labels are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct LabelPlace {
    /// Its name, where it has one.
    pub(crate) name: Option<String>,
    /// Its place in a table, from 1.
    pub(crate) column: Option<usize>,
}

/// How one file is read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading {
    /// Which column of a CSV file holds the labels.
    pub(crate) label: LabelColumn,
    /// Whether the user chose it.
    pub(crate) given: bool,
    /// Whether anybody looks at the labels.
    pub(crate) labeled: bool,
    /// Whether the first row of a CSV file names its columns; looked at when absent.
    pub(crate) header: Option<bool>,
    /// The columns of the training data, by which those of this file are found.
    pub(crate) known: Option<Columns>,
    /// Whether labels stand where those of the training data do, as far as the user says: of a model nobody knows the place.
    pub(crate) placed: bool,
}

impl Dataset {
    /// Names of the features; none where the file has none.
    pub fn feature_names(&self) -> &[String] {
        self.columns.as_ref().map_or(&[], |columns| &columns.features)
    }
}

/// What a file holds before rows are chosen.
pub(crate) struct Raw {
    pub(crate) x: Tensor,
    pub(crate) labels: Labels,
    pub(crate) place: LabelPlace,
    /// Names of the columns, where the file has them.
    pub(crate) columns: Option<Columns>,
    /// The line of each row; empty where the file has no lines.
    pub(crate) lines: Vec<u64>,
    /// Whether the index of a data frame is no feature.
    pub(crate) left_out: bool,
    /// A test set of its own.
    pub(crate) test: Option<(Tensor, Labels)>,
    /// Where its labels are.
    pub(crate) test_place: LabelPlace,
}

/// Reads a data file; the ending of its name (`.csv`, `.tsv`, `.txt` or `.npz`) decides how.
///
/// # Errors
/// Every variant of [`DataError`] but those of models.
pub fn load(path: &Path, options: &LoadOptions) -> Result<Dataset, DataError> {
    let LoadOptions { label, given, header, .. } = options;
    let reading = Reading {
        label: label.clone(),
        given: *given,
        labeled: true,
        header: *header,
        known: None,
        placed: true,
    };
    let raw = raw(path, &reading)?;
    if !given {
        plausible::check(path, &raw, options.real_targets)?;
    }
    one_hot::check(path, &raw)?;
    rows::split(path, raw, options)
}

fn raw(path: &Path, reading: &Reading) -> Result<Raw, DataError> {
    kinds::expect(path, Wanted::Data)?;
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    if ending == "npz" {
        return npz::read(path, reading.labeled && reading.label != LabelColumn::None);
    }
    if let Some((what, help)) = kinds::look(path).ok().and_then(|kind| table::no_text(path, kind)) {
        return Err(DataError::Format { path: path.to_path_buf(), what, help });
    }
    match ending.as_str() {
        "csv" | "tsv" | "txt" => csv::read(path, reading),
        _ => Err(DataError::Ending { path: path.to_path_buf() }),
    }
}

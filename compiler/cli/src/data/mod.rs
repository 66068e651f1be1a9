//! Data files in, model files out.
//!
//! Reads the owner's raw data from CSV or numpy's `.npz`, cuts them into training and test rows, and numbers the classes.
//! Writes and reads the decrypted model as `.npz`. Whatever is wrong with a file is one [`DataError`] that names the file
//! and the place in it.
//!
//! Invariants: features are finite; class numbers are `0 .. classes.len()`; nothing is allocated that the file does
//! not justify.

mod csv;
mod error;
mod labels;
pub mod model;
mod npy;
mod npz;
mod rows;
mod select;
#[cfg(test)]
mod tests;

pub(crate) use error::shown;
pub use error::{DataError, TABLE as CODES};
pub use labels::{LabelColumn, Labels};
pub use rows::RowRange;
pub use select::{labelled, rows_only, training};

use hep_plan::Tensor;
use std::path::Path;

/// Largest number of numbers read from a file, 2 GiB of `f64`.
pub(crate) const MAX_ELEMENTS: usize = 1 << 28;

/// What to read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadOptions {
    /// Which column of a CSV file holds the labels.
    pub label: LabelColumn,
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
    /// Names of the features, where the file has them.
    pub feature_names: Option<Vec<String>>,
    /// Test rows and their class numbers or targets.
    pub test: Option<(Tensor, Vec<f64>)>,
}

/// What a file holds before rows are chosen.
pub(crate) struct Raw {
    pub(crate) x: Tensor,
    pub(crate) labels: Labels,
    pub(crate) feature_names: Option<Vec<String>>,
    /// A test set of its own.
    pub(crate) test: Option<(Tensor, Labels)>,
}

/// Reads a data file; the ending of its name (`.csv`, `.tsv`, `.txt` or `.npz`) decides how.
///
/// # Errors
/// Every variant of [`DataError`] but those of models.
pub fn load(path: &Path, options: &LoadOptions) -> Result<Dataset, DataError> {
    rows::split(path, raw(path, &options.label)?, options)
}

fn raw(path: &Path, label: &LabelColumn) -> Result<Raw, DataError> {
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        "csv" | "tsv" | "txt" => csv::read(path, label),
        "npz" => npz::read(path, *label != LabelColumn::None),
        _ => Err(DataError::Ending { path: path.to_path_buf() }),
    }
}

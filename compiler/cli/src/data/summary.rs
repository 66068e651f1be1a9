//! What was read of a file, in one paragraph: which column the labels are is said, never left to be guessed.

use super::LabelPlace;
use super::names::short;
use crate::streams::say;
use hep_plan::number::shown;
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// So many classes are listed.
const LISTED: usize = 8;

/// A class and how many rows have it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Class {
    /// Its name.
    pub name: String,
    /// Rows.
    pub rows: usize,
}

/// What was read of a file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The file.
    pub file: String,
    /// Rows to train on, or to judge a model by.
    pub rows: usize,
    /// Features of a row.
    pub features: usize,
    /// Name of the column or the array of labels, where it has one.
    pub label: Option<String>,
    /// Place of that column in a table, from 1.
    pub label_column: Option<usize>,
    /// Whether the label was chosen, by `--label` or by the model: else it is the first column of a table.
    pub label_given: bool,
    /// The classes; none of real targets.
    pub classes: Vec<Class>,
    /// Smallest and largest real target.
    pub targets: Option<[f64; 2]>,
    /// Rows to test on.
    pub test_rows: Option<usize>,
    /// Whether a first column without a name, which counts the rows, is no feature.
    pub index_left_out: bool,
}

impl Summary {
    /// Of rows with these class numbers, or targets where there are no classes.
    pub(super) fn new(
        path: &Path,
        place: &LabelPlace,
        features: usize,
        y: &[f64],
        classes: &[String],
    ) -> Self {
        let mut counts = vec![0; classes.len()];
        if !classes.is_empty() {
            for class in y {
                if let Some(count) = counts.get_mut(*class as usize) {
                    *count += 1;
                }
            }
        }
        let named = classes.iter().zip(counts).map(|(name, rows)| Class { name: name.clone(), rows });
        let bounds = y.iter().fold(None, |bounds: Option<[f64; 2]>, &v| {
            Some(bounds.map_or([v, v], |[least, most]| [least.min(v), most.max(v)]))
        });
        Self {
            file: path.display().to_string(),
            rows: y.len(),
            features,
            label: place.name.clone(),
            label_column: place.column,
            label_given: false,
            classes: named.collect(),
            targets: bounds.filter(|_| classes.is_empty()),
            test_rows: None,
            index_left_out: false,
        }
    }

    /// Shows it to whoever runs the command.
    pub fn say(&self) {
        say(self);
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        write!(f, "{}: {} of {}", self.file, many(self.rows, "row"), many(self.features, "feature"))?;
        match (self.label.as_ref().filter(|name| !name.is_empty()), self.label_column) {
            (Some(name), Some(column)) => write!(f, ", label `{}` (column {column})", short(name))?,
            (None, Some(column)) => write!(f, ", label in column {column}")?,
            (Some(array), None) => write!(f, ", label `{}`", short(array))?,
            (None, None) => {}
        }
        match self.targets {
            Some([least, most]) => {
                // Any column of numbers will do for one, so that nothing else tells that another is meant.
                if self.label_column.is_some() && !self.label_given {
                    f.write_str(", the first, as no --label is given,")?;
                }
                write!(f, " from {} to {}", written(least), written(most))?;
            }
            None => {
                let class = |class: &Class| format!("{} ({})", short(&class.name), class.rows);
                let shown: Vec<String> = self.classes.iter().take(LISTED).map(class).collect();
                write!(f, " of {} classes: {}", self.classes.len(), shown.join(", "))?;
                if self.classes.len() > LISTED {
                    write!(f, " and {} more", self.classes.len() - LISTED)?;
                }
            }
        }
        if let Some(rows) = self.test_rows {
            write!(f, "; {} to test on", many(rows, "row"))?;
        }
        if self.index_left_out {
            f.write_str("; column 1 has no name and counts rows, and is left out")?;
        }
        Ok(())
    }
}

/// A number as it was written, unless that is long.
fn written(value: f64) -> String {
    let whole = value.to_string();
    if whole.len() <= 10 { whole } else { shown(value) }
}

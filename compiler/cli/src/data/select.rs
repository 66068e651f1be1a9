//! Data as the commands ask for them.

use super::rows::{RowRange, pick};
use super::{
    Columns, DataError, Dataset, LabelColumn, Labels, LoadOptions, Reading, Summary, load, plausible, raw,
    words,
};
use crate::args::{DataArgs, HeaderRow, TestArgs};
use crate::failure::Failure;
use hep_plan::Tensor;
use std::path::Path;
use std::str::FromStr;

/// Training data, with test data where they are asked for: rows of the same file, or another file with the same
/// classes and columns. `real` targets are numbers, not classes.
pub fn training(args: &DataArgs, test: Option<&TestArgs>, real: bool) -> Result<Dataset, Failure> {
    let label = label(args)?;
    if label == LabelColumn::None {
        return Err(Failure::Usage("training data need labels: --label first, last or a name".into()));
    }
    let other = test.and_then(|t| t.test.as_deref());
    let test_rows = range(test.and_then(|t| t.test_rows.as_deref()), "--test-rows")?;
    let options = LoadOptions {
        label: label.clone(),
        given: args.rows.label.is_some(),
        header: header(args),
        real_targets: real,
        rows: range(args.rows.rows.as_deref(), "--rows")?,
        test_rows: if other.is_some() { None } else { test_rows },
    };
    let mut data = load(&args.data, &options)?;
    if let Some(path) = other {
        // The columns are those of the training data, whatever place the user named there.
        let known = data.columns.clone();
        let reading =
            Reading { label, given: false, labeled: true, header: options.header, known, placed: true };
        let classes = (!real).then_some(data.classes.as_slice());
        let test = of_file(path, &reading, test_rows, "--test-rows", classes)?;
        let (found, expected) = (test.x.shape[1], data.x.shape[1]);
        if found != expected {
            let reason = format!("the test rows have {found} features, the training rows {expected}");
            let help = "test on rows with the columns of the training data".into();
            return Err(DataError::Fit { path: path.to_path_buf(), reason, help }.into());
        }
        data.summary.test_rows = Some(test.y.len());
        data.test = Some((test.x, test.y));
    }
    Ok(data)
}

/// Rows with their labels.
pub struct Labeled {
    /// Raw features.
    pub x: Tensor,
    /// Class numbers, or real targets.
    pub y: Vec<f64>,
    /// What was read, for people.
    pub summary: Summary,
}

/// Labeled rows, numbered by known classes; real targets where there are none. Columns are found by the names of those
/// that a model was trained on, where it knows them.
pub fn labeled(
    args: &DataArgs,
    classes: Option<&[String]>,
    known: Option<&Columns>,
) -> Result<Labeled, Failure> {
    let label = label(args)?;
    if label == LabelColumn::None {
        return Err(Failure::Usage("accuracy needs labels: --label first, last or a name".into()));
    }
    let reading = Reading {
        label,
        given: args.rows.label.is_some(),
        labeled: true,
        header: header(args),
        known: known.cloned(),
        placed: false,
    };
    of_file(&args.data, &reading, range(args.rows.rows.as_deref(), "--rows")?, "--rows", classes)
}

/// Rows whose labels, if there are any, nobody looks at.
pub fn rows_only(args: &DataArgs, known: Option<&Columns>) -> Result<Tensor, Failure> {
    let reading = Reading {
        label: label(args)?,
        given: args.rows.label.is_some(),
        labeled: false,
        header: header(args),
        known: known.cloned(),
        placed: false,
    };
    let found = raw(&args.data, &reading)?;
    let rows = chosen(&args.data, range(args.rows.rows.as_deref(), "--rows")?, "--rows", found.labels.len())?;
    Ok(pick(&found.x, &rows))
}

fn of_file(
    path: &Path,
    reading: &Reading,
    range: Option<RowRange>,
    option: &str,
    classes: Option<&[String]>,
) -> Result<Labeled, Failure> {
    let found = raw(path, reading)?;
    let is_test = found.test.is_some();
    let near = classes
        .filter(|_| !is_test && !reading.given)
        .and_then(|classes| plausible::of_classes(&found, classes));
    // A file with training and test parts is asked for its test part.
    let place = if found.test.is_some() { found.test_place } else { found.place };
    let (x, labels) = found.test.unwrap_or((found.x, found.labels));
    let rows = chosen(path, range, option, labels.len())?;
    let labels = labels.slice(&rows);
    let y = match (classes, labels) {
        (Some(classes), labels) => labels.numbered(classes).map_err(|unknown| {
            let first = (0..labels.len()).find(|row| labels.slice(&[*row]).numbered(classes).is_err());
            let line = first.and_then(|row| found.lines.get(*rows.get(row)?)).copied();
            let column = plausible::column(&place);
            DataError::UnseenLabels {
                path: path.to_path_buf(),
                labels: unknown,
                column,
                line,
                near: near.clone(),
            }
        })?,
        (None, Labels::Numbers(targets)) => targets,
        (None, Labels::Words(found)) => {
            let reason = "the model predicts numbers, but the labels are words".into();
            let help = "give the targets that the model was trained on, or choose their column with --label";
            let help = words::plain(&found).unwrap_or_else(|| help.to_owned());
            return Err(DataError::TooLittle { path: path.to_path_buf(), reason, help }.into());
        }
    };
    let x = pick(&x, &rows);
    let mut summary = Summary::new(path, &place, x.shape[1], &y, classes.unwrap_or_default());
    summary.index_left_out = found.left_out;
    summary.label_given = reading.given || reading.known.as_ref().is_some_and(|known| known.label.is_some());
    Ok(Labeled { x, y, summary })
}

fn chosen(path: &Path, range: Option<RowRange>, option: &str, total: usize) -> Result<Vec<usize>, DataError> {
    let Some(range) = range else { return Ok((0..total).collect()) };
    if range.end > total {
        return Err(DataError::Rows {
            path: path.to_path_buf(),
            reason: format!("{option} {range} reaches beyond the {total} rows of the file"),
            help: format!("rows are counted from 0, and the end is excluded: at most 0..{total}"),
        });
    }
    Ok((range.start..range.end).collect())
}

fn label(args: &DataArgs) -> Result<LabelColumn, Failure> {
    args.rows
        .label
        .as_deref()
        .map_or(Ok(LabelColumn::default()), LabelColumn::from_str)
        .map_err(Failure::message)
}

fn header(args: &DataArgs) -> Option<bool> {
    args.rows.header.map(|header| header == HeaderRow::Yes)
}

fn range(text: Option<&str>, option: &str) -> Result<Option<RowRange>, Failure> {
    let parsed =
        text.map(|text| RowRange::from_str(text).map_err(|e| Failure::Usage(format!("{option}: {e}"))));
    parsed.transpose()
}

//! Which rows are trained on and which tested on.

use super::{DataError, Dataset, Labels, LoadOptions, Raw, Summary, plausible, words};
use hep_plan::Tensor;
use std::cmp::Ordering;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// Rows `start .. end`, counted from 0, the end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowRange {
    /// First row.
    pub start: usize,
    /// The row after the last.
    pub end: usize,
}

impl FromStr for RowRange {
    type Err = String;

    /// `a..b`, where a missing `a` is 0.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no range of rows: write A..B, such as 0..128 (counted from 0, the end is excluded)"
            )
        };
        let (start, end) = text.split_once("..").ok_or_else(wrong)?;
        let start: usize = if start.is_empty() { 0 } else { start.parse().map_err(|_| wrong())? };
        let end: usize = end.parse().map_err(|_| wrong())?;
        match start.cmp(&end) {
            Ordering::Less => Ok(Self { start, end }),
            Ordering::Equal => Err(format!(
                "`{text}` has no rows, as the end is excluded: `{start}..{}` is one row",
                start.saturating_add(1)
            )),
            Ordering::Greater => Err(format!(
                "`{text}` ends before it begins: write the smaller number first, `{end}..{start}`"
            )),
        }
    }
}

impl fmt::Display for RowRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// Chooses rows and numbers the classes, which are those of the training rows.
pub(super) fn split(path: &Path, raw: Raw, options: &LoadOptions) -> Result<Dataset, DataError> {
    let total = raw.labels.len();
    let checked = |range: RowRange, total: usize, option: &str| {
        if range.end <= total && range.start < range.end {
            return Ok(range);
        }
        Err(DataError::Rows {
            path: path.to_path_buf(),
            reason: format!("{option} {range} reaches beyond the {total} rows of the file"),
            help: format!("rows are counted from 0, and the end is excluded: at most 0..{total}"),
        })
    };
    let own_test = raw.test.is_some();
    let test_total = raw.test.as_ref().map_or(total, |(_, labels)| labels.len());
    let test = options.test_rows.map(|range| checked(range, test_total, "--test-rows")).transpose()?;
    let train = options.rows.map(|range| checked(range, total, "--rows")).transpose()?;
    if let (Some(train), Some(test)) = (train, test)
        && !own_test
        && train.start < test.end
        && test.start < train.end
    {
        return Err(DataError::Rows {
            path: path.to_path_buf(),
            reason: format!("--rows {train} and --test-rows {test} have rows in common"),
            help: "test on rows that are not trained on".into(),
        });
    }
    let inside = |range: Option<RowRange>, row: usize| range.is_some_and(|r| r.start <= row && row < r.end);
    let rows: Vec<usize> = match train {
        Some(range) => (range.start..range.end).collect(),
        None if own_test => (0..total).collect(),
        None => (0..total).filter(|row| !inside(test, *row)).collect(),
    };
    if rows.is_empty() {
        return Err(DataError::TooLittle {
            path: path.to_path_buf(),
            reason: "no row is left to train on".into(),
            help: "choose fewer rows with --test-rows".into(),
        });
    }
    let chosen = |range: RowRange, x: &Tensor, labels: &Labels| {
        let rows: Vec<usize> = (range.start..range.end).collect();
        (pick(x, &rows), labels.slice(&rows))
    };
    let alone = (raw.labels.classes().len() < 2).then(|| plausible::choice(&raw, options.real_targets));
    let test = match (&raw.test, test) {
        (Some((x, labels)), Some(range)) => Some(chosen(range, x, labels)),
        (None, Some(range)) => Some(chosen(range, &raw.x, &raw.labels)),
        (_, None) => raw.test,
    };
    // Without a choice, the matrix stays where it is.
    let whole = rows.len() == total;
    let Raw { x, labels, place, columns, mut lines, left_out, test_place, .. } = raw;
    let (x, labels) = if whole { (x, labels) } else { (pick(&x, &rows), labels.slice(&rows)) };
    if !whole && !lines.is_empty() {
        lines = rows.iter().map(|row| lines[*row]).collect();
    }
    finish(
        path,
        Raw { x, labels, place, columns, lines, left_out, test, test_place },
        options,
        alone.as_deref(),
    )
}

/// Whole numbers from here on are not all told apart.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Numbers the classes, and says what there is. `alone` says which labels there are else, where no row of the file has another one.
fn finish(path: &Path, raw: Raw, options: &LoadOptions, alone: Option<&str>) -> Result<Dataset, DataError> {
    let Raw { x, labels, place, columns, lines, left_out, test, .. } = raw;
    let classes = if options.real_targets { vec![] } else { labels.classes() };
    if !options.real_targets && classes.len() < 2 {
        let label = super::names::short(&classes.concat());
        let reason =
            format!("all training rows have the same label `{label}`, in {}", plausible::column(&place));
        let help = match alone {
            Some(choice) => format!(
                "training needs two classes, and no row of the file has another label: add rows of another class; {choice}"
            ),
            None => {
                "training needs two classes: choose other rows with --rows, or another column with --label"
                    .to_owned()
            }
        };
        return Err(DataError::TooLittle { path: path.to_path_buf(), reason, help });
    }
    if !options.real_targets
        && let Labels::Numbers(numbers) = &labels
        && let Some(value) = numbers.iter().find(|value| value.abs() >= EXACT)
    {
        let reason = format!("the label {value} is too large to be told from the next one");
        let help = "write labels below 2^53, or words: `id-7` for instance".into();
        return Err(DataError::Label { path: path.to_path_buf(), reason, help, numbers: false });
    }
    let read = |labels: Labels| match labels {
        Labels::Numbers(numbers) if options.real_targets => Ok(numbers),
        Labels::Words(found) if options.real_targets => Err(DataError::Words {
            path: path.to_path_buf(),
            // Of numbers in another dress there are no classes.
            classes: words::plain(&found).map_or_else(|| Labels::Words(found.clone()).classes().len(), |_| 0),
            help: words::targets(&found),
        }),
        labels => labels.numbered(&classes).map_err(|labels| DataError::UnseenLabels {
            near: None,
            path: path.to_path_buf(),
            labels,
            column: plausible::column(&place),
            line: None,
        }),
    };
    let y = read(labels)?;
    let test = test.map(|(x, labels)| Ok::<_, DataError>((x, read(labels)?))).transpose()?;
    let mut summary = Summary::new(path, &place, x.shape[1], &y, &classes);
    summary.label_given = options.given;
    summary.test_rows = test.as_ref().map(|(_, y)| y.len());
    summary.index_left_out = left_out;
    Ok(Dataset { x, y, classes, columns, lines, test, summary })
}

/// Some rows of a matrix.
pub(super) fn pick(x: &Tensor, rows: &[usize]) -> Tensor {
    let width = x.shape.get(1).copied().unwrap_or(0);
    let mut data = Vec::with_capacity(rows.len() * width);
    rows.iter().for_each(|row| data.extend_from_slice(&x.data[row * width..(row + 1) * width]));
    Tensor { shape: vec![rows.len(), width], data }
}

//! Whether the first row of a table names its columns, and which of them holds the labels.

use super::labels::number;
use super::words::is_name;
use super::{DataError, LabelColumn, Reading};
use std::path::Path;

/// What the first row is.
pub(super) struct First {
    /// Whether it names the columns.
    pub header: bool,
    /// Column of the labels, from 0, if there is one.
    pub label: Option<usize>,
}

/// Looks at the first row. It is a header where the caller says so, where it has the names that are looked for, or where its
/// features are all words; numbers in order are neither this nor that, and an error unless the caller decides.
pub(super) fn first_row(path: &Path, cells: &[&str], reading: &Reading) -> Result<First, DataError> {
    let position = |name: &str| cells.iter().position(|cell| *cell == name);
    let known = reading.known.as_ref();
    let has_known =
        known.is_some_and(|k| !k.features.is_empty() && k.features.iter().all(|f| position(f).is_some()));
    let named = match &reading.label {
        // A column of that name makes the row a header, whatever the others are called; a number is one only if all are words.
        LabelColumn::Name(name) if ordinal(name).is_none() => position(name),
        _ => None,
    };
    let by_place = match &reading.label {
        LabelColumn::None => None,
        LabelColumn::First => Some(0),
        LabelColumn::Last => Some(cells.len() - 1),
        LabelColumn::Name(name) => ordinal(name).filter(|at| *at < cells.len()).or(named),
    };
    let header = match reading.header {
        Some(said) => said,
        None => has_known || named.is_some() || words(cells, by_place),
    };
    if !header {
        if let Some(known) =
            known.filter(|known| !reading.placed && !reading.given && !known.features.is_empty())
        {
            // Without names the columns are those of the training data, in their order.
            if cells.len() == known.features.len() && !reading.labeled {
                return unless_in_order(path, cells, None, reading);
            }
            if cells.len() == known.features.len() + 1 {
                return Err(DataError::WhichLabel { path: path.to_path_buf(), width: cells.len() });
            }
        }
        return match &reading.label {
            LabelColumn::Name(name) if by_place.is_none() || ordinal(name).is_none() => {
                Err(DataError::LabelColumn {
                    path: path.to_path_buf(),
                    wanted: name.clone(),
                    found: vec![],
                    width: cells.len(),
                    unlabeled: false,
                })
            }
            _ => unless_in_order(path, cells, by_place, reading),
        };
    }
    // The names of the training data say where things are, unless the caller does.
    let trained = known.and_then(|k| k.label.as_deref()).and_then(position);
    let bare = !reading.labeled && known.is_some();
    let is_feature = |cell: &str| known.is_some_and(|k| k.features.iter().any(|f| f == cell));
    let is_unlabeled = cells.iter().all(|cell| is_feature(cell)) && known.is_some();
    let label = match &reading.label {
        _ if !reading.given && trained.is_some() => trained,
        _ if !reading.given && bare => None,
        LabelColumn::None => trained,
        LabelColumn::Name(name) => {
            let at = position(name).or(ordinal(name).filter(|at| *at < cells.len()));
            match at {
                Some(at) => Some(at),
                None => {
                    let found = cells.iter().map(ToString::to_string).collect();
                    let wanted = name.clone();
                    return Err(DataError::LabelColumn {
                        path: path.to_path_buf(),
                        wanted,
                        found,
                        width: cells.len(),
                        unlabeled: is_unlabeled,
                    });
                }
            }
        }
        _ if reading.labeled && !reading.given && known.is_some_and(|k| k.label.is_some()) => {
            let wanted = known.and_then(|k| k.label.clone()).unwrap_or_default();
            let found = cells.iter().map(ToString::to_string).collect();
            return Err(DataError::LabelColumn {
                path: path.to_path_buf(),
                wanted,
                found,
                width: cells.len(),
                unlabeled: is_unlabeled,
            });
        }
        _ => by_place,
    };
    Ok(First { header: true, label })
}

/// A row of data, unless it may just as well be names.
fn unless_in_order(
    path: &Path,
    cells: &[&str],
    label: Option<usize>,
    reading: &Reading,
) -> Result<First, DataError> {
    let texts: Vec<String> = cells.iter().map(ToString::to_string).collect();
    if reading.header.is_none() && in_order(&texts, None) {
        return Err(unclear(path, &texts));
    }
    Ok(First { header: false, label })
}

/// A column by its place, counted from 1.
fn ordinal(text: &str) -> Option<usize> {
    text.parse::<usize>().ok()?.checked_sub(1)
}

/// Whether all cells but the label's are words. The first may be empty: data frames do not name their index.
fn words(cells: &[&str], skip: Option<usize>) -> bool {
    let mut some = false;
    let all = cells.iter().enumerate().filter(|(at, _)| Some(*at) != skip).all(|(at, cell)| {
        some |= is_name(cell);
        is_name(cell) || at == 0 && cell.is_empty()
    });
    all && some
}

/// The numbers of cells, unless one is none.
fn numbers(cells: &[String], skip: Option<usize>) -> Option<Vec<f64>> {
    let others = cells.iter().enumerate().filter(|(at, _)| Some(*at) != skip);
    others.map(|(_, cell)| number(cell)).collect()
}

/// Whether cells are numbers that grow by equal steps.
fn equal_steps(cells: &[String], skip: Option<usize>) -> bool {
    let Some(numbers) = numbers(cells, skip) else { return false };
    let [first, second, ..] = numbers.as_slice() else { return false };
    let step = second - first;
    step > 0.0 && numbers.windows(2).all(|pair| (pair[1] - pair[0] - step).abs() <= 1e-9 * step)
}

/// Whether cells are numbers that count columns, whatever stands below: 0, 1, 2 …, or four and more with equal steps.
pub(super) fn in_order(cells: &[String], skip: Option<usize>) -> bool {
    let counted = numbers(cells, skip).unwrap_or_default();
    let counts = matches!(counted.as_slice(), [first, second, ..] if *first == 0.0 && *second == 1.0);
    // With the label left out, a name stands for it, and two numbers say as much as three.
    let least = if skip.is_some() { 2 } else { 3 };
    equal_steps(cells, skip) && (counted.len() >= 4 || counts && counted.len() >= least)
}

/// The cells of a table whose first row was taken for data.
pub(super) struct Cells<'a> {
    /// The first row.
    pub first: &'a [String],
    /// Column of the labels, if there is one.
    pub label: Option<usize>,
    /// All labels, the first row's included.
    pub labels: &'a [String],
    /// All features, the first row's included.
    pub features: &'a [f64],
}

/// How a first cell differs from the others of its column.
struct Unlike {
    /// It lies outside of the others, or they have fractions and it has none.
    somewhat: bool,
    /// It lies outside of them by more than their range.
    far: bool,
}

impl Unlike {
    fn of(first: f64, others: impl Iterator<Item = f64>) -> Self {
        let start = (f64::INFINITY, f64::NEG_INFINITY, false);
        let (least, most, fractions) =
            others.fold(start, |(a, b, f), v| (a.min(v), b.max(v), f || v.fract() != 0.0));
        let outside = first < least || first > most;
        let away = (least - first).max(first - most);
        Self { somewhat: outside || fractions && first.fract() == 0.0, far: outside && away > most - least }
    }
}

/// Refuses a first row that is like the names of columns and unlike the rows below: 0 and 1 over fractions, equal steps over
/// other numbers, or numbers far from all others of their columns.
pub(super) fn unless_unlike(path: &Path, cells: &Cells<'_>) -> Result<(), DataError> {
    let Cells { first, label, labels, features } = *cells;
    let width = first.len() - usize::from(label.is_some());
    if width == 0 || features.len() < 2 * width {
        return Ok(());
    }
    let column = |at: usize| features.iter().skip(at).step_by(width).copied();
    let mut unlike: Vec<Unlike> = (0..width).map(|at| Unlike::of(features[at], column(at).skip(1))).collect();
    if let (Some(name), Some(others)) = (labels.first(), labels.get(1..)) {
        let numbers: Option<Vec<f64>> = others.iter().map(|label| number(label)).collect();
        unlike.push(match (number(name), numbers) {
            (Some(first), Some(others)) => Unlike::of(first, others.into_iter()),
            // A word that no other row has, as the name of the column.
            _ => Unlike { somewhat: !others.contains(name), far: !others.contains(name) },
        });
    }
    let pair = matches!(first, [a, b] if a == "0" && b == "1");
    let fractions = features.iter().any(|value| value.fract() != 0.0);
    let somewhat = unlike.iter().filter(|column| column.somewhat).count();
    let steps = first.len() >= 3 && equal_steps(first, None) && 3 * somewhat >= 2 * first.len();
    let far = features.len() >= 4 * width && first.len() >= 2 && unlike.iter().all(|column| column.far);
    if pair && fractions || steps || far { Err(unclear(path, first)) } else { Ok(()) }
}

/// The error about a first row that may be names.
pub(super) fn unclear(path: &Path, cells: &[String]) -> DataError {
    DataError::Header { path: path.to_path_buf(), cells: cells.to_vec() }
}

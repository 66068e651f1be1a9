//! Whether a column looks like labels. It is looked at where nobody chose one: what the user chooses is taken.

use super::columns::{is_index, is_unnamed};
use super::names::{listed, quoted, short};
use super::{DataError, LabelPlace, Labels, Raw};
use std::path::Path;

/// Names that columns which count the rows go by, in lower case.
const INDEX_NAMES: [&str; 11] =
    ["index", "id", "idx", "row", "rowid", "row_id", "rownames", "row_number", "no", "nr", "#"];
/// With fewer rows, labels that all differ say nothing.
const FEW_ROWS: usize = 4;
/// So many numbers in order count the rows, under whatever name.
const COUNTING: usize = 8;

/// Refuses a column of labels without a name, as soon as the header is known: other columns may be words, which are no features.
pub(super) fn named(path: &Path, header: &[String], at: usize) -> Result<(), DataError> {
    if !header.get(at).is_some_and(|name| is_unnamed(name)) {
        return Ok(());
    }
    let others: Vec<String> =
        header.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, name)| name.clone()).collect();
    let reason =
        format!("the labels would be column {}, which has no name: data frames write their index so", at + 1);
    let help =
        format!("{}, or write the file without its index: `df.to_csv(index=False)`", of_header(&others));
    Err(DataError::Label { path: path.to_path_buf(), reason, help, numbers: false })
}

/// Refuses labels that are hardly meant.
pub(super) fn check(path: &Path, raw: &Raw, real: bool) -> Result<(), DataError> {
    // Numbers that are no classes may be what is to be predicted.
    let refused = |reason: String, otherwise: &str, numbers: bool| {
        let help = format!("{}{otherwise}", choice(raw, real));
        Err(DataError::Label { path: path.to_path_buf(), reason, help, numbers })
    };
    let subject = subject(raw);
    if counts_rows(raw) {
        // Numbers may be targets.
        let insist = if real { insist(raw) } else { String::new() };
        return refused(format!("the labels would be {subject}, which counts the rows"), &insist, false);
    }
    if real {
        return Ok(());
    }
    let (rows, classes) = (raw.labels.len(), raw.labels.classes());
    let differ = differ(rows, classes.len());
    if let Labels::Numbers(numbers) = &raw.labels
        && let Some(value) = numbers.iter().find(|value| value.fract() != 0.0)
    {
        let insist = if differ { String::new() } else { insist(raw) };
        return refused(
            format!("{subject} is to name classes, and holds fractions such as {value}"),
            &insist,
            true,
        );
    }
    if differ {
        let reason = format!(
            "{subject} is to name classes, and differs in nearly every row: {} in {rows} rows",
            classes.len()
        );
        let numbers = matches!(raw.labels, Labels::Numbers(_));
        return refused(reason, "", numbers);
    }
    Ok(())
}

/// The column or array of the labels, for a message.
fn subject(raw: &Raw) -> String {
    column(&raw.place)
}

/// The column or array of labels in this place, for a message.
pub(super) fn column(place: &LabelPlace) -> String {
    match (&place.name, place.column) {
        (Some(name), Some(_)) if !name.is_empty() => format!("the column `{}`", short(name)),
        (_, Some(column)) => format!("column {column}"),
        (name, None) => format!("the array `{}`", short(name.as_deref().unwrap_or("y"))),
    }
}

/// Classes of one row each are no labels, whoever insists on them.
pub(crate) fn differ(rows: usize, classes: usize) -> bool {
    rows >= FEW_ROWS && 4 * classes > 3 * rows
}

/// What `--label` can be beside what was found: columns that would be refused as well are not named.
pub(super) fn choice(raw: &Raw, real: bool) -> String {
    let Some(column) = raw.place.column else {
        return "choose the array of labels with --label NAME".to_string();
    };
    if matches!(raw.labels, Labels::Words(_)) {
        // It would be a feature then.
        return "write the file without this column: words are no features".to_string();
    }
    let [_, width] = *raw.x.shape.as_slice() else { return String::new() };
    let fit = (0..width).filter(|feature| fits(raw, *feature, real));
    let (named, names) = match &raw.columns {
        Some(columns) => ("NAME", fit.filter_map(|at| columns.features.get(at).cloned()).collect()),
        // The labels stand between the features.
        None => ("N", fit.map(|at| (at + 1 + usize::from(at + 1 >= column)).to_string()).collect::<Vec<_>>()),
    };
    if names.is_empty() {
        return "no other column holds labels".to_string();
    }
    format!("choose the labels with --label {named} ({})", listed(&names))
}

/// What `--label` takes of the last feature whose values are all known classes.
pub(super) fn of_classes(raw: &Raw, classes: &[String]) -> Option<String> {
    let column = raw.place.column?;
    let [_, width] = *raw.x.shape.as_slice() else { return None };
    let of = |feature: usize| raw.x.data.iter().skip(feature).step_by(width);
    let is_class = |value: &f64| classes.contains(&(value + 0.0).to_string());
    let feature = (0..width).rev().find(|feature| of(*feature).all(is_class))?;
    let name = raw.columns.as_ref().and_then(|columns| columns.features.get(feature));
    Some(
        name.map_or_else(
            || (feature + 1 + usize::from(feature + 1 >= column)).to_string(),
            |name| quoted(name),
        ),
    )
}

/// Whether a feature would do as labels.
fn fits(raw: &Raw, feature: usize, real: bool) -> bool {
    let width = raw.x.shape.last().copied().unwrap_or(1).max(1);
    let values: Vec<f64> = raw.x.data.iter().skip(feature).step_by(width).copied().collect();
    let name = raw.columns.as_ref().and_then(|columns| columns.features.get(feature));
    if name.is_some_and(|name| INDEX_NAMES.contains(&name.to_ascii_lowercase().as_str()))
        && is_index(values.iter().copied())
    {
        return false;
    }
    let mut classes = values.clone();
    classes.sort_by(f64::total_cmp);
    classes.dedup();
    let whole = values.iter().all(|value| value.fract() == 0.0);
    real || (whole && classes.len() > 1 && !differ(values.len(), classes.len()))
}

/// What insists on what was found.
fn insist(raw: &Raw) -> String {
    match (raw.place.column, &raw.place.name) {
        (Some(1), _) => "; `--label first` takes this column as it is".to_string(),
        (Some(_), _) => String::new(),
        (None, name) => format!("; `--label {}` takes it as it is", name.as_deref().unwrap_or("y")),
    }
}

/// What `--label` can be, of these columns.
fn of_header(others: &[String]) -> String {
    format!("choose the labels with --label NAME ({})", listed(others))
}

/// Whether labels are numbers of the rows: of a column that is called so, or one without a name that counts on and on.
fn counts_rows(raw: &Raw) -> bool {
    let Labels::Numbers(numbers) = &raw.labels else { return false };
    if raw.place.column.is_none() || numbers.len() < FEW_ROWS {
        return false;
    }
    match (&raw.columns, &raw.place.name) {
        (Some(_), Some(name)) => {
            INDEX_NAMES.contains(&name.to_ascii_lowercase().as_str()) && is_index(numbers.iter().copied())
        }
        _ => {
            numbers.len() >= COUNTING
                && numbers[0] >= 0.0
                && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1.0)
        }
    }
}

//! Columns by name: those of new rows are found by the names of the training data, in whatever order they stand.

use super::DataError;
use hep_plan::Tensor;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub use hep_owner::files::Columns;

/// Whether a column has no name of its own: data frames write their index so.
pub(super) fn is_unnamed(name: &str) -> bool {
    name.is_empty() || name.to_ascii_lowercase().starts_with("unnamed:")
}

/// Refuses a header in which two columns have one name: which is meant where columns are found by their names?
pub(super) fn named_once(path: &Path, header: &[String]) -> Result<(), DataError> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, name) in header.iter().enumerate().filter(|(_, name)| !is_unnamed(name)) {
        if let Some(first) = seen.insert(name, at) {
            let (path, columns) = (path.to_path_buf(), [first + 1, at + 1]);
            return Err(DataError::Twice { path, name: name.clone(), columns });
        }
    }
    Ok(())
}

/// Refuses a header that lacks columns of the training data or has others. The header is whole, the label included.
pub(super) fn compare(
    path: &Path,
    known: &Columns,
    header: &[String],
    label: Option<usize>,
) -> Result<(), DataError> {
    let features: Vec<&str> = header
        .iter()
        .enumerate()
        .filter(|(at, _)| Some(*at) != label)
        .map(|(_, name)| name.as_str())
        .collect();
    // In the same order, names need not tell columns apart.
    if features == known.features {
        return Ok(());
    }
    let (wanted, found): (BTreeSet<&str>, BTreeSet<&str>) =
        (known.features.iter().map(String::as_str).collect(), features.iter().copied().collect());
    let own = |names: BTreeSet<&str>| names.into_iter().map(str::to_string).collect::<Vec<String>>();
    let missing = own(wanted.difference(&found).copied().collect());
    let index = |name: &&str| header.first().is_some_and(|first| first == name) && is_unnamed(name);
    let extra = own(found.difference(&wanted).filter(|name| !index(name)).copied().collect());
    // Models of earlier versions were trained on columns of one name.
    let mut seen = BTreeSet::new();
    let trained = known.features.iter().map(String::as_str);
    let twice = own(trained.filter(|name| !seen.insert(*name)).collect());
    if missing.is_empty() && extra.is_empty() && twice.is_empty() {
        return Ok(());
    }
    let path = path.to_path_buf();
    Err(DataError::Columns { path, missing, extra, twice, known: known.clone() })
}

/// Leaves out a first column without a name that has another whole number in every row: the index of a data frame. A model
/// that was trained on such a column keeps it.
pub(super) fn leave_index_out(names: &mut Vec<String>, x: &mut Tensor, known: Option<&Columns>) -> bool {
    let trained = |name: &String| known.is_some_and(|k| k.features.contains(name));
    let [rows, width] = *x.shape.as_slice() else { return false };
    let unnamed = names.first().is_some_and(|name| is_unnamed(name) && !trained(name));
    if !unnamed || width == 0 || !is_index(x.data.iter().step_by(width).copied()) {
        return false;
    }
    names.remove(0);
    let mut at = 0;
    x.data.retain(|_| {
        at += 1;
        (at - 1) % width != 0
    });
    x.shape = vec![rows, width - 1];
    true
}

/// Whether numbers are whole, not negative, and all different.
pub(super) fn is_index(values: impl Iterator<Item = f64>) -> bool {
    let mut seen = BTreeSet::new();
    // Whole numbers of this size have bits of their own.
    values.map(|v| v + 0.0).all(|v| v >= 0.0 && v.fract() == 0.0 && seen.insert(v.to_bits()))
}

/// Features in the order of the training data; their names have been compared.
pub(super) fn arrange(
    path: &Path,
    known: &Columns,
    found: &[String],
    x: Tensor,
) -> Result<Tensor, DataError> {
    if found == known.features {
        return Ok(x);
    }
    compare(path, known, found, None)?;
    let at: BTreeMap<&str, usize> = found.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let order: Vec<usize> = known.features.iter().filter_map(|name| at.get(name.as_str()).copied()).collect();
    let (rows, width) = (x.shape[0], found.len());
    let mut data = Vec::with_capacity(rows * order.len());
    for row in x.data.chunks_exact(width.max(1)) {
        data.extend(order.iter().map(|column| row[*column]));
    }
    Ok(Tensor { shape: vec![rows, order.len()], data })
}

//! Archives of arrays, as `numpy.savez` and `numpy.savez_compressed` write them.

use super::labels::is_missing;
use super::npy::{self, Array};
use super::{DataError, LabelPlace, Labels, MAX_ELEMENTS, Raw};
use hep_plan::Tensor;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use zip::ZipArchive;

/// Reads the arrays of an archive that `wanted` names.
pub(crate) fn arrays(
    path: &Path,
    wanted: impl Fn(&str) -> bool,
) -> Result<BTreeMap<String, Array>, DataError> {
    let file = File::open(path).map_err(|source| DataError::Io {
        path: path.to_path_buf(),
        action: "open",
        source,
    })?;
    let failed = |array: &str, reason: String| DataError::Archive {
        path: path.to_path_buf(),
        array: array.into(),
        reason,
    };
    let mut archive = ZipArchive::new(BufReader::new(file))
        .map_err(|e| failed("", format!("it is no archive of arrays ({e})")))?;
    let mut found = BTreeMap::new();
    let mut elements = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|e| failed("", e.to_string()))?;
        let name = entry.name().strip_suffix(".npy").unwrap_or(entry.name()).to_string();
        if !wanted(&name) {
            continue;
        }
        let length = entry.size();
        let array =
            npy::read(entry, length, MAX_ELEMENTS - elements).map_err(|reason| failed(&name, reason))?;
        elements += match &array {
            Array::Numbers(tensor) => tensor.data.len(),
            Array::Words(_, words) => words.len(),
        };
        found.insert(name, array);
    }
    Ok(found)
}

const TRAIN: [[&str; 2]; 3] = [["x", "y"], ["xtrain", "ytrain"], ["x_train", "y_train"]];
const TEST: [[&str; 2]; 2] = [["xtest", "ytest"], ["x_test", "y_test"]];

/// Labels may only be missing where none are `wanted`.
pub(super) fn read(path: &Path, wanted: bool) -> Result<Raw, DataError> {
    let mut found: BTreeMap<String, Array> = BTreeMap::new();
    let known =
        |name: &str| TRAIN.iter().chain(&TEST).flatten().any(|known| name.eq_ignore_ascii_case(known));
    for (name, array) in arrays(path, known)? {
        found.insert(name.to_ascii_lowercase(), array);
    }
    let wrong = |reason: String| DataError::Arrays { path: path.to_path_buf(), reason };
    let mut take = |pair: &[[&'static str; 2]]| {
        let [x, y] = pair.iter().find(|[x, y]| found.contains_key(*x) || found.contains_key(*y))?;
        Some((*x, found.remove(*x), *y, found.remove(*y)))
    };
    let set = |(x_name, x, y_name, y): (&str, Option<Array>, &str, Option<Array>)| {
        let x = x.ok_or_else(|| wrong(format!("it has labels `{y_name}` but no features `{x_name}`")))?;
        let x = features(x_name, x).map_err(wrong)?;
        finite(path, x_name, &x)?;
        let y = match y {
            Some(Array::Numbers(y)) => {
                finite(path, y_name, &y)?;
                labels(y_name, Array::Numbers(y)).map_err(wrong)?
            }
            Some(y) => {
                let y = labels(y_name, y).map_err(wrong)?;
                present(path, y_name, &y)?;
                y
            }
            None if !wanted => Labels::absent(x.shape[0]),
            None => return Err(wrong(format!("it has features `{x_name}` but no labels `{y_name}`"))),
        };
        if x.shape[0] != y.len() {
            return Err(wrong(format!("`{x_name}` has {} rows, but `{y_name}` has {}", x.shape[0], y.len())));
        }
        Ok((x, y))
    };
    let train = take(&TRAIN).ok_or_else(|| wrong("it has no training data".into()))?;
    let test = take(&TEST);
    let place = LabelPlace { name: Some(train.2.to_string()).filter(|_| train.3.is_some()), column: None };
    let (x, labels) = set(train)?;
    let test = test.map(set).transpose()?;
    if let Some((tx, _)) = &test
        && tx.shape[1] != x.shape[1]
    {
        return Err(wrong(format!("training rows have {} features, test rows {}", x.shape[1], tx.shape[1])));
    }
    Ok(Raw { x, labels, place, columns: None, left_out: false, test })
}

/// Rows of features; further axes (of images) are laid out one after the other.
fn features(name: &str, array: Array) -> Result<Tensor, String> {
    let Array::Numbers(Tensor { shape, data }) = array else { return Err(format!("`{name}` holds words")) };
    let [rows, others @ ..] = shape.as_slice() else { return Err(format!("`{name}` is a single number")) };
    let width: usize = others.iter().product();
    if others.is_empty() || *rows == 0 || width == 0 {
        return Err(format!("`{name}` has shape {shape:?}, and rows of features are needed"));
    }
    Ok(Tensor { shape: vec![*rows, width], data })
}

/// Refuses words that say that there is no label.
fn present(path: &Path, array: &str, labels: &Labels) -> Result<(), DataError> {
    let Labels::Words(words) = labels else { return Ok(()) };
    let Some(row) = words.iter().position(|word| is_missing(word.trim())) else { return Ok(()) };
    let (array, word) = (array.to_owned(), words[row].clone());
    Err(DataError::MissingLabel { path: path.to_path_buf(), array, word, row })
}

/// Refuses a NaN or an infinity.
fn finite(path: &Path, array: &str, numbers: &Tensor) -> Result<(), DataError> {
    let Some(at) = numbers.data.iter().position(|v| !v.is_finite()) else { return Ok(()) };
    let width = numbers.shape.get(1).copied();
    Err(DataError::NotFinite {
        path: path.to_path_buf(),
        array: array.to_owned(),
        value: numbers.data[at],
        row: at / width.unwrap_or(1).max(1),
        feature: width.map(|width| at % width.max(1)),
    })
}

fn labels(name: &str, array: Array) -> Result<Labels, String> {
    let shape = match &array {
        Array::Numbers(tensor) => &tensor.shape,
        Array::Words(shape, _) => shape,
    };
    if !matches!(shape.as_slice(), [_] | [_, 1]) {
        return Err(format!("`{name}` has shape {shape:?}, and one label per row is needed"));
    }
    match array {
        Array::Words(_, words) => Ok(Labels::Words(words)),
        Array::Numbers(tensor) => Ok(Labels::Numbers(tensor.data)),
    }
}

//! Archives of arrays, as `numpy.savez` and `numpy.savez_compressed` write them.

use super::labels::is_missing;
use super::npy::{self, Array};
use super::{DataError, LabelPlace, Labels, MAX_ELEMENTS, Raw};
use hep_plan::Tensor;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
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
        let mut entry = archive.by_index(index).map_err(|e| failed("", e.to_string()))?;
        let name = entry.name().strip_suffix(".npy").unwrap_or(entry.name()).to_string();
        if !wanted(&name) {
            continue;
        }
        let length = entry.size();
        let array =
            npy::read(&mut entry, length, MAX_ELEMENTS - elements).map_err(|reason| failed(&name, reason))?;
        at_end(&mut entry).map_err(|reason| failed(&name, reason))?;
        elements += match &array {
            Array::Numbers(tensor) => tensor.data.len(),
            Array::Words(_, words) => words.len(),
        };
        found.insert(name, array);
    }
    Ok(found)
}

/// Refuses an entry that goes on behind its array, or whose bytes are not those that were written: its checksum is compared where it
/// ends, and nowhere else.
fn at_end(entry: &mut impl Read) -> Result<(), String> {
    match entry.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err("it goes on behind its numbers".into()),
        Err(error) => Err(format!("it is damaged: {error}")),
    }
}

const TRAIN: [[&str; 2]; 3] = [["x", "y"], ["xtrain", "ytrain"], ["x_train", "y_train"]];
const TEST: [[&str; 2]; 2] = [["xtest", "ytest"], ["x_test", "y_test"]];

/// What is wrong with arrays, and what to do.
type Wrong = (String, String);

/// What to do where arrays are not there.
const NAMED: &str = "name the arrays x and y, or xtrain, ytrain, xtest and ytest";

/// Labels may only be missing where none are `wanted`.
pub(super) fn read(path: &Path, wanted: bool) -> Result<Raw, DataError> {
    let mut found: BTreeMap<String, Array> = BTreeMap::new();
    let known =
        |name: &str| TRAIN.iter().chain(&TEST).flatten().any(|known| name.eq_ignore_ascii_case(known));
    for (name, array) in arrays(path, known)? {
        found.insert(name.to_ascii_lowercase(), array);
    }
    let wrong_for = |(reason, help): Wrong| DataError::Arrays { path: path.to_path_buf(), reason, help };
    let wrong = |reason: String| wrong_for((reason, NAMED.to_owned()));
    let mut take = |pair: &[[&'static str; 2]]| {
        let [x, y] = pair.iter().find(|[x, y]| found.contains_key(*x) || found.contains_key(*y))?;
        Some((*x, found.remove(*x), *y, found.remove(*y)))
    };
    let set = |(x_name, x, y_name, y): (&str, Option<Array>, &str, Option<Array>)| {
        let x = x.ok_or_else(|| wrong(format!("it has labels `{y_name}` but no features `{x_name}`")))?;
        let x = features(x_name, x).map_err(wrong_for)?;
        finite(path, x_name, &x)?;
        let y = match y {
            Some(Array::Numbers(y)) => {
                finite(path, y_name, &y)?;
                labels(x_name, y_name, Array::Numbers(y)).map_err(wrong_for)?
            }
            Some(y) => {
                let y = labels(x_name, y_name, y).map_err(wrong_for)?;
                present(path, y_name, &y)?;
                y
            }
            None if !wanted => Labels::absent(x.shape[0]),
            None => return Err(wrong(format!("it has features `{x_name}` but no labels `{y_name}`"))),
        };
        if x.shape[0] != y.len() {
            let reason = format!("`{x_name}` has {} rows, but `{y_name}` has {}", x.shape[0], y.len());
            return Err(wrong_for((reason, format!("give `{y_name}` one label for each row of `{x_name}`"))));
        }
        Ok((x, y))
    };
    let train = take(&TRAIN).ok_or_else(|| wrong("it has no training data".into()))?;
    let test = take(&TEST);
    type Found = (&'static str, Option<Array>, &'static str, Option<Array>);
    let named = |(_, _, name, labels): &Found| LabelPlace {
        name: labels.is_some().then(|| (*name).to_string()),
        column: None,
    };
    let place = named(&train);
    let test_place = test.as_ref().map(named).unwrap_or_default();
    let (x, labels) = set(train)?;
    let test = test.map(set).transpose()?;
    if let Some((tx, _)) = &test
        && tx.shape[1] != x.shape[1]
    {
        let reason = format!("training rows have {} features, test rows {}", x.shape[1], tx.shape[1]);
        return Err(wrong_for((reason, "give both the same features, in the same order".to_owned())));
    }
    Ok(Raw { x, labels, place, columns: None, lines: Vec::new(), left_out: false, test, test_place })
}

/// Rows of features; further axes (of images) are laid out one after the other.
fn features(name: &str, array: Array) -> Result<Tensor, Wrong> {
    let Array::Numbers(Tensor { shape, data }) = array else {
        let help = format!("write numbers: `{name}={name}.astype(float)`, if all its words are numbers");
        return Err((format!("`{name}` holds words"), help));
    };
    let (rows, others) = shape.split_first().unwrap_or((&0, &[]));
    let width: usize = others.iter().product();
    if others.is_empty() || *rows == 0 || width == 0 {
        let help = match shape.as_slice() {
            [rows] if *rows > 0 => format!("a single feature is a column: `{name}={name}.reshape(-1, 1)`"),
            _ => "give a row of numbers for each label".to_owned(),
        };
        return Err((format!("`{name}` has shape {shape:?}, and rows of features are needed"), help));
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

fn labels(x_name: &str, name: &str, array: Array) -> Result<Labels, Wrong> {
    let shape = match &array {
        Array::Numbers(tensor) => &tensor.shape,
        Array::Words(shape, _) => shape,
    };
    if !matches!(shape.as_slice(), [_] | [_, 1]) {
        let save = |labels: &str| format!("`numpy.savez('data.npz', {x_name}={x_name}, {name}={labels})`");
        let (what, help) = match (&array, shape.as_slice()) {
            (Array::Numbers(tensor), _) if is_one_hot(tensor) => (
                ", one-hot rows",
                format!("save the numbers of the classes: {}", save(&format!("{name}.argmax(axis=1)"))),
            ),
            (_, [_, _]) => ("", format!("save one column of it: {}", save(&format!("{name}[:, 0]")))),
            _ => ("", format!("save one label for each row of `{x_name}`")),
        };
        return Err((format!("`{name}` has shape {shape:?}{what}, and one label per row is needed"), help));
    }
    match array {
        Array::Words(_, words) => Ok(Labels::Words(words)),
        Array::Numbers(tensor) => Ok(Labels::Numbers(tensor.data)),
    }
}

/// Whether each row has a single 1 and zeros.
fn is_one_hot(tensor: &Tensor) -> bool {
    let [rows, width] = tensor.shape.as_slice() else { return false };
    let one = |row: &[f64]| {
        row.iter().all(|v| *v == 0.0 || *v == 1.0) && row.iter().filter(|v| **v == 1.0).count() == 1
    };
    *rows > 0 && *width > 1 && tensor.data.chunks(*width).all(one)
}

//! The decrypted model as a file that numpy reads without pickles.
//!
//! | array | content |
//! |---|---|
//! | each revealed tensor | under its name in the program |
//! | `coef_`, `intercept_` | where scores are affine in the raw features, in scikit-learn's shapes: `x @ coef_.T + intercept_` |
//! | `classes_` | labels by class number: `int64`, `float64` or words |
//! | `state:…` | the owner's state, under its name |
//! | `hep` | JSON in bytes: which array is what, and what the caller adds |
//!
//! Equal models give equal bytes: arrays are sorted and stored without compression under a fixed time.

use super::npy::{self, Array};
use super::{DataError, npz};
use crate::kinds::{self, Wanted};
use hep_plan::Tensor;
use hep_plan::host::affine::Linear;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

const FORMAT: u32 = 1;
const METADATA: &str = "hep";

/// A decrypted model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Revealed tensors by name.
    pub revealed: BTreeMap<String, Tensor>,
    /// The owner's state by name.
    pub state: BTreeMap<String, Tensor>,
    /// Names of the classes by number; empty for real targets.
    pub classes: Vec<String>,
    /// Where scores are affine in the raw features.
    pub linear: Option<Linear>,
    /// What the caller wants to keep: the program's name, the plan's fingerprint, and so on.
    pub metadata: serde_json::Value,
}

#[derive(Serialize, Deserialize)]
struct Contents {
    format: u32,
    revealed: Vec<String>,
    state: Vec<String>,
    classes: Vec<String>,
    linear: bool,
    metadata: serde_json::Value,
}

fn floats(tensor: &Tensor) -> Vec<u8> {
    let data: Vec<u8> = tensor.data.iter().flat_map(|v| v.to_le_bytes()).collect();
    npy::write("<f8", &tensor.shape, &data)
}

fn class_array(classes: &[String]) -> Vec<u8> {
    let shape = [classes.len()];
    if let Some(whole) = classes.iter().map(|c| c.parse::<i64>().ok()).collect::<Option<Vec<i64>>>() {
        let data: Vec<u8> = whole.iter().flat_map(|v| v.to_le_bytes()).collect();
        return npy::write("<i8", &shape, &data);
    }
    if let Some(numbers) = classes.iter().map(|c| super::labels::number(c)).collect::<Option<Vec<f64>>>() {
        let data: Vec<u8> = numbers.iter().flat_map(|v| v.to_le_bytes()).collect();
        return npy::write("<f8", &shape, &data);
    }
    let width = classes.iter().map(|c| c.chars().count()).max().unwrap_or(0).max(1);
    let padded = |class: &String| {
        let chars: Vec<u32> = class.chars().map(u32::from).chain(std::iter::repeat(0)).take(width).collect();
        chars.into_iter().flat_map(u32::to_le_bytes).collect::<Vec<u8>>()
    };
    npy::write(&format!("<U{width}"), &shape, &classes.iter().flat_map(padded).collect::<Vec<u8>>())
}

fn arrays(path: &Path, model: &Model) -> Result<BTreeMap<String, Vec<u8>>, DataError> {
    let mut all: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let contents = Contents {
        format: FORMAT,
        revealed: model.revealed.keys().cloned().collect(),
        state: model.state.keys().cloned().collect(),
        classes: model.classes.clone(),
        linear: model.linear.is_some(),
        metadata: model.metadata.clone(),
    };
    let json = serde_json::to_vec(&contents).map_err(|e| DataError::Model {
        path: path.to_path_buf(),
        reason: format!("its metadata cannot be written: {e}"),
    })?;
    all.insert(METADATA.into(), npy::write("|u1", &[json.len()], &json));
    if !model.classes.is_empty() {
        all.insert("classes_".into(), class_array(&model.classes));
    }
    if let Some(linear) = &model.linear {
        all.insert("coef_".into(), floats(&linear.coefficients));
        all.insert("intercept_".into(), floats(&linear.intercepts));
    }
    for (name, tensor) in &model.state {
        all.insert(name.clone(), floats(tensor));
    }
    for (name, tensor) in &model.revealed {
        if all.insert(name.clone(), floats(tensor)).is_some() {
            let reason =
                format!("the program reveals `{name}`, a name that the model file needs itself; rename it");
            return Err(DataError::Model { path: path.to_path_buf(), reason });
        }
    }
    Ok(all)
}

/// The bytes of a model; `path` is for messages.
///
/// # Errors
/// When a revealed tensor has the name of an array of the file.
pub fn bytes(path: &Path, model: &Model) -> Result<Vec<u8>, DataError> {
    archive(path, &arrays(path, model)?)
}

/// The bytes of an archive of tensors by name, as plain arrays; `path` is for messages.
///
/// # Errors
/// When the archive would be too large for its format.
pub fn tensor_bytes(path: &Path, tensors: &BTreeMap<String, Tensor>) -> Result<Vec<u8>, DataError> {
    archive(path, &tensors.iter().map(|(name, tensor)| (name.clone(), floats(tensor))).collect())
}

/// An archive in memory: one that is written to a file tells of a full disk on standard error when it is dropped.
fn archive(path: &Path, arrays: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, DataError> {
    let io = |source| DataError::Io { path: path.to_path_buf(), action: "write", source };
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (name, bytes) in arrays {
        let options = options.large_file(bytes.len() > 1 << 31);
        archive.start_file(format!("{name}.npy"), options).map_err(|e| io(e.into()))?;
        archive.write_all(bytes).map_err(io)?;
    }
    Ok(archive.finish().map_err(|e| io(e.into()))?.into_inner())
}

/// Reads a model that [`bytes`] made.
///
/// # Errors
/// A file that is damaged or that something else wrote.
pub fn read(path: &Path) -> Result<Model, DataError> {
    kinds::expect(path, Wanted::Model)?;
    let wrong = |reason: &str| DataError::Model { path: path.to_path_buf(), reason: reason.into() };
    let mut found = npz::arrays(path, |_| true)?;
    let Some(Array::Numbers(bytes)) = found.remove(METADATA) else {
        return Err(wrong("it has no array `hep`, so it is no model of this program"));
    };
    let json: Vec<u8> = bytes.data.iter().map(|v| *v as u8).collect();
    let contents: Contents =
        serde_json::from_slice(&json).map_err(|_| wrong("its description is unreadable"))?;
    if contents.format != FORMAT {
        return Err(wrong(&format!("it has format {}, and this program reads {FORMAT}", contents.format)));
    }
    let mut take = |name: &str| match found.remove(name) {
        Some(Array::Numbers(tensor)) => Ok(tensor),
        _ => Err(wrong(&format!("its array `{}` is missing", super::names::short(name)))),
    };
    let linear = if contents.linear {
        Some(Linear { coefficients: take("coef_")?, intercepts: take("intercept_")? })
    } else {
        None
    };
    let mut named = |names: Vec<String>| -> Result<BTreeMap<String, Tensor>, DataError> {
        names.into_iter().map(|name| Ok((name.clone(), take(&name)?))).collect()
    };
    let revealed = named(contents.revealed)?;
    let state = named(contents.state)?;
    Ok(Model { revealed, state, classes: contents.classes, linear, metadata: contents.metadata })
}

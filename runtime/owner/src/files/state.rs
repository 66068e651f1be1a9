//! What the owner keeps: statistics of the data, names of the classes and of the columns. Never sent to the server.

use crate::rehearsal::Outlook;
use hep_format::Prepared;
use hep_format::container::{File, FileError, FileKind, TensorSpec, Writer};
use hep_format::files::{Origin, origin, stamp};
use hep_format::place::Output;
use hep_plan::Tensor;
use safetensors::Dtype;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// Names of the columns of a table, where it has a header: new rows are matched by them.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Columns {
    /// The column of labels, if there is one.
    pub label: Option<String>,
    /// The features, in the order in which they were trained on.
    pub features: Vec<String>,
}

/// Names that come with data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Names of the classes, by number; empty for real targets.
    pub classes: Vec<String>,
    /// Names of the columns; none of arrays, and of tables without a header.
    pub columns: Option<Columns>,
}

impl From<Vec<String>> for Names {
    /// Of data whose columns have no names.
    fn from(classes: Vec<String>) -> Self {
        Self { classes, columns: None }
    }
}

/// The owner's state after encrypting.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnerState {
    /// The tensors named in [`hep_plan::Plan::state`].
    pub tensors: BTreeMap<String, Tensor>,
    /// Names of classes and columns.
    pub names: Names,
    /// Units of the uploads, and what is expected of the results.
    pub outlook: Outlook,
}

#[derive(serde::Deserialize)]
struct Listed {
    classes: Vec<String>,
    columns: Option<Columns>,
    outlook: Outlook,
}

const OTHER_PLAN: &str = "use the plan that the data were encrypted with";

/// Name of the state of an upload in the directory of the keys: it begins with what the upload and its results are called.
#[must_use]
pub fn state_name(upload: &str) -> String {
    format!("owner-{}.state", upload.get(..16).unwrap_or(upload))
}

/// Writes the state, which is not in place yet.
///
/// # Errors
/// When the disk is full.
pub fn write_state(
    prepared: &Prepared,
    state: &OwnerState,
    origin: &Origin,
    out: Output,
) -> Result<Output, FileError> {
    let details = json!({
        "classes": state.names.classes,
        "columns": state.names.columns,
        "outlook": state.outlook,
    });
    let stamp = stamp(prepared, FileKind::OwnerState, origin, &details);
    let spec = |(name, tensor): (&String, &Tensor)| TensorSpec {
        name: name.clone(),
        dtype: Dtype::F64,
        shape: tensor.shape.clone(),
    };
    let specs = state.tensors.iter().map(spec).collect();
    let mut writer = Writer::create(out, stamp, specs)?;
    for tensor in state.tensors.values() {
        let words: Vec<u64> = tensor.data.iter().map(|v| v.to_bits()).collect();
        writer.words(&words)?;
    }
    writer.complete()
}

/// Reads the state that belongs to a plan.
///
/// # Errors
/// A damaged file, another kind, another plan, a file that others can read.
pub fn load_state(prepared: &Prepared, path: &Path) -> Result<(OwnerState, Origin), FileError> {
    let file = File::open(path, FileKind::OwnerState)?;
    file.require_private()?;
    file.require("plan", &file.stamp().plan, prepared.fingerprint(), OTHER_PLAN)?;
    let listed: Listed = serde_json::from_str(&file.stamp().details)
        .map_err(|_| file.damaged("its names or units are unreadable"))?;
    let mut tensors = BTreeMap::new();
    for name in &prepared.plan().state {
        let shape = file.tensors().get(name).map(|info| info.shape.clone()).unwrap_or_default();
        let bytes = file.tensor(name, Dtype::F64, &shape)?;
        let data = bytes.as_chunks::<8>().0.iter().map(|word| f64::from_le_bytes(*word)).collect();
        let tensor =
            Tensor::new(shape, data).ok_or_else(|| file.damaged(format!("`{name}` has a wrong size")))?;
        tensors.insert(name.clone(), tensor);
    }
    file.check_unchanged()?;
    let names = Names { classes: listed.classes, columns: listed.columns };
    Ok((OwnerState { tensors, names, outlook: listed.outlook }, origin(file.stamp())))
}

//! What the owner keeps: statistics of the data and names of the classes. Never sent to the server.

use super::{Origin, origin, stamp};
use crate::container::{Access, File, FileError, FileKind, TensorSpec, Writer};
use crate::prepared::Prepared;
use hep_plan::Tensor;
use safetensors::Dtype;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// The owner's state after encrypting.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnerState {
    /// The tensors named in [`hep_plan::Plan::state`].
    pub tensors: BTreeMap<String, Tensor>,
    /// Names of the classes, by number; empty for real targets.
    pub classes: Vec<String>,
}

#[derive(serde::Deserialize)]
struct Listed {
    classes: Vec<String>,
}

const OTHER_PLAN: &str = "use the plan that the data were encrypted with";

/// Writes the state with mode 0600.
///
/// # Errors
/// When the file cannot be written.
pub fn save_state(
    prepared: &Prepared,
    state: &OwnerState,
    origin: &Origin,
    path: &Path,
) -> Result<(), FileError> {
    let stamp = stamp(prepared, FileKind::OwnerState, origin, &json!({ "classes": state.classes }));
    let spec = |(name, tensor): (&String, &Tensor)| TensorSpec {
        name: name.clone(),
        dtype: Dtype::F64,
        shape: tensor.shape.clone(),
    };
    let specs = state.tensors.iter().map(spec).collect();
    let mut writer = Writer::create(path, Access::Private, stamp, specs)?;
    for tensor in state.tensors.values() {
        let words: Vec<u64> = tensor.data.iter().map(|v| v.to_bits()).collect();
        writer.words(&words)?;
    }
    writer.finish()
}

/// Reads the state that belongs to a plan.
///
/// # Errors
/// A damaged file, another kind, another plan.
pub fn load_state(prepared: &Prepared, path: &Path) -> Result<(OwnerState, Origin), FileError> {
    let file = File::open(path, FileKind::OwnerState)?;
    file.require("plan", &file.stamp().plan, prepared.fingerprint(), OTHER_PLAN)?;
    let listed: Listed = serde_json::from_str(&file.stamp().details)
        .map_err(|_| file.damaged("its classes are unreadable"))?;
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
    Ok((OwnerState { tensors, classes: listed.classes }, origin(file.stamp())))
}

//! Plans: the bytes of [`Plan`] in the postcard encoding.

use crate::container::{Access, File, FileError, FileKind, Insecure, Stamp, TensorSpec, Writer};
use crate::error::Error;
use crate::prepared::Prepared;
use hep_plan::Plan;
use hep_plan::params::Security;
use safetensors::Dtype;
use std::path::Path;

const TENSOR: &str = "plan";

/// Digest that identifies a plan: BLAKE3 of its postcard bytes, 128 bits in hex.
#[must_use]
pub fn plan_fingerprint(plan: &Plan) -> String {
    fingerprint(&encoded(plan))
}

fn encoded(plan: &Plan) -> Vec<u8> {
    // Growing a vector is the only way in which this encoding can fail, and that aborts.
    postcard::to_stdvec(plan).unwrap_or_default()
}

fn fingerprint(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_string()
}

/// Writes a plan.
///
/// # Errors
/// When the file cannot be written.
pub fn save_plan(plan: &Plan, path: &Path) -> Result<(), FileError> {
    let bytes = encoded(plan);
    let stamp = Stamp {
        kind: FileKind::Plan,
        parameters: plan.params.fingerprint(),
        plan: fingerprint(&bytes),
        insecure: Insecure { parameters: plan.params.security == Security::Insecure, seed: false },
        keys: String::new(),
        upload: String::new(),
        details: serde_json::json!({ "program": plan.info.name }).to_string(),
    };
    let mut writer =
        Writer::create(path, Access::Shared, stamp, vec![TensorSpec::bytes(TENSOR, bytes.len())])?;
    writer.bytes(&bytes)?;
    writer.finish()
}

/// Reads and checks a plan.
///
/// # Errors
/// A damaged file, a file of another kind, or a plan that contradicts itself.
pub fn load_plan(path: &Path) -> Result<Prepared, Error> {
    let file = File::open(path, FileKind::Plan)?;
    let len = file.tensors().get(TENSOR).map_or(0, crate::container::TensorInfo::len);
    let bytes = file.tensor(TENSOR, Dtype::U8, &[len])?;
    let (plan, rest) = postcard::take_from_bytes::<Plan>(bytes)
        .map_err(|e| file.damaged(format!("its plan is unreadable ({e})")))?;
    if !rest.is_empty() {
        return Err(file.damaged("bytes follow the plan").into());
    }
    let prepared = Prepared::new(plan).map_err(|e| file.damaged(e.to_string()))?;
    if prepared.fingerprint() != file.stamp().plan || prepared.parameters() != file.stamp().parameters {
        return Err(file.damaged("its fingerprint is that of another plan").into());
    }
    Ok(prepared)
}

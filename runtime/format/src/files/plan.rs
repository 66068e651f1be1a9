//! Plans: the bytes of [`Plan`] in the postcard encoding, and apart from them the names ([`ProgramInfo`]), which no
//! fingerprint covers: programs that compute the same have the same plan, whatever they are called.

use crate::container::{File, FileError, FileKind, Insecure, Stamp, TensorSpec, Writer};
use crate::place::Output;
use crate::prepared::Prepared;
use hep_plan::Plan;
use hep_plan::params::Security;
use hep_plan::plan::ProgramInfo;
use safetensors::Dtype;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;

const PLAN: &str = "plan";
const NAMES: &str = "names";

/// Digest that identifies what a plan computes: BLAKE3 of its postcard bytes, 128 bits in hex. Names do not count.
#[must_use]
pub fn plan_fingerprint(plan: &Plan) -> String {
    fingerprint(&encoded(plan))
}

fn encoded(value: &impl Serialize) -> Vec<u8> {
    // Growing a vector is the only way in which this encoding can fail, and that aborts.
    postcard::to_stdvec(value).unwrap_or_default()
}

fn fingerprint(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..32].to_string()
}

/// Writes a plan to a file that nothing else of the process reads.
///
/// # Errors
/// When the file cannot be written, or there is something else in its place.
pub fn save_plan(plan: &Plan, path: &Path) -> Result<(), FileError> {
    Ok(write_plan(plan, Output::claim(path, FileKind::Plan, &[])?)?.finish()?)
}

/// Writes a plan, which is not in place yet.
///
/// # Errors
/// When the file cannot be written.
pub fn write_plan(plan: &Plan, out: Output) -> Result<Output, FileError> {
    let (bytes, names) = (encoded(plan), encoded(&plan.info));
    let stamp = Stamp {
        kind: FileKind::Plan,
        parameters: plan.params.fingerprint(),
        plan: fingerprint(&bytes),
        insecure: Insecure { parameters: plan.params.security == Security::Insecure, seed: false },
        keys: String::new(),
        upload: String::new(),
        details: serde_json::json!({ "program": plan.info.name }).to_string(),
    };
    let tensors = vec![TensorSpec::bytes(NAMES, names.len()), TensorSpec::bytes(PLAN, bytes.len())];
    let mut writer = Writer::create(out, stamp, tensors)?;
    writer.bytes(&names)?;
    writer.bytes(&bytes)?;
    writer.complete()
}

/// Reads and checks a plan.
///
/// # Errors
/// A damaged file, a file of another kind, or a plan that contradicts itself.
pub fn load_plan(path: &Path) -> Result<Prepared, FileError> {
    let file = File::open(path, FileKind::Plan)?;
    let mut plan: Plan = section(&file, PLAN)?;
    plan.info = section::<ProgramInfo>(&file, NAMES)?;
    let prepared = Prepared::new(plan).map_err(|e| file.damaged(e.to_string()))?;
    if prepared.fingerprint() != file.stamp().plan || prepared.parameters() != file.stamp().parameters {
        return Err(file.damaged("its fingerprint is that of another plan"));
    }
    file.check_unchanged()?;
    Ok(prepared)
}

/// One tensor of bytes, decoded to its end.
fn section<T: DeserializeOwned>(file: &File, name: &str) -> Result<T, FileError> {
    let len = file.tensors().get(name).map_or(0, crate::container::TensorInfo::len);
    let bytes = file.tensor(name, Dtype::U8, &[len])?;
    let (value, rest) = postcard::take_from_bytes::<T>(bytes)
        .map_err(|e| file.damaged(format!("its section `{name}` is unreadable ({e})")))?;
    if !rest.is_empty() {
        return Err(file.damaged(format!("bytes follow its section `{name}`")));
    }
    Ok(value)
}

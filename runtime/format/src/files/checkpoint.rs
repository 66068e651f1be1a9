//! Checkpoints: what a run of a plan's loop hands to the next, so that a training goes on after it was interrupted.
//!
//! Tensors are `carried/NUMBER`, `[2, limbs, N]`, one for each loop variable. What comes before the loop is not in it: it is computed again,
//! from the same upload under the same keys.

use super::ciphertexts::told_runs;
use super::{Origin, origin, plan_fingerprint, refused, stamp};
use crate::container::{File, FileError, FileKind, TensorSpec, Writer};
use crate::place::Output;
use crate::prepared::Prepared;
use hep_ckks::{Buffer, Ciphertext};
use hep_plan::Plan;
use hep_plan::tables::{Table, TableId};
use serde_json::json;
use std::path::Path;

const OTHER_LOOP: &str =
    "go on with the plan that it was made with, or one of the same training for more iterations";

/// What is in one.
#[derive(Debug)]
pub struct Checkpoint {
    /// Runs of the loop that are done.
    pub runs: u32,
    /// What they handed on, in the order of the loop variables.
    pub carried: Vec<Ciphertext>,
    /// Which keys and data it belongs to.
    pub origin: Origin,
}

/// Level and scale of each loop variable after so many runs, at least one.
fn handed(plan: &Plan, runs: u32) -> Vec<(usize, f64)> {
    let variables = plan.server.repeats.iter().flat_map(|repeats| &repeats.carried);
    let value = |reg| plan.server.info(reg, runs.saturating_sub(1));
    variables.filter_map(|variable| value(variable.next)).map(|v| (v.level.0 as usize, v.scale.0)).collect()
}

/// Digest of what a plan computes up to the end of a run: one for more runs, with the same numbers until then, has the same.
fn loop_digest(plan: &Plan, runs: u32) -> String {
    let mut used = plan.clone();
    let tables = &plan.server.tables;
    for (number, table) in (0..).zip(&mut used.server.tables.0) {
        let id = TableId(number);
        *table = match table {
            Table::Numbers(_) => Table::Numbers((0..runs).map(|run| tables.number(id, run)).collect()),
            Table::Positions(_) => {
                Table::Positions((0..runs).filter_map(|run| tables.position(id, run)).collect())
            }
        };
    }
    if let Some(repeats) = &mut used.server.repeats {
        repeats.runs = 0;
    }
    // How precise the end is says nothing of the way there.
    used.promised_bits = 0.0;
    for output in &mut used.outputs {
        (output.precision_bits, output.deviation) = (0.0, 0.0);
    }
    plan_fingerprint(&used)
}

/// Writes what so many runs handed on; the file is not in place yet.
///
/// # Errors
/// When it cannot be written.
pub fn write_checkpoint<'a>(
    prepared: &Prepared,
    (runs, iterations): (u32, u32),
    carried: impl IntoIterator<Item = &'a Ciphertext>,
    origin: &Origin,
    out: Output,
) -> Result<Output, FileError> {
    let (plan, degree) = (prepared.plan(), prepared.context().degree());
    let spec = |(index, (level, _)): (usize, (usize, f64))| {
        TensorSpec::words(format!("carried/{index}"), vec![2, level + 1, degree])
    };
    let specs = handed(plan, runs).into_iter().enumerate().map(spec).collect();
    let planned = plan.server.iterations();
    let digest = loop_digest(plan, runs);
    let details = json!({ "runs": runs, "iterations": iterations, "planned": planned, "loop": digest });
    let mut writer = Writer::create(out, stamp(prepared, FileKind::Checkpoint, origin, &details), specs)?;
    for part in carried.into_iter().flat_map(Ciphertext::parts) {
        writer.words(part.as_slice())?;
    }
    writer.complete()
}

/// Reads a checkpoint that a plan can go on with.
///
/// # Errors
/// A damaged file, another kind, other parameters, another loop.
pub fn load_checkpoint(prepared: &Prepared, path: &Path) -> Result<Checkpoint, FileError> {
    let file = File::open(path, FileKind::Checkpoint)?;
    let plan = prepared.plan();
    file.require("parameters", &file.stamp().parameters, prepared.parameters(), OTHER_LOOP)?;
    let runs = told_runs(&file).ok_or_else(|| file.damaged("it does not say how far it is"))?;
    let planned = plan.server.repeats.as_ref().map_or(0, |repeats| repeats.runs);
    if runs == 0 || runs > planned {
        let (found, expected) = (format!("{runs} runs"), format!("no more than {planned}"));
        let (path, what) = (path.to_path_buf(), "a loop with");
        return Err(FileError::Mismatch { path, what, found, expected, advice: OTHER_LOOP });
    }
    let details: serde_json::Value = serde_json::from_str(&file.stamp().details).unwrap_or_default();
    let digest = details.get("loop").and_then(serde_json::Value::as_str).unwrap_or_default();
    file.require("loop", digest, &loop_digest(plan, runs), OTHER_LOOP)?;
    let (context, degree) = (prepared.context(), prepared.context().degree());
    let read = |(index, (level, scale)): (usize, (usize, f64))| {
        let words = file.words(&format!("carried/{index}"), &[2, level + 1, degree])?;
        let parts = words.chunks_exact((level + 1) * degree).map(Buffer::copy_of).collect();
        Ciphertext::from_parts(context, level, scale, parts).map_err(refused(path))
    };
    let carried = handed(plan, runs).into_iter().enumerate().map(read).collect::<Result<_, _>>()?;
    Ok(Checkpoint { runs, carried, origin: origin(file.stamp()) })
}

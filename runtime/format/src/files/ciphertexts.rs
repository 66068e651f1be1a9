//! Encrypted inputs and outputs.
//!
//! A fresh ciphertext is its first part `[limbs, N]` and the seed of the second; a result is `[2, limbs, N]`. Tensors are
//! named `NAME/BLOCK`.

use super::{Origin, origin, refused, stamp};
use crate::container::{File, FileError, FileKind, TensorSpec, Writer};
use crate::place::Output;
use crate::prepared::Prepared;
use hep_ckks::{Buffer, Ciphertext, CkksError};
use hep_plan::plan::{CipherInput, CipherOutput};
use hep_plan::server::Reg;
use safetensors::Dtype;
use serde_json::json;
use std::path::Path;

const SEEDS: &str = "seeds";
const OTHER_PLAN: &str = "use the plan it was made with, or encrypt again with this plan";

/// The ciphertexts of one tensor.
struct Group {
    name: String,
    /// Level and scale of each ciphertext.
    blocks: Vec<(usize, f64)>,
}

/// Of results, those after so many runs of the plan's loop: scales depend on it.
fn groups(prepared: &Prepared, kind: FileKind, runs: u32) -> Vec<Group> {
    let plan = prepared.plan();
    if kind == FileKind::Inputs {
        let group = |i: &CipherInput| Group {
            name: i.name.clone(),
            blocks: vec![(i.level.0 as usize, i.scale.0); i.layout.ciphertexts()],
        };
        return plan.inputs.iter().map(group).collect();
    }
    // A plan that was checked has an entry for every value.
    let value = |reg: &Reg| plan.server.info(*reg, runs).map(|v| (v.level.0 as usize, v.scale.0));
    let group = |o: &CipherOutput| Group {
        name: o.name.clone(),
        blocks: o.values.iter().filter_map(value).collect(),
    };
    plan.outputs.iter().map(group).collect()
}

fn details(groups: &[Group], runs: Option<u32>) -> serde_json::Value {
    let entry = |g: &Group| {
        let (level, scale) = g.blocks.first().copied().unwrap_or((0, 1.0));
        json!({ "name": g.name, "ciphertexts": g.blocks.len(), "level": level, "scale_bits": scale.log2() })
    };
    let tensors = groups.iter().map(entry).collect::<Vec<_>>();
    match runs {
        Some(runs) => json!({ "runs": runs, "tensors": tensors }),
        None => json!({ "tensors": tensors }),
    }
}

/// Writes the owner's encrypted inputs, one list of fresh ciphertexts per input of the plan; the file is not in place yet.
///
/// # Errors
/// When the file cannot be written, or the ciphertexts are not those the plan asks for.
pub fn write_inputs(
    prepared: &Prepared,
    inputs: &[Vec<Ciphertext>],
    origin: &Origin,
    out: Output,
) -> Result<Output, FileError> {
    let groups = groups(prepared, FileKind::Inputs, 0);
    let degree = prepared.context().degree();
    let mut specs = specs(&groups, |level| vec![level + 1, degree]);
    let count = specs.len();
    specs.push(TensorSpec { name: SEEDS.into(), dtype: Dtype::U8, shape: vec![count, 32] });
    let stamp = stamp(prepared, FileKind::Inputs, origin, &details(&groups, None));
    let mut writer = Writer::create(out, stamp, specs)?;
    let mut seeds = Vec::new();
    for ciphertext in inputs.iter().flatten() {
        if let Some(seed) = ciphertext.seed() {
            seeds.extend_from_slice(seed);
            writer.words(ciphertext.parts()[0].as_slice())?;
        }
    }
    writer.bytes(&seeds)?;
    writer.complete()
}

/// Writes the server's results to a file that nothing else of the process reads, as [`write_outputs`] does.
///
/// # Errors
/// As [`write_outputs`], and no place for the file.
pub fn save_outputs(
    prepared: &Prepared,
    outputs: &[Vec<Ciphertext>],
    origin: &Origin,
    path: &Path,
) -> Result<(), FileError> {
    let out = Output::claim(path, FileKind::Outputs, &[])?;
    let runs = prepared.plan().server.repeats.as_ref().map_or(0, |repeats| repeats.runs);
    Ok(write_outputs(prepared, outputs, origin, runs, out)?.finish()?)
}

/// Writes the server's results, one list of ciphertexts per output of the plan, after so many runs of its loop; the file is not in place yet.
///
/// # Errors
/// When the file cannot be written, or the ciphertexts are not those the plan asks for.
pub fn write_outputs(
    prepared: &Prepared,
    outputs: &[Vec<Ciphertext>],
    origin: &Origin,
    runs: u32,
    out: Output,
) -> Result<Output, FileError> {
    let groups = groups(prepared, FileKind::Outputs, runs);
    let degree = prepared.context().degree();
    let specs = specs(&groups, |level| vec![2, level + 1, degree]);
    let told = prepared.plan().server.repeats.as_ref().map(|_| runs);
    let stamp = stamp(prepared, FileKind::Outputs, origin, &details(&groups, told));
    let mut writer = Writer::create(out, stamp, specs)?;
    for part in outputs.iter().flatten().flat_map(Ciphertext::parts) {
        writer.words(part.as_slice())?;
    }
    writer.complete()
}

fn specs(groups: &[Group], shape: impl Fn(usize) -> Vec<usize>) -> Vec<TensorSpec> {
    let mut specs = Vec::new();
    for group in groups {
        for (block, (level, _)) in group.blocks.iter().enumerate() {
            specs.push(TensorSpec::words(format!("{}/{block}", group.name), shape(*level)));
        }
    }
    specs
}

/// What the details of a file say of runs.
pub(super) fn told_runs(file: &File) -> Option<u32> {
    let details: serde_json::Value = serde_json::from_str(&file.stamp().details).ok()?;
    u32::try_from(details.get("runs")?.as_u64()?).ok()
}

/// A mapped file of ciphertexts that belong to a plan; they are read one at a time.
#[derive(Debug)]
pub struct CiphertextFile<'a> {
    file: File,
    /// Runs of the plan's loop that results come after.
    runs: u32,
    prepared: &'a Prepared,
}

impl<'a> CiphertextFile<'a> {
    /// Opens encrypted inputs ([`FileKind::Inputs`]) or results ([`FileKind::Outputs`]) of a plan.
    ///
    /// # Errors
    /// A damaged file, another kind, other parameters, another plan.
    pub fn open(prepared: &'a Prepared, path: &Path, kind: FileKind) -> Result<Self, FileError> {
        let file = File::open(path, kind)?;
        file.require("parameters", &file.stamp().parameters, prepared.parameters(), OTHER_PLAN)?;
        file.require("plan", &file.stamp().plan, prepared.fingerprint(), OTHER_PLAN)?;
        let runs = match &prepared.plan().server.repeats {
            Some(repeats) if kind == FileKind::Outputs => {
                let found = told_runs(&file).filter(|runs| (1..=repeats.runs).contains(runs));
                found.ok_or_else(|| file.damaged("it does not say how long was trained"))?
            }
            _ => 0,
        };
        Ok(Self { file, runs, prepared })
    }

    /// Which keys and data they belong to.
    #[must_use]
    pub fn origin(&self) -> Origin {
        origin(self.file.stamp())
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Ciphertext `block` of input or output number `group`.
    ///
    /// # Errors
    /// When it is missing or not of the planned size, or residues are out of range.
    pub fn load(&self, group: usize, block: usize) -> Result<Ciphertext, FileError> {
        let kind = self.file.stamp().kind;
        let groups = groups(self.prepared, kind, self.runs);
        let planned = groups.get(group).and_then(|g| Some((&g.name, *g.blocks.get(block)?)));
        let Some((name, (level, scale))) = planned else {
            return Err(self.file.damaged(format!("ciphertext {block} of tensor {group} is missing")));
        };
        let context = self.prepared.context();
        let (name, limbs, degree) = (format!("{name}/{block}"), level + 1, context.degree());
        let read: Result<Ciphertext, CkksError> = if kind == FileKind::Inputs {
            let part = self.file.words(&name, &[limbs, degree])?;
            let count = groups.iter().map(|g| g.blocks.len()).sum();
            let position = groups[..group].iter().map(|g| g.blocks.len()).sum::<usize>() + block;
            let seeds = self.file.tensor(SEEDS, Dtype::U8, &[count, 32])?.as_chunks::<32>().0;
            let seed = seeds.get(position).copied().unwrap_or_default();
            Ciphertext::from_seeded(context, level, scale, part, seed)
        } else {
            let words = self.file.words(&name, &[2, limbs, degree])?;
            let parts = words.chunks_exact(limbs * degree).map(Buffer::copy_of).collect();
            Ciphertext::from_parts(context, level, scale, parts)
        };
        // It was copied.
        self.file.release(&name);
        read.map_err(refused(self.file.path()))
    }

    /// All ciphertexts, one list per input or output.
    ///
    /// # Errors
    /// As [`CiphertextFile::load`].
    pub fn load_all(&self) -> Result<Vec<Vec<Ciphertext>>, FileError> {
        let groups = groups(self.prepared, self.file.stamp().kind, self.runs);
        let all = |(group, g): (usize, &Group)| (0..g.blocks.len()).map(|b| self.load(group, b)).collect();
        groups.iter().enumerate().map(all).collect()
    }
}

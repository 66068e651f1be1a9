//! Keys: the half that is not uniform, and the seed of the other.
//!
//! `eval.keys` holds one tensor per key, `[digits, primes, N]`, written one after the other, so that they need not be in memory together.
//! The secret key is the owner's, and a file of `hep-owner`.

use super::server_keys::{key_form, server_keys};
use super::{Origin, origin, refused, stamp};
use crate::container::{File, FileError, FileKind, TensorSpec, Writer};
use crate::place::Output;
use crate::prepared::Prepared;
use hep_circuits::ServerKeys;
use hep_ckks::{KeyForm, PublicKey, SwitchingKey};
use hep_plan::plan::ServerKey;
use hep_plan::refresh::RefreshKey;
use hep_plan::{Level, RefreshShape};
use safetensors::Dtype;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// Name of the public key in its directory.
pub const PUBLIC_KEY: &str = "public.key";
/// Name of the evaluation keys in their directory.
pub const EVALUATION_KEYS: &str = "eval.keys";

const OTHER_PARAMETERS: &str = "use the keys that were generated for this plan, or generate new ones";
const SEEDS: &str = "seeds";

/// Writes the public key, which is not in place yet.
///
/// # Errors
/// When the disk is full.
pub fn write_public_key(
    prepared: &Prepared,
    key: &PublicKey,
    origin: &Origin,
    out: Output,
) -> Result<Output, FileError> {
    let stamp = stamp(prepared, FileKind::PublicKey, origin, &json!({}));
    let shape = vec![key.b().limb_count(), key.b().degree()];
    let specs = vec![TensorSpec::words("public", shape), TensorSpec::bytes("seed", 32)];
    let mut writer = Writer::create(out, stamp, specs)?;
    writer.words(key.b().as_slice())?;
    writer.bytes(key.seed())?;
    writer.complete()
}

/// Reads a public key for the parameters of a plan.
///
/// # Errors
/// A damaged file, another kind, other parameters.
pub fn load_public_key(prepared: &Prepared, path: &Path) -> Result<(PublicKey, Origin), FileError> {
    let file = open_keys(prepared, path, FileKind::PublicKey)?;
    let context = prepared.context();
    let half = file.words("public", &[context.max_level() + 1, context.degree()])?;
    let seed = seed(&file, "seed", 0, 1)?;
    let key = PublicKey::from_parts(context, seed, half).map_err(refused(path))?;
    Ok((key, origin(file.stamp())))
}

/// Writes evaluation keys one by one, in the order of [`server_keys`](hep_plan::Plan::server_keys).
#[derive(Debug)]
pub struct KeyWriter {
    writer: Writer,
    seeds: Vec<u8>,
}

impl KeyWriter {
    /// Begins the file of all keys of the plan's server.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn create(prepared: &Prepared, origin: &Origin, out: Output) -> Result<Self, FileError> {
        let keys = prepared.plan().server_keys();
        let spec = |(key, level): &(ServerKey, Level)| {
            TensorSpec::words(key.to_string(), key_shape(prepared, *key, *level))
        };
        let mut specs: Vec<TensorSpec> = keys.iter().map(spec).collect();
        specs.push(TensorSpec { name: SEEDS.into(), dtype: Dtype::U8, shape: vec![specs.len(), 32] });
        let details = Listed { keys: keys.iter().map(|(key, level)| (key.to_string(), level.0)).collect() };
        let details = json!(details);
        let stamp = stamp(prepared, FileKind::EvaluationKeys, origin, &details);
        Ok(Self { writer: Writer::create(out, stamp, specs)?, seeds: Vec::new() })
    }

    /// Appends the next key.
    ///
    /// # Errors
    /// When the file cannot be written, or the key is not of the planned size.
    pub fn push(&mut self, key: &SwitchingKey) -> Result<(), FileError> {
        self.seeds.extend_from_slice(key.seed());
        self.writer.words(key.b())
    }

    /// Completes the file, which is not in place yet.
    ///
    /// # Errors
    /// When a key is missing or the disk is full.
    pub fn complete(mut self) -> Result<Output, FileError> {
        self.writer.bytes(&self.seeds)?;
        self.writer.complete()
    }
}

/// A mapped file of evaluation keys that has all keys a plan needs.
#[derive(Debug)]
pub struct EvaluationKeyFile {
    file: File,
    /// Keys that the plan needs, positions of their seeds, levels in the file.
    keys: Vec<(ServerKey, usize, Level)>,
    /// Keys in the file.
    count: usize,
}

/// What the details of such a file say: names and levels of its keys, in the order of their seeds.
#[derive(serde::Serialize, serde::Deserialize)]
struct Listed {
    keys: Vec<(String, u32)>,
}

/// Opens evaluation keys and checks that they suffice for a plan; a file made for another plan of the same parameters
/// is welcome if it has the keys.
///
/// # Errors
/// A damaged file, another kind, other parameters, a missing key.
pub fn load_evaluation_keys(prepared: &Prepared, path: &Path) -> Result<EvaluationKeyFile, FileError> {
    let file = open_keys(prepared, path, FileKind::EvaluationKeys)?;
    let listed: Listed = serde_json::from_str(&file.stamp().details)
        .map_err(|_| file.damaged("its list of keys is unreadable"))?;
    let count = listed.keys.len();
    let there: BTreeMap<ServerKey, (usize, u32)> = listed
        .keys
        .iter()
        .enumerate()
        .filter_map(|(at, (name, level))| Some((name.parse().ok()?, (at, *level))))
        .collect();
    let mut keys = Vec::new();
    for (key, needed) in prepared.plan().server_keys() {
        let most = highest(prepared, key, needed);
        let found = there.get(&key).filter(|(_, level)| *level >= needed.0 && *level <= most.0);
        let (at, level) = *found.ok_or_else(|| FileError::Mismatch {
            path: path.to_path_buf(),
            what: "a plan with",
            found: "other keys".into(),
            expected: format!("the key {key} up to {needed}"),
            advice: OTHER_PARAMETERS,
        })?;
        keys.push((key, at, Level(level)));
    }
    Ok(EvaluationKeyFile { file, keys, count })
}

impl EvaluationKeyFile {
    /// Which keys these are.
    #[must_use]
    pub fn origin(&self) -> Origin {
        origin(self.file.stamp())
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Bytes of the keys that the plan needs once they are expanded.
    #[must_use]
    pub fn memory(&self, prepared: &Prepared) -> u64 {
        self.keys.iter().map(|(key, _, level)| prepared.plan().server_key_bytes(*key, *level)).sum()
    }

    /// Reads and expands all keys that the plan needs.
    ///
    /// # Errors
    /// Residues out of range.
    pub fn expand(&self, prepared: &Prepared) -> Result<ServerKeys, FileError> {
        let read = |(key, position, level): &(ServerKey, usize, Level)| {
            Ok((*key, self.key(prepared, *key, *position, *level)?))
        };
        let keys = self.keys.iter().map(read).collect::<Result<_, FileError>>()?;
        Ok(server_keys(prepared.context(), keys))
    }

    fn key(
        &self,
        prepared: &Prepared,
        key: ServerKey,
        position: usize,
        level: Level,
    ) -> Result<SwitchingKey, FileError> {
        let half = self.file.shared_words(&key.to_string(), &key_shape(prepared, key, level))?;
        let seed = seed(&self.file, SEEDS, position, self.count)?;
        SwitchingKey::from_parts_of(prepared.context(), key_form(prepared, key), level.0 as usize, seed, half)
            .map_err(refused(self.file.path()))
    }
}

/// Digits, primes of Q and P, degree.
fn key_shape(prepared: &Prepared, key: ServerKey, level: Level) -> Vec<usize> {
    let context = prepared.context();
    let (digits, special) = match key_form(prepared, key) {
        KeyForm::Full => (context.digits(level.0 as usize), prepared.plan().params.p.len()),
        KeyForm::Low { special } => (context.digits(level.0 as usize), special),
        KeyForm::Whole => (1, 1),
    };
    vec![digits, level.limbs() + special, context.degree()]
}

/// The highest level that a key may be for.
fn highest(prepared: &Prepared, key: ServerKey, needed: Level) -> Level {
    match key {
        ServerKey::Refresh(RefreshKey::ToSparse | RefreshKey::Raise(_)) => needed,
        ServerKey::Refresh(RefreshKey::Low(_)) => {
            let bottom = prepared.plan().refresh_shapes().map(RefreshShape::bottom).max();
            Level(bottom.unwrap_or(0) as u32)
        }
        ServerKey::Operation(_) | ServerKey::Refresh(_) => prepared.plan().params.max_level(),
    }
}

/// Opens a file of keys of these parameters.
///
/// # Errors
/// A damaged file, another kind, other parameters.
pub fn open_keys(prepared: &Prepared, path: &Path, kind: FileKind) -> Result<File, FileError> {
    let file = File::open(path, kind)?;
    file.require("parameters", &file.stamp().parameters, prepared.parameters(), OTHER_PARAMETERS)?;
    Ok(file)
}

/// Row `position` of a tensor of `count` seeds; a single seed may also be a vector.
fn seed(file: &File, name: &str, position: usize, count: usize) -> Result<[u8; 32], FileError> {
    let shape: &[usize] = if name == SEEDS { &[count, 32] } else { &[32] };
    let bytes = file.tensor(name, Dtype::U8, shape)?;
    let seeds = bytes.as_chunks::<32>().0;
    seeds.get(position).copied().ok_or_else(|| file.damaged("a seed is missing"))
}

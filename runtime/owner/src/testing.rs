//! The files of all roles in one directory.

use crate::error::Error;
use crate::files::{Columns, Names};
use hep_format::Prepared;
use hep_format::container::{FileError, FileKind, HEADER_START, digest_key};
use hep_format::files::save_plan;
use hep_format::place::Output;
pub use hep_samples::{data, random_plan, small_plan};
use hep_server::executor::Options;
use hep_server::run;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub fn prepared() -> Prepared {
    Prepared::new(small_plan()).unwrap()
}

pub const FILES: [&str; 7] =
    ["plan", "keys/secret.key", "keys/public.key", "keys/eval.keys", "in.hct", "owner.state", "out.hct"];

/// One directory with the files of all roles.
pub struct Place {
    pub directory: TempDir,
    pub prepared: Prepared,
}

impl Place {
    pub fn new(keys: Option<u64>, data: Option<u64>) -> Self {
        let place = Self { directory: tempfile::tempdir().unwrap(), prepared: prepared() };
        save_plan(place.prepared.plan(), &place.path("plan")).unwrap();
        crate::keygen(&place.prepared, &place.path("keys"), keys).unwrap();
        place.encrypt(data).unwrap();
        place.run(&place.path("keys/eval.keys"), 2).unwrap();
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn encrypt(&self, seed: Option<u64>) -> Result<(), Error> {
        let (keys, out, state) = (self.path("keys"), self.path("in.hct"), self.path("owner.state"));
        let claim = |path: &Path, kind| Output::claim(path, kind, &[]).map_err(FileError::from);
        let state = crate::StatePlace::Named(claim(&state, FileKind::OwnerState)?);
        let out = claim(&out, FileKind::Inputs)?;
        crate::encrypt(&self.prepared, &keys, &data(), names(), out, state, seed).map(drop)
    }

    pub fn run(&self, keys: &Path, threads: usize) -> Result<(), Error> {
        self.run_while(keys, threads, &mut || {})
    }

    /// Runs while something happens after the first instruction.
    pub fn run_while(
        &self,
        keys: &Path,
        threads: usize,
        happens: &mut (dyn FnMut() + Send),
    ) -> Result<(), Error> {
        let options = Options { threads, memory: None };
        let (inputs, out) = (self.path("in.hct"), self.path("out.hct"));
        let mut first = true;
        let mut progress = |_| {
            if std::mem::take(&mut first) {
                happens();
            }
        };
        let out = Output::claim(&out, FileKind::Outputs, &[]).map_err(FileError::from)?;
        Ok(run(&self.prepared, keys, &inputs, out, options, &mut progress).map(drop)?)
    }

    pub fn decrypt(&self) -> Result<crate::Decrypted, Error> {
        crate::decrypt(
            &self.prepared,
            &self.path("keys"),
            &self.path("owner.state"),
            &self.path("out.hct"),
            None,
        )
    }
}

/// The bytes of a file after a change to its tensors, with digests that are right again: damage that no digest finds. The
/// change gets the bytes after the header.
pub fn resealed(bytes: &[u8], change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let (mut header, mut data) = (bytes[8..8 + length].to_vec(), bytes[8 + length..].to_vec());
    change(&mut data);
    let parsed: serde_json::Value = serde_json::from_slice(&header).unwrap();
    for (name, info) in parsed.as_object().unwrap().iter().filter(|(name, _)| *name != "__metadata__") {
        let at = |end: usize| info["data_offsets"][end].as_u64().unwrap() as usize;
        let digest = blake3::hash(&data[at(0)..at(1)]).to_hex();
        let key = format!("{}:\"", serde_json::Value::from(digest_key(name)));
        let found = header.windows(key.len()).position(|window| window == key.as_bytes()).unwrap();
        header[found + key.len()..][..64].copy_from_slice(digest.as_bytes());
    }
    let signed = HEADER_START.len() + 64;
    let digest = blake3::hash(&header[signed..]).to_hex();
    header[HEADER_START.len()..signed].copy_from_slice(digest.as_bytes());
    [&bytes[..8], &header, &data].concat()
}

/// Names of classes and columns, some of them unusual.
pub fn names() -> Names {
    let columns = Columns { label: Some("kind".into()), features: vec!["a".into(), "b, \"c\"".into()] };
    Names { classes: vec!["no".into(), "yes".into()], columns: Some(columns) }
}

//! Reading a file: mapped into memory, checked before anything is allocated.

use super::mapped::{Identity, Mapped};
use super::{
    CONTAINER_VERSION, FileError, FileKind, HEADER_START, Insecure, MAX_HEADER_BYTES, Stamp, digest_key,
};
use hep_ckks::Buffer;
use hep_ckks::buffer::words_of_bytes;
use rayon::prelude::*;
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a file that are hashed before their pages are given back.
const HASHED: usize = 4 << 20;

/// A tensor of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorInfo {
    /// Type of its elements.
    pub dtype: Dtype,
    /// Extents.
    pub shape: Vec<usize>,
    /// Where its bytes lie in the file.
    range: Range<usize>,
}

impl TensorInfo {
    /// Bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Whether it has no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }
}

/// An open file whose header and digests are right.
#[derive(Debug)]
pub struct File {
    path: PathBuf,
    handle: std::fs::File,
    /// What the file was when it was opened.
    identity: Identity,
    map: Arc<Mapped>,
    stamp: Stamp,
    tensors: BTreeMap<String, TensorInfo>,
    digests: BTreeMap<String, String>,
}

impl File {
    /// Opens a file of any kind and checks its header and the digest of every tensor.
    ///
    /// # Errors
    /// Everything that [`FileError`] distinguishes, apart from the wrong kind.
    pub fn open_any(path: &Path) -> Result<Self, FileError> {
        // Before it is opened: opening a pipe waits for somebody to write to it.
        if std::fs::metadata(path).is_ok_and(|m| !m.is_file()) {
            return Err(FileError::foreign(path, "it is no regular file"));
        }
        let file = std::fs::File::open(path).map_err(FileError::io(path, "open"))?;
        let metadata = file.metadata().map_err(FileError::io(path, "read"))?;
        if !metadata.is_file() {
            return Err(FileError::foreign(path, "it is no regular file"));
        }
        if metadata.len() < 8 {
            return Err(FileError::damaged(path, format!("it has {} bytes only", metadata.len())));
        }
        let map = Mapped::new(&file, path)?;
        let (parsed, tensors) = parse(path, &map)?;
        let opened = Self {
            path: path.to_path_buf(),
            identity: Identity::of(&metadata),
            handle: file,
            map: Arc::new(map),
            stamp: parsed.stamp,
            tensors,
            digests: parsed.digests,
        };
        opened.check_digests()?;
        Ok(opened)
    }

    /// Checks that the file still is what it was when it was opened: length, time of the last change, the file that its name
    /// stands for, and the digest of every tensor. To be called when all of it has been read.
    ///
    /// # Errors
    /// [`FileError::Changed`] when somebody wrote to the file or replaced it.
    pub fn check_unchanged(&self) -> Result<(), FileError> {
        let changed = |what: &'static str| FileError::Changed { path: self.path.clone(), what };
        let held = self.handle.metadata().map_err(FileError::io(&self.path, "read"))?;
        let named = std::fs::metadata(&self.path).map_err(FileError::io(&self.path, "read"))?;
        // The length first: pages beyond the end cannot be read.
        for now in [held, named] {
            if let Some(what) = self.identity.difference(&Identity::of(&now)) {
                return Err(changed(what));
            }
        }
        self.check_digests().map_err(|_| changed("its contents are others"))
    }

    /// Opens a file of one kind.
    ///
    /// # Errors
    /// As [`File::open_any`], and another kind.
    pub fn open(path: &Path, kind: FileKind) -> Result<Self, FileError> {
        let file = Self::open_any(path)?;
        if file.stamp.kind == kind {
            return Ok(file);
        }
        Err(FileError::WrongKind { path: file.path, found: file.stamp.kind, expected: kind })
    }

    /// Where it was read from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it is and under what it was made.
    #[must_use]
    pub fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// All tensors by name.
    #[must_use]
    pub fn tensors(&self) -> &BTreeMap<String, TensorInfo> {
        &self.tensors
    }

    /// Length of the file in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.map.len() as u64
    }

    /// Never true: a file holds a header at least.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Bytes of a tensor of the given type and shape.
    ///
    /// # Errors
    /// [`FileError::Damaged`] when it is missing or of another type or shape.
    pub fn tensor(&self, name: &str, dtype: Dtype, shape: &[usize]) -> Result<&[u8], FileError> {
        let Some(info) = self.tensors.get(name) else {
            return Err(self.damaged(format!("it has no tensor `{name}`")));
        };
        if info.dtype != dtype || info.shape != shape {
            return Err(self.damaged(format!(
                "tensor `{name}` is {} {:?} where {dtype} {shape:?} belongs",
                info.dtype, info.shape
            )));
        }
        Ok(&self.map[info.range.clone()])
    }

    /// A copy of the words of a tensor of the given shape.
    ///
    /// # Errors
    /// As [`File::tensor`].
    pub fn words(&self, name: &str, shape: &[usize]) -> Result<Buffer, FileError> {
        Ok(copied(self.tensor(name, Dtype::U64, shape)?))
    }

    /// The words of a tensor of the given shape, which stay in the mapped file where its layout allows it.
    ///
    /// # Errors
    /// As [`File::tensor`].
    pub fn shared_words(&self, name: &str, shape: &[usize]) -> Result<SharedWords, FileError> {
        let bytes = self.tensor(name, Dtype::U64, shape)?;
        if words_of_bytes(bytes).is_none() {
            return Ok(SharedWords::Copied(copied(bytes)));
        }
        let start = bytes.as_ptr().addr() - self.map.as_ptr().addr();
        Ok(SharedWords::Mapped { map: Arc::clone(&self.map), range: start..start + bytes.len() })
    }

    /// Refuses a secret of this user that others can read, as `ssh` does: they may have it already.
    ///
    /// # Errors
    /// [`FileError::TooOpen`].
    pub fn require_private(&self) -> Result<(), FileError> {
        use std::os::unix::fs::MetadataExt;
        let held = self.handle.metadata().map_err(FileError::io(&self.path, "read"))?;
        let mode = held.mode() & 0o777;
        if held.uid() == rustix::process::getuid().as_raw() && mode & 0o077 != 0 {
            return Err(FileError::TooOpen { path: self.path.clone(), mode });
        }
        Ok(())
    }

    /// Refuses a file made under other parameters, another plan or other keys.
    ///
    /// # Errors
    /// [`FileError::Mismatch`] unless `found == expected`.
    pub fn require(
        &self,
        what: &'static str,
        found: &str,
        expected: &str,
        advice: &'static str,
    ) -> Result<(), FileError> {
        if found == expected {
            return Ok(());
        }
        Err(FileError::Mismatch {
            path: self.path.clone(),
            what,
            found: found.to_string(),
            expected: expected.to_string(),
            advice,
        })
    }

    /// That this file is damaged.
    pub fn damaged(&self, reason: impl Into<String>) -> FileError {
        FileError::damaged(&self.path, reason)
    }

    /// Hands the pages of a tensor back to the system, which reads them again if they are asked for.
    pub fn release(&self, name: &str) {
        if let Some(info) = self.tensors.get(name) {
            self.map.release(info.range.clone());
        }
    }

    fn check_digests(&self) -> Result<(), FileError> {
        // The lowest name is reported, whichever thread is first.
        let names: Vec<(&String, &TensorInfo)> = self.tensors.iter().collect();
        let wrong = names.par_iter().find_first(|(name, info)| {
            let found = digest(&self.map, info.range.clone());
            self.digests.get(name.as_str()).is_none_or(|expected| *expected != found)
        });
        match wrong {
            None => Ok(()),
            Some((name, _)) => Err(self.damaged(format!("the digest of tensor `{name}` is wrong"))),
        }
    }
}

/// The digest of a part of a file, whose pages do not stay in memory for it.
fn digest(map: &Mapped, range: Range<usize>) -> String {
    let mut hasher = blake3::Hasher::new();
    for start in range.clone().step_by(HASHED) {
        let part = start..(start + HASHED).min(range.end);
        hasher.update(&map[part.clone()]);
        map.release(part);
    }
    hasher.finalize().to_hex().to_string()
}

/// Words that lie in a mapped file, or a copy of them.
#[derive(Debug)]
pub enum SharedWords {
    /// Bytes of a file, aligned and in the order of this machine.
    Mapped {
        /// The file.
        map: Arc<Mapped>,
        /// Where the words lie in it.
        range: Range<usize>,
    },
    /// Words of a file that could not be used as they lie there.
    Copied(Buffer),
}

impl AsRef<[u64]> for SharedWords {
    fn as_ref(&self) -> &[u64] {
        match self {
            Self::Mapped { map, range } => words_of_bytes(&map[range.clone()]).unwrap_or_default(),
            Self::Copied(words) => words,
        }
    }
}

fn copied(bytes: &[u8]) -> Buffer {
    let mut words = Buffer::recycled(bytes.len() / 8);
    let pairs = words.iter_mut().zip(bytes.as_chunks::<8>().0);
    pairs.for_each(|(word, bytes)| *word = u64::from_le_bytes(*bytes));
    words
}

/// The stamp with the digests of the tensors.
struct Parsed {
    stamp: Stamp,
    digests: BTreeMap<String, String>,
}

fn parse(path: &Path, bytes: &[u8]) -> Result<(Parsed, BTreeMap<String, TensorInfo>), FileError> {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else {
        return Err(FileError::damaged(path, "it has no header"));
    };
    let start = HEADER_START.as_bytes();
    if !rest.starts_with(start) {
        return Err(FileError::foreign(path, "it does not begin with the header of such a file"));
    }
    let length = u64::from_le_bytes(*length);
    let header =
        usize::try_from(length).ok().filter(|_| length <= MAX_HEADER_BYTES).and_then(|n| rest.get(..n));
    let Some((digest, signed)) =
        header.and_then(|h| h.get(start.len()..)).and_then(|h| h.split_at_checked(64))
    else {
        return Err(FileError::damaged(path, "its header is truncated"));
    };
    if blake3::hash(signed).to_hex().as_bytes() != digest {
        return Err(FileError::damaged(path, "the digest of its header is wrong"));
    }
    let unreadable = |e: safetensors::SafeTensorError| {
        let reason = match e {
            safetensors::SafeTensorError::MetadataIncompleteBuffer => {
                "it is truncated, or bytes were added".into()
            }
            other => other.to_string(),
        };
        FileError::damaged(path, reason)
    };
    let (header_len, metadata) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
    let strings = metadata.metadata().as_ref();
    let get = |key: &str| {
        let value = strings.and_then(|m| m.get(key)).cloned();
        value.ok_or_else(|| FileError::damaged(path, format!("its header has no entry `{key}`")))
    };
    let version = get("version")?;
    if version != CONTAINER_VERSION.to_string() {
        return Err(FileError::Version {
            path: path.to_path_buf(),
            found: version,
            expected: CONTAINER_VERSION,
        });
    }
    let bad = |key: &str| FileError::damaged(path, format!("the entry `{key}` of its header makes no sense"));
    // These are printed: anything but hex could forge what a terminal shows.
    let hex = |key: &str| {
        let value = get(key)?;
        let is_hex = value.len() <= 64 && value.bytes().all(|b| b.is_ascii_hexdigit());
        if is_hex { Ok(value) } else { Err(bad(key)) }
    };
    let stamp = Stamp {
        kind: FileKind::from_name(&get("kind")?).ok_or_else(|| bad("kind"))?,
        parameters: hex("parameters")?,
        plan: hex("plan")?,
        insecure: Insecure::from_name(&get("insecure")?).ok_or_else(|| bad("insecure"))?,
        keys: hex("keys")?,
        upload: hex("upload")?,
        details: get("details")?,
    };
    let mut tensors = BTreeMap::new();
    let mut digests = BTreeMap::new();
    for name in metadata.offset_keys() {
        let info = metadata.info(&name).ok_or_else(|| bad(&name))?;
        let (first, end) = info.data_offsets;
        let base = 8 + header_len;
        // `read_metadata` has checked that the offsets end at the end of the file.
        let range = base + first..base + end;
        if bytes.get(range.clone()).is_none() {
            return Err(bad(&name));
        }
        digests.insert(name.clone(), get(&digest_key(&name))?);
        tensors.insert(name, TensorInfo { dtype: info.dtype, shape: info.shape.clone(), range });
    }
    Ok((Parsed { stamp, digests }, tensors))
}

//! Writing a file tensor by tensor.
//!
//! The header comes first in a file but holds digests of what follows. Its length does not depend on the digests, so it is
//! written with zeros, the tensors are streamed and digested, and the header is written again. The crate
//! `safetensors` writes its metadata from a hash map, in an order that changes between runs; hence the header is
//! put together here, and read by that crate.

use super::{FileError, HEADER_START, MAX_HEADER_BYTES, Stamp, digest_key};
use crate::place::{Access, Output};
use safetensors::Dtype;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// Name, type and shape of a tensor to come.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorSpec {
    /// Name, unique in the file.
    pub name: String,
    /// Type of the elements.
    pub dtype: Dtype,
    /// Extents.
    pub shape: Vec<usize>,
}

impl TensorSpec {
    /// Unsigned words.
    pub fn words(name: impl Into<String>, shape: Vec<usize>) -> Self {
        Self { name: name.into(), dtype: Dtype::U64, shape }
    }

    /// Bytes.
    pub fn bytes(name: impl Into<String>, len: usize) -> Self {
        Self { name: name.into(), dtype: Dtype::U8, shape: vec![len] }
    }

    fn len(&self) -> u64 {
        let elements: u64 = self.shape.iter().map(|&e| e as u64).product();
        elements * self.dtype.bitsize() as u64 / 8
    }
}

/// A file in the making, in a place that was claimed for it.
///
/// ```
/// use hep_format::container::{File, FileKind, Insecure, Stamp, TensorSpec, Writer};
/// use hep_format::place::Output;
/// use safetensors::Dtype;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("model.hct");
/// // Fingerprints and names, in hex.
/// let stamp = Stamp {
///     kind: FileKind::Outputs,
///     parameters: "0a".into(),
///     plan: "0b".into(),
///     insecure: Insecure { parameters: true, seed: false },
///     keys: "0c".into(),
///     upload: "0d".into(),
///     details: "{}".into(),
/// };
/// let words = TensorSpec { name: "a".into(), dtype: Dtype::U64, shape: vec![3] };
/// let mut writer = Writer::create(Output::claim(&path, FileKind::Outputs, &[])?, stamp.clone(), vec![words])?;
/// writer.words(&[1, 2, 3])?;
/// writer.finish()?;
///
/// let file = File::open(&path, FileKind::Outputs)?;
/// assert_eq!(file.stamp(), &stamp);
/// assert_eq!(file.words("a", &[3])?[..], [1, 2, 3]);
/// // Another kind of file is refused, and so is a bit that flipped.
/// assert!(File::open(&path, FileKind::Plan).is_err());
/// let mut bytes = std::fs::read(&path)?;
/// *bytes.last_mut().unwrap() ^= 1;
/// std::fs::write(&path, bytes)?;
/// assert!(File::open(&path, FileKind::Outputs).and_then(|file| file.words("a", &[3])).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    stamp: Stamp,
    tensors: Vec<TensorSpec>,
    digests: Vec<blake3::Hash>,
    file: BufWriter<Output>,
    hasher: blake3::Hasher,
    /// Bytes of the current tensor that are written.
    written: u64,
}

impl Writer {
    /// Begins a file. Tensors are written in the order of `tensors`; place types with wide elements first, so that all are
    /// aligned.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn create(out: Output, stamp: Stamp, tensors: Vec<TensorSpec>) -> Result<Self, FileError> {
        let path = out.path().to_path_buf();
        // What is private goes to the file at once, so that no buffer keeps a copy of it.
        let buffer = if out.access() == Access::Shared { 1 << 20 } else { 0 };
        let mut writer = Self {
            path,
            stamp,
            tensors,
            digests: Vec::new(),
            file: BufWriter::with_capacity(buffer, out),
            hasher: blake3::Hasher::new(),
            written: 0,
        };
        let header = writer.header(true)?;
        writer.file.write_all(&header).map_err(FileError::io(&writer.path, "write"))?;
        Ok(writer)
    }

    /// Appends bytes to the current tensor.
    ///
    /// # Errors
    /// When the disk is full, or the bytes do not fit the declared tensors.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        self.hasher.update(bytes);
        self.file.write_all(bytes).map_err(FileError::io(&self.path, "write"))?;
        self.written += bytes.len() as u64;
        while let Some(spec) = self.tensors.get(self.digests.len()) {
            if self.written < spec.len() {
                return Ok(());
            }
            if self.written > spec.len() {
                break;
            }
            self.digests.push(self.hasher.finalize());
            self.hasher.reset();
            self.written = 0;
        }
        if self.written == 0 { Ok(()) } else { Err(self.inconsistent("more data than was declared")) }
    }

    /// Appends words to the current tensor, little-endian.
    ///
    /// # Errors
    /// As [`Writer::bytes`].
    pub fn words(&mut self, words: &[u64]) -> Result<(), FileError> {
        let mut buffer = Vec::with_capacity(8 * words.len().min(1 << 16));
        for chunk in words.chunks(1 << 16) {
            buffer.clear();
            buffer.extend(chunk.iter().flat_map(|word| word.to_le_bytes()));
            self.bytes(&buffer)?;
        }
        Ok(())
    }

    /// Completes the header and flushes: the file is whole, and appears under its name with [`Output::finish`].
    ///
    /// # Errors
    /// When a tensor is missing, or the disk is full.
    pub fn complete(mut self) -> Result<Output, FileError> {
        // Tensors without elements at the end were never written to.
        self.bytes(&[])?;
        if self.digests.len() != self.tensors.len() {
            return Err(self.inconsistent("less data than was declared"));
        }
        let header = self.header(false)?;
        let Self { path, mut file, .. } = self;
        file.seek(SeekFrom::Start(0)).map_err(FileError::io(&path, "write"))?;
        file.write_all(&header).map_err(FileError::io(&path, "write"))?;
        file.into_inner().map_err(|e| FileError::io(&path, "write")(e.into_error()))
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    /// As [`Writer::complete`] and [`Output::finish`].
    pub fn finish(self) -> Result<(), FileError> {
        Ok(self.complete()?.finish()?)
    }

    /// Length and header; with `blank`, zeros stand for all digests.
    fn header(&self, blank: bool) -> Result<Vec<u8>, FileError> {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let zeros = "0".repeat(64);
        let mut rest = String::from("\"");
        for (key, value) in self.stamp.entries() {
            rest.push_str(&format!(",{}:{}", quoted(&key), quoted(&value)));
        }
        for (position, spec) in self.tensors.iter().enumerate() {
            let digest = self.digests.get(position).filter(|_| !blank);
            let digest = digest.map_or_else(|| zeros.clone(), |d| d.to_hex().to_string());
            rest.push_str(&format!(",{}:\"{digest}\"", quoted(&digest_key(&spec.name))));
        }
        rest.push('}');
        let mut offset = 0;
        for spec in &self.tensors {
            let end = offset + spec.len();
            let info = serde_json::json!({
                "data_offsets": [offset, end],
                "dtype": spec.dtype.to_string(),
                "shape": spec.shape,
            });
            rest.push_str(&format!(",{}:{info}", quoted(&spec.name)));
            offset = end;
        }
        rest.push('}');
        // Tensors begin at a multiple of eight bytes.
        let len = (HEADER_START.len() + 64 + rest.len()).next_multiple_of(8);
        rest.extend(std::iter::repeat_n(' ', len - HEADER_START.len() - 64 - rest.len()));
        if len as u64 > MAX_HEADER_BYTES {
            return Err(self.inconsistent("its header is longer than any that is read"));
        }
        let digest = if blank { zeros } else { blake3::hash(rest.as_bytes()).to_hex().to_string() };
        let mut header = (len as u64).to_le_bytes().to_vec();
        header.extend_from_slice(HEADER_START.as_bytes());
        header.extend_from_slice(digest.as_bytes());
        header.extend_from_slice(rest.as_bytes());
        Ok(header)
    }

    fn inconsistent(&self, reason: &str) -> FileError {
        let source = std::io::Error::other(reason.to_string());
        FileError::Io { path: self.path.clone(), action: "write", source }
    }
}

//! Files of this format as outputs: who may read them, and what may be replaced by what.

use super::{FileKind, HEADER_START};
use crate::place::{Access, Content};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

impl From<FileKind> for Content {
    fn from(kind: FileKind) -> Self {
        let access = match kind {
            FileKind::SecretKey => Access::PrivateOnce,
            FileKind::OwnerState => Access::Private,
            FileKind::Plan
            | FileKind::PublicKey
            | FileKind::EvaluationKeys
            | FileKind::Inputs
            | FileKind::Outputs
            | FileKind::Checkpoint => Access::Shared,
        };
        Self { name: kind.described(), access, known }
    }
}

/// What a file of this format is, in words.
fn known(file: &mut File) -> Option<&'static str> {
    kind(file).map(FileKind::described)
}

/// What a file of this format is, by its beginning alone: a damaged one may be replaced too.
pub fn kind(file: &mut File) -> Option<FileKind> {
    // The length of the header, its start, a digest, and the first entry of the stamp.
    let (digest, entry) = (8 + HEADER_START.len(), "\",\"kind\":\"");
    let start = digest + 64 + entry.len();
    let mut beginning = Vec::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(start as u64 + 32).read_to_end(&mut beginning).ok()?;
    let same = beginning.get(8..digest)? == HEADER_START.as_bytes()
        && beginning.get(digest + 64..start)? == entry.as_bytes();
    let name = beginning.get(start..)?.split(|byte| *byte == b'"').next()?;
    let kind = FileKind::from_name(std::str::from_utf8(name).ok()?)?;
    same.then_some(kind)
}

//! What can be wrong with a file. Every message names the file, what was found and what to do.

use super::FileKind;
use crate::place::PlaceError;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A file that could not be read or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// The operating system refused.
    #[error("cannot {action} {path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was attempted.
        action: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// No place for an output.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// A secret that others can read.
    #[error("{path} can be read by others than you (mode {mode:04o}); keep it to yourself: `chmod 600 {quoted}`",
        path = path.display(), quoted = quoted(path))]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// A secret in a folder where others can put another in its place.
    #[error("everybody can write to {path} (mode {mode:04o}), and put other keys there; keep the folder to yourself: `chmod go-w {quoted}`",
        path = path.display(), quoted = quoted(path))]
    OpenFolder {
        /// The folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The state of other data is where one was to be written.
    #[error(
        "{path} is the owner's state of other data, whose results are lost without it; give another name, or none: states are named by the data they belong to",
        path = path.display()
    )]
    OtherState {
        /// The file.
        path: PathBuf,
    },
    /// A count of results that is none.
    #[error(
        "{path} holds no count of the results that were decrypted under these keys; put a copy of it back, or remove it and count from \
         the first again",
        path = path.display()
    )]
    NoCount {
        /// The file.
        path: PathBuf,
    },
    /// No state for a result.
    #[error(
        "{path} is not there, which ⟨encrypt⟩ wrote beside the keys together with the data of this result; if it lies elsewhere, say so with ⟨owner = FILE⟩",
        path = path.display()
    )]
    NoState {
        /// The file.
        path: PathBuf,
    },
    /// No file of this program.
    #[error("{path} is no hep file: {reason}; give a file that hep wrote", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// The file is truncated or changed.
    #[error("{path} is damaged: {reason}; copy it again, or make it again", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not hold.
        reason: String,
    },
    /// Somebody wrote to the file while it was in use.
    #[error(
        "{path} was changed while it was in use: {what}; nothing was written: start again when nobody writes to it",
        path = path.display()
    )]
    Changed {
        /// The file.
        path: PathBuf,
        /// How that shows.
        what: &'static str,
    },
    /// Another version of the format.
    #[error(
        "{path} has format version {found}, this program reads version {expected}; make all files of its run again with this version: the plan (⟨compile⟩), keys in a new folder (⟨keygen⟩), the data (⟨encrypt⟩)",
        path = path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Version found.
        found: String,
        /// Version read.
        expected: u32,
    },
    /// Another kind of file.
    #[error("{path} is {found}, but {expected} is needed here (`{by}` makes it)", path = path.display(), by = expected.made_by())]
    WrongKind {
        /// The file.
        path: PathBuf,
        /// Kind found.
        found: FileKind,
        /// Kind needed.
        expected: FileKind,
    },
    /// Made under other parameters, another plan or other keys.
    #[error("{path} was made for {what} {found}, and {what} {expected} was expected; {advice}", path = path.display())]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// What the file says.
        found: String,
        /// What is in use.
        expected: String,
        /// What to do.
        advice: &'static str,
    },
}

impl FileError {
    /// The system refuses an action on a file.
    pub fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> FileError {
        let path = path.to_path_buf();
        move |source| FileError::Io { path, action, source }
    }

    /// A file of this format that is not whole or not sound.
    pub fn damaged(path: &Path, reason: impl Into<String>) -> FileError {
        FileError::Damaged { path: path.to_path_buf(), reason: reason.into() }
    }

    /// A file of another format.
    pub fn foreign(path: &Path, reason: impl Into<String>) -> FileError {
        FileError::Foreign { path: path.to_path_buf(), reason: reason.into() }
    }
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,@%=:".contains(c);
    if text.chars().all(plain) && !text.starts_with('-') {
        return text;
    }
    let dashes = if text.starts_with('-') { "./" } else { "" };
    format!("'{dashes}{}'", text.replace('\'', r"'\''"))
}

//! Why nothing can be written to a place. Every message names the file and one thing to do.

use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why an output has no place.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PlaceError {
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
    /// No file can have this name, or none can be made there.
    #[error("cannot write {path}: {why}; {advice}", path = path.display())]
    NoPlace {
        /// The file.
        path: PathBuf,
        /// What is there.
        why: String,
        /// What to do.
        advice: &'static str,
    },
    /// A file of another kind would be lost.
    #[error("{path} is {found}, and {wanted} would take its place; give the output another name", path = path.display())]
    Occupied {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
        /// What was to be written.
        wanted: &'static str,
    },
    /// A file that the same command reads would be lost.
    #[error("{path} is read by this command, and {wanted} would take its place; give the output another name", path = path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// What was to be written.
        wanted: &'static str,
    },
    /// Two outputs of one command.
    #[error("{path} would be written twice by this command; give each output a name of its own", path = path.display())]
    Twice {
        /// The file.
        path: PathBuf,
    },
    /// A file that would be lost is in the way.
    #[error(
        "{path} exists already, and what was encrypted under it is lost without it; choose another directory or remove the file yourself",
        path = path.display()
    )]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Another process writes to the same place.
    #[error(
        "another command is writing {path}; wait for its end, or give the output another name",
        path = path.display()
    )]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// What has the name of a temporary file and is none of ours.
    #[error("{path} is no file of yours, and stands where a file is kept until it is whole; remove it", path = path.display())]
    InTheWay {
        /// The name of the temporary file.
        path: PathBuf,
    },
}

impl PlaceError {
    /// The system refuses an action on a place.
    pub fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { path, action, source }
    }
}

//! What lies where an output shall go, and whether it may.

use super::{Access, Content, PlaceError};
use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Longest chain of links that is followed, as the system does.
const LINKS: usize = 40;

/// What is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// A file that may be replaced.
    Replaceable,
    /// What is written through.
    Stream,
}

/// A place for one output of a command.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// As the user wrote it.
    pub(super) given: PathBuf,
    /// Where links lead.
    pub(super) resolved: PathBuf,
    pub(super) content: Content,
    /// Devices and numbers of the files that the same command reads.
    inputs: Vec<(u64, u64)>,
}

impl Target {
    /// Follows links, the last of which may point at nothing. Inputs that cannot be looked at are no concern here: whoever
    /// reads them says so.
    pub(super) fn new(given: &Path, content: Content, inputs: &[&Path]) -> Result<Self, PlaceError> {
        let inputs = inputs.iter().filter_map(|input| fs::metadata(input).ok()).map(|m| node(&m)).collect();
        let target = |resolved| Self { given: given.to_path_buf(), resolved, content, inputs };
        let mut path = given.to_path_buf();
        match fs::metadata(given) {
            // What links to a pipe of this process say is no path.
            Ok(metadata) if is_stream(&metadata) => return Ok(target(path)),
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(PlaceError::io(given, "write")(e)),
            _ => {}
        }
        for _ in 0..LINKS {
            match fs::symlink_metadata(&path) {
                // A secret goes where it was told to and nowhere else.
                Ok(metadata) if metadata.is_symlink() && content.access != Access::PrivateOnce => {
                    let next = fs::read_link(&path).map_err(PlaceError::io(given, "read the link"))?;
                    path = folder(&path).join(next);
                }
                _ => return Ok(target(path)),
            }
        }
        Err(no_place(given, "it is a link that leads nowhere", "give the name of a file"))
    }

    /// The folder that the file is in.
    pub(super) fn folder(&self) -> &Path {
        folder(&self.resolved)
    }

    /// Where it is, one path for every way there.
    pub(super) fn place(&self) -> PathBuf {
        let folder = self.folder().canonicalize().unwrap_or_else(|_| self.folder().to_path_buf());
        folder.join(self.resolved.file_name().unwrap_or_default())
    }

    /// Where the file is kept until it is whole, if it has a name then.
    pub(super) fn partial(&self) -> PathBuf {
        let name = self.resolved.file_name().unwrap_or_default();
        let mut partial = std::ffi::OsString::from(".");
        partial.push(name);
        partial.push(".hep-partial");
        self.resolved.with_file_name(partial)
    }

    /// What is there, if it may be written to or replaced.
    pub(super) fn look(&self) -> Result<Found, PlaceError> {
        let io = |action| PlaceError::io(&self.given, action);
        let metadata = match fs::metadata(&self.resolved) {
            Ok(metadata) => metadata,
            Err(e) if e.kind() == ErrorKind::NotFound => return self.nothing(),
            Err(e) => return Err(io("write")(e)),
        };
        let Content { name: wanted, access, .. } = self.content;
        let kind = metadata.file_type();
        if self.inputs.contains(&node(&metadata)) {
            return Err(PlaceError::Input { path: self.given.clone(), wanted });
        }
        if kind.is_dir() {
            return Err(no_place(&self.given, "it is a folder", "give the name of a file"));
        }
        if access == Access::PrivateOnce {
            return Err(PlaceError::Exists { path: self.given.clone() });
        }
        if is_stream(&metadata) {
            return Ok(Found::Stream);
        }
        if !kind.is_file() {
            let what = if kind.is_socket() { "it is a socket" } else { "it is a block device" };
            return Err(no_place(&self.given, what, "give the name of a file"));
        }
        let mut file = File::open(&self.resolved).map_err(io("look at"))?;
        match self.content.other(&mut file).map_err(io("look at"))? {
            Some(found) => Err(PlaceError::Occupied { path: self.given.clone(), found, wanted }),
            None => Ok(Found::Replaceable),
        }
    }

    /// Refuses a place in a folder that is not there.
    pub(super) fn folder_exists(&self) -> Result<(), PlaceError> {
        let folder = self.folder();
        if folder.is_dir() {
            return Ok(());
        }
        let why = format!("there is no folder {}", folder.display());
        Err(no_place(&self.given, why, "make the folder first, or choose another"))
    }

    /// A name that is free.
    fn nothing(&self) -> Result<Found, PlaceError> {
        // A link that leads nowhere, where links are not followed.
        if self.content.access == Access::PrivateOnce && self.resolved.is_symlink() {
            return Err(PlaceError::Exists { path: self.given.clone() });
        }
        self.folder_exists()?;
        if self.resolved.file_name().is_none() || self.given.as_os_str().as_encoded_bytes().ends_with(b"/") {
            return Err(no_place(&self.given, "that is no name of a file", "give the name of a file"));
        }
        Ok(Found::Nothing)
    }
}

fn no_place(path: &Path, why: impl Into<String>, advice: &'static str) -> PlaceError {
    PlaceError::NoPlace { path: path.to_path_buf(), why: why.into(), advice }
}

/// The folder of a file, as a path that can be opened.
pub fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What is written through.
pub(super) fn is_stream(metadata: &Metadata) -> bool {
    let kind = metadata.file_type();
    kind.is_fifo() || kind.is_char_device()
}

/// Device and number: equal for all names of one file.
pub(super) fn node(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

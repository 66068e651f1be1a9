//! What is written, who may read it, and how a file of its kind is recognized.

use std::fs::File;
use std::io::Read;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody the umask allows.
    Shared,
    /// The user alone (mode 0600).
    Private,
    /// Like [`Access::Private`], and a file of that name is never replaced.
    PrivateOnce,
}

/// What is written to a place.
#[derive(Clone, Copy, Debug)]
pub struct Content {
    /// What it is, in words that [`Content::known`] gives to such files.
    pub name: &'static str,
    /// Who may read it.
    pub access: Access,
    /// Says by its beginning, or where that does not do by all of it, what a file is; nothing of files that hep did not write.
    pub known: fn(&mut File) -> Option<&'static str>,
}

impl Content {
    /// The same for everybody the umask allows, if `shared`.
    #[must_use]
    pub fn shared_if(self, shared: bool) -> Self {
        Self { access: if shared { Access::Shared } else { self.access }, ..self }
    }

    /// What a file is that is no such content; nothing of one that is, and of an empty file, which holds nothing to lose.
    pub(super) fn other(&self, file: &mut File) -> std::io::Result<Option<&'static str>> {
        if file.metadata()?.len() == 0 {
            return Ok(None);
        }
        match (self.known)(file) {
            Some(name) if name == self.name => Ok(None),
            Some(name) => Ok(Some(name)),
            None => described(file).map(Some),
        }
    }
}

/// A file that hep did not write, in a few words.
fn described(file: &mut File) -> std::io::Result<&'static str> {
    use std::io::{Seek, SeekFrom};
    file.seek(SeekFrom::Start(0))?;
    let mut beginning = Vec::new();
    file.take(512).read_to_end(&mut beginning)?;
    // A character may be cut at the end.
    let text = std::str::from_utf8(&beginning).map_or_else(|e| e.error_len().is_none(), |_| true);
    Ok(match beginning.as_slice() {
        [b'P', b'K', 3, 4, ..] => "another archive",
        bytes if text && !bytes.contains(&0) => "a text",
        _ => "a file of another kind",
    })
}

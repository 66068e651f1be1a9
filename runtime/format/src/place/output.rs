//! An output: claimed, written, put in place.

use super::interrupt::{Named, await_end};
use super::partial::Partial;
use super::target::{Found, Target, is_stream};
use super::{Access, Content, PlaceError};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, remove_file};
use std::io::{self, Cursor, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A file that appears under its name only when it is whole. Dropped before [`Output::finish`] it leaves nothing.
#[derive(Debug)]
pub struct Output {
    target: Target,
    sink: Sink,
    synced: bool,
}

#[derive(Debug)]
enum Sink {
    File(Partial),
    /// What is written through gets all at the end: a header is written after what it describes.
    Stream(File, Cursor<Vec<u8>>),
}

impl Output {
    /// Takes a place for a file before there is anything to write. `inputs` are the files that the same command reads.
    ///
    /// # Errors
    /// When nothing can be written there, or something would be lost.
    pub fn claim(path: &Path, content: impl Into<Content>, inputs: &[&Path]) -> Result<Self, PlaceError> {
        let target = Target::new(path, content.into(), inputs)?;
        let sink = match target.look()? {
            Found::Nothing | Found::Replaceable => Sink::File(Partial::create(&target)?),
            Found::Stream => {
                let io = || PlaceError::io(path, "write");
                let stream =
                    OpenOptions::new().write(true).custom_flags(libc::O_NOCTTY).open(path).map_err(io())?;
                if !is_stream(&stream.metadata().map_err(io())?) {
                    return Err(PlaceError::Busy { path: path.to_path_buf() });
                }
                Sink::Stream(stream, Cursor::new(Vec::new()))
            }
        };
        Ok(Self { target, sink, synced: false })
    }

    /// Whether there is a file that such content would take the place of.
    #[must_use]
    pub fn would_replace(path: &Path, content: impl Into<Content>) -> bool {
        let found = Target::new(path, content.into(), &[]).and_then(|target| target.look());
        found.is_ok_and(|found| found == Found::Replaceable)
    }

    /// Takes a place in a folder for a file whose name follows from what will be written ([`Output::named`]); until then it is
    /// called `name`.
    ///
    /// # Errors
    /// When there is no such folder, or nothing can be written there.
    pub fn claim_in(folder: &Path, name: &str, content: impl Into<Content>) -> Result<Self, PlaceError> {
        let target = Target::new(&folder.join(name), content.into(), &[])?;
        target.folder_exists()?;
        let partial = Partial::create(&target)?;
        Ok(Self { target, sink: Sink::File(partial), synced: false })
    }

    /// Gives it another name in the same folder.
    ///
    /// # Errors
    /// When the place of that name is a link that leads nowhere.
    pub fn named(mut self, name: &str) -> Result<Self, PlaceError> {
        let path = self.target.given.with_file_name(name);
        self.target = Target::new(&path, self.target.content, &[])?;
        Ok(self)
    }

    /// Refuses two outputs of one command that would be one file.
    ///
    /// # Errors
    /// [`PlaceError::Twice`].
    pub fn differs_from(&self, other: &Self) -> Result<(), PlaceError> {
        let streams = matches!((&self.sink, &other.sink), (Sink::Stream(..), Sink::Stream(..)));
        if self.target.place() == other.target.place() && !streams {
            return Err(PlaceError::Twice { path: self.target.given.clone() });
        }
        Ok(())
    }

    /// Refuses outputs of one command, written one after the other, of which two would be one file.
    ///
    /// # Errors
    /// [`PlaceError::Twice`] with the first that is written again; links that cannot be followed.
    pub fn all_differ<P: AsRef<Path>>(
        paths: &[P],
        content: impl Into<Content> + Copy,
    ) -> Result<(), PlaceError> {
        let mut places = BTreeSet::new();
        for path in paths {
            let target = Target::new(path.as_ref(), content.into(), &[])?;
            if !places.insert(target.place()) {
                return Err(PlaceError::Twice { path: target.given });
            }
        }
        Ok(())
    }

    /// The place as the user wrote it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.target.given
    }

    /// The folder it will be in.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.target.folder().to_path_buf()
    }

    /// Who may read it.
    #[must_use]
    pub fn access(&self) -> Access {
        self.target.content.access
    }

    /// Makes sure that all of it is on the disk, so that what follows is done in a moment.
    ///
    /// # Errors
    /// When the disk is full or damaged.
    pub fn sync(&mut self) -> Result<(), PlaceError> {
        if let Sink::File(partial) = &self.sink {
            partial.sync(&self.target)?;
        }
        self.synced = true;
        Ok(())
    }

    /// Writes all there is and puts it in place.
    ///
    /// # Errors
    /// As [`Output::finish`].
    pub fn write_whole(mut self, bytes: &[u8]) -> Result<(), PlaceError> {
        self.write_all(bytes).map_err(PlaceError::io(&self.target.given, "write"))?;
        self.finish()
    }

    /// Puts what was written in place.
    ///
    /// # Errors
    /// When the disk is full, or what is there now may not be replaced.
    pub fn finish(mut self) -> Result<(), PlaceError> {
        if !self.synced {
            self.sync()?;
        }
        let target = &self.target;
        let mut partial = match self.sink {
            Sink::File(partial) => partial,
            Sink::Stream(mut stream, bytes) => {
                let written = stream.write_all(bytes.get_ref()).and_then(|()| stream.flush());
                return written.map_err(PlaceError::io(&target.given, "write"));
            }
        };
        // Whatever came there since it was claimed is looked at again.
        for _ in 0..3 {
            let placed = match target.look()? {
                Found::Nothing => partial.place(target)?,
                Found::Replaceable => partial.replace(target).map(|()| true)?,
                Found::Stream => break,
            };
            if placed {
                sync_folder(target.folder());
                return Ok(());
            }
        }
        Err(PlaceError::Busy { path: target.given.clone() })
    }
}

/// Puts files in place that belong together, one after the other. Where one cannot be, or a signal comes between them, those before it
/// that are new are removed again: they are worth nothing without it.
///
/// # Errors
/// As [`Output::finish`].
pub fn finish_together(mut outputs: Vec<Output>) -> Result<(), PlaceError> {
    // What takes long is done before the first is there.
    outputs.iter_mut().try_for_each(Output::sync)?;
    let mut new: Vec<(PathBuf, Named)> = Vec::new();
    let last = outputs.len().saturating_sub(1);
    for (number, output) in outputs.into_iter().enumerate() {
        let path = output.target.resolved.clone();
        if number == last {
            // From here on all of them stay, or this one says why not. Where a signal has begun to remove them there is no last one.
            let kept: Vec<(PathBuf, bool)> =
                new.into_iter().map(|(path, named)| (path, named.stays())).collect();
            if kept.iter().any(|(_, stays)| !stays) {
                kept.iter().for_each(|(path, _)| drop(remove_file(path)));
                await_end();
            }
            let paths = kept.into_iter().map(|(path, _)| path).collect::<Vec<_>>();
            return output.finish().inspect_err(|_| paths.iter().for_each(|path| drop(remove_file(path))));
        }
        let named = (!path.exists()).then(|| Named::new(&path));
        if let Err(error) = output.finish() {
            new.iter().for_each(|(path, _)| drop(remove_file(path)));
            return Err(error);
        }
        new.extend(named.map(|named| (path, named)));
    }
    Ok(())
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.synced = false;
        match &mut self.sink {
            Sink::File(partial) => partial.file.write(bytes),
            Sink::Stream(_, buffer) => buffer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Output {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.sink {
            Sink::File(partial) => partial.file.seek(to),
            Sink::Stream(_, buffer) => buffer.seek(to),
        }
    }
}

/// Makes the new name itself durable. Some file systems refuse that of folders; the data are safe anyway.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

//! A file that is not whole yet: without a name where the system can do that, else under one name that says what it is.

use super::PlaceError;
use super::interrupt::Named;
use super::target::{Target, node};
use super::{Access, Content};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Seek, SeekFrom};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Mode of whatever is not whole.
const PRIVATE: u32 = 0o600;

/// How often and how long another process is waited for that is about to put its file in place.
const WAITS: (usize, Duration) = (500, Duration::from_millis(10));

/// A file in the making; dropped without being placed it leaves nothing.
#[derive(Debug)]
pub(super) struct Partial {
    pub(super) file: File,
    /// Mode of the whole file, as the umask has it.
    mode: u32,
    /// Where it has a name already.
    name: Option<Name>,
}

/// A name that goes with its owner, also when a signal ends the process.
#[derive(Debug)]
struct Name {
    path: PathBuf,
    owned: bool,
    _interrupted: Named,
}

impl Name {
    /// Of a file that this process has just given it.
    fn of(path: PathBuf) -> Self {
        let interrupted = Named::new(&path);
        Self { path, owned: true, _interrupted: interrupted }
    }

    /// The file has another name now; this one may be somebody else's.
    fn given_up(mut self) {
        self.owned = false;
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        if self.owned {
            // One that stays is removed by the next command.
            let _ = fs::remove_file(&self.path);
        }
    }
}

impl Partial {
    /// Makes the file in the folder of its target.
    pub(super) fn create(target: &Target) -> Result<Self, PlaceError> {
        let Content { access, .. } = target.content;
        let wanted = if access == Access::Shared { 0o666 } else { PRIVATE };
        if let Some(file) = unnamed(target.folder(), wanted).map_err(refused(target))? {
            let mode = mode(&file).map_err(refused(target))?;
            // Whoever finds its name, however short it has one, sees that somebody is at it.
            let _ = file.try_lock();
            return Ok(Self { file, mode, name: None });
        }
        Self::create_named(target, wanted & !umask())
    }

    /// Makes a file with a name, which will have this mode.
    fn create_named(target: &Target, mode: u32) -> Result<Self, PlaceError> {
        let path = target.partial();
        for _ in 0..3 {
            let mut options = OpenOptions::new();
            match options.read(true).write(true).create_new(true).mode(PRIVATE).open(&path) {
                Ok(file) => {
                    let name = Name::of(path.clone());
                    if !is_locked(file.try_lock()) && is_named(&file, &path) {
                        return Ok(Self { file, mode, name: Some(name) });
                    }
                    // Somebody took it for one that was left behind.
                    name.given_up();
                }
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                    if !take_over(target, &path)? {
                        break;
                    }
                }
                Err(e) => return Err(refused(target)(e)),
            }
        }
        Err(PlaceError::Busy { path: target.given.clone() })
    }

    /// Makes sure that all of it is on the disk.
    pub(super) fn sync(&self, target: &Target) -> Result<(), PlaceError> {
        self.file.sync_all().map_err(PlaceError::io(&target.given, "write"))
    }

    /// Gives it a name that is free; false if it is not any more.
    pub(super) fn place(&mut self, target: &Target) -> Result<bool, PlaceError> {
        if self.name.is_none() {
            self.file.set_permissions(Permissions::from_mode(self.mode)).map_err(refused(target))?;
            match link(&self.file, &target.resolved) {
                Ok(()) => return Ok(true),
                Err(e) if e.kind() == ErrorKind::AlreadyExists => return Ok(false),
                Err(e) if gives_no_names(&e) => self.copy(target)?,
                Err(e) => return Err(refused(target)(e)),
            }
        }
        let Some(name) = self.name.take() else { return Ok(false) };
        match rename_new(&name.path, &target.resolved) {
            Ok(()) => {
                self.placed(name);
                Ok(true)
            }
            Err(e) => {
                self.name = Some(name);
                if e.kind() == ErrorKind::AlreadyExists { Ok(false) } else { Err(refused(target)(e)) }
            }
        }
    }

    /// Puts it where another file is.
    pub(super) fn replace(&mut self, target: &Target) -> Result<(), PlaceError> {
        self.file.set_permissions(Permissions::from_mode(PRIVATE)).map_err(refused(target))?;
        if self.name.is_none() {
            self.give_name(target)?;
        }
        let Some(name) = self.name.take() else {
            return Err(PlaceError::Busy { path: target.given.clone() });
        };
        fs::rename(&name.path, &target.resolved).map_err(PlaceError::io(&target.given, "replace"))?;
        self.placed(name);
        Ok(())
    }

    /// It has another name than its temporary one.
    fn placed(&self, temporary: Name) {
        temporary.given_up();
        // It is in place: that others cannot read it yet is no reason to say that it is not.
        let _ = self.file.set_permissions(Permissions::from_mode(self.mode));
    }

    /// Gives a file without a name its temporary one.
    fn give_name(&mut self, target: &Target) -> Result<(), PlaceError> {
        let path = target.partial();
        for _ in 0..WAITS.0 {
            match link(&self.file, &path) {
                Ok(()) => {
                    self.name = Some(Name::of(path));
                    return Ok(());
                }
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
                Err(e) if gives_no_names(&e) => return self.copy(target),
                Err(e) => return Err(refused(target)(e)),
            }
            if !take_over(target, &path)? {
                std::thread::sleep(WAITS.1);
            }
        }
        Err(PlaceError::Busy { path: target.given.clone() })
    }

    /// Goes on with a copy that has a name, where the system has files without one and gives them none.
    fn copy(&mut self, target: &Target) -> Result<(), PlaceError> {
        let mut copy = Self::create_named(target, self.mode)?;
        let copied =
            self.file.seek(SeekFrom::Start(0)).and_then(|_| io::copy(&mut self.file, &mut copy.file));
        copied.map_err(PlaceError::io(&target.given, "write"))?;
        copy.sync(target)?;
        *self = copy;
        Ok(())
    }
}

/// Whether the system refuses to give a file its first name at all.
fn gives_no_names(error: &io::Error) -> bool {
    let no_names = [libc::EPERM, libc::EACCES, libc::ENOENT, libc::EXDEV, libc::EOPNOTSUPP, libc::ENOSYS];
    error.raw_os_error().is_some_and(|number| no_names.contains(&number))
}

/// A file without a name; none where the system or its file system has no such files.
#[cfg(target_os = "linux")]
fn unnamed(folder: &Path, mode: u32) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    match options.read(true).write(true).custom_flags(libc::O_TMPFILE).mode(mode).open(folder) {
        // Its name will be given through its entry there.
        Ok(file) => Ok(fs::exists(entry(&file))?.then_some(file)),
        Err(e) => match e.raw_os_error() {
            Some(libc::EOPNOTSUPP | libc::EISDIR | libc::EINVAL | libc::ENOSYS) => Ok(None),
            _ => Err(e),
        },
    }
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_folder: &Path, _mode: u32) -> io::Result<Option<File>> {
    Ok(None)
}

fn entry(file: &File) -> String {
    use std::os::fd::AsRawFd;
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Gives a file without a name one that is free.
fn link(file: &File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    Ok(linkat(CWD, entry(file).as_str(), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

/// Renames to a name that is free, on file systems without links too.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        renamed => Ok(renamed?),
    }
}

/// Removes a temporary file that a process left behind; false if one is still at work on it.
fn take_over(target: &Target, path: &Path) -> Result<bool, PlaceError> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(true),
        Err(e) => return Err(refused(target)(e)),
    };
    if !found.is_file() || found.uid() != rustix::process::geteuid().as_raw() {
        return Err(PlaceError::InTheWay { path: path.to_path_buf() });
    }
    let mut options = OpenOptions::new();
    let left = match options.read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path) {
        Ok(left) => left,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(true),
        Err(e) => return Err(PlaceError::io(path, "take over")(e)),
    };
    if is_locked(left.try_lock()) {
        return Ok(false);
    }
    if is_named(&left, path) {
        fs::remove_file(path).map_err(PlaceError::io(path, "remove"))?;
    }
    Ok(true)
}

/// Whether another process has the lock; where there are no locks, none has.
fn is_locked(tried: Result<(), fs::TryLockError>) -> bool {
    matches!(tried, Err(fs::TryLockError::WouldBlock))
}

/// Whether a name still is that of this file.
fn is_named(file: &File, path: &Path) -> bool {
    let named = fs::symlink_metadata(path);
    named.is_ok_and(|named| file.metadata().is_ok_and(|own| node(&own) == node(&named)))
}

fn mode(file: &File) -> io::Result<u32> {
    Ok(file.metadata()?.permissions().mode() & 0o777)
}

/// What the user takes from the modes of new files. It can only be read by setting it: what another thread made meanwhile would be
/// private.
fn umask() -> u32 {
    let umask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    rustix::process::umask(umask);
    umask.as_raw_mode()
}

/// What the system says of a new file in a folder.
fn refused(target: &Target) -> impl FnOnce(io::Error) -> PlaceError {
    let (path, folder) = (target.given.clone(), target.folder().to_path_buf());
    move |source| match source.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => PlaceError::NoPlace {
            path,
            why: format!("the folder {} cannot be written to ({source})", folder.display()),
            advice: "choose a folder of your own",
        },
        _ => PlaceError::Io { path, action: "write", source },
    }
}

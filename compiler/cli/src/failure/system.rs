//! What to do where the operating system refuses.

use crate::allocator;
use std::io;

/// One thing to do, where the reason is one that people meet.
pub fn help(error: &io::Error) -> Option<&'static str> {
    use io::ErrorKind as Kind;
    if error.raw_os_error() == Some(libc::ELOOP) {
        return Some("its links lead back to themselves: give the name of the file itself");
    }
    Some(match error.kind() {
        Kind::OutOfMemory => allocator::HELP,
        Kind::NotFound => "check the name: there is no such file",
        Kind::PermissionDenied => "check whose it is (`ls -l`), and whether you may read or write it",
        Kind::StorageFull => "make room on that disk, or choose a folder on another",
        Kind::QuotaExceeded => "make room in what you may use of that disk, or choose a folder on another",
        Kind::FileTooLarge => {
            "raise how long a file of this process may be (`ulimit -f`), or choose another disk"
        }
        Kind::InvalidFilename => "choose a shorter name",
        Kind::ReadOnlyFilesystem => "choose a folder that can be written to",
        Kind::NotADirectory => "check the path: what stands before a `/` is a file there, not a folder",
        _ => return None,
    })
}

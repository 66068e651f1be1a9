//! Space on a file system.

use std::path::{Path, absolute};

/// Bytes that this user may still write to a folder, or to where it would be made.
pub fn available(folder: &Path) -> Option<u64> {
    let path = absolute(folder).ok()?;
    let existing = path.ancestors().find(|path| path.exists())?;
    let system = rustix::fs::statvfs(existing).ok()?;
    system.f_bavail.checked_mul(system.f_frsize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_does_not_exist_has_the_space_of_the_one_above() {
        let here = tempfile::tempdir().unwrap();
        assert!(available(&here.path().join("a/b")).unwrap() > 0);
    }
}

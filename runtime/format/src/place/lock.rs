//! One process at a time in a folder, for what takes several files.

use super::PlaceError;
use std::fs::File;
use std::path::Path;

/// A folder that no other process of hep changes as long as this lives: key sets, counts and the owner's states are put in place
/// under it. Nothing that takes long is done under a lock.
#[derive(Debug)]
pub struct FolderLock {
    /// The lock goes with the handle, also that of a process that is killed.
    _handle: File,
}

impl FolderLock {
    /// Waits until the folder is free.
    ///
    /// # Errors
    /// When there is no such folder, or the system refuses.
    pub fn take(folder: &Path) -> Result<Self, PlaceError> {
        let handle = File::open(folder).map_err(PlaceError::io(folder, "open"))?;
        handle.lock().map_err(PlaceError::io(folder, "lock"))?;
        Ok(Self { _handle: handle })
    }
}

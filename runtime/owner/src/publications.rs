//! How often results were decrypted under a key set.
//!
//! What is decrypted may be published, and every publication tells whoever knows the exact result the signs of some errors,
//! which depend on the secret key. So results are counted, in a file beside the keys.

use hep_format::container::FileError;
use hep_format::place::{Access, Content, FolderLock, Output};
use serde::{Deserialize, Serialize};
use std::fs;
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

/// Name of the count in the directory of the keys.
pub const PUBLICATIONS: &str = "publications.json";

/// Longest count that is read: one key set takes some sixty bytes.
const MAX_BYTES: u64 = 1 << 16;

/// A count is written over a count that was read before.
const COUNT: Content = Content {
    name: "a count of results",
    access: Access::Private,
    known: |_: &mut File| Some("a count of results"),
};

/// What the file holds.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Counted {
    /// Name of the key set.
    keys: String,
    /// Results that were decrypted under it.
    count: u64,
}

/// Counts one more result decrypted under a key set, and returns how many there are now. The count of other keys, which were in
/// the directory before, begins anew.
///
/// # Errors
/// When the file cannot be read or written, or holds no count.
pub fn count_publication(directory: &Path, keys: &str) -> Result<u64, FileError> {
    let path = directory.join(PUBLICATIONS);
    // Two decryptions at once count one after the other.
    let _lock = FolderLock::take(directory)?;
    let known = read(&path)?.filter(|known| known.keys == keys);
    let count = known.map_or(0, |known| known.count).saturating_add(1);
    let text = serde_json::json!(Counted { keys: keys.to_string(), count }).to_string();
    Output::claim(&path, COUNT, &[])?.write_whole(text.as_bytes())?;
    Ok(count)
}

fn read(path: &Path) -> Result<Option<Counted>, FileError> {
    let length = match fs::symlink_metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(FileError::io(path, "read")(e)),
        Ok(metadata) if !metadata.is_file() => return Err(FileError::foreign(path, "it is no regular file")),
        Ok(metadata) => metadata.len(),
    };
    let damaged = || FileError::NoCount { path: path.to_path_buf() };
    if length > MAX_BYTES {
        return Err(damaged());
    }
    let text = fs::read(path).map_err(FileError::io(path, "read"))?;
    serde_json::from_slice(&text).map(Some).map_err(|_| damaged())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_counted_by_key_set_for_the_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let count = |keys| count_publication(directory.path(), keys).unwrap();
        assert_eq!((count("a"), count("a"), count("b"), count("b")), (1, 2, 1, 2));
        let path = directory.path().join(PUBLICATIONS);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "a temporary file stayed");
        fs::write(&path, "many").unwrap();
        assert!(count_publication(directory.path(), "b").unwrap_err().to_string().contains("no count"));
        assert!(count_publication(&directory.path().join("none"), "b").is_err());
    }

    #[test]
    fn no_count_is_lost() {
        let directory = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        count_publication(directory.path(), "a").unwrap();
                    }
                });
            }
        });
        assert_eq!(count_publication(directory.path(), "a").unwrap(), 41);
    }
}

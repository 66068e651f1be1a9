//! What a run between files can fail with.

use crate::executor::RunError;
use hep_format::container::FileError;
use thiserror::Error;

/// Why the server could not do its work.
#[derive(Debug, Error)]
pub enum Error {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The server's program.
    #[error(transparent)]
    Run(#[from] RunError),
}

//! Where outputs go: one way for every file that any command writes.
//!
//! A place is claimed before the work is done for it ([`Output::claim`]), so that what cannot be written is said at once.
//!
//! - A regular file is replaced only by one of its own kind ([`Content`]), and never if the same command reads it. Links are
//!   followed: the rules hold for what they point at.
//! - Pipes and character devices are written through; folders, sockets and block devices are refused.
//! - A new file has no name until it is whole, where the system can do that, and then is never found in part. One that takes the
//!   place of another is named `.NAME.hep-partial` for the moment between the two, and as long as it is written where files
//!   without a name cannot be had. Such a file is for the user alone, and the next command for the same place removes it.
//! - SIGINT, SIGTERM and SIGHUP remove what has such a name, and the first of files that are worth nothing without the next, and
//!   end the process as usual (`interrupt`).

mod content;
mod error;
mod interrupt;
mod lock;
mod output;
mod partial;
mod target;
#[cfg(test)]
mod tests;

pub use content::{Access, Content};
pub use error::PlaceError;
pub use interrupt::{Named, Orderly, abandon, long_files_are_errors};
pub use lock::FolderLock;
pub use output::{Output, finish_together};
pub use target::folder;

//! Bounds that keep recursion and memory small whatever the text.

use crate::diagnostics::{Diagnostic, codes};

/// Longest file, in bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// Deepest nesting of brackets.
pub const MAX_NESTING: usize = 64;
/// Most operators on one path from the outermost expression to a number or name.
pub const MAX_OPERATIONS: usize = 256;
/// Most syntax errors that are shown.
pub const MAX_ERRORS: usize = 50;

/// The message for a file longer than [`MAX_BYTES`].
pub(super) fn too_long(bytes: usize) -> Diagnostic {
    Diagnostic::error(codes::TOO_DEEP, "the file is too long")
        .note(format!("it has {bytes} bytes, the limit is {MAX_BYTES}"))
}

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

/// Most of a text that a help looks at for what is known of a name, in bytes: there may be many helps.
pub const MAX_LOOKED_AT: usize = 1 << 14;

/// The beginning of a text, as far as a help looks.
#[must_use]
pub fn beginning(text: &str) -> &str {
    let mut length = text.len().min(MAX_LOOKED_AT);
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    text.get(..length).unwrap_or("")
}

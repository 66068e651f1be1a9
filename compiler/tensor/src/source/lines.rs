//! Files and lines of offsets.

use super::{LineIndex, Part, Position, SourceFile};
use std::cell::OnceCell;

/// Finds the file, line and column of offsets; lines of a file are counted when they are first asked for.
#[derive(Debug)]
pub struct Lines<'a> {
    parts: Vec<(Part<'a>, OnceCell<LineIndex<'a>>)>,
}

impl<'a> Lines<'a> {
    /// Of a program and its modules.
    #[must_use]
    pub fn new(source: &'a SourceFile) -> Self {
        Self { parts: source.parts().map(|part| (part, OnceCell::new())).collect() }
    }

    /// The file that an offset lies in, its lines, and the offset in it.
    #[must_use]
    pub fn locate(&self, offset: usize) -> (Part<'a>, &LineIndex<'a>, usize) {
        let after = self.parts.partition_point(|(part, _)| part.base <= offset);
        // There is always the program, at offset 0.
        let (part, index) = &self.parts[after.max(1) - 1];
        (*part, index.get_or_init(|| LineIndex::new(part.text)), offset - part.base)
    }

    /// File, line and column of an offset.
    #[must_use]
    pub fn position(&self, offset: usize) -> (&'a str, Position) {
        let (part, index, offset) = self.locate(offset);
        (part.file, index.position(offset))
    }
}

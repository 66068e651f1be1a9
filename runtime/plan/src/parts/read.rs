//! Parts from the headings between the operations of a text.

use super::{Part, Parts};
use crate::reading::{Lines, ReadError};

/// Headings on their way to parts.
#[derive(Clone, Debug)]
pub struct Headings {
    iterations: u32,
    parts: Parts,
    last: Option<Part>,
}

impl Headings {
    /// None yet, of a program of so many iterations.
    #[must_use]
    pub fn of(iterations: u32) -> Self {
        Self { iterations, parts: Parts::default(), last: None }
    }

    /// The part that a heading begins, if one is next, before an operation at this position.
    ///
    /// # Errors
    /// A part that there is not, or that comes too late.
    pub fn next(&mut self, lines: &mut Lines<'_>, position: usize) -> Result<Option<Part>, ReadError> {
        let (at, part) = if let Some(at) = lines.next_if("prologue") {
            (at, Part::Prologue)
        } else if let Some(at) = lines.next_if("epilogue") {
            (at, Part::Epilogue)
        } else if let Some(mut at) = lines.next_if("iteration ") {
            let here = at;
            let iteration = at.index("", self.iterations as usize + 1)?;
            if iteration == 0 {
                return Err(here.error("an iteration, from 1"));
            }
            (at, Part::Iteration(iteration))
        } else {
            return Ok(None);
        };
        at.end()?;
        if self.last.is_some_and(|last| last >= part) {
            return Err(at.error(format!("a part after the one before, not {part}")));
        }
        self.last = Some(part);
        self.begin(part, position);
        Ok(Some(part))
    }

    /// The last iteration that has begun.
    #[must_use]
    pub fn last_iteration(&self) -> u32 {
        self.parts.iterations()
    }

    /// The parts of a list of this length in which so many iterations are written out.
    #[must_use]
    pub fn finish(mut self, iterations: u32, length: usize) -> Parts {
        self.iterations = iterations;
        self.begin(Part::Epilogue, length);
        self.parts
    }

    fn begin(&mut self, part: Part, position: usize) {
        if part == Part::Epilogue {
            self.parts.begin(Part::Iteration(self.iterations), position);
        }
        self.parts.begin(part, position);
    }
}

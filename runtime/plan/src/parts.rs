//! Parts of a training program as ranges: before the loop, its iterations, after it.
//!
//! Operations are in the order in which they run, and each part is a range of them; an operation lies where it is done. What is made
//! of the uploads alone may be done before the loop or, where memory is short, in the iteration that reads it.

mod read;

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

pub use read::Headings;

/// A part of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// What is done once, before the loop.
    Prologue,
    /// An iteration, from 1.
    Iteration(u32),
    /// What is done with the results of the loop.
    Epilogue,
}

impl Part {
    /// When something happens, to stand in a sentence; nothing of what is before the loop.
    #[must_use]
    pub fn when(self) -> String {
        match self {
            Self::Prologue => String::new(),
            Self::Iteration(iteration) => format!(" in iteration {iteration}"),
            Self::Epilogue => " after the loop".into(),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prologue => f.write_str("prologue"),
            Self::Iteration(iteration) => write!(f, "iteration {iteration}"),
            Self::Epilogue => f.write_str("epilogue"),
        }
    }
}

/// Where the parts of a list of operations begin.
///
/// ```
/// use hep_plan::{Part, Parts};
///
/// let mut parts = Parts::default();
/// // Two operations before the loop, three in its one iteration, and the rest after it.
/// parts.begin(Part::Iteration(1), 2);
/// parts.begin(Part::Epilogue, 5);
/// assert_eq!(parts.at(4), Part::Iteration(1));
/// let ranges: Vec<_> = parts.ranges(6).collect();
/// assert_eq!(ranges, [(Part::Prologue, 0..2), (Part::Iteration(1), 2..5), (Part::Epilogue, 5..6)]);
/// assert!(parts.are_of(6));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// Iterations.
    iterations: u32,
    /// Where each iteration begins, then the epilogue; what has not begun yet is left out.
    starts: Vec<u32>,
}

impl Parts {
    /// Begins a part, and with it all that come before it, at the end of a list of this length. A part that has begun already
    /// goes on.
    pub fn begin(&mut self, part: Part, length: usize) {
        let begun = match part {
            Part::Prologue => 0,
            Part::Iteration(iteration) => {
                self.iterations = self.iterations.max(iteration);
                iteration as usize
            }
            Part::Epilogue => self.iterations as usize + 1,
        };
        if self.starts.len() < begun {
            self.starts.resize(begun, length as u32);
        }
    }

    /// Iterations.
    #[must_use]
    pub fn iterations(&self) -> u32 {
        self.iterations
    }

    /// The part that an operation lies in.
    #[must_use]
    pub fn at(&self, position: usize) -> Part {
        self.part(self.starts.partition_point(|start| *start as usize <= position))
    }

    fn part(&self, number: usize) -> Part {
        match number as u32 {
            0 => Part::Prologue,
            iteration if iteration <= self.iterations => Part::Iteration(iteration),
            _ => Part::Epilogue,
        }
    }

    /// All parts of a list of this length in order, with the positions of their operations.
    pub fn ranges(&self, length: usize) -> impl Iterator<Item = (Part, Range<usize>)> + '_ {
        let start = move |number: usize| match number.checked_sub(1) {
            None => 0,
            Some(before) => self.starts.get(before).map_or(length, |start| (*start as usize).min(length)),
        };
        (0..self.iterations as usize + 2)
            .map(move |number| (self.part(number), start(number)..start(number + 1).max(start(number))))
    }

    /// Whether they are parts of a list of this length, all of them, in order.
    #[must_use]
    pub fn are_of(&self, length: usize) -> bool {
        let last = self.starts.last().is_none_or(|last| *last as usize <= length);
        let all = self.starts.len() == self.iterations as usize + 1 || *self == Self::default();
        all && last && self.starts.is_sorted()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_lie_in_the_part_that_began_last() {
        let mut parts = Parts::default();
        parts.begin(Part::Iteration(1), 2);
        parts.begin(Part::Iteration(1), 3);
        parts.begin(Part::Iteration(3), 5);
        parts.begin(Part::Prologue, 6);
        parts.begin(Part::Epilogue, 7);
        assert!(parts.are_of(9) && !parts.are_of(6));
        let at: Vec<String> = [0, 2, 4, 5, 6, 7, 8].map(|position| parts.at(position).to_string()).into();
        assert_eq!(
            at,
            ["prologue", "iteration 1", "iteration 1", "iteration 3", "iteration 3", "epilogue", "epilogue"]
        );
        let ranges: Vec<_> = parts.ranges(9).collect();
        let iteration = Part::Iteration;
        assert_eq!(
            ranges,
            [
                (Part::Prologue, 0..2),
                (iteration(1), 2..5),
                (iteration(2), 5..5),
                (iteration(3), 5..7),
                (Part::Epilogue, 7..9)
            ]
        );
    }

    #[test]
    fn without_a_loop_all_is_before_it() {
        let parts = Parts::default();
        assert_eq!(parts.at(4), Part::Prologue);
        assert_eq!(parts.ranges(3).collect::<Vec<_>>(), [(Part::Prologue, 0..3), (Part::Epilogue, 3..3)]);
        assert!(parts.are_of(3));
    }
}

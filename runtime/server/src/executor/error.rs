//! Why a run failed.

use crate::backend::{BackendError, Shape};
use hep_plan::Part;
use thiserror::Error;

/// A run that did not come to its end.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RunError {
    /// Too little memory.
    #[error("this run needs {} of memory, but {}", told(*needed), there_is(*available, *addresses))]
    Memory {
        /// Bytes that the process needs at least, keys included.
        needed: u64,
        /// Bytes there are.
        available: u64,
        /// Whether a limit of addresses leaves no more.
        addresses: bool,
    },
    /// No threads.
    #[error(
        "the system gives no threads: {0}; raise the limits of this process (`ulimit -u` for threads, `ulimit -v` for memory)"
    )]
    Pool(String),
    /// An operation failed.
    #[error("instruction {index} ({operation}, {part}) fails: {source}")]
    Operation {
        /// Index of the instruction.
        index: usize,
        /// Its operation.
        operation: &'static str,
        /// The part that it is in.
        part: Part,
        /// Why.
        source: Box<BackendError>,
    },
    /// A result that is not what the plan says.
    #[error(
        "instruction {index} ({operation}) gives level {}, scale {:e} and {} parts, but the plan says level {}, scale {:e} and {} parts; the plan is wrong, compile it again",
        found.level, found.scale, found.parts, expected.level, expected.scale, expected.parts
    )]
    Result {
        /// Index of the instruction.
        index: usize,
        /// Its operation.
        operation: &'static str,
        /// What was computed.
        found: Shape,
        /// What was planned.
        expected: Shape,
    },
    /// A value that is missing or of the other kind where it is needed.
    #[error(
        "instruction {index} ({operation}) needs value {value}, which is not there in the kind it needs; the plan is damaged, compile it again"
    )]
    Operand {
        /// Index of the instruction.
        index: usize,
        /// Its operation.
        operation: &'static str,
        /// The value.
        value: u32,
    },
    /// No tables of the plan's refreshes.
    #[error("the tables of the plan's refreshes cannot be made: {0}; compile the plan again")]
    Tables(Box<BackendError>),
    /// It was asked to stop.
    #[error("stopped{}", part.when())]
    Stopped {
        /// Where it was.
        part: Part,
    },
    /// A plan without a loop can neither go on with one nor end it early.
    #[error("the plan repeats nothing, so that it is run from its beginning to its end")]
    NoLoop,
    /// Runs that the plan does not have.
    #[error(
        "the plan's loop runs {planned} times; {wanted} runs are asked for where {done} are done: ask for at least one, no fewer than are \
         done and no more than there are"
    )]
    Runs {
        /// Runs that are done.
        done: u32,
        /// Runs in all.
        wanted: u32,
        /// Runs of the plan.
        planned: u32,
    },
    /// Iterations that no run of the loop ends with.
    #[error("training can end after {below} or after {above} iterations, not after {wanted}")]
    Iterations {
        /// What is asked for.
        wanted: u32,
        /// The nearest end before it, or the first.
        below: u32,
        /// The nearest end after it, or the last.
        above: u32,
    },
    /// What is to go on with is not what the plan's loop carries.
    #[error(
        "loop variable {index} is not what this plan's loop hands on; go on with the plan that it was made by"
    )]
    Resumed {
        /// Its number.
        index: usize,
    },
    /// A result that was never computed.
    #[error("the plan's result {0} was not computed; the plan is damaged, compile it again")]
    Missing(u32),
}

/// What there is, and what to do about it.
fn there_is(available: u64, addresses: bool) -> String {
    let available = told(available);
    if addresses {
        return format!(
            "the limit of addresses of this process (`ulimit -v`) leaves it {available}; raise that limit: it counts addresses that \
             nothing is kept at, too"
        );
    }
    format!(
        "{available} are available; use a larger machine, or compile the program again for less with ⟨memory⟩"
    )
}

/// In the units that options are written in.
fn told(bytes: u64) -> String {
    match bytes as f64 {
        bytes if bytes < 1e9 => format!("{:.1} MB", bytes / 1e6),
        bytes => format!("{:.2} GB", bytes / 1e9),
    }
}

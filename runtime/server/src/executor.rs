//! Runs the server's instructions on a pool of threads.
//!
//! An instruction starts when its operands are there, the lowest one first, on as many threads as the pool has; the
//! operations use the same pool inside, so that threads are busy whether the program is wide or narrow. Values are
//! freed after their last use. What is computed does not depend on the number of threads, because every instruction
//! is a function of its operands; only the order of independent instructions does.
//!
//! A [loop](hep_plan::server::Repeats) is run run by run: one begins when the one before has ended, and takes over what it hands on.

mod cost;
mod course;
mod error;
mod execution;
mod grant;
mod schedule;
mod stages;
#[cfg(test)]
mod tests;
mod work;

pub use cost::{instruction_costs, total_cost, weights};
pub use course::{Course, Handed, Resumed, Stop};
pub use error::RunError;
pub use grant::Grant;

use crate::backend::Backend;
use execution::{Execution, Report};
use hep_plan::{Part, Plan};
use rayon::{ThreadPool, ThreadPoolBuilder};
use stages::Stages;
use std::sync::Mutex;
use work::{Desk, Store};

/// How a plan is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Threads; at least one.
    pub threads: usize,
    /// Bytes that the whole process may take; `None` for what the machine has left, `Some(u64::MAX)` for no check.
    pub memory: Option<u64>,
}

impl Default for Options {
    /// All cores, the memory that is left.
    fn default() -> Self {
        Self { threads: std::thread::available_parallelism().map_or(1, usize::from), memory: None }
    }
}

/// How far a run is. Costs are in the units of [`instruction_costs`]; the time that remains is about
/// `elapsed · (total_cost − done_cost) / done_cost`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Cost of the finished instructions.
    pub done_cost: f64,
    /// Cost of all.
    pub total_cost: f64,
    /// The part of the instruction that was finished just now. Iterations are counted through all runs of a loop.
    pub part: Part,
    /// Its index.
    pub instr: usize,
    /// The run of the loop that it lies in, from 0; before it the first, after it the number of runs.
    pub run: u32,
    /// Iterations that are done when all is done.
    pub iterations: u32,
}

/// A pool for [`execute`], whose threads are used for nothing else.
///
/// # Errors
/// When the system gives no threads.
pub fn pool(options: Options) -> Result<ThreadPool, RunError> {
    builder(options.threads)?.build().map_err(|e| RunError::Pool(e.to_string()))
}

/// Starts the threads that work outside of any other pool: those that read files, make tables and run the twin. Without this
/// they would start where they are first needed, and the process would be lost where the system gives none.
///
/// # Errors
/// When the system gives no threads, or they were started before.
pub fn start_threads(threads: usize) -> Result<(), RunError> {
    builder(threads)?.build_global().map_err(|e| RunError::Pool(e.to_string()))
}

/// Bytes of a thread's stack.
const STACK: usize = 2 << 20;
/// What a thread takes beside it when it starts. Where that is not there, the C library aborts the process.
const BESIDE: usize = 256 << 10;

fn builder(threads: usize) -> Result<ThreadPoolBuilder, RunError> {
    let threads = threads.clamp(1, 1024);
    // Addresses only: asked for, and given back at once.
    let room = memmap2::MmapOptions::new().len(threads * (STACK + BESIDE)).no_reserve_swap().map_anon();
    room.map_err(|e| RunError::Pool(e.to_string()))?;
    let builder = ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK);
    Ok(builder.thread_name(|index| format!("hep-{index}")))
}

/// Runs a plan that was checked (see [`hep_format::Prepared`]) and returns the ciphertexts of each of its outputs.
/// `ahead` is the number of bytes that results may take which are computed before their turn.
///
/// # Errors
/// The lowest instruction that failed among those that were tried.
pub fn execute<B: Backend>(
    plan: &Plan,
    backend: &B,
    pool: &ThreadPool,
    ahead: u64,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Vec<B::Cipher>>, RunError> {
    execute_course(plan, backend, pool, ahead, Course::default(), progress)
}

/// The same from somewhere, and up to somewhere. The end of any run of a loop is an end of the program.
///
/// # Errors
/// As [`execute`]; what the plan does not have, and [`RunError::Stopped`].
pub fn execute_course<B: Backend>(
    plan: &Plan,
    backend: &B,
    pool: &ThreadPool,
    ahead: u64,
    course: Course<'_, B::Cipher>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Vec<Vec<B::Cipher>>, RunError> {
    let Course { resume, runs, stop, handed } = course;
    let begun = course::begun(plan, backend, resume, runs)?;
    let resumed = begun.carried.is_some();
    let stages = Stages::new(plan, resumed);
    let costs = instruction_costs(plan);
    let store = Store::new(plan, stages.outer_uses(plan, resumed));
    let runs = u64::from(begun.runs.end - begun.runs.start);
    let cost = |positions: &[usize]| positions.iter().map(|position| costs[*position]).sum::<f64>();
    let total = cost(&stages.before) + runs as f64 * cost(&stages.body) + cost(&stages.after);
    let iterations = iterations_after(plan, begun.runs.end);
    let execution = Execution {
        desk: Desk { plan, backend, store, stages },
        pool,
        ahead,
        stop,
        report: Mutex::new(Report { progress, done: 0.0, total, iterations }),
        costs,
    };
    execution.all(begun, handed)
}

/// Iterations that are done after so many runs of a plan's loop.
#[must_use]
pub fn iterations_after(plan: &Plan, runs: u32) -> u32 {
    plan.server.iterations_after(runs)
}

/// Runs of a plan's loop that end with so many iterations.
///
/// # Errors
/// [`RunError::Iterations`] with the nearest ends, [`RunError::NoLoop`].
pub fn runs_for(plan: &Plan, iterations: u32) -> Result<u32, RunError> {
    let repeats = plan.server.repeats.as_ref().ok_or(RunError::NoLoop)?;
    let length = plan.server.run_length().max(1);
    let runs = (iterations.saturating_sub(repeats.first - 1) / length).clamp(1, repeats.runs);
    if iterations_after(plan, runs) == iterations {
        return Ok(runs);
    }
    let above = if iterations_after(plan, runs) > iterations { runs } else { (runs + 1).min(repeats.runs) };
    let (below, above) = (iterations_after(plan, runs), iterations_after(plan, above));
    Err(RunError::Iterations { wanted: iterations, below, above })
}

//! Runs the server's instructions on a pool of threads.
//!
//! An instruction starts when its operands are there, the lowest one first, on as many threads as the pool has; the
//! operations use the same pool inside, so that threads are busy whether the program is wide or narrow. Values are
//! freed after their last use. What is computed does not depend on the number of threads, because every instruction
//! is a function of its operands; only the order of independent instructions does.

mod cost;
mod error;
mod grant;
mod schedule;
#[cfg(test)]
mod tests;
mod work;

pub use cost::{instruction_costs, total_cost, weights};
pub use error::RunError;
pub use grant::Grant;

use crate::backend::Backend;
use hep_plan::{Part, Plan};
use rayon::{ThreadPool, ThreadPoolBuilder};
use schedule::{Graph, Schedule};
use std::sync::{Mutex, PoisonError};
use work::Store;

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
    /// The part of the instruction that was finished just now.
    pub part: Part,
    /// Its index.
    pub instr: usize,
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
    let costs = instruction_costs(plan);
    let graph = Graph::new(plan);
    let schedule = Schedule::new(plan, &graph, pool.current_num_threads(), ahead);
    let run = Run {
        plan,
        backend,
        store: Store::new(plan),
        schedule: Mutex::new(schedule),
        graph,
        failure: Mutex::new(None),
        report: Mutex::new(Report { progress, done: 0.0, total: costs.iter().sum() }),
        costs,
    };
    pool.scope(|scope| run.launch(scope));
    let Run { store, failure, .. } = run;
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => plan.outputs.iter().map(|output| store.take(&output.values)).collect(),
    }
}

struct Report<'a> {
    progress: &'a mut (dyn FnMut(Progress) + Send),
    done: f64,
    total: f64,
}

/// One execution, shared by all threads. No lock is held while an operation runs.
struct Run<'a, B: Backend> {
    plan: &'a Plan,
    backend: &'a B,
    store: Store<B>,
    graph: Graph,
    schedule: Mutex<Schedule>,
    failure: Mutex<Option<(usize, RunError)>>,
    report: Mutex<Report<'a>>,
    costs: Vec<f64>,
}

impl<B: Backend> Run<'_, B> {
    /// Starts every instruction that may start now. A finished instruction calls this again, so no thread ever waits
    /// for work: it is free to help the operations of others.
    fn launch<'scope>(&'scope self, scope: &rayon::Scope<'scope>) {
        loop {
            let next = self.schedule.lock().unwrap_or_else(PoisonError::into_inner).start();
            let Some(position) = next else { return };
            scope.spawn(move |scope| {
                self.step(position);
                self.launch(scope);
            });
        }
    }

    fn step(&self, position: usize) {
        let result = work::perform(self.plan, self.backend, &self.store, position);
        let mut schedule = self.schedule.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(()) => {
                schedule.finish(&self.graph, position);
                drop(schedule);
                self.tell(position);
            }
            Err(error) => {
                schedule.stop();
                drop(schedule);
                let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
                if failure.as_ref().is_none_or(|(earlier, _)| position < *earlier) {
                    *failure = Some((position, error));
                }
            }
        }
    }

    fn tell(&self, position: usize) {
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        report.done += self.costs.get(position).copied().unwrap_or(0.0);
        let now = Progress {
            done_cost: report.done,
            total_cost: report.total,
            part: self.plan.server.parts.at(position),
            instr: position,
        };
        (report.progress)(now);
    }
}

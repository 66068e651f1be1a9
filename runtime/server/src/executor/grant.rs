//! What a run may take of the memory, and with how many threads it keeps to it.

use super::{Options, RunError};
use crate::memory::{addresses_are_fewest, available_bytes, resident_bytes};
use hep_ckks::buffer::Ceiling;
use hep_plan::Plan;
use hep_plan::memory::Memory;

/// What a run is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Threads: fewer than asked for where the memory does not suffice for what each of them takes.
    pub threads: usize,
    /// The memory of the run.
    pub memory: Memory,
    /// Bytes that the process holds beside the run.
    pub beside: u64,
}

impl Grant {
    /// What a plan needs against the memory there is, before anything starts. `beside` are bytes that the process holds for other
    /// things than the run.
    ///
    /// # Errors
    /// [`RunError::Memory`] with both figures.
    pub fn of(plan: &Plan, options: Options, beside: u64) -> Result<Self, RunError> {
        // What this process has already is no longer among the bytes available.
        let left = || Some(available_bytes()?.saturating_add(resident_bytes().unwrap_or(0)));
        let Some(available) = options.memory.or_else(left) else {
            let threads = options.threads.max(1);
            return Ok(Self { threads, memory: plan.memory(threads), beside });
        };
        let mut needed = u64::MAX;
        for threads in (1..=options.threads.max(1)).rev() {
            let memory = plan.memory(threads);
            needed = memory.least().saturating_add(beside);
            if let Some(memory) = memory.within(available.saturating_sub(beside)) {
                return Ok(Self { threads, memory, beside });
            }
        }
        let addresses = options.memory.is_none() && addresses_are_fewest();
        Err(RunError::Memory { needed, available, addresses })
    }

    /// The same where this process has all roles, with what it holds already.
    ///
    /// # Errors
    /// As [`Grant::of`].
    pub fn one_process(plan: &Plan, options: Options) -> Result<Self, RunError> {
        let expected = plan.opened_bytes();
        let held = resident_bytes().unwrap_or(expected).saturating_sub(expected);
        Self::of(plan, options, held.saturating_add(plan.owner_bytes()))
    }

    /// The most bytes that the process will take.
    #[must_use]
    pub fn predicted(&self) -> u64 {
        self.memory.peak().saturating_add(self.beside)
    }

    /// Threads of the run.
    pub(crate) fn options(&self) -> Options {
        Options { threads: self.threads, memory: None }
    }

    /// Keeps the buffers to what is granted for values, beyond what is in use now.
    pub(crate) fn ceiling(&self) -> Ceiling {
        let bytes = self.memory.values.saturating_add(self.memory.ahead);
        Ceiling::above(usize::try_from(bytes).unwrap_or(usize::MAX))
    }
}

//! A schedule whose run fits the memory: what is given up for it, from the cheapest on.
//!
//! The schedule that was chosen for its time is taken if it fits. Else its instructions are put into an order that keeps fewer
//! copies of the data ([`emit::reordered`]), sums are taken up in ever smaller parts, copies are made again
//! where they are used ([`Lifetime`]), and rotations are composed of fewer keys. Among the lifetimes that fit the fastest is
//! taken. Results are the same numbers to rounding.

use crate::ckks::Lifetime;
use crate::emit::{self, Emission};
use crate::params::{self, Choice, ParamsFailure, Requirements};
use crate::tensor;
use crate::tensor::owner::OwnerError;

/// Bytes of a run unless told; what cannot be brought below is not refused.
pub const MEMORY: u64 = 12_000_000_000;
/// Threads for which the peak is predicted.
const WORKERS: usize = 2;
/// Components of the prologue after which sums take up their products, from the fewest additions on.
const TOGETHER: [Option<usize>; 4] = [None, Some(16), Some(4), Some(1)];

/// Why there is no such schedule.
#[derive(Debug)]
pub enum MemoryFailure {
    /// Parameters were not found.
    Params(ParamsFailure),
    /// The plan cannot be written.
    Owner(OwnerError),
    /// Every schedule needs more.
    Memory {
        /// Least bytes found.
        needed: u64,
        /// Bytes allowed.
        allowed: u64,
    },
}

impl From<ParamsFailure> for MemoryFailure {
    fn from(failure: ParamsFailure) -> Self {
        Self::Params(failure)
    }
}

impl From<OwnerError> for MemoryFailure {
    fn from(error: OwnerError) -> Self {
        Self::Owner(error)
    }
}

/// A schedule and its plan.
type Planned = (Choice, Emission);

/// The fastest schedule found whose run takes at most `memory` bytes, or [`MEMORY`] where that is possible.
///
/// # Errors
/// No parameters, no plan, or more memory in every way.
pub fn fit(
    program: &tensor::Program,
    wanted: Requirements<'_>,
    memory: Option<u64>,
) -> Result<Planned, MemoryFailure> {
    let limit = memory.unwrap_or(MEMORY);
    let choice = params::choose(program, wanted)?;
    let emission = smallest(emit::emit(program, &choice, wanted.promised_bits)?, limit);
    if peak(&emission) <= limit {
        return Ok((choice, emission));
    }
    let mut search = Search { program, wanted, limit, fits: None, least: (choice, emission) };
    search.lifetimes()?;
    match search {
        Search { fits: Some(planned), .. } => Ok(planned),
        Search { least, .. } if memory.is_none() => Ok(least),
        Search { least, .. } => Err(MemoryFailure::Memory { needed: peak(&least.1), allowed: limit }),
    }
}

struct Search<'a> {
    program: &'a tensor::Program,
    wanted: Requirements<'a>,
    limit: u64,
    /// The fastest schedule that fits.
    fits: Option<Planned>,
    /// Where none fits: the one of least memory.
    least: Planned,
}

impl Search<'_> {
    /// Tries all lifetimes with all keys, and with so many fewer as memory is missing.
    fn lifetimes(&mut self) -> Result<(), MemoryFailure> {
        let (peak, keys) = (peak(&self.least.1), self.least.1.plan.eval_key_memory());
        self.fewer_keys(Lifetime::Run, peak, keys)?;
        for copies in [Lifetime::Iteration, Lifetime::Operation] {
            let (peak, keys) = self.attempt(copies, self.wanted.key_budget)?;
            // Shorter lifetimes only take longer.
            if peak <= self.limit {
                break;
            }
            self.fewer_keys(copies, peak, keys)?;
        }
        Ok(())
    }

    /// A schedule whose keys are smaller by what another one, with this peak and these keys, has too much.
    fn fewer_keys(&mut self, copies: Lifetime, peak: u64, keys: u64) -> Result<(), MemoryFailure> {
        match keys.checked_sub(peak - self.limit) {
            Some(budget) => self.attempt(copies, budget).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Its peak and the bytes of its keys; the peak is out of reach where there is no such schedule.
    fn attempt(&mut self, copies: Lifetime, key_budget: u64) -> Result<(u64, u64), MemoryFailure> {
        let wanted = Requirements { copies, key_budget, ..self.wanted };
        let Ok(choice) = params::again(&self.least.0, wanted) else { return Ok((u64::MAX, 0)) };
        let emission = smallest(emit::emit(self.program, &choice, wanted.promised_bits)?, self.limit);
        let found = (peak(&emission), emission.plan.eval_key_memory());
        if found.0 <= self.limit {
            if self.fits.as_ref().is_none_or(|(other, _)| choice.seconds < other.seconds) {
                self.fits = Some((choice, emission));
            }
        } else if found.0 < peak(&self.least.1) {
            self.least = (choice, emission);
        }
        Ok(found)
    }
}

fn peak(emission: &Emission) -> u64 {
    emission.plan.peak_bytes(WORKERS)
}

/// The plan in the first order that fits, else in that of the least memory.
fn smallest(emission: Emission, limit: u64) -> Emission {
    let mut least: Option<Emission> = None;
    let mut bytes = peak(&emission);
    for together in TOGETHER {
        if bytes <= limit {
            break;
        }
        let other = emit::reordered(&emission, together);
        if peak(&other) < bytes {
            bytes = peak(&other);
            least = Some(other);
        }
    }
    least.unwrap_or(emission)
}

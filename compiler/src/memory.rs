//! A schedule whose run fits the memory: what is given up for it, from the cheapest on.
//!
//! The schedule that was chosen for its time is taken if it fits. Else its instructions are put into an order that keeps fewer
//! copies of the data ([`emit::reordered`]), sums are taken up in ever smaller parts, copies are made again
//! where they are used ([`Lifetime`]), and rotations are composed of fewer keys. Among the lifetimes that fit the fastest is
//! taken. Results are the same numbers to rounding.

use crate::ckks::Lifetime;
use crate::emit::{self, Emission};
use crate::params::{self, Again, Choice, ParamsFailure, Requirements};
use crate::tensor;
use crate::tensor::owner::OwnerError;
use hep_plan::Plan;
use hep_plan::memory::THREADS;
use std::cell::OnceCell;

/// Bytes of a run, the whole process, unless told; what cannot be brought below is not refused.
pub const MEMORY: u64 = 12_000_000_000;
/// Components of the prologue after which sums take up their products, from the fewest additions on.
const TOGETHER: [Option<usize>; 4] = [None, Some(16), Some(4), Some(1)];
/// How often less is asked for than the least found, before that is said to be needed.
const TIGHTER: usize = 3;

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

/// What a run may take.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limit {
    /// Bytes, where they were told.
    pub memory: Option<u64>,
    /// Bytes beside the run and the owner's side, where one process has all roles.
    pub one_process: Option<u64>,
}

impl Limit {
    fn bytes(self) -> u64 {
        self.memory.unwrap_or(MEMORY)
    }

    /// The least bytes of the process that runs a plan.
    fn needed(self, plan: &Plan) -> u64 {
        let beside = self.one_process.map_or(0, |held| held.saturating_add(plan.owner_bytes()));
        plan.memory(THREADS).least().saturating_add(beside)
    }
}

/// A schedule and its plan.
type Planned = (Choice, Emission);

/// The fastest schedule found whose run keeps to the limit, or to [`MEMORY`] where that is possible. Where the ring is not forced and the
/// fastest schedule does not fit, the next smaller ring is looked at too: what is faster with enough memory may not be with less.
///
/// # Errors
/// No parameters, no plan, or more memory in every way.
pub fn fit(
    program: &tensor::Program,
    wanted: Requirements<'_>,
    limit: Limit,
) -> Result<Planned, MemoryFailure> {
    let choice = params::choose(program, wanted)?;
    let log_n = choice.params.log_n;
    let (first, ample) = fit_schedule(program, choice, wanted, limit)?;
    if ample || wanted.ring_log2.is_some() {
        return first;
    }
    if wanted.patience.is_over() {
        return Err(ParamsFailure::OutOfTime.into());
    }
    let smaller = Requirements { ring_log2: Some(log_n - 1), ..wanted };
    let Ok(choice) = params::choose(program, smaller) else { return first };
    let (second, _) = fit_schedule(program, choice, smaller, limit)?;
    Ok(match (first, second) {
        (Ok(first), Ok(second)) => {
            let rank =
                |(choice, emission): &Planned| (limit.needed(&emission.plan) > limit.bytes(), choice.seconds);
            if rank(&second) < rank(&first) { second } else { first }
        }
        (
            Err(MemoryFailure::Memory { needed, allowed }),
            Err(MemoryFailure::Memory { needed: other, .. }),
        ) => {
            return Err(MemoryFailure::Memory { needed: needed.min(other), allowed });
        }
        (Err(_), Ok(found)) | (Ok(found), Err(_)) => found,
        (Err(error), Err(_)) => return Err(error),
    })
}

/// The schedule of a choice, or another one of its packing that keeps to the limit; and whether the choice itself does.
fn fit_schedule(
    program: &tensor::Program,
    choice: Choice,
    wanted: Requirements<'_>,
    limit: Limit,
) -> Result<(Result<Planned, MemoryFailure>, bool), MemoryFailure> {
    let emission = limit.smallest(emit::emit(program, &choice, wanted.promised_bits)?);
    if limit.needed(&emission.plan) <= limit.bytes() {
        return Ok((Ok((choice, emission)), true));
    }
    let ladders =
        Ladders::new(&choice, limit.needed(&emission.plan), emission.plan.eval_key_memory(), wanted);
    let mut search = ladders.search(program, limit, false)?;
    if let Some(planned) = search.fits {
        return Ok((Ok(planned), false));
    }
    if limit.memory.is_none() {
        let better = search.least.filter(|(_, e)| limit.needed(&e.plan) < limit.needed(&emission.plan));
        return Ok((Ok(better.unwrap_or((choice, emission))), false));
    }
    // What is said to be needed is the least: nothing is found below it.
    let least = |search: &Search| search.least.as_ref().map_or(u64::MAX, |(_, e)| limit.needed(&e.plan));
    // Where nothing can fit, every lifetime comes down to the fewest keys.
    let nothing = ladders.search(program, Limit { memory: Some(1), ..limit }, true)?;
    let mut needed = least(&search).min(least(&nothing)).min(limit.needed(&emission.plan));
    for _ in 0..TIGHTER {
        search = ladders.search(program, Limit { memory: Some(needed - 1), ..limit }, true)?;
        let found = search.fits.as_ref().map(|(_, e)| limit.needed(&e.plan));
        let below = found.into_iter().chain([least(&search)]).min().unwrap_or(needed);
        if below >= needed {
            break;
        }
        needed = below;
    }
    Ok((Err(MemoryFailure::Memory { needed, allowed: limit.bytes() }), false))
}

/// The schedules of all lifetimes, each with all its sets of keys.
struct Ladders<'a> {
    choice: &'a Choice,
    /// What the choice needs, in the order of instructions that needs least, and the bytes of its keys: it does not fit.
    needed: u64,
    keys: u64,
    /// From the least work to the least memory, once they were needed.
    lifetimes: [OnceCell<Option<Again<'a>>>; 3],
    wanted: Requirements<'a>,
}

/// What was found for a limit.
#[derive(Default)]
struct Search {
    /// The fastest schedule that fits.
    fits: Option<Planned>,
    /// The one of least memory among those that do not.
    least: Option<Planned>,
}

impl<'a> Ladders<'a> {
    fn new(choice: &'a Choice, needed: u64, keys: u64, wanted: Requirements<'a>) -> Self {
        Self { choice, needed, keys, lifetimes: Default::default(), wanted }
    }

    fn of(&self, number: usize) -> Option<&Again<'a>> {
        let copies = Lifetime::ALL[number];
        let again = || Again::new(self.choice, Requirements { copies, ..self.wanted }).ok();
        self.lifetimes[number].get_or_init(again).as_ref()
    }

    /// The first set of keys of each lifetime that fits, and the fastest of them. Where more is missing than all keys take, fewer are
    /// tried only to find the `least`.
    fn search(&self, program: &tensor::Program, limit: Limit, least: bool) -> Result<Search, MemoryFailure> {
        let mut search = Search::default();
        let fewer = |needed: u64, keys: u64| {
            let missing = needed - limit.bytes();
            (least || missing < keys).then(|| keys.saturating_sub(missing).min(keys.saturating_sub(1)))
        };
        for number in 0..Lifetime::ALL.len() {
            let all = self.wanted.key_budget;
            let (mut budget, mut before) = (all, all.saturating_add(1));
            if number == 0 {
                // The choice itself.
                let Some(next) = fewer(self.needed, self.keys) else { continue };
                (budget, before) = (next, self.keys);
            }
            let Some(lifetime) = self.of(number) else { continue };
            loop {
                let choice = match lifetime.within(budget) {
                    Ok(choice) => choice,
                    Err(ParamsFailure::Keys { needed: fewest, .. }) if fewest < before => {
                        budget = fewest;
                        continue;
                    }
                    Err(ParamsFailure::OutOfTime) => return Err(ParamsFailure::OutOfTime.into()),
                    Err(_) => break,
                };
                let emission = limit.smallest(emit::emit(program, &choice, self.wanted.promised_bits)?);
                let (needed, keys) = (limit.needed(&emission.plan), emission.plan.eval_key_memory());
                if needed <= limit.bytes() {
                    if search.fits.as_ref().is_none_or(|(other, _)| choice.seconds < other.seconds) {
                        search.fits = Some((choice, emission));
                    }
                    // Shorter lifetimes only take longer.
                    if budget == all {
                        return Ok(search);
                    }
                    break;
                }
                let known = search.least.as_ref().map(|(_, least)| limit.needed(&least.plan));
                if known.is_none_or(|least| needed < least) {
                    search.least = Some((choice, emission));
                }
                // Sets of keys in between take too much as well: what is alive beside them is no less with fewer keys.
                let Some(next) = fewer(needed, keys) else { break };
                (budget, before) = (next, keys);
            }
        }
        Ok(search)
    }
}

impl Limit {
    /// The plan in the first order that fits, else in that of the least memory.
    fn smallest(self, emission: Emission) -> Emission {
        let mut least: Option<Emission> = None;
        let mut bytes = self.needed(&emission.plan);
        for together in TOGETHER {
            if bytes <= self.bytes() {
                break;
            }
            let other = emit::reordered(&emission, together);
            let needed = self.needed(&other.plan);
            if needed < bytes {
                bytes = needed;
                least = Some(other);
            }
        }
        least.unwrap_or(emission)
    }
}

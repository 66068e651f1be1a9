//! A schedule whose run fits the memory: what is given up for it, from the cheapest on.
//!
//! The schedule that was chosen for its time is taken if it fits. Else its instructions are put into an order that keeps fewer
//! copies of the data ([`reordered`]), sums are taken up in ever smaller parts, copies are made again
//! where they are used ([`Lifetime`]), and rotations are composed of fewer keys. Among the lifetimes that fit the fastest is
//! taken. Results are the same numbers to rounding.

use super::failure::ParamsFailure;
use super::orders::reordered;
use super::request::Requirements;
use super::rings::choose;
use super::rolled;
use super::scheduled::{Again, Offered};
use crate::choice::Choice;
use crate::ckks::Lifetime;
use crate::emit::{self, Emission};
use crate::evidence::Evidence;
use hep_plan::Plan;
use hep_plan::memory::THREADS;
use hep_tensor as tensor;
use hep_tensor::owner::OwnerError;
use hep_tensor::stage::{Clock, Stage};
use std::cell::LazyCell;
use std::rc::Rc;

/// Bytes of a run, the whole process, unless told; what cannot be brought below is not refused.
pub const MEMORY: u64 = 12_000_000_000;
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
    let evidence = LazyCell::new(|| Rc::new(Evidence::of(program, wanted.data)));
    let choice = match choose(program, wanted, &evidence) {
        Err(failure) if failure.is_of_length() && rolled::allowed(&wanted) => {
            // Where no refresh helps either, what is told is why the loop does not fit without.
            let rolled = rolled::choose(program, &wanted, &evidence).map_err(|error| error.or(failure))?;
            return fit_rolled(program, rolled, wanted, limit);
        }
        other => other?,
    };
    let log_n = choice.params.log_n;
    let (first, ample) = fit_schedule(program, choice, wanted, limit)?;
    if ample || wanted.ring_log2.is_some() {
        return first;
    }
    if wanted.patience.is_over() {
        return Err(ParamsFailure::OutOfTime.into());
    }
    let smaller = Requirements { ring_log2: Some(log_n - 1), ..wanted };
    let Ok(choice) = choose(program, smaller, &evidence) else { return first };
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

/// The plan of a loop that stays rolled, if its run keeps to the limit.
fn fit_rolled(
    program: &tensor::Program,
    choice: Choice,
    wanted: Requirements<'_>,
    limit: Limit,
) -> Result<Planned, MemoryFailure> {
    let wanted = wanted.refreshed();
    let emission = emit::emit(program, &choice, wanted.promised_bits, wanted.with.clock)?;
    let needed = limit.needed(&emission.plan);
    match limit.memory {
        Some(allowed) if needed > allowed => Err(MemoryFailure::Memory { needed, allowed }),
        _ => Ok((choice, emission)),
    }
}

/// The schedule of a choice, or another one of its packing that keeps to the limit; and whether the choice itself does.
fn fit_schedule(
    program: &tensor::Program,
    choice: Choice,
    wanted: Requirements<'_>,
    limit: Limit,
) -> Result<(Result<Planned, MemoryFailure>, bool), MemoryFailure> {
    let clock = wanted.with.clock;
    let emission = limit.smallest(emit::emit(program, &choice, wanted.promised_bits, clock)?, clock);
    if limit.needed(&emission.plan) <= limit.bytes() {
        return Ok((Ok((choice, emission)), true));
    }
    let mut others = Others::of(&choice, emission.plan.eval_key_memory(), wanted)?;
    let mut least = (choice, emission);
    while let Some(choice) = others.next()? {
        if wanted.patience.is_over() {
            return Err(ParamsFailure::OutOfTime.into());
        }
        let emission = limit.smallest(emit::emit(program, &choice, wanted.promised_bits, clock)?, clock);
        if limit.needed(&emission.plan) <= limit.bytes() {
            return Ok((Ok((choice, emission)), false));
        }
        if limit.needed(&emission.plan) < limit.needed(&least.1.plan) {
            least = (choice, emission);
        }
    }
    if limit.memory.is_none() {
        return Ok((Ok(least), false));
    }
    let needed = limit.needed(&least.1.plan);
    Ok((Err(MemoryFailure::Memory { needed, allowed: limit.bytes() }), false))
}

/// The schedules of one lifetime with ever fewer keys, the fastest first.
struct Chain<'a> {
    schedules: Again<'a>,
    /// The budget of the next.
    budget: u64,
    /// Whether it is the last.
    last: bool,
    next: Option<Offered>,
    is_over: bool,
}

impl Chain<'_> {
    /// Looks for the next, where it is not known.
    fn look(&mut self) -> Result<(), ParamsFailure> {
        while self.next.is_none() && !self.is_over {
            match self.schedules.within(self.budget) {
                Ok(offered) => self.next = Some(offered),
                Err(ParamsFailure::Keys { needed, .. }) if !self.last && needed < u64::MAX => {
                    (self.budget, self.last) = (needed, true);
                }
                Err(ParamsFailure::OutOfTime) => return Err(ParamsFailure::OutOfTime),
                Err(_) => self.is_over = true,
            }
        }
        Ok(())
    }

    /// The next, where it has room and precision; else there may be another one in its place.
    fn take(&mut self) -> Option<Choice> {
        let choice = self.schedules.taken(self.next.take()?)?;
        (self.budget, self.is_over) = (fewer(choice.key_bytes), self.last);
        Some(choice)
    }
}

/// The schedules of all lifetimes with ever fewer keys, the fastest first. The limit does not decide on them, so that more memory
/// never leads to a refusal or to a slower one.
struct Others<'a>(Vec<Chain<'a>>);

impl<'a> Others<'a> {
    fn of(choice: &Choice, keys: u64, wanted: Requirements<'a>) -> Result<Self, ParamsFailure> {
        let mut chains = Vec::new();
        for (number, copies) in Lifetime::ALL.into_iter().enumerate() {
            // The choice itself is of the first.
            let budget = if number == 0 { fewer(keys) } else { wanted.key_budget };
            match Again::new(choice, Requirements { copies, ..wanted }) {
                Ok(schedules) => {
                    chains.push(Chain { schedules, budget, last: false, next: None, is_over: false });
                }
                Err(ParamsFailure::OutOfTime) => return Err(ParamsFailure::OutOfTime),
                Err(_) => {}
            }
        }
        Ok(Self(chains))
    }

    /// The fastest of those that are left.
    fn next(&mut self) -> Result<Option<Choice>, ParamsFailure> {
        loop {
            self.0.iter_mut().try_for_each(Chain::look)?;
            let seconds = |chain: &Chain<'_>| chain.next.as_ref().map_or(f64::INFINITY, Offered::seconds);
            let waiting = self.0.iter_mut().filter(|chain| chain.next.is_some());
            let Some(fastest) = waiting.min_by(|a, b| seconds(a).total_cmp(&seconds(b))) else {
                return Ok(None);
            };
            if let Some(choice) = fastest.take() {
                return Ok(Some(choice));
            }
        }
    }
}

/// The budget of the next set of keys.
fn fewer(keys: u64) -> u64 {
    keys / 4 * 3
}

impl Limit {
    /// The plan in the first order that fits, else in that of the least memory.
    fn smallest(self, emission: Emission, clock: &Clock) -> Emission {
        let mut least: Option<Emission> = None;
        let mut bytes = self.needed(&emission.plan);
        for together in TOGETHER {
            if bytes <= self.bytes() {
                break;
            }
            let other = clock.time(Stage::Order, || reordered(&emission, together));
            let needed = self.needed(&other.plan);
            if needed < bytes {
                bytes = needed;
                least = Some(other);
            }
        }
        least.unwrap_or(emission)
    }
}

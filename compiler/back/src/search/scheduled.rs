//! Packed programs with their schedules: the cheapest scale, digits and set of keys.

use super::depth::{SCALES, max_depth, too_deep};
use super::digits::{Digits, Keyed, Priced};
use super::failure::{ParamsFailure, nearer};
use super::judge::{Judge, Judged};
use super::magnitudes::{Sizes, sizes};
use super::request::Requirements;
use crate::choice::Choice;
use crate::ckks::passes::{self, Prices, radix4};
use crate::ckks::scale::System;
use crate::ckks::{self, ScheduleError};
use crate::cost::Operations;
use crate::evidence::Evidence;
use crate::slot;
use crate::slot::graph::MAX_WORK;
use hep_tensor::optimization::{Optimization, Optimizations};
use hep_tensor::stage::{Stage, With};
use std::cell::{Cell, LazyCell, OnceCell};
use std::rc::Rc;

/// Key-switching digits that most programs get.
const USUAL_DIGITS: usize = 3;
/// Wide folds may cost this much more in processor time: half as many steps wait for each other.
const NEARLY: f64 = 1.02;
/// What a set of keys costs by its estimate, at least: operations that are made of several save some of them.
const SURELY: f64 = 0.9;

/// A packed program with its schedules, before parameters are chosen.
pub(super) struct Scheduled {
    pub slot: slot::Program,
    /// The optimizations of its schedule.
    pub on: Optimizations,
    /// The schedule that is taken where every rotation has a key.
    first: Variant,
    /// One with narrower folds, which needs fewer keys.
    narrow: Option<Variant>,
    /// Seconds by the first parameters that are secure.
    pub price: f64,
    /// All sets of keys by scale, those of the least estimate first, once a budget asked for them.
    ladders: [OnceCell<Vec<Step>>; SCALES.len()],
    /// Whether all keys leave room and precision, by scale.
    precise: [OnceCell<bool>; SCALES.len()],
    /// The scale and the levels below the results with which all keys leave room and precision, and the bytes of these keys.
    scale: OnceCell<((u32, u32), u64)>,
}

/// A set of keys of one of the schedules.
struct Step {
    keyed: Keyed,
    /// Of the schedules the first or the narrow one.
    variant: usize,
    /// Whether it leaves room and precision, once that was judged.
    verdict: Cell<Option<bool>>,
}

impl Step {
    fn is_rough(&self) -> bool {
        self.verdict.get() == Some(false)
    }
}

/// A schedule and what is known of it.
struct Variant {
    ckks: ckks::Program,
    operations: Operations,
    sizes: OnceCell<Sizes>,
    balanced: OnceCell<System>,
}

impl Variant {
    fn new(ckks: ckks::Program, wanted: &Requirements<'_>) -> Self {
        let operations = wanted.operations(&ckks);
        Self { ckks, operations, sizes: OnceCell::new(), balanced: OnceCell::new() }
    }

    /// The choice of its digits.
    fn digits<'a>(&'a self, log_n: u32, wanted: &'a Requirements<'a>) -> Digits<'a> {
        Digits::new(&self.operations, wanted.costs.ring(log_n), wanted)
    }

    /// The same with levels below the results.
    fn at(&self, spare: u32) -> ckks::Program {
        ckks::Program { depth: self.ckks.depth + spare, ..self.ckks.clone() }
    }
}

/// What is asked for, on a ring, of data.
pub(super) struct Search<'a, F> {
    pub log_n: u32,
    pub wanted: &'a Requirements<'a>,
    pub evidence: &'a LazyCell<Rc<Evidence>, F>,
}

impl<F: FnOnce() -> Rc<Evidence>> Search<'_, F> {
    /// A schedule at a nominal scale with the keys of its parameters, if it has room and precision.
    fn judge(
        &self,
        variant: &Variant,
        scheduled: &ckks::Program,
        scale_bits: u32,
        priced: Priced,
    ) -> Result<Judged, ParamsFailure> {
        let clock = self.wanted.with.clock;
        let found = || clock.time(Stage::Sample, || sizes(&variant.ckks, self.evidence));
        let sizes = variant.sizes.get_or_init(found);
        let (evidence, balanced, wanted) = (self.evidence, &variant.balanced, self.wanted);
        Judge { evidence, sizes, balanced, wanted, scale_bits }.best(scheduled, priced)
    }
}

/// A schedule that has room and precision, with its nominal scale.
pub(super) type Found = (Judged, u32);

/// The cheapest set of keys within a budget by its price; whether it leaves room and precision is not known.
struct Candidate {
    /// The number of its scale.
    scale: usize,
    /// Its place among all sets at that scale.
    step: usize,
    seconds: f64,
}

/// The cheapest parameters within a budget.
enum Offer {
    /// Those of all keys, which were judged.
    Judged(Box<Found>),
    /// Those of fewer keys, which were not.
    Priced(Candidate),
}

impl Scheduled {
    /// Schedules a packed program.
    pub fn of(
        slot: slot::Program,
        on: Optimizations,
        log_n: u32,
        wanted: &Requirements<'_>,
    ) -> Result<Self, ParamsFailure> {
        let work = slot.work();
        if work > MAX_WORK {
            return Err(ParamsFailure::Work { work });
        }
        let with = With { on, ..wanted.with };
        let deepest = max_depth(log_n, wanted.security);
        let mut ckks = match ckks::schedule(&slot, deepest, wanted.copies, with) {
            Err(ScheduleError::Deep(levels)) => return Err(too_deep(levels, log_n, wanted.security)),
            other => other?,
        };
        let ring = wanted.costs.ring(log_n);
        let digit_limbs = (ckks.depth as usize + 1).div_ceil(USUAL_DIGITS);
        let prices = Prices { ring: &ring, digit_limbs, merged: with.uses(Optimization::FusedRescale) };
        ckks = passes::relinearized(ckks, prices, with);
        let cost = |variant: &Variant| {
            let digits = variant.digits(log_n, wanted);
            let costs = SCALES.iter().map(|(scale_bits, _)| digits.cost(&variant.ckks, *scale_bits));
            costs.into_iter().find(|cost| cost.is_finite()).unwrap_or(f64::INFINITY)
        };
        let mut first = Variant::new(ckks, wanted);
        let (mut price, mut narrow) = (cost(&first), None);
        if with.uses(Optimization::Radix4) && with.uses(Optimization::Hoisting) {
            let wide = passes::run(Stage::Radix4, with.clock, || radix4(&first.ckks));
            let wide = Variant::new(wide, wanted);
            let cost = cost(&wide);
            if cost < price * NEARLY {
                narrow = Some(std::mem::replace(&mut first, wide));
                price = cost;
            }
        }
        Ok(Self {
            slot,
            on,
            first,
            narrow,
            price,
            ladders: Default::default(),
            precise: Default::default(),
            scale: OnceCell::new(),
        })
    }

    /// The cheapest parameters within the budget of keys; nothing where they cost no less than `least`, which is known before the
    /// schedule is run on sample data. Which scale is taken does not depend on the budget.
    pub fn cheaper<F: FnOnce() -> Rc<Evidence>>(
        &self,
        search: &Search<'_, F>,
        least: f64,
    ) -> Result<Option<Found>, ParamsFailure> {
        loop {
            match self.offer(search, least)? {
                None => return Ok(None),
                Some(Offer::Judged(found)) => return Ok(Some(*found)),
                Some(Offer::Priced(candidate)) => {
                    search.wanted.in_time()?;
                    if let Some(found) = self.judged(search, &candidate) {
                        return Ok(Some(found));
                    }
                }
            }
        }
    }

    /// The same, with fewer keys not judged.
    fn offer<F: FnOnce() -> Rc<Evidence>>(
        &self,
        search: &Search<'_, F>,
        least: f64,
    ) -> Result<Option<Offer>, ParamsFailure> {
        let Search { log_n, wanted, .. } = *search;
        let fewer_keys = |scale| Ok(self.with_fewer_keys(search, scale, least)?.map(Offer::Priced));
        if let Some((scale, bytes)) = self.scale.get()
            && *bytes > wanted.key_budget
        {
            return fewer_keys(*scale);
        }
        let digits = self.first.digits(log_n, wanted);
        let mut best: Option<ParamsFailure> = None;
        for (scale_bits, spare) in SCALES {
            wanted.in_time()?;
            let ckks = self.first.at(spare);
            let Some(priced) = digits.cheapest(&ckks, scale_bits) else { continue };
            let bytes = priced.bytes;
            // Fewer keys are read sooner.
            let fewer = bytes > wanted.key_budget;
            let bound = if fewer { digits.least_seconds(&ckks, scale_bits) } else { priced.cost };
            if bound >= least {
                return Ok(None);
            }
            let failure = match search.judge(&self.first, &ckks, scale_bits, priced) {
                Ok(judged) if bytes <= wanted.key_budget => {
                    return Ok(Some(Offer::Judged(Box::new((judged, scale_bits)))));
                }
                Ok(_) => {
                    let (scale, _) = *self.scale.get_or_init(|| ((scale_bits, spare), bytes));
                    return fewer_keys(scale);
                }
                Err(failure) => failure,
            };
            best = Some(match best {
                Some(known) if known.rank() >= failure.rank() => known,
                _ => failure,
            });
        }
        Err(best.unwrap_or_else(|| too_deep(self.first.ckks.depth, log_n, wanted.security)))
    }

    /// The cheapest set of keys that fits the budget and is not known to be too rough, at the scale of all keys, or else at a finer one, because rotations by several
    /// keys add noise, or at a coarser one, whose keys may be smaller. Where all keys leave too little room or precision, fewer do.
    fn with_fewer_keys<F: FnOnce() -> Rc<Evidence>>(
        &self,
        search: &Search<'_, F>,
        scale: (u32, u32),
        least: f64,
    ) -> Result<Option<Candidate>, ParamsFailure> {
        let finer = |(_, (bits, _)): &(usize, (u32, u32))| *bits > scale.0;
        let own = SCALES.iter().position(|known| *known == scale).map(|at| (at, scale));
        let mut failure = None;
        let finer = SCALES.into_iter().enumerate().filter(finer);
        let coarser = SCALES.into_iter().enumerate().filter(|(_, (bits, _))| *bits < scale.0);
        for (at, scale) in own.into_iter().chain(finer).chain(coarser) {
            search.wanted.in_time()?;
            if !self.precise[at].get_or_init(|| self.is_precise(search, scale)) {
                continue;
            }
            match self.with_fewer_keys_at(search, at, least) {
                Err(error) => failure = Some(nearer(failure, error, false)),
                found => return found,
            }
        }
        Err(failure.unwrap_or(ParamsFailure::Ring(search.log_n)))
    }

    /// Whether the schedule with all its keys has room and precision at a scale.
    fn is_precise<F: FnOnce() -> Rc<Evidence>>(
        &self,
        search: &Search<'_, F>,
        (scale_bits, spare): (u32, u32),
    ) -> bool {
        let digits = self.first.digits(search.log_n, search.wanted);
        let ckks = self.first.at(spare);
        let priced = digits.cheapest(&ckks, scale_bits);
        priced.is_some_and(|priced| search.judge(&self.first, &ckks, scale_bits, priced).is_ok())
    }

    /// The first schedule and the narrow one with the levels of a scale and their digits.
    fn variants<'a, F>(
        &'a self,
        search: &Search<'a, F>,
        spare: u32,
    ) -> Vec<(&'a Variant, ckks::Program, Digits<'a>)> {
        let both = std::iter::once(&self.first).chain(&self.narrow);
        both.map(|variant| (variant, variant.at(spare), variant.digits(search.log_n, search.wanted)))
            .collect()
    }

    /// All sets of keys at a scale, those of the least estimate first.
    fn ladder<F>(&self, search: &Search<'_, F>, at: usize) -> Result<&[Step], ParamsFailure> {
        if self.ladders[at].get().is_none() {
            let (scale_bits, spare) = SCALES[at];
            let mut all = Vec::new();
            for (variant, (_, ckks, digits)) in self.variants(search, spare).iter().enumerate() {
                let step = |keyed| Step { keyed, variant, verdict: Cell::new(None) };
                all.extend(digits.ladder(ckks, scale_bits)?.into_iter().map(step));
            }
            all.sort_by(|a, b| a.keyed.estimate.total_cmp(&b.keyed.estimate));
            let _ = self.ladders[at].set(all);
        }
        Ok(self.ladders[at].get().map_or(&[][..], Vec::as_slice))
    }

    /// The cheapest set of keys that fits the budget at a scale. Where there is none, the least budget that has one.
    fn with_fewer_keys_at<F: FnOnce() -> Rc<Evidence>>(
        &self,
        search: &Search<'_, F>,
        scale: usize,
        least: f64,
    ) -> Result<Option<Candidate>, ParamsFailure> {
        let budget = search.wanted.key_budget;
        let ladder = self.ladder(search, scale)?;
        let variants = self.variants(search, SCALES[scale].1);
        let cost = |step: &Step| {
            let (_, scheduled, digits) = &variants[step.variant];
            step.keyed.cost(scheduled, digits)
        };
        if let Some((step, seconds)) = cheapest(ladder, budget, cost) {
            return Ok((seconds < least).then_some(Candidate { scale, step, seconds }));
        }
        let mut beyond: Vec<usize> =
            (0..ladder.len()).filter(|step| ladder[*step].keyed.rung.bytes > budget).collect();
        beyond.sort_by_key(|step| ladder[*step].keyed.rung.bytes);
        let is_precise = |step: &usize| match ladder[*step].verdict.get() {
            Some(verdict) => verdict,
            None => self.judged_at(search, (scale, *step)).is_some(),
        };
        let needed =
            beyond.into_iter().find(is_precise).map_or(u64::MAX, |step| ladder[step].keyed.rung.bytes);
        Err(ParamsFailure::Keys { needed, budget })
    }

    /// A candidate that has room and precision; else it is not offered again.
    fn judged<F: FnOnce() -> Rc<Evidence>>(
        &self,
        search: &Search<'_, F>,
        candidate: &Candidate,
    ) -> Option<Found> {
        self.judged_at(search, (candidate.scale, candidate.step))
    }

    fn judged_at<F: FnOnce() -> Rc<Evidence>>(
        &self,
        search: &Search<'_, F>,
        (scale, step): (usize, usize),
    ) -> Option<Found> {
        let (scale_bits, spare) = SCALES[scale];
        let step = self.ladders[scale].get()?.get(step)?;
        let variants = self.variants(search, spare);
        let (variant, scheduled, digits) = &variants[step.variant];
        let judged = search.judge(variant, scheduled, scale_bits, step.keyed.priced(scheduled, digits));
        step.verdict.set(Some(judged.is_ok()));
        judged.ok().map(|judged| (judged, scale_bits))
    }
}

/// The place of the set of keys of least cost within a budget among those that are not known to be too rough, with its cost. `ladder` goes by
/// estimates: none is costed whose estimate is far above what another costs.
fn cheapest(ladder: &[Step], budget: u64, cost: impl Fn(&Step) -> f64) -> Option<(usize, f64)> {
    let mut best: Option<(usize, f64)> = None;
    let fits = |(_, step): &(usize, &Step)| step.keyed.rung.bytes <= budget && !step.is_rough();
    for (at, step) in ladder.iter().enumerate().filter(fits) {
        if best.is_some_and(|(_, least)| least <= SURELY * step.keyed.estimate) {
            break;
        }
        let cost = cost(step);
        if best.is_none_or(|(_, least)| cost < least) {
            best = Some((at, cost));
        }
    }
    best
}

/// The choice that a packed program and its schedule are.
pub(super) fn choice<F: FnOnce() -> Rc<Evidence>>(
    (slot, on): (slot::Program, Optimizations),
    search: &Search<'_, F>,
    found: Found,
) -> Choice {
    let (Judged { params, seconds, key_bytes, ckks, noise, balanced }, scale_bits) = found;
    let ckks = passes::hoisted(&ckks, search.wanted.with).into_owned();
    let evidence = Rc::clone(search.evidence);
    Choice { params, scale_bits, slot, on, ckks, noise, evidence, balanced, seconds, key_bytes }
}

/// A packed program that has parameters, scheduled for copies of another lifetime on the same ring: for several budgets of keys.
pub struct Again<'a> {
    scheduled: Scheduled,
    wanted: Requirements<'a>,
    log_n: u32,
    evidence: Rc<Evidence>,
}

impl<'a> Again<'a> {
    /// Schedules it.
    ///
    /// # Errors
    /// When the ring has too few levels.
    pub fn new(packed: &Choice, wanted: Requirements<'a>) -> Result<Self, ParamsFailure> {
        let log_n = packed.params.log_n;
        let scheduled = Scheduled::of(packed.slot.clone(), packed.on, log_n, &wanted)?;
        Ok(Self { scheduled, wanted, log_n, evidence: Rc::clone(&packed.evidence) })
    }

    /// The cheapest parameters whose keys take at most so many bytes, which may still be too rough.
    ///
    /// # Errors
    /// When the ring has none.
    pub fn within(&self, key_budget: u64) -> Result<Offered, ParamsFailure> {
        self.with(key_budget, |search| {
            let offer = self.scheduled.offer(search, f64::INFINITY)?;
            Ok(Offered(offer.ok_or(ParamsFailure::Ring(self.log_n))?))
        })
    }

    /// What was offered, if it has room and precision; else it is not offered again.
    pub fn taken(&self, offered: Offered) -> Option<Choice> {
        self.with(self.wanted.key_budget, |search| {
            let found = match offered.0 {
                Offer::Judged(found) => *found,
                Offer::Priced(candidate) => self.scheduled.judged(search, &candidate)?,
            };
            let Scheduled { slot, on, .. } = &self.scheduled;
            Some(choice((slot.clone(), *on), search, found))
        })
    }

    fn with<T>(&self, key_budget: u64, then: impl FnOnce(&Search<'_, Known>) -> T) -> T {
        let wanted = Requirements { key_budget, ..self.wanted };
        let evidence = Rc::clone(&self.evidence);
        let evidence: LazyCell<_, Known> = LazyCell::new(Box::new(move || evidence));
        then(&Search { log_n: self.log_n, wanted: &wanted, evidence: &evidence })
    }
}

/// Evidence that is there already.
type Known = Box<dyn FnOnce() -> Rc<Evidence>>;

/// The cheapest parameters within a budget.
pub struct Offered(Offer);

impl Offered {
    /// Predicted seconds, as in [`Choice`].
    pub fn seconds(&self) -> f64 {
        match &self.0 {
            Offer::Judged(found) => found.0.seconds,
            Offer::Priced(candidate) => candidate.seconds,
        }
    }
}

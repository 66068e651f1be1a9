//! The search over rings, scales and digits.

use super::depth::{max_depth, too_deep};
use super::digits::{Digits, Keyed, Priced, finished};
use super::evidence::{Evidence, Known};
use super::judge::{HEADROOM_BITS, Judge, Judged};
use super::magnitudes::{Sizes, sizes};
use super::shortage::{Spent, beyond_all};
use crate::ckks::critical::critical_chain;
use crate::ckks::merge::merge;
use crate::ckks::relinearise::{Prices, relinearise};
use crate::ckks::rotation_sums::widen;
use crate::ckks::scale::System;
use crate::ckks::{self, Lifetime, ScheduleError};
use crate::diagnostics::units::{apart, bytes};
use crate::noise::Estimate;
use crate::optimization::{Optimization, Without};
use crate::patience::Patience;
use crate::slot::{self, LowerError, Strategy};
use crate::tensor;
use hep_plan::cost::{CostTable, RingCosts};
use hep_plan::params::{Params, Security};
use hep_plan::{Level, Tensor};
use std::cell::{Cell, LazyCell, OnceCell};
use std::collections::BTreeMap;
use std::iter;
use std::rc::Rc;
use thiserror::Error;

/// Rings tried without being asked, as powers of two.
pub(super) const RINGS: std::ops::RangeInclusive<u32> = 12..=17;
/// A program whose keys have no more digits than this on one ring is not tried on the largest: twice as long vectors cost more
/// than fewer digits save.
const FEW_DIGITS: usize = 4;
/// Scales tried, in bits, with the levels kept below the results: the preferred first, which leaves 11 bits before
/// the point at the last level; then smaller ones, which may fit a ring that the first does not; then larger ones for
/// precision, with one prime more where the last alone would leave no room before the point.
pub(super) const SCALES: [(u32, u32); 7] = [(40, 0), (36, 0), (32, 0), (44, 0), (44, 1), (48, 1), (30, 0)];
/// Key-switching digits that most programs get.
const USUAL_DIGITS: usize = 3;
/// Wide folds may cost this much more in processor time: half as many steps wait for each other.
const NEARLY: f64 = 1.02;

/// What is asked of the parameters.
#[derive(Clone, Copy, Debug)]
pub struct Requirements<'a> {
    /// Forces the ring degree.
    pub ring_log2: Option<u32>,
    /// The security claim; for the insecure set, which is for tests, the ring must be forced.
    pub security: Security,
    /// Bits that every output must have: after the binary point on assumed data, else of its largest element.
    pub precision_bits: f64,
    /// Those of them that the plan promises.
    pub promised_bits: f64,
    /// Most bytes of the evaluation keys in memory.
    pub key_budget: u64,
    /// What operations cost on the machine that will run the program.
    pub costs: &'a CostTable,
    /// Optimisations that are left out.
    pub without: Without,
    /// Bytes that an upload may have beyond the smallest, where that saves time.
    pub upload_budget: Option<u64>,
    /// How long copies of the data live.
    pub copies: Lifetime,
    /// The owner's data by the names of the program, where they are at hand.
    pub data: Option<&'a BTreeMap<String, Tensor>>,
    /// How long to look.
    pub patience: &'a Patience,
}

impl Requirements<'_> {
    /// Refuses to go on when the patience is over.
    fn in_time(&self) -> Result<(), ParamsFailure> {
        if self.patience.is_over() { Err(ParamsFailure::OutOfTime) } else { Ok(()) }
    }
}

/// Parameters with the program scheduled for them.
#[derive(Debug)]
pub struct Choice {
    /// The parameters.
    pub params: Params,
    /// Nominal scale in bits.
    pub scale_bits: u32,
    /// The packed program.
    pub slot: slot::Program,
    /// The schedule.
    pub ckks: ckks::Program,
    /// Its noise on the data that it was judged by.
    pub noise: Estimate,
    /// What was known of the data.
    pub evidence: Rc<Evidence>,
    /// Whether scales depend on sizes of values.
    pub balanced: bool,
    /// Predicted seconds on one thread, with those to read the keys.
    pub seconds: f64,
}

/// Why no parameters were found.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ParamsFailure {
    /// The program has no packed form.
    #[error(transparent)]
    Lower(#[from] LowerError),
    /// The program has no schedule.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// A forced ring outside the table.
    #[error("ring degree 2^{0} is not supported: choose 12 to 17")]
    Ring(u32),
    /// The modulus is too small for the depth.
    #[error(
        "{}{levels} levels of {scale_bits} bits need a modulus of {needed:.0} bits with its special primes; {bound} allows {allowed:.0} at N = 2^{log_n}, {}{missing} levels too few", more(*at_least), more(*at_least)
    )]
    Depth {
        /// Largest ring tried.
        log_n: u32,
        /// Levels needed.
        levels: u32,
        /// Whether there are more: a long loop is not written out to its end.
        at_least: bool,
        /// Scale of the least demanding attempt.
        scale_bits: u32,
        /// Bits needed.
        needed: f64,
        /// What sets the limit.
        bound: &'static str,
        /// Bits allowed.
        allowed: f64,
        /// Levels that do not fit.
        missing: u32,
        /// What the levels are for.
        spent: Spent,
    },
    /// There was no time to find out, where a time was set.
    #[error("there was no time to look for parameters")]
    OutOfTime,
    /// The result would be too rough.
    #[error("predicted precision is {} bits {}, {} are asked for", apart(*found, *wanted).0, reference(relative.as_deref()), apart(*found, *wanted).1)]
    Precision {
        /// Bits predicted.
        found: f64,
        /// Bits asked for.
        wanted: f64,
        /// The output of which these are bits of its largest element; none for bits after the point.
        relative: Option<String>,
    },
    /// The evaluation keys do not fit their budget, however rotations are composed.
    #[error("the fewest keys found take {}, the budget has {}", bytes(*needed), bytes(*budget))]
    Keys {
        /// Bytes of the fewest keys.
        needed: u64,
        /// Bytes allowed.
        budget: u64,
    },
    /// A value outgrows the modulus.
    #[error(
        "a value leaves only {found:.1} bits of the modulus free on {}, {HEADROOM_BITS} are needed", judged_by(*known)
    )]
    Headroom {
        /// Bits free.
        found: f64,
        /// The value.
        at: Option<Tight>,
        /// Where its size comes from.
        known: Known,
    },
}

/// A value that is too large for its modulus.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tight {
    /// What it is for in the tensor graph.
    pub origin: tensor::NodeId,
    /// Iteration, from 1; 0 before the loop.
    pub iteration: u32,
    /// Its largest slot.
    pub largest: f64,
    /// The largest slot that there is room for.
    pub room: f64,
}

fn judged_by(known: Known) -> &'static str {
    match known {
        Known::Assumed => "sample data",
        Known::Declared => "sample data in the declared ranges",
        Known::Measured => "these data",
    }
}

fn more(at_least: bool) -> &'static str {
    if at_least { "more than " } else { "" }
}

fn reference(relative: Option<&str>) -> String {
    relative.map_or_else(|| "after the point".into(), |name| format!("of the largest element of `{name}`"))
}

impl ParamsFailure {
    /// How near an attempt came: the nearest is reported.
    pub(super) fn rank(&self) -> f64 {
        match self {
            ParamsFailure::Precision { found, .. } => 1000.0 + found,
            ParamsFailure::Headroom { found, .. } => *found,
            // Nothing but the keys is in the way.
            ParamsFailure::Keys { needed, .. } => 2000.0 - (*needed as f64).log2(),
            _ => f64::NEG_INFINITY,
        }
    }
}

/// Chooses parameters for a program.
///
/// # Errors
/// The reason why the largest ring failed.
pub fn choose(program: &tensor::Program, wanted: Requirements<'_>) -> Result<Choice, ParamsFailure> {
    let rings: Vec<u32> = match wanted.ring_log2 {
        Some(ring) if !(3..=17).contains(&ring) || wanted.security.max_log_qp(ring).is_none() => {
            return Err(ParamsFailure::Ring(ring));
        }
        Some(ring) => vec![ring],
        None => RINGS.collect(),
    };
    if let Some(failure) = beyond_all(program, rings.iter().max().copied().unwrap_or(0), &wanted) {
        return Err(failure);
    }
    let evidence = LazyCell::new(|| Rc::new(Evidence::of(program, wanted.data)));
    let mut best: Option<Choice> = None;
    let mut failure = None;
    for log_n in rings {
        wanted.in_time()?;
        if log_n == *RINGS.end() && best.as_ref().is_some_and(has_few_digits) {
            break;
        }
        // The reasons of the largest are those that are told.
        if wanted.ring_log2.is_none() && log_n < *RINGS.end() && !deep_enough(program, log_n, &wanted) {
            continue;
        }
        match attempt(program, log_n, &wanted, &evidence) {
            Ok(choice) => {
                // Larger rings only get dearer once a larger one has lost.
                if best.as_ref().is_some_and(|least| least.seconds <= choice.seconds) {
                    break;
                }
                best = Some(choice);
            }
            Err(ParamsFailure::OutOfTime) => return Err(ParamsFailure::OutOfTime),
            Err(error) => {
                // Keys only grow with the ring.
                let told = matches!(failure, Some(ParamsFailure::Keys { .. }));
                failure = Some(nearer(failure, error, !told));
            }
        }
    }
    match (best, failure) {
        (Some(choice), _) => Ok(choice),
        (None, Some(failure)) => Err(explained(failure, program)),
        (None, None) => Err(ParamsFailure::Ring(0)),
    }
}

/// Whether a ring has levels for the products of the loop: a program of many rows is not scheduled in all ways on a small ring for
/// nothing.
fn deep_enough(program: &tensor::Program, log_n: u32, wanted: &Requirements<'_>) -> bool {
    let first = Strategy::all(wanted.without, wanted.upload_budget.is_some()).into_iter().next();
    let packed = slot::lower_with(program, 1 << (log_n - 1), first.unwrap_or_default());
    let chain = packed.ok().and_then(|packed| critical_chain(&packed).ok()).unwrap_or_default();
    let levels = chain.into_iter().filter(|iteration| *iteration > 0).count() as u32;
    levels <= max_depth(log_n, wanted.security)
}

/// The failure with what takes the levels, where levels are missing.
fn explained(mut failure: ParamsFailure, program: &tensor::Program) -> ParamsFailure {
    if let ParamsFailure::Depth { log_n, spent, .. } = &mut failure
        && let Ok(slot) = slot::lower(program, 1 << (*log_n - 1))
    {
        *spent = Spent::of(&slot);
    }
    failure
}

fn has_few_digits(choice: &Choice) -> bool {
    choice.params.digits(choice.params.max_level()) <= FEW_DIGITS
}

/// The cheapest strategy and parameters on one ring.
fn attempt<F: FnOnce() -> Rc<Evidence>>(
    program: &tensor::Program,
    log_n: u32,
    wanted: &Requirements<'_>,
    evidence: &LazyCell<Rc<Evidence>, F>,
) -> Result<Choice, ParamsFailure> {
    let slots = 1 << (log_n - 1);
    let mut strategies = Strategy::all(wanted.without, wanted.upload_budget.is_some()).into_iter();
    let first = strategies.next().unwrap_or_default();
    let packed = slot::lower_with(program, slots, first)?;
    let others: Vec<(Strategy, bool)> =
        strategies.map(|other| (other, other.matters(&packed, first))).collect();
    let lowered = |(strategy, _): &(Strategy, bool)| slot::lower_with(program, slots, *strategy).ok();
    let different = others.iter().filter(|(_, differs)| *differs).filter_map(lowered);
    let best = cheapest(iter::once(packed).chain(different), log_n, wanted, evidence);
    if !is_rough(&best) {
        return best;
    }
    let same = others.iter().filter(|(other, differs)| !differs && other.numbers != first.numbers);
    let finer = cheapest(same.filter_map(lowered), log_n, wanted, evidence);
    let least = best.as_ref().map_or(f64::INFINITY, |best| best.seconds);
    let better = |found: &Choice| found.seconds < least && within(found, wanted.upload_budget);
    finer.ok().filter(better).map_or(best, Ok)
}

/// The cheapest of several packings of a program; the first is allowed whatever its upload.
fn cheapest<F: FnOnce() -> Rc<Evidence>>(
    packings: impl Iterator<Item = slot::Program>,
    log_n: u32,
    wanted: &Requirements<'_>,
    evidence: &LazyCell<Rc<Evidence>, F>,
) -> Result<Choice, ParamsFailure> {
    let (mut scheduled, mut failure) = (Vec::new(), None);
    for (at, slot) in packings.enumerate() {
        wanted.in_time()?;
        match Scheduled::of(slot, log_n, wanted) {
            Ok(one) => scheduled.push((at, one)),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    // The cheapest is run on sample data first, so that the others need not be.
    scheduled.sort_by(|(_, a), (_, b)| a.price.total_cmp(&b.price));
    let search = Search { log_n, wanted, evidence };
    let mut best: Option<Choice> = None;
    for (at, one) in scheduled {
        wanted.in_time()?;
        let least = best.as_ref().map_or(f64::INFINITY, |best| best.seconds);
        let found =
            one.cheaper(&search, least).map(|found| found.map(|found| choice(one.slot, &search, found)));
        match found {
            // The smallest upload is taken in any case.
            Ok(Some(found)) if at == 0 || within(&found, wanted.upload_budget) => best = Some(found),
            Err(error) => failure = Some(nearer(failure, error, at == 0)),
            _ => {}
        }
    }
    best.ok_or(failure.unwrap_or(ParamsFailure::Ring(log_n)))
}

/// The failure that is told of two: that of the smallest upload, or of fewer keys.
fn nearer(known: Option<ParamsFailure>, other: ParamsFailure, first: bool) -> ParamsFailure {
    match (known, other) {
        (Some(ParamsFailure::Keys { needed, budget }), ParamsFailure::Keys { needed: other, .. }) => {
            ParamsFailure::Keys { needed: needed.min(other), budget }
        }
        (Some(known), _) if !first => known,
        (_, other) => other,
    }
}

/// The schedule with relinearisations where they are cheapest, by a usual number of digits.
fn relinearised(program: ckks::Program, without: Without, ring: &RingCosts) -> ckks::Program {
    if !without.uses(Optimization::LateRelinearisation) {
        return program;
    }
    let merged = without.uses(Optimization::MergedDivisions);
    let digit_limbs = (program.depth as usize + 1).div_ceil(USUAL_DIGITS);
    let program = relinearise(program, Prices { ring, digit_limbs, merged });
    if merged { merge(program) } else { program }
}

/// Whether a schedule lacks precision or room at the preferred scale: numbers in scales take some of both.
fn is_rough(found: &Result<Choice, ParamsFailure>) -> bool {
    match found {
        Ok(choice) => choice.scale_bits != SCALES[0].0,
        Err(error) => matches!(error, ParamsFailure::Precision { .. } | ParamsFailure::Headroom { .. }),
    }
}

/// Whether the uploads of a schedule keep to a budget; with none, the smallest upload is taken in any case.
fn within(choice: &Choice, budget: Option<u64>) -> bool {
    let graph = &choice.ckks.graph;
    let top = choice.params.max_level().0;
    let bytes = |id| match graph.node(id).op {
        ckks::graph::Op::Input { .. } => {
            choice.params.ciphertext_bytes(Level(top.saturating_sub(graph.node(id).depth)), 1)
        }
        _ => 0,
    };
    budget.is_none_or(|budget| graph.ids().map(bytes).sum::<u64>() <= budget)
}

/// A packed program with its schedules, before parameters are chosen.
struct Scheduled {
    slot: slot::Program,
    /// The schedule that is taken where every rotation has a key.
    first: Variant,
    /// One with narrower folds, which needs fewer keys.
    narrow: Option<Variant>,
    /// Seconds by the first parameters that are secure.
    price: f64,
    /// All sets of keys by scale, the cheapest first, once a budget asked for them.
    ladders: [OnceCell<Vec<Step>>; SCALES.len()],
    /// The scale and the levels below the results with which all keys leave room and precision, and the bytes of these keys.
    scale: OnceCell<((u32, u32), u64)>,
}

/// A set of keys of one of the schedules.
struct Step {
    keyed: Keyed,
    narrow: bool,
    /// Whether it was found to leave too little room or precision.
    rough: Cell<bool>,
}

/// A schedule and what is known of it.
struct Variant {
    ckks: ckks::Program,
    sizes: OnceCell<Sizes>,
    balanced: OnceCell<System>,
}

impl Variant {
    fn new(ckks: ckks::Program) -> Self {
        Self { ckks, sizes: OnceCell::new(), balanced: OnceCell::new() }
    }

    /// The same with levels below the results.
    fn at(&self, spare: u32) -> ckks::Program {
        ckks::Program { depth: self.ckks.depth + spare, ..self.ckks.clone() }
    }
}

/// What is asked for, on a ring, of data.
struct Search<'a, F> {
    log_n: u32,
    wanted: &'a Requirements<'a>,
    evidence: &'a LazyCell<Rc<Evidence>, F>,
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
        let sizes = variant.sizes.get_or_init(|| sizes(&variant.ckks, self.evidence));
        let (evidence, balanced, wanted) = (self.evidence, &variant.balanced, self.wanted);
        Judge { evidence, sizes, balanced, wanted, scale_bits }.best(scheduled, priced)
    }
}

/// A schedule that has room and precision, with its nominal scale.
type Found = (Judged, u32);

impl Scheduled {
    fn of(slot: slot::Program, log_n: u32, wanted: &Requirements<'_>) -> Result<Self, ParamsFailure> {
        let mut ckks = match ckks::schedule(&slot, max_depth(log_n, wanted.security), wanted.copies) {
            Err(ScheduleError::Deep(levels)) => return Err(too_deep(levels, log_n, wanted.security)),
            other => other?,
        };
        let ring = wanted.costs.ring(log_n);
        ckks = relinearised(ckks, slot.without, &ring);
        let cost = |program| {
            let digits = Digits::new(program, ring, wanted);
            let costs = SCALES.iter().map(|(scale_bits, _)| digits.cost(program, *scale_bits));
            costs.into_iter().find(|cost| cost.is_finite()).unwrap_or(f64::INFINITY)
        };
        let (mut price, mut narrow) = (cost(&ckks), None);
        if wanted.without.uses(Optimization::WideFolds) && wanted.without.uses(Optimization::Hoisting) {
            let wide = widen(&ckks);
            let cost = cost(&wide);
            if cost < price * NEARLY {
                narrow = Some(Variant::new(std::mem::replace(&mut ckks, wide)));
                price = cost;
            }
        }
        Ok(Self {
            slot,
            first: Variant::new(ckks),
            narrow,
            price,
            ladders: Default::default(),
            scale: OnceCell::new(),
        })
    }

    /// The cheapest parameters within the budget of keys; nothing where they cost no less than `least`, which is known before the
    /// schedule is run on sample data. Which scale is taken does not depend on the budget.
    fn cheaper<F: FnOnce() -> Rc<Evidence>>(
        &self,
        search: &Search<'_, F>,
        least: f64,
    ) -> Result<Option<Found>, ParamsFailure> {
        let Search { log_n, wanted, .. } = *search;
        if let Some((scale, bytes)) = self.scale.get()
            && *bytes > wanted.key_budget
        {
            return self.with_fewer_keys(search, *scale, least);
        }
        let digits = Digits::new(&self.first.ckks, wanted.costs.ring(log_n), wanted);
        let mut best: Option<ParamsFailure> = None;
        for (scale_bits, spare) in SCALES {
            wanted.in_time()?;
            let ckks = self.first.at(spare);
            let Some(priced) = digits.cheapest(&ckks, scale_bits) else { continue };
            if priced.cost >= least {
                return Ok(None);
            }
            let bytes = priced.bytes;
            let failure = match search.judge(&self.first, &ckks, scale_bits, priced) {
                Ok(judged) if bytes <= wanted.key_budget => return Ok(Some((judged, scale_bits))),
                Ok(_) => {
                    let (scale, _) = *self.scale.get_or_init(|| ((scale_bits, spare), bytes));
                    return self.with_fewer_keys(search, scale, least);
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

    /// The cheapest set of keys that fits the budget, at the scale of all keys, or else at a finer one, because rotations by several
    /// keys add noise, or at a coarser one, whose keys may be smaller.
    fn with_fewer_keys<F: FnOnce() -> Rc<Evidence>>(
        &self,
        search: &Search<'_, F>,
        scale: (u32, u32),
        least: f64,
    ) -> Result<Option<Found>, ParamsFailure> {
        let finer = |(_, (bits, _)): &(usize, (u32, u32))| *bits > scale.0;
        let own = SCALES.iter().position(|known| *known == scale).map(|at| (at, scale));
        let mut failure = None;
        let finer = SCALES.into_iter().enumerate().filter(finer);
        let coarser = SCALES.into_iter().enumerate().filter(|(_, (bits, _))| *bits < scale.0);
        for (at, scale) in own.into_iter().chain(finer).chain(coarser) {
            match self.with_fewer_keys_at(search, &self.ladders[at], scale, least) {
                Err(error) => failure = Some(nearer(failure, error, false)),
                found => return found,
            }
        }
        Err(failure.unwrap_or(ParamsFailure::Ring(search.log_n)))
    }

    /// The cheapest set of keys that fits the budget and leaves room and precision at a scale.
    fn with_fewer_keys_at<F: FnOnce() -> Rc<Evidence>>(
        &self,
        search: &Search<'_, F>,
        ladder: &OnceCell<Vec<Step>>,
        (scale_bits, spare): (u32, u32),
        least: f64,
    ) -> Result<Option<Found>, ParamsFailure> {
        let (wanted, budget) = (search.wanted, search.wanted.key_budget);
        let variants = || std::iter::once(&self.first).chain(&self.narrow);
        let ladder = ladder.get_or_init(|| {
            let of = |variant: &Variant| {
                let digits = Digits::new(&variant.ckks, wanted.costs.ring(search.log_n), wanted);
                digits.ladder(&variant.at(spare), scale_bits)
            };
            let step = |keyed, narrow| Step { keyed, narrow, rough: Cell::new(false) };
            let first = of(&self.first).into_iter().map(|keyed| step(keyed, false));
            let narrow = self.narrow.iter().flat_map(of).map(|keyed| step(keyed, true));
            let mut all: Vec<Step> = first.chain(narrow).collect();
            all.sort_by(|a, b| a.keyed.cost.total_cmp(&b.keyed.cost));
            all
        });
        let judged = |Step { keyed, narrow, rough }: &Step| {
            let variant = variants().nth(usize::from(*narrow)).filter(|_| !rough.get())?;
            let scheduled = variant.at(spare);
            let judged = search.judge(variant, &scheduled, scale_bits, keyed.priced(&scheduled));
            rough.set(judged.is_err());
            judged.ok()
        };
        for step in ladder.iter().filter(|step| step.keyed.rung.bytes <= budget) {
            if step.keyed.cost >= least {
                return Ok(None);
            }
            if let Some(judged) = judged(step) {
                return Ok(Some((judged, scale_bits)));
            }
        }
        let mut beyond: Vec<&Step> = ladder.iter().filter(|step| step.keyed.rung.bytes > budget).collect();
        beyond.sort_by_key(|step| step.keyed.rung.bytes);
        let first = beyond.into_iter().find(|step| judged(step).is_some());
        let needed = first.map_or(u64::MAX, |step| step.keyed.rung.bytes);
        Err(ParamsFailure::Keys { needed, budget })
    }
}

/// The choice that a packed program and its schedule are.
fn choice<F: FnOnce() -> Rc<Evidence>>(slot: slot::Program, search: &Search<'_, F>, found: Found) -> Choice {
    let (Judged { params, seconds, ckks, noise, balanced }, scale_bits) = found;
    let ckks = finished(&ckks, search.wanted.without).into_owned();
    let evidence = Rc::clone(search.evidence);
    Choice { params, scale_bits, slot, ckks, noise, evidence, balanced, seconds }
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
        let scheduled = Scheduled::of(packed.slot.clone(), log_n, &wanted)?;
        Ok(Self { scheduled, wanted, log_n, evidence: Rc::clone(&packed.evidence) })
    }

    /// The cheapest parameters whose keys take at most so many bytes.
    ///
    /// # Errors
    /// When the ring has none.
    pub fn within(&self, key_budget: u64) -> Result<Choice, ParamsFailure> {
        let wanted = Requirements { key_budget, ..self.wanted };
        let evidence = LazyCell::new(|| Rc::clone(&self.evidence));
        let search = Search { log_n: self.log_n, wanted: &wanted, evidence: &evidence };
        let found = self.scheduled.cheaper(&search, f64::INFINITY)?;
        let found = found.ok_or(ParamsFailure::Ring(self.log_n))?;
        Ok(choice(self.scheduled.slot.clone(), &search, found))
    }
}

//! The search over rings and packings.

use super::depth::{self, SCALES, max_depth};
use super::failure::{ParamsFailure, Spent, nearer};
use super::request::Requirements;
use super::scheduled::{Scheduled, Search, choice};
use super::shortage::beyond_all;
use crate::choice::Choice;
use crate::ckks;
use crate::ckks::critical::critical_chain;
use crate::evidence::Evidence;
use crate::slot::{self, Lowered, Strategy};
use hep_plan::security::RING_LOG2;
use hep_plan::{Level, Part};
use hep_tensor as tensor;
use std::cell::LazyCell;
use std::iter;
use std::rc::Rc;

/// A program whose keys have no more digits than this on one ring is not tried on the largest: twice as long vectors cost more
/// than fewer digits save.
const FEW_DIGITS: usize = 4;
/// Chooses parameters for a program.
///
/// # Errors
/// The reason why the largest ring failed.
pub fn choose<F: FnOnce() -> Rc<Evidence>>(
    program: &tensor::Program,
    wanted: Requirements<'_>,
    evidence: &LazyCell<Rc<Evidence>, F>,
) -> Result<Choice, ParamsFailure> {
    let rings: Vec<u32> = match wanted.ring_log2 {
        Some(ring)
            if !(3..=*RING_LOG2.end()).contains(&ring) || wanted.security.max_log_qp(ring).is_none() =>
        {
            return Err(ParamsFailure::Ring(ring));
        }
        Some(ring) => vec![ring],
        None => RING_LOG2.collect(),
    };
    if let Some(failure) = beyond_all(program, rings.iter().max().copied().unwrap_or(0), &wanted) {
        return Err(failure);
    }
    let mut best: Option<Choice> = None;
    let mut failure = None;
    for log_n in rings {
        wanted.in_time()?;
        if log_n == *RING_LOG2.end() && best.as_ref().is_some_and(has_few_digits) {
            break;
        }
        // The reasons of the largest are those that are told.
        if wanted.ring_log2.is_none() && log_n < *RING_LOG2.end() && !deep_enough(program, log_n, &wanted) {
            continue;
        }
        match attempt(program, log_n, &wanted, evidence) {
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
        (None, Some(failure)) => Err(explained(failure, program, &wanted)),
        (None, None) => Err(ParamsFailure::Ring(0)),
    }
}

/// Whether a ring has levels for the products of the loop: a program of many rows is not scheduled in all ways on a small ring for
/// nothing.
fn deep_enough(program: &tensor::Program, log_n: u32, wanted: &Requirements<'_>) -> bool {
    let first = Strategy::all(wanted.with.on, wanted.upload_budget.is_some()).into_iter().next();
    let packed = slot::lower_with(program, 1 << (log_n - 1), first.unwrap_or_default(), wanted.with);
    let chain =
        packed.ok().and_then(|packed| critical_chain(&packed.program, packed.on).ok()).unwrap_or_default();
    let levels = chain.into_iter().filter(|part| *part != Part::Prologue).count() as u32;
    levels <= max_depth(log_n, wanted.security)
}

/// The failure with what takes the levels, where levels are missing: those of the schedule, which is made whether or not a modulus
/// has room for it.
fn explained(failure: ParamsFailure, program: &tensor::Program, wanted: &Requirements<'_>) -> ParamsFailure {
    let ParamsFailure::Depth { log_n, levels, .. } = failure else { return failure };
    let Ok(slot) = slot::lower(program, 1 << (log_n - 1)) else { return failure };
    let exact = depth::scheduled(&slot, wanted).filter(|exact| *exact >= levels);
    let mut failure = depth::too_deep(exact.unwrap_or(levels), log_n, wanted.security);
    if let ParamsFailure::Depth { spent, scheduled, .. } = &mut failure {
        *spent = Spent::of(&slot, wanted.with.on);
        *scheduled = exact.is_some();
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
    let mut strategies = Strategy::all(wanted.with.on, wanted.upload_budget.is_some()).into_iter();
    let first = strategies.next().unwrap_or_default();
    let packed = slot::lower_with(program, slots, first, wanted.with)?;
    let others: Vec<(Strategy, bool)> =
        strategies.map(|other| (other, other.matters(&packed, first))).collect();
    let lowered =
        |(strategy, _): &(Strategy, bool)| slot::lower_with(program, slots, *strategy, wanted.with).ok();
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
    packings: impl Iterator<Item = Lowered>,
    log_n: u32,
    wanted: &Requirements<'_>,
    evidence: &LazyCell<Rc<Evidence>, F>,
) -> Result<Choice, ParamsFailure> {
    let (mut scheduled, mut failure) = (Vec::new(), None);
    for (at, packed) in packings.enumerate() {
        wanted.in_time()?;
        match Scheduled::of(packed.program, packed.on, log_n, wanted) {
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
        let found = one
            .cheaper(&search, least)
            .map(|found| found.map(|found| choice((one.slot, one.on), &search, found)));
        match found {
            // The smallest upload is taken in any case.
            Ok(Some(found)) if at == 0 || within(&found, wanted.upload_budget) => best = Some(found),
            Err(error) => failure = Some(nearer(failure, error, at == 0)),
            _ => {}
        }
    }
    best.ok_or(failure.unwrap_or(ParamsFailure::Ring(log_n)))
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

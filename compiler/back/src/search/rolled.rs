//! Loops that stay rolled: which values are refreshed, after how many iterations, on which chain of primes.
//!
//! Every candidate is scheduled for real: its levels are those that the body takes, and the chain has as many between two refreshes. Its
//! price is that of what is before the loop, and of the runs with their refreshes, by the cost table.

use super::digits::Priced;
use super::failure::ParamsFailure;
use super::judge::{Judge, Judged};
use super::magnitudes::sizes;
use super::request::Requirements;
use crate::choice::Choice;
use crate::ckks::ScheduleError;
use crate::ckks::graph::{Op, Program, Region};
use crate::ckks::instructions::RunScales;
use crate::ckks::passes::{self, Prices, keys};
use crate::ckks::refresh::Refreshable;
use crate::ckks::schedule::schedule_rolled;
use crate::ckks::unroll::{UnrollError, Window};
use crate::cost::Operations;
use crate::evidence::Evidence;
use crate::slot::{self, Strategy};
use hep_plan::cost::{RingCosts, SECONDS_PER_KEY_BYTE};
use hep_plan::params::Security;
use hep_plan::refresh::{Chain, RefreshKey, chain, result_bits, work};
use hep_plan::{Packing, Params, RefreshShape};
use hep_tensor as tensor;
use hep_tensor::dag::NodeId;
use hep_tensor::optimization::{Optimization, Optimizations};
use hep_tensor::stage::With;
use std::cell::{LazyCell, OnceCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Bits of the primes of a program with refreshes: as near as whole bits come to the scale of what a refresh makes.
const SCALE_BITS: u32 = 43;
/// The ring that is tried where none is forced.
const RING: u32 = 16;
/// Iterations of a run that are tried.
const LENGTHS: std::ops::RangeInclusive<u32> = 1..=4;
/// Iterations that may have to be written out before all loop variables are ciphertexts.
const FIRST: u32 = 4;
/// Most levels between two refreshes that are looked at.
const LEVELS: u32 = 40;
/// Most bits by which the scale of a loop variable may move over all runs.
const SPREAD: f64 = 16.0;
/// Primes of a digit where relinearizations are placed, before parameters are known.
const DIGIT_LIMBS: usize = 10;
/// Special primes, and with them digits, that are tried.
const SPECIAL: std::ops::RangeInclusive<usize> = 2..=14;

/// The cheapest rolled schedule of a program.
///
/// # Errors
/// Why there is none on the ring.
pub fn choose<F: FnOnce() -> Rc<Evidence>>(
    program: &tensor::Program,
    wanted: &Requirements<'_>,
    evidence: &LazyCell<Rc<Evidence>, F>,
) -> Result<Choice, ParamsFailure> {
    let log_n = wanted.ring_log2.unwrap_or(RING);
    if wanted.security.max_log_qp(log_n).is_none() {
        return Err(ParamsFailure::Ring(log_n));
    }
    let wanted = wanted.refreshed();
    let strategies = Strategy::all(wanted.with.on, wanted.upload_budget.is_some()).into_iter();
    let strategy = strategies.into_iter().next().unwrap_or_default();
    let packed = slot::lower_with(program, 1 << (log_n - 1), strategy, wanted.with)?;
    let with = With { on: packed.on, ..wanted.with };
    let refreshable = Refreshable::of(&packed.program, &evidence.uploads).unwrap_or_default();
    let rolling = Rolling { slot: &packed.program, on: packed.on, log_n, wanted: &wanted, with, refreshable };
    let mut candidates = rolling.candidates()?;
    candidates.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let mut failure = None;
    for candidate in candidates {
        wanted.in_time()?;
        let scale_bits = candidate.scale_bits;
        match rolling.judged(candidate, evidence) {
            Ok(judged) => return Ok(rolling.choice((judged, scale_bits), evidence)),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    Err(failure.unwrap_or(ParamsFailure::Ring(log_n)))
}

struct Rolling<'a> {
    slot: &'a slot::Program,
    on: Optimizations,
    log_n: u32,
    wanted: &'a Requirements<'a>,
    with: With<'a>,
    refreshable: Refreshable,
}

/// A schedule with its parameters.
struct Candidate {
    ckks: Program,
    scale_bits: u32,
    params: Params,
    seconds: f64,
    key_bytes: u64,
}

impl Rolling<'_> {
    /// Every schedule that has parameters.
    fn candidates(&self) -> Result<Vec<Candidate>, ParamsFailure> {
        let (mut found, mut failure) = (Vec::new(), None);
        for length in LENGTHS {
            for edge in self.refreshable.edges(self.slot) {
                self.wanted.in_time()?;
                match self.candidate(length, &edge, SCALE_BITS) {
                    Ok(candidate) => found.push(candidate),
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
        }
        if found.is_empty() { Err(failure.unwrap_or(ParamsFailure::Ring(self.log_n))) } else { Ok(found) }
    }

    fn candidate(
        &self,
        length: u32,
        edge: &BTreeSet<NodeId>,
        scale_bits: u32,
    ) -> Result<Candidate, ParamsFailure> {
        let period = self.refreshable.period(edge.iter().copied());
        let shape = RefreshShape::standard(period, Packing::Real);
        let mut window = Window {
            head: 1,
            length,
            edge: edge.clone(),
            middle: BTreeSet::new(),
            operands: &self.refreshable.operands,
            log_slots: shape.log_slots,
            below: shape.bottom() as u32,
            above: result_bits(&shape) - f64::from(scale_bits),
        };
        let mut failure = None;
        for head in 1..=FIRST.max(length) + length {
            window.head = head;
            match schedule_rolled(self.slot, &window, LEVELS, self.with) {
                Ok(ckks) => return self.finished(ckks, scale_bits),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.map_or(ParamsFailure::Ring(self.log_n), ParamsFailure::from))
    }

    /// A schedule with relinearizations where they are cheapest, and the cheapest parameters.
    fn finished(&self, ckks: Program, scale_bits: u32) -> Result<Candidate, ParamsFailure> {
        let ring = self.wanted.costs.ring(self.log_n);
        let shapes: Vec<RefreshShape> = ckks
            .refreshes
            .packings
            .iter()
            .map(|packing| RefreshShape::standard(ckks.refreshes.log_slots, *packing))
            .collect();
        let prices = Prices {
            ring: &ring,
            digit_limbs: DIGIT_LIMBS,
            merged: self.with.uses(Optimization::FusedRescale),
        };
        let ckks = passes::relinearized(ckks, prices, self.with);
        let hoisted = passes::hoisted(&ckks, self.with);
        let costs = RunCosts::of(&hoisted);
        let mut best: Option<Candidate> = None;
        let mut drifts = false;
        for special in SPECIAL {
            let of = Chain {
                log_n: self.log_n,
                levels: ckks.depth as usize,
                bits: scale_bits,
                special,
                security: self.wanted.security,
            };
            let Ok(params) = chain(of, shapes.clone()) else { continue };
            drifts = drifts || RunScales::of(&ckks, &params, scale_bits).spread() > SPREAD;
            if drifts {
                return Err(ScheduleError::Unroll(UnrollError::Varied).into());
            }
            let key_bytes = keys::bytes(&ckks, &params) + refresh_key_bytes(&params);
            if key_bytes > self.wanted.key_budget {
                continue;
            }
            let seconds = costs.seconds(&ckks, &params, &ring) + SECONDS_PER_KEY_BYTE * key_bytes as f64;
            if best.as_ref().is_none_or(|best| seconds < best.seconds) {
                best = Some(Candidate { ckks: ckks.clone(), scale_bits, params, seconds, key_bytes });
            }
        }
        best.ok_or_else(|| super::depth::too_deep(ckks.depth, self.log_n, self.wanted.security))
    }

    fn judged<F: FnOnce() -> Rc<Evidence>>(
        &self,
        candidate: Candidate,
        evidence: &LazyCell<Rc<Evidence>, F>,
    ) -> Result<Judged, ParamsFailure> {
        let Candidate { ckks, scale_bits, params, seconds, key_bytes } = candidate;
        let sizes = sizes(&ckks, evidence);
        let balanced = OnceCell::new();
        let judge = Judge { evidence, sizes: &sizes, balanced: &balanced, wanted: self.wanted, scale_bits };
        judge.best(&ckks, Priced { params, cost: seconds, bytes: key_bytes, composed: None })
    }

    fn choice<F: FnOnce() -> Rc<Evidence>>(
        &self,
        (judged, scale_bits): (Judged, u32),
        evidence: &LazyCell<Rc<Evidence>, F>,
    ) -> Choice {
        let Judged { params, seconds, key_bytes, ckks, noise, balanced } = judged;
        let ckks = passes::hoisted(&ckks, self.with).into_owned();
        let (slot, on, evidence) = (self.slot.clone(), self.on, Rc::clone(evidence));
        Choice { params, scale_bits, slot, on, ckks, noise, evidence, balanced, seconds, key_bytes }
    }
}

/// Bytes of the keys of all refreshes in memory: those that several need are there once.
fn refresh_key_bytes(params: &Params) -> u64 {
    let mut all: BTreeMap<RefreshKey, u64> = BTreeMap::new();
    for shape in &params.refresh {
        for (key, level) in hep_plan::refresh::keys(shape, params) {
            let known = all.entry(key).or_default();
            *known = (*known).max(key.bytes(level, shape, params));
        }
    }
    all.values().sum()
}

/// What the regions of a rolled schedule take.
struct RunCosts {
    outside: Operations,
    body: Operations,
    /// Refreshes before and after the loop, and in a run, by their shapes.
    refreshes: BTreeMap<(bool, u32), usize>,
}

impl RunCosts {
    fn of(program: &Program) -> Self {
        let inside = |id: NodeId| program.region(id) == Region::Body;
        let mut once: BTreeMap<(bool, u32), BTreeSet<Vec<NodeId>>> = BTreeMap::new();
        for id in program.graph.ids() {
            if let Op::Refresh { shape, .. } = program.graph.node(id).op {
                let operands = program.graph.operands(id).to_vec();
                once.entry((inside(id), shape)).or_default().insert(operands);
            }
        }
        Self {
            outside: Operations::of_some(program, |id| !inside(id)),
            body: Operations::of_some(program, inside),
            refreshes: once.into_iter().map(|(at, all)| (at, all.len())).collect(),
        }
    }

    fn seconds(&self, program: &Program, params: &Params, ring: &RingCosts) -> f64 {
        let (depth, runs) = (program.depth + program.refreshes.below, f64::from(program.runs()));
        let own = |of: &Operations| of.seconds(depth, params.digit_limbs, ring);
        let refresh = |((inside, shape), count): (&(bool, u32), &usize)| {
            let shape = params.refresh.get(*shape as usize);
            let seconds = shape.map_or(0.0, |shape| ring.seconds(work(shape, params).total(), 1));
            seconds * *count as f64 * if *inside { runs } else { 1.0 }
        };
        own(&self.outside) + runs * own(&self.body) + self.refreshes.iter().map(refresh).sum::<f64>()
    }
}

/// Whether refreshes may be used. The bound for sparse secrets is cited for 128 bits only.
pub fn allowed(wanted: &Requirements<'_>) -> bool {
    let claimed = matches!(wanted.security, Security::Insecure | Security::Standard128);
    claimed && wanted.with.uses(Optimization::Refresh)
}

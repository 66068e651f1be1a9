//! Errors of a loop that repeats: what the errors that its runs add become in those that follow.
//!
//! Variances that are propagated through all runs are wrong both ways: they take samples of one model for independent, and never see a
//! step pull back what it is given. So the loop is run in the clear with errors: in each run what it hands on gets the error that one run
//! of exact operands adds by the model of [`hep_plan::noise`], and every refresh bends what it refreshes as its sine does.

use super::Estimate;
use crate::ckks::graph::{Op, Program};
use crate::ckks::interpret::run_altered;
use hep_plan::noise::DEVIATIONS;
use hep_plan::refresh::errors;
use hep_plan::{Params, Tensor};
use hep_tensor::dag::NodeId;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use std::collections::{BTreeMap, BTreeSet};

/// Iterations that are run with errors at most.
const ITERATIONS: u32 = 64;
/// Slots that are computed in all these runs at most.
const WORK: usize = 600_000_000;
/// Runs with errors.
const SEEDS: u64 = 2;
/// How many times the largest error that was seen is promised, as for a rehearsal on the owner's data.
const PEAKS: f64 = 4.0;
/// Growth from half of the runs to all of them that is none.
const STEADY: f64 = 1.1;

/// The errors of the outputs of a rolled schedule, whose nodes have the deviations of one run. Where there are more runs than are
/// followed, an error that still grows is taken to grow on by as much each time that their number doubles.
#[must_use]
pub fn after_all_runs(
    program: &Program,
    (params, scale_bits): (&Params, u32),
    estimate: &Estimate,
    uploads: &BTreeMap<String, Tensor>,
) -> Option<Vec<f64>> {
    let repeats = program.repeats.as_ref()?;
    let length = (program.parts.iterations() + 1).saturating_sub(repeats.first).max(1);
    let each = program.graph.len().saturating_mul(program.slots).saturating_mul(2 * (SEEDS as usize + 1));
    let affordable = (WORK / each.max(1)) as u32;
    let followed = repeats.runs.min(ITERATIONS.div_ceil(length)).min(affordable).max(1);
    let disturbance = Disturbance::of(program, (params, scale_bits), estimate);
    let seen = |runs: u32| -> Option<Vec<f64>> {
        let exact = run_altered(program, uploads, runs, |_, _| {}).ok()?;
        let mut largest = vec![0.0f64; program.outputs.len()];
        for seed in 1..=SEEDS {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            let moved =
                run_altered(program, uploads, runs, |id, values| disturbance.alter(id, values, &mut random))
                    .ok()?;
            for (largest, output) in largest.iter_mut().zip(&program.outputs) {
                let error = exact.get(&output.name)?.max_difference(moved.get(&output.name)?);
                // An error that is no number is the largest.
                *largest = if error > *largest || error.is_nan() { error } else { *largest };
            }
        }
        Some(largest)
    };
    let last = seen(followed)?;
    let half = if followed > 1 { seen(followed / 2)? } else { last.clone() };
    let ratio = |(now, before): (&f64, &f64)| if *before > 0.0 { now / before } else { 1.0 };
    let factor = last
        .iter()
        .zip(&half)
        .map(ratio)
        .fold(1.0, |most: f64, r| if r > most || r.is_nan() { r } else { most });
    let doublings = (f64::from(repeats.runs) / f64::from(followed)).log2();
    let grows_on = if factor > STEADY { factor.powf(doublings) } else { 1.0 };
    let own = estimate.errors.iter();
    Some(last.iter().zip(own).map(|(seen, own)| PEAKS * seen * grows_on + own).collect())
}

/// What a run adds to values.
struct Disturbance {
    /// Deviations of what it hands on.
    handed_on: BTreeMap<NodeId, f64>,
    /// Results of refreshes: the bound, and what the sine takes of a value of its size.
    refreshed: BTreeMap<NodeId, (f64, hep_plan::refresh::RefreshErrors)>,
}

impl Disturbance {
    fn of(program: &Program, (params, scale_bits): (&Params, u32), estimate: &Estimate) -> Self {
        let repeats = program.repeats.iter().flat_map(|repeats| &repeats.carried);
        let ends: BTreeSet<NodeId> = repeats.flat_map(|carried| [carried.init, carried.next]).collect();
        let handed_on = ends.into_iter().map(|id| (id, estimate.deviation[id.index()])).collect();
        let mut refreshed = BTreeMap::new();
        for id in program.graph.ids() {
            if let Op::Refresh { shape, .. } = program.graph.node(id).op
                && let Some(shape) = params.refresh.get(shape as usize)
            {
                let nominal = f64::from(scale_bits).exp2();
                refreshed.insert(id, (shape.bound, errors(shape, params, nominal)));
            }
        }
        Self { handed_on, refreshed }
    }

    fn alter(&self, id: NodeId, values: &mut [f64], random: &mut ChaCha8Rng) {
        if let Some((bound, errors)) = self.refreshed.get(&id) {
            values.iter_mut().for_each(|value| *value += bound * errors.fixed(*value / bound));
        }
        if let Some(deviation) = self.handed_on.get(&id) {
            for value in values {
                let unit: f64 = StandardNormal.sample(random);
                *value += deviation * unit;
            }
        }
    }
}

/// The promise of [`DEVIATIONS`] deviations holds for errors that are seen, too: they are a quarter of it.
const _: () = assert!(PEAKS * 4.0 == DEVIATIONS);

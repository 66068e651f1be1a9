//! Noise in the clear: the error that every operation is predicted to add, slot by slot.
//!
//! Predicted deviations are propagated by root mean squares, as if errors were spread evenly over slots. Where data are not (one
//! column far larger than the others, one cell far from all), errors meet the large numbers again and again and grow faster. A run
//! with noise shows what comes of that on the owner's data.

use super::{ClearRun, disturbed};
use crate::error::Error;
use hep_plan::noise::added;
use hep_plan::server::Reg;
use hep_plan::{Magnitude, Plan};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

/// Runs with noise, of small plans and of large ones.
const RUNS: [u64; 2] = [2, 1];
/// Slots of all values, from which on a plan is large.
const LARGE: usize = 100_000_000;
/// How many times the largest error of such a run is promised: the rest of what [`hep_plan::noise::DEVIATIONS`] leaves for
/// errors that add up.
pub(super) const PEAKS: f64 = 4.0;

/// Runs a plan with noise: Gaussian, independent in every slot, the same for the same seed. `sizes` are those of the run without.
///
/// # Errors
/// A plan that contradicts itself.
pub fn noisy(
    plan: &Plan,
    packed: Vec<Vec<Vec<f64>>>,
    sizes: &[Magnitude],
    seed: u64,
) -> Result<ClearRun, Error> {
    let added = added(&plan.server, &plan.params, sizes);
    disturbed(plan, packed, &|(reg, run), values| disturb(values, added[reg as usize], seed, (reg, run)))
}

fn disturb(values: &mut [f64], deviation: f64, seed: u64, (value, run): (Reg, u32)) {
    if deviation == 0.0 {
        return;
    }
    // A stream per operation and run of a loop: the noise of one does not depend on how much another draws.
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(u64::from(run) << 32 | u64::from(value));
    for slot in values {
        let unit: f64 = StandardNormal.sample(&mut random);
        *slot += deviation * unit;
    }
}

/// The largest error of each output in some runs with noise.
///
/// # Errors
/// As [`noisy`].
pub(super) fn peaks(plan: &Plan, packed: &[Vec<Vec<f64>>], still: &ClearRun) -> Result<Vec<f64>, Error> {
    let large = plan.server.values.len().saturating_mul(plan.params.slots()) > LARGE;
    let mut peaks = vec![0.0f64; plan.outputs.len()];
    for seed in 1..=RUNS[usize::from(large)] {
        let moved = noisy(plan, packed.to_vec(), &still.sizes, seed)?.revealed;
        for (peak, output) in peaks.iter_mut().zip(&plan.outputs) {
            if let (Some(exact), Some(found)) = (still.revealed.get(&output.name), moved.get(&output.name)) {
                let error = exact.max_difference(found);
                // An error that is no number is the largest.
                *peak = if error > *peak || error.is_nan() { error } else { *peak };
            }
        }
    }
    Ok(peaks)
}

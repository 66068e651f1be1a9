//! The search over rings, scales and digits.

use super::magnitudes::magnitudes;
use super::sample_inputs;
use crate::ckks::{self, ScheduleError};
use crate::cost::Operations;
use crate::noise::{self, Estimate};
use crate::slot::{self, LowerError};
use crate::tensor;
use hep_plan::Tensor;
use hep_plan::cost::{CostTable, RingCosts};
use hep_plan::params::{Params, Security};
use hep_plan::primes::{MAX_PRIME_BITS, nearest};
use hep_plan::security::max_log_qp;
use std::cell::LazyCell;
use std::collections::BTreeMap;
use thiserror::Error;

/// Rings tried without being asked, as powers of two.
const RINGS: std::ops::RangeInclusive<u32> = 12..=16;
/// Scales tried, in bits, with the levels kept below the results: the preferred first, which leaves 11 bits before
/// the point at the last level; then smaller ones, which may fit a ring that the first does not; then larger ones for
/// precision, with one prime more where the last alone would leave no room before the point.
const SCALES: [(u32, u32); 7] = [(40, 0), (36, 0), (32, 0), (44, 0), (44, 1), (48, 1), (30, 0)];
/// Most levels of test parameters, far more than any secure ring has: bounds the work of scheduling.
const INSECURE_LEVELS: u32 = 200;
/// A message must stay this many bits away from wrapping around on sample data.
const HEADROOM_BITS: f64 = 4.0;

/// What is asked of the parameters.
#[derive(Clone, Copy, Debug)]
pub struct Requirements<'a> {
    /// Forces the ring degree.
    pub ring_log2: Option<u32>,
    /// Tests only: no security claim; the ring must be forced.
    pub insecure: bool,
    /// Bits after the binary point that every output must have.
    pub precision_bits: f64,
    /// What operations cost on the machine that will run the program.
    pub costs: &'a CostTable,
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
    /// Its noise on sample data.
    pub noise: Estimate,
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
        "{levels} levels of {scale_bits} bits need a modulus of {needed:.0} bits with its special primes; {bound} allows {allowed:.0} at N = 2^{log_n}, {missing} levels too few"
    )]
    Depth {
        /// Largest ring tried.
        log_n: u32,
        /// Levels needed.
        levels: u32,
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
        /// The smallest ring on which they would.
        fitting: Option<u32>,
    },
    /// The result would be too rough.
    #[error("predicted precision is {found:.1} bits after the point, {wanted:.1} are asked for")]
    Precision {
        /// Bits predicted.
        found: f64,
        /// Bits asked for.
        wanted: f64,
    },
    /// A value outgrows the modulus on sample data.
    #[error(
        "a value leaves only {found:.1} bits of the modulus free on sample data, {HEADROOM_BITS} are needed"
    )]
    Headroom {
        /// Bits free.
        found: f64,
    },
}

impl ParamsFailure {
    /// How near an attempt came: the nearest is reported.
    fn rank(&self) -> f64 {
        match self {
            ParamsFailure::Precision { found, .. } => 1000.0 + found,
            ParamsFailure::Headroom { found } => *found,
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
        Some(ring) if !(3..=17).contains(&ring) || (!wanted.insecure && max_log_qp(ring).is_none()) => {
            return Err(ParamsFailure::Ring(ring));
        }
        Some(ring) => vec![ring],
        None => RINGS.collect(),
    };
    // Where sample data does not make sense to the program (a logarithm of its features, say), there are no uploads.
    let uploads = LazyCell::new(|| {
        let owner = tensor::owner::owner_program(program).ok();
        owner.and_then(|owner| owner.program.run(&sample_inputs(program)).ok()).unwrap_or_default()
    });
    let mut best: Option<(f64, Choice)> = None;
    let mut failure = None;
    for log_n in rings {
        match attempt(program, log_n, &wanted, &uploads) {
            Ok((cost, choice)) => {
                // Larger rings only get dearer once a larger one has lost.
                if best.as_ref().is_some_and(|(least, _)| *least <= cost) {
                    break;
                }
                best = Some((cost, choice));
            }
            Err(error) => failure = Some(error),
        }
    }
    match (best, failure) {
        (Some((_, choice)), _) => Ok(choice),
        (None, Some(failure)) => Err(failure),
        (None, None) => Err(ParamsFailure::Ring(0)),
    }
}

/// The cheapest parameters on one ring, and their cost.
fn attempt(
    program: &tensor::Program,
    log_n: u32,
    wanted: &Requirements<'_>,
    uploads: &LazyCell<BTreeMap<String, Tensor>, impl FnOnce() -> BTreeMap<String, Tensor>>,
) -> Result<(f64, Choice), ParamsFailure> {
    let slot = slot::lower(program, 1 << (log_n - 1))?;
    let mut ckks = match ckks::schedule(&slot, max_depth(log_n, wanted.insecure)) {
        Err(ScheduleError::Deep(levels)) => return Err(too_deep(levels, log_n, wanted.insecure)),
        other => other?,
    };
    let depth = ckks.depth;
    let (operations, ring) = (Operations::of(&ckks), wanted.costs.ring(log_n));
    let mut sizes = None;
    let mut best: Option<ParamsFailure> = None;
    for (scale_bits, spare) in SCALES {
        ckks.depth = depth + spare;
        let Some((cost, params)) =
            cheapest_digits(&operations, ckks.depth, &ring, scale_bits, wanted.insecure)
        else {
            continue;
        };
        let magnitudes = sizes.get_or_insert_with(|| magnitudes(&ckks, uploads));
        let noise = noise::estimate(&ckks, &params, scale_bits, magnitudes);
        let found = noise.output_bits.iter().copied().fold(f64::INFINITY, f64::min);
        let failure = if noise.headroom_bits < HEADROOM_BITS {
            ParamsFailure::Headroom { found: noise.headroom_bits }
        } else if found < wanted.precision_bits {
            ParamsFailure::Precision { found, wanted: wanted.precision_bits }
        } else {
            return Ok((cost, Choice { params, scale_bits, slot, ckks, noise }));
        };
        best = Some(match best {
            Some(known) if known.rank() >= failure.rank() => known,
            _ => failure,
        });
    }
    Err(best.unwrap_or_else(|| too_deep(depth, log_n, wanted.insecure)))
}

/// Special primes must outweigh a digit: one as large as the base prime, the others a bit larger than the rest.
fn special_bits(scale_bits: u32, digit_limbs: u32) -> Vec<u32> {
    (0..digit_limbs)
        .map(|i| if i == 0 { MAX_PRIME_BITS } else { (scale_bits + 1).min(MAX_PRIME_BITS) })
        .collect()
}

fn modulus_bits(depth: u32, scale_bits: u32) -> f64 {
    f64::from(MAX_PRIME_BITS + depth * scale_bits)
}

/// The digits of least cost within the security bound.
fn cheapest_digits(
    operations: &Operations,
    depth: u32,
    ring: &RingCosts,
    scale_bits: u32,
    insecure: bool,
) -> Option<(f64, Params)> {
    let log_n = ring.log_n;
    let bound = if insecure { f64::INFINITY } else { max_log_qp(log_n)? };
    let mut best: Option<(f64, u32)> = None;
    for digit_limbs in 1..=depth + 1 {
        let special: u32 = special_bits(scale_bits, digit_limbs).iter().sum();
        // Half a bit for primes just above the power of two.
        if modulus_bits(depth, scale_bits) + f64::from(special) + 0.5 > bound {
            break;
        }
        let cost = operations.seconds(depth, digit_limbs, ring);
        if best.is_none_or(|(least, _)| cost < least) {
            best = Some((cost, digit_limbs));
        }
    }
    let (cost, digit_limbs) = best?;
    primes(depth, log_n, scale_bits, digit_limbs, insecure).map(|params| (cost, params))
}

fn primes(depth: u32, log_n: u32, scale_bits: u32, digit_limbs: u32, insecure: bool) -> Option<Params> {
    let mut q = nearest(MAX_PRIME_BITS, log_n, 1, &[]).ok()?;
    q.extend(nearest(scale_bits, log_n, depth as usize, &q).ok()?);
    let mut p: Vec<u64> = Vec::new();
    for bits in special_bits(scale_bits, digit_limbs) {
        let taken: Vec<u64> = q.iter().chain(&p).copied().collect();
        p.extend(nearest(bits, log_n, 1, &taken).ok()?);
    }
    let security = if insecure { Security::Insecure } else { Security::Standard128 };
    let params = Params { log_n, q, p, digit_limbs, security };
    params.validate().ok().map(|()| params)
}

/// Bits of the smallest modulus with its special primes for this many levels.
fn least_bits(levels: u32) -> f64 {
    modulus_bits(levels, least_scale()) + f64::from(MAX_PRIME_BITS)
}

fn least_scale() -> u32 {
    SCALES.iter().map(|(bits, _)| *bits).min().unwrap_or(30)
}

/// Bits that a modulus on this ring may have.
fn allowed_bits(log_n: u32, insecure: bool) -> f64 {
    match (insecure, max_log_qp(log_n)) {
        (false, Some(bits)) => bits,
        _ => least_bits(INSECURE_LEVELS),
    }
}

/// Levels that fit the ring at the smallest scale.
fn max_depth(log_n: u32, insecure: bool) -> u32 {
    let free = allowed_bits(log_n, insecure) - least_bits(0);
    (free / f64::from(least_scale())).max(0.0) as u32
}

/// By how much the depth exceeds the ring, at the smallest scale.
fn too_deep(levels: u32, log_n: u32, insecure: bool) -> ParamsFailure {
    let (needed, allowed) = (least_bits(levels), allowed_bits(log_n, insecure));
    let missing = levels.saturating_sub(max_depth(log_n, insecure)).max(1);
    let bound = if insecure { "the test set" } else { "128-bit security" };
    let fitting = (log_n + 1..=17).find(|ring| max_depth(*ring, insecure) >= levels);
    ParamsFailure::Depth {
        log_n,
        levels,
        scale_bits: least_scale(),
        needed,
        bound,
        allowed,
        missing,
        fitting,
    }
}

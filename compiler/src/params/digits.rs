//! Primes and key-switching digits for a depth and a scale: the cheapest that are secure and whose keys fit.

use super::search::Requirements;
use crate::ckks;
use crate::ckks::keys::{self, Composed, OverBudget, Prices, fit};
use crate::ckks::rotated_products::multiply_before_dividing;
use crate::ckks::rotation_sums::fuse;
use crate::cost::Operations;
use crate::optimization::{Optimization, Without};
use hep_plan::cost::RingCosts;
use hep_plan::params::Params;
use hep_plan::primes::{MAX_PRIME_BITS, nearest};
use std::borrow::Cow;

/// A schedule with the keys it will have, as it is run.
pub(super) fn finished(program: &ckks::Program, without: Without) -> Cow<'_, ckks::Program> {
    let mut finished = Cow::Borrowed(program);
    // Without hoisting every rotation is for itself.
    if without.uses(Optimization::Hoisting) {
        if without.uses(Optimization::RotatedProducts) {
            finished = Cow::Owned(multiply_before_dividing(&finished));
        }
        if without.uses(Optimization::RotationSums) {
            finished = Cow::Owned(fuse(&finished));
        }
    }
    finished
}

/// Seconds on one thread to have a byte of a key in memory: half of a key is read, the other half expanded from its seed, which
/// takes about 4 ns a residue.
const SECONDS_PER_KEY_BYTE: f64 = 0.3e-9;

/// Parameters and what a schedule costs under them.
pub(super) struct Priced {
    /// The parameters.
    pub params: Params,
    /// Seconds on one thread, with those to read the keys.
    pub cost: f64,
    /// The schedule with fewer keys, where those of the schedule itself exceed their budget.
    pub composed: Option<Composed>,
}

/// The choice of digits for schedules that differ in their spare levels only.
pub(super) struct Digits<'a> {
    operations: Operations,
    ring: RingCosts,
    wanted: &'a Requirements<'a>,
}

impl<'a> Digits<'a> {
    /// For a schedule on a ring.
    pub fn new(program: &ckks::Program, ring: RingCosts, wanted: &'a Requirements<'a>) -> Self {
        let operations = Operations::of(&finished(program, wanted.without));
        Self { operations, ring, wanted }
    }

    /// The digits of least cost within the security bound and the budget of the keys. `None` if none are secure.
    pub fn cheapest(&self, program: &ckks::Program, scale_bits: u32) -> Option<Result<Priced, OverBudget>> {
        let mut secure = self.secure(program.depth, scale_bits)?;
        secure.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut best: Option<Priced> = None;
        let mut over: Option<OverBudget> = None;
        for (seconds, digit_limbs) in secure {
            // Fewer keys never make a schedule cheaper.
            if best.as_ref().is_some_and(|best| best.cost <= seconds) {
                break;
            }
            let Some(params) = self.primes(program.depth, scale_bits, digit_limbs) else { continue };
            let prices = Prices { params: &params, ring: &self.ring };
            match fit(program, prices, self.wanted.key_budget) {
                Ok(composed) => {
                    let of = |composed: &Composed| {
                        let finished = finished(&composed.program, self.wanted.without);
                        Operations::of(&finished).seconds(program.depth, digit_limbs, &self.ring)
                    };
                    let keyed = composed.as_ref().map_or(program, |composed| &composed.program);
                    let read = SECONDS_PER_KEY_BYTE * keys::bytes(keyed, &params) as f64;
                    let cost = composed.as_ref().map_or(seconds, of) + read;
                    if best.as_ref().is_none_or(|best| cost < best.cost) {
                        best = Some(Priced { params, cost, composed });
                    }
                }
                Err(found) => {
                    if over.is_none_or(|least| found.needed < least.needed) {
                        over = Some(found);
                    }
                }
            }
        }
        best.map(Ok).or_else(|| over.map(Err))
    }

    /// Seconds of the cheapest; out of reach where there are none.
    pub fn cost(&self, program: &ckks::Program, scale_bits: u32) -> f64 {
        match self.cheapest(program, scale_bits) {
            Some(Ok(priced)) => priced.cost,
            _ => f64::INFINITY,
        }
    }

    /// Seconds of the schedule for every number of limbs of a digit that is secure.
    fn secure(&self, depth: u32, scale_bits: u32) -> Option<Vec<(f64, u32)>> {
        let bound = self.wanted.security.max_log_qp(self.ring.log_n)?;
        let fits = |digit_limbs: &u32| {
            let special: u32 = special_bits(scale_bits, *digit_limbs).iter().sum();
            // Half a bit for primes just above the power of two.
            modulus_bits(depth, scale_bits) + f64::from(special) + 0.5 <= bound
        };
        let seconds = |digit_limbs| (self.operations.seconds(depth, digit_limbs, &self.ring), digit_limbs);
        Some((1..=depth + 1).take_while(fits).map(seconds).collect())
    }

    fn primes(&self, depth: u32, scale_bits: u32, digit_limbs: u32) -> Option<Params> {
        let log_n = self.ring.log_n;
        let mut q = nearest(MAX_PRIME_BITS, log_n, 1, &[]).ok()?;
        q.extend(nearest(scale_bits, log_n, depth as usize, &q).ok()?);
        let mut p: Vec<u64> = Vec::new();
        for bits in special_bits(scale_bits, digit_limbs) {
            let taken: Vec<u64> = q.iter().chain(&p).copied().collect();
            p.extend(nearest(bits, log_n, 1, &taken).ok()?);
        }
        let params = Params { log_n, q, p, digit_limbs, security: self.wanted.security };
        params.validate().ok().map(|()| params)
    }
}

/// Special primes must outweigh a digit: one as large as the base prime, the others a bit larger than the rest.
fn special_bits(scale_bits: u32, digit_limbs: u32) -> Vec<u32> {
    (0..digit_limbs)
        .map(|i| if i == 0 { MAX_PRIME_BITS } else { (scale_bits + 1).min(MAX_PRIME_BITS) })
        .collect()
}

/// Bits of the modulus of ciphertexts.
pub(super) fn modulus_bits(depth: u32, scale_bits: u32) -> f64 {
    f64::from(MAX_PRIME_BITS + depth * scale_bits)
}

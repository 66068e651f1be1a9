//! Primes and key-switching digits for a depth and a scale: the cheapest that are secure, and all sets of keys from which a budget
//! takes one.

use super::failure::ParamsFailure;
use super::request::Requirements;
use crate::ckks;
use crate::ckks::passes::keys::{self, Composed, Prices, Rung, ladder};
use crate::cost::Operations;
use hep_plan::cost::{RingCosts, SECONDS_PER_KEY_BYTE};
use hep_plan::params::Params;
use hep_plan::primes::{MAX_PRIME_BITS, nearest};
use hep_tensor::stage::Stage;
use std::cell::OnceCell;

/// Parameters and what a schedule costs under them.
pub(super) struct Priced {
    /// The parameters.
    pub params: Params,
    /// Seconds on one thread, with those to read the keys.
    pub cost: f64,
    /// Bytes of the keys in memory.
    pub bytes: u64,
    /// The schedule with fewer keys, where it is not the schedule itself.
    pub composed: Option<Composed>,
}

/// A set of keys of a schedule under some parameters.
pub(super) struct Keyed {
    params: Params,
    /// What it costs before rotations are one operation each.
    pub estimate: f64,
    cost: OnceCell<f64>,
    /// The keys.
    pub rung: Rung,
}

impl Keyed {
    /// As in [`Priced`]: of the schedule as it is run.
    pub fn cost(&self, program: &ckks::Program, digits: &Digits<'_>) -> f64 {
        *self.cost.get_or_init(|| {
            let seconds = |operations: &Operations| {
                operations.seconds(program.depth, self.params.digit_limbs, &digits.ring)
            };
            let seconds = match self.rung.composed(program) {
                Some(composed) => seconds(&digits.wanted.operations(&composed.program)),
                None => seconds(digits.operations),
            };
            seconds + SECONDS_PER_KEY_BYTE * self.rung.bytes as f64
        })
    }

    /// The schedule with these keys.
    pub fn priced(&self, program: &ckks::Program, digits: &Digits<'_>) -> Priced {
        let cost = self.cost(program, digits);
        let (params, composed) = (self.params.clone(), self.rung.composed(program));
        Priced { params, cost, bytes: self.rung.bytes, composed }
    }
}

/// The choice of digits for schedules that differ in their spare levels only.
pub(super) struct Digits<'a> {
    operations: &'a Operations,
    ring: RingCosts,
    wanted: &'a Requirements<'a>,
}

impl<'a> Digits<'a> {
    /// For schedules with these operations on a ring.
    pub fn new(operations: &'a Operations, ring: RingCosts, wanted: &'a Requirements<'a>) -> Self {
        Self { operations, ring, wanted }
    }

    /// The digits of least cost within the security bound, where every rotation has a key. `None` if none are secure.
    pub fn cheapest(&self, program: &ckks::Program, scale_bits: u32) -> Option<Priced> {
        let mut secure = self.secure(program.depth, scale_bits)?;
        secure.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut best: Option<Priced> = None;
        for (seconds, digit_limbs) in secure {
            if best.as_ref().is_some_and(|best| best.cost <= seconds) {
                break;
            }
            let Some(params) = self.primes(program.depth, scale_bits, digit_limbs) else { continue };
            let bytes = keys::bytes(program, &params);
            let cost = seconds + SECONDS_PER_KEY_BYTE * bytes as f64;
            if best.as_ref().is_none_or(|best| cost < best.cost) {
                best = Some(Priced { params, cost, bytes, composed: None });
            }
        }
        best
    }

    /// All sets of keys for all digits within the security bound that are not both slower and larger than others. No budget
    /// decides on them.
    pub fn ladder(&self, program: &ckks::Program, scale_bits: u32) -> Result<Vec<Keyed>, ParamsFailure> {
        let mut secure = self.secure(program.depth, scale_bits).unwrap_or_default();
        secure.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let (mut all, mut least) = (Vec::new(), u64::MAX);
        for (seconds, digit_limbs) in secure {
            self.wanted.in_time()?;
            let Some(params) = self.primes(program.depth, scale_bits, digit_limbs) else { continue };
            let bytes = keys::bytes(program, &params);
            if bytes >= least {
                continue;
            }
            least = bytes;
            let prices = Prices { params: &params, ring: &self.ring };
            for rung in self.wanted.with.clock.time(Stage::Keys, || ladder(program, prices)) {
                let estimate = seconds + rung.extra_seconds + SECONDS_PER_KEY_BYTE * rung.bytes as f64;
                all.push(Keyed { params: params.clone(), estimate, cost: OnceCell::new(), rung });
            }
        }
        Ok(all)
    }

    /// Seconds of the cheapest; out of reach where there are none.
    pub fn cost(&self, program: &ckks::Program, scale_bits: u32) -> f64 {
        self.cheapest(program, scale_bits).map_or(f64::INFINITY, |priced| priced.cost)
    }

    /// Least seconds with any digits and all keys, without those to read the keys.
    pub fn least_seconds(&self, program: &ckks::Program, scale_bits: u32) -> f64 {
        let secure = self.secure(program.depth, scale_bits).unwrap_or_default();
        secure.into_iter().map(|(seconds, _)| seconds).fold(f64::INFINITY, f64::min)
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
        let params = Params { log_n, q, p, digit_limbs, security: self.wanted.security, refresh: Vec::new() };
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

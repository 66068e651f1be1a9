//! The ruler: the transform of another library, one limb of 2^16 with one prime of 50 bits, hot.

use crate::Failure;
use crate::clock::Clock;
use crate::sets::{BASE_BITS, P2};
use hep_params::primes::find_ntt_primes;
use tfhe_ntt::prime64::Plan;

/// Transforms in a timed batch, so that reading the clock costs nothing.
const BATCH: usize = 16;

/// Seconds of a forward transform.
pub fn seconds(clock: &Clock) -> Result<f64, Failure> {
    let prime = *find_ntt_primes(BASE_BITS, P2.log_n, 1, 0).first().ok_or("no prime of 50 bits")?;
    let plan = Plan::try_new(1 << P2.log_n, prime).ok_or("the yardstick refuses its prime")?;
    let mut limb: Vec<u64> = (0..1 << P2.log_n).collect();
    let time = clock.time(|| (0..BATCH).for_each(|_| plan.fwd(&mut limb)));
    Ok(time.each(BATCH).median)
}

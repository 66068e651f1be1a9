//! Transforms of limbs, each with its own prime, one after the other on one thread.

use crate::Failure;
use crate::clock::Clock;
use crate::row::Row;
use crate::sets::Set;
use hep_ring::{Modulus, NttTable};

/// Forward and inverse, per limb.
pub fn measure(clock: &Clock, set: &Set, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Row>, Failure> {
    let limbs = set.top();
    let primes = set.parameters().q;
    let table = |&q: &u64| NttTable::new(set.log_n, Modulus::new(q)?);
    let tables: Vec<NttTable> = primes.iter().map(table).collect::<Result<_, _>>()?;
    let mut data: Vec<u64> = (0..limbs as u64).flat_map(|_| 0..1 << set.log_n).collect();
    let mut rows = Vec::new();
    let mut row = |kernel: &'static str, transform: &dyn Fn(&NttTable, &mut [u64])| {
        if wanted(kernel) {
            let time = clock.time(|| {
                let pairs = tables.iter().zip(data.chunks_exact_mut(1 << set.log_n));
                pairs.for_each(|(table, limb)| transform(table, limb));
            });
            rows.push(Row { kernel, limbs, time: time.each(limbs) });
        }
    };
    row("ntt forward", &|table, limb| table.forward(limb));
    row("ntt inverse", &|table, limb| table.inverse(limb));
    Ok(rows)
}

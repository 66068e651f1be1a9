//! Subsets of the special primes: what keys modulo some of them are made and brought down with.

use std::ops::Range;

use hep_ring::{Modulus, NttTable, RingError};
use rayon::prelude::*;

use crate::division::Division;
use crate::keyswitch;

/// The first `count` primes of P, whose product is P'.
#[derive(Debug)]
pub(crate) struct Special {
    pub(crate) count: usize,
    /// P' mod q_i.
    product: Vec<u64>,
    /// By P'.
    division: Division,
    /// By level: by q_level·P'.
    merged: Vec<Division>,
    /// By level: the groups of limbs of q_0…q_level and P'.
    groups: Vec<Vec<Range<usize>>>,
}

impl Special {
    /// The first `count` of P, where Q has so many `levels` and digits are so wide, with merged divisions up to the level `top`.
    pub(crate) fn new(
        ntt: &[NttTable],
        (levels, width): (usize, usize),
        (count, top): (usize, usize),
    ) -> Result<Self, RingError> {
        let primes: Vec<usize> = (levels..levels + count).collect();
        let merged = |level: usize| Division::new(ntt, [&[level], &primes[..]].concat(), level);
        let product = |m: &Modulus| {
            let reduced = primes.iter().map(|&p| m.reduce(ntt[p].modulus().value()));
            reduced.fold(1, |product, p| m.mul(product, p))
        };
        Ok(Self {
            count,
            groups: (0..levels).map(|level| keyswitch::groups(level, width, count)).collect(),
            product: ntt[..levels].iter().map(|table| product(table.modulus())).collect(),
            division: Division::new(ntt, primes.clone(), levels)?,
            merged: (0..=top).into_par_iter().map(merged).collect::<Result<_, _>>()?,
        })
    }

    /// P' mod q_i.
    pub(crate) fn product(&self, i: usize) -> u64 {
        self.product[i]
    }

    /// The groups of limbs of q_0…q_level and P'.
    pub(crate) fn groups(&self, level: usize) -> &[Range<usize>] {
        &self.groups[level]
    }

    /// By P'.
    pub(crate) fn division(&self) -> &Division {
        &self.division
    }

    /// Whether there are merged divisions up to this level.
    pub(crate) fn covers(&self, level: usize) -> bool {
        level < self.merged.len()
    }

    /// By q_level·P', at the levels that it was made for.
    pub(crate) fn merged(&self, level: usize) -> &Division {
        &self.merged[level]
    }
}

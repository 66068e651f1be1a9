//! The keys that a refresh needs.

use std::collections::BTreeMap;

use hep_params::{Packing, Params, RefreshShape};

/// A key of a refresh, without its level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefreshKey {
    /// From the secret key to the sparse one, modulo q_0·p_0.
    ToSparse,
    /// From the sparse secret turned by so many slots to the secret key, in one digit modulo Q·p_0.
    Raise(u32),
    /// A rotation at the bottom, modulo a few special primes.
    Low(u32),
    /// A rotation at the top.
    Top(u32),
    /// Complex conjugates.
    Conjugation,
    /// Relinearization.
    Relinearization,
}

/// Doublings of a trace that are done together, as a sum of four rotations.
const RADIX: usize = 4;

/// Every key of a refresh with the highest level that it is needed at.
#[must_use]
pub fn keys(shape: &RefreshShape, params: &Params) -> BTreeMap<RefreshKey, usize> {
    let (slots, n, top) = (params.slots(), shape.slots(), params.q.len() - 1);
    let sine = shape.sine_level(top);
    let step = |step: i64| step.rem_euclid(slots as i64) as u32;
    let mut all = BTreeMap::new();
    let mut need = |key: RefreshKey, level: usize| {
        let known = all.entry(key).or_insert(level);
        *known = level.max(*known);
    };
    need(RefreshKey::ToSparse, 0);
    for (number, factor) in shape.s2c_factors().into_iter().enumerate() {
        let (babies, giants) = factor.rotations();
        babies
            .into_iter()
            .chain(giants)
            .for_each(|s| need(RefreshKey::Low(step(s)), shape.bottom() - number));
    }
    for (number, factor) in shape.c2s_factors().into_iter().enumerate() {
        if number == 0 {
            // Reached from 0 in the period, whatever the sign.
            let reached = factor.numbers().map(|k| (k * factor.stride as i64).rem_euclid(n as i64));
            reached.for_each(|s| need(RefreshKey::Raise(step(s)), top));
            continue;
        }
        let (babies, giants) = factor.rotations();
        babies.into_iter().chain(giants).for_each(|s| need(RefreshKey::Top(step(s)), top + 1 - number));
    }
    let mut stride = n;
    while stride < slots {
        let count = RADIX.min(slots / stride);
        (1..count).for_each(|k| need(RefreshKey::Top(step((k * stride) as i64)), sine + 1));
        stride *= count;
    }
    need(RefreshKey::Conjugation, sine + 1);
    need(RefreshKey::Relinearization, sine);
    debug_assert!(shape.packing != Packing::SideBySide || 2 * n <= slots);
    all
}

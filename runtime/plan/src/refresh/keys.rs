//! The keys that a refresh needs.

use std::collections::BTreeMap;

use hep_params::{Params, RefreshShape};

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

impl RefreshKey {
    /// Bytes of such a key for ciphertexts up to a level, both halves expanded. At rest it is half of that, and a seed.
    #[must_use]
    pub fn bytes(self, level: usize, shape: &RefreshShape, params: &Params) -> u64 {
        let (special, digits) = match self {
            Self::ToSparse | Self::Raise(_) => (1, 1),
            Self::Low(_) => (shape.low_special(params), self.digits(level, params)),
            Self::Top(_) | Self::Conjugation | Self::Relinearization => {
                (params.p.len(), self.digits(level, params))
            }
        };
        2 * (digits * (level + 1 + special) * params.degree() * 8) as u64
    }

    fn digits(self, level: usize, params: &Params) -> usize {
        (level + 1).div_ceil(params.digit_limbs.max(1) as usize)
    }
}

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
    for ((number, factor), offset) in shape.c2s_factors().into_iter().enumerate().zip(shape.c2s_offsets()) {
        if number == 0 {
            // Reached from 0 in the period, whatever the sign.
            let reached = factor.numbers().map(|k| (k * factor.stride as i64 + offset).rem_euclid(n as i64));
            reached.for_each(|s| need(RefreshKey::Raise(step(s)), top));
            continue;
        }
        let (babies, giants) = factor.rotations();
        babies.into_iter().chain(giants).for_each(|s| need(RefreshKey::Top(step(s)), top + 1 - number));
    }
    for s in shape.trace(slots).into_iter().flatten().filter(|s| *s != 0) {
        need(RefreshKey::Top(step(s)), sine + 1);
    }
    need(RefreshKey::Conjugation, sine + 1);
    need(RefreshKey::Relinearization, sine);
    all
}

/// Bytes of all keys of a refresh in memory.
#[must_use]
pub fn key_bytes(shape: &RefreshShape, params: &Params) -> u64 {
    keys(shape, params).into_iter().map(|(key, level)| key.bytes(level, shape, params)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::{Chain, chain};
    use hep_params::{Packing, Security};

    #[test]
    fn the_reference_set_has_123_keys_of_5_gibibytes() {
        let shape = RefreshShape::new(15, &[5, 5, 5], &[5, 5, 5], Packing::Pair);
        let of = Chain { log_n: 16, levels: 12, bits: 45, special: 10, security: Security::Standard128 };
        let params = chain(of, vec![shape.clone()]).unwrap();
        let keys = keys(&shape, &params);
        let count = |wanted: fn(&RefreshKey) -> bool| keys.keys().filter(|key| wanted(key)).count();
        assert_eq!(count(|key| matches!(key, RefreshKey::Raise(_))), 32);
        assert_eq!(count(|key| matches!(key, RefreshKey::Low(_) | RefreshKey::ToSparse)), 53);
        assert_eq!(keys.len(), 123);
        let gibibytes = key_bytes(&shape, &params) as f64 / 30f64.exp2();
        assert!((5.2..5.3).contains(&gibibytes), "{gibibytes}");
    }
}

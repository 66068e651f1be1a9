//! The keys that refreshes need.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

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

impl fmt::Display for RefreshKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ToSparse => write!(f, "to_sparse"),
            Self::Raise(step) => write!(f, "raise/{step}"),
            Self::Low(step) => write!(f, "low/{step}"),
            Self::Top(step) => write!(f, "top/{step}"),
            Self::Conjugation => write!(f, "conjugation"),
            Self::Relinearization => write!(f, "relinearization"),
        }
    }
}

impl FromStr for RefreshKey {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let step = |text: &str| text.parse().map_err(|_| ());
        match text.split_once('/') {
            None if text == "to_sparse" => Ok(Self::ToSparse),
            None if text == "conjugation" => Ok(Self::Conjugation),
            None if text == "relinearization" => Ok(Self::Relinearization),
            Some(("raise", text)) => step(text).map(Self::Raise),
            Some(("low", text)) => step(text).map(Self::Low),
            Some(("top", text)) => step(text).map(Self::Top),
            _ => Err(()),
        }
    }
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

/// Every key of some refreshes, each at the highest level that one of them needs it at: they share what is equal.
#[must_use]
pub fn shared_keys<'a>(
    shapes: impl IntoIterator<Item = &'a RefreshShape>,
    params: &Params,
) -> BTreeMap<RefreshKey, usize> {
    let mut all = BTreeMap::new();
    for (key, level) in shapes.into_iter().flat_map(|shape| keys(shape, params)) {
        let known = all.entry(key).or_insert(level);
        *known = level.max(*known);
    }
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

    #[test]
    fn names_are_read_back() {
        let shape = RefreshShape::standard(8, Packing::Pair);
        let of = Chain { log_n: 12, levels: 2, bits: 45, special: 8, security: Security::Insecure };
        let params = chain(of, vec![shape.clone()]).unwrap();
        for key in keys(&shape, &params).into_keys() {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        for text in ["", "raise", "raise/", "raise/x", "low/-1", "top/1/2", "conjugation/1"] {
            assert_eq!(text.parse::<RefreshKey>(), Err(()), "{text}");
        }
    }

    #[test]
    fn refreshes_share_keys() {
        let [real, pair] = [Packing::Real, Packing::Pair].map(|packing| RefreshShape::standard(8, packing));
        let of = Chain { log_n: 12, levels: 2, bits: 45, special: 8, security: Security::Insecure };
        let params = chain(of, vec![real.clone(), pair.clone()]).unwrap();
        assert_eq!(shared_keys([&real, &pair], &params), keys(&pair, &params));
        let shorter = RefreshShape { log_slots: 7, s2c: vec![4, 3], c2s: vec![3, 2, 2], ..pair.clone() };
        let [one, other] = [&pair, &shorter].map(|shape| keys(shape, &params));
        let both = shared_keys([&pair, &shorter], &params);
        assert!(both.len() < one.len() + other.len());
        for (key, level) in both {
            assert_eq!(one.get(&key).max(other.get(&key)), Some(&level));
        }
    }
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

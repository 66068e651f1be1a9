//! The sets that are measured.

use std::ops::RangeInclusive;

use hep_params::{Packing, RefreshShape, Security};
use hep_plan::cost::CostTable;
use hep_plan::refresh::{Chain, chain, few_keys};

/// Rings that a set can be measured on without security.
pub const SMALL_RINGS: RangeInclusive<u32> = 10..=16;

/// Bits of a program's primes.
const BITS: u32 = 45;

/// A chain of primes with the shape of a refresh.
#[derive(Clone, Debug, PartialEq)]
pub struct RefreshSet {
    /// Its name.
    pub name: &'static str,
    /// The chain.
    pub chain: Chain,
    /// What is refreshed, and how.
    pub shape: RefreshShape,
}

/// A set as a row: log2 of the ring degree, levels between two refreshes, special primes, factors, packing, and where it has few keys
/// the MiB that they take at most.
type Row = (&'static str, u32, usize, usize, &'static [u8], &'static [u8], Packing, Option<u64>);

/// MiB of few keys: 2.4 GiB.
const FEW: Option<u64> = Some(2457);

/// What a user's machine is measured by.
const STANDARD: [Row; 4] = [
    ("full-pair", 16, 12, 10, &[5, 5, 5], &[5, 5, 5], Packing::Pair, None),
    ("full-real", 16, 12, 10, &[5, 5, 5], &[5, 5, 5], Packing::Real, None),
    ("slots13-real", 16, 12, 10, &[6, 7], &[4, 3, 3, 3], Packing::Real, None),
    ("slots9-real", 16, 13, 10, &[4, 5], &[4, 3, 2], Packing::Real, None),
];

/// The same with other numbers of levels, digits, factors, keys and slots.
const OTHERS: [Row; 11] = [
    ("full-pair-few", 16, 12, 10, &[5, 5, 5], &[5, 5, 5], Packing::Pair, FEW),
    ("full-real-few", 16, 12, 10, &[5, 5, 5], &[5, 5, 5], Packing::Real, FEW),
    ("full-long", 16, 15, 7, &[5, 5, 5], &[5, 5, 5], Packing::Real, None),
    ("full-four", 16, 11, 10, &[5, 5, 5], &[5, 4, 3, 3], Packing::Real, None),
    ("full-short", 16, 4, 7, &[5, 5, 5], &[5, 4, 3, 3], Packing::Real, None),
    ("slots13-short", 16, 4, 7, &[6, 7], &[4, 3, 3, 3], Packing::Real, None),
    ("slots9-short", 16, 4, 7, &[4, 5], &[4, 3, 2], Packing::Real, None),
    ("ring15-full", 15, 2, 2, &[7, 7], &[6, 4, 4], Packing::Real, None),
    ("ring15-slots13", 15, 2, 2, &[6, 7], &[5, 4, 4], Packing::Real, None),
    ("ring15-slots9", 15, 3, 2, &[4, 5], &[4, 5], Packing::Real, None),
    ("ring17-pair", 17, 46, 13, &[5, 5, 6], &[6, 5, 5], Packing::Pair, None),
];

/// The sets that a user's machine is measured by, at 128 bits on the ring 2^16.
#[must_use]
pub fn standard() -> Vec<RefreshSet> {
    STANDARD.iter().map(RefreshSet::of).collect()
}

/// These and all others that there are figures of.
#[must_use]
pub fn all() -> Vec<RefreshSet> {
    STANDARD.iter().chain(&OTHERS).map(RefreshSet::of).collect()
}

impl RefreshSet {
    fn of(&(name, log_n, levels, special, s2c, c2s, packing, few): &Row) -> Self {
        let chain = Chain { log_n, levels, bits: BITS, special, security: Security::Standard128 };
        let shape = shape(s2c, c2s, packing);
        let few = few.and_then(|mebibytes| fewer_keys(chain, &shape, mebibytes << 20));
        Self { name, chain, shape: few.unwrap_or(shape) }
    }

    /// The same without security on a smaller ring, with as many factors and a period that is shorter by as much.
    ///
    /// ```
    /// use hep_calibrate::refresh::standard;
    ///
    /// let small = standard()[0].on_ring(10);
    /// assert_eq!((small.shape.slots(), small.chain.security.bits()), (512, None));
    /// ```
    #[must_use]
    pub fn on_ring(&self, log_n: u32) -> Self {
        let chain = Chain { log_n, security: Security::Insecure, ..self.chain };
        let fewer = |layers| shrunk(layers, self.chain.log_n.saturating_sub(log_n));
        let Self { name, shape: RefreshShape { s2c, c2s, packing, few_keys, .. }, .. } = self;
        let c2s = fewer(c2s);
        Self { name, chain, shape: shape(&fewer(s2c), &c2s, *packing).with_few_keys(&c2s, few_keys) }
    }

    /// Whether the keys of one are those of the other: the packing changes none.
    #[must_use]
    pub fn shares_keys(&self, other: &Self) -> bool {
        let packed = RefreshShape { packing: other.shape.packing, ..self.shape.clone() };
        self.chain == other.chain && packed == other.shape
    }
}

fn shape(s2c: &[u8], c2s: &[u8], packing: Packing) -> RefreshShape {
    RefreshShape::new(s2c.iter().map(|&layers| u32::from(layers)).sum(), s2c, c2s, packing)
}

/// The same with keys of at most so many bytes, the cheapest by the table of costs that ships, where there is such a shape.
fn fewer_keys(of: Chain, shape: &RefreshShape, bytes: u64) -> Option<RefreshShape> {
    let (params, costs) = (chain(of, vec![shape.clone()]).ok()?, CostTable::shipped().ring(of.log_n));
    few_keys(shape, &params, bytes, |work| costs.seconds(work, 1))
}

/// Layers taken away one by one from the largest factor.
fn shrunk(layers: &[u8], by: u32) -> Vec<u8> {
    let mut layers = layers.to_vec();
    for _ in 0..by {
        if let Some(largest) = layers.iter_mut().max() {
            *largest = largest.saturating_sub(1);
        }
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::*;
    use hep_plan::refresh::{key_bytes, keys};

    #[test]
    fn every_set_is_a_chain_at_its_security_and_on_small_rings() {
        for set in all() {
            let params = chain(set.chain, vec![set.shape.clone()]);
            assert!(params.is_ok(), "{}: {params:?}", set.name);
            for ring in [*SMALL_RINGS.start(), 12] {
                let small = set.on_ring(ring);
                let params = chain(small.chain, vec![small.shape.clone()]);
                assert!(params.is_ok(), "{} on 2^{ring}: {params:?}", set.name);
                assert_eq!(small.shape.s2c.len(), set.shape.s2c.len());
            }
        }
    }

    #[test]
    fn names_differ_and_the_packing_alone_shares_keys() {
        let all = all();
        for (i, one) in all.iter().enumerate() {
            assert!(all[..i].iter().all(|other| other.name != one.name));
        }
        let shared: Vec<_> = all.chunk_by(RefreshSet::shares_keys).map(<[RefreshSet]>::len).collect();
        assert_eq!(shared.iter().filter(|&&count| count == 2).count(), 2);
        assert_eq!(shared.iter().sum::<usize>(), all.len());
    }

    #[test]
    fn few_keys_are_fewer() {
        let named = |name: &str| all().into_iter().find(|set| set.name == name).unwrap();
        let (usual, few) = (named("full-real"), named("full-real-few"));
        let params = chain(usual.chain, vec![usual.shape.clone(), few.shape.clone()]).unwrap();
        assert!(keys(&few.shape, &params).len() + 10 <= keys(&usual.shape, &params).len());
        assert!(key_bytes(&few.shape, &params) <= FEW.unwrap() << 20);
    }
}

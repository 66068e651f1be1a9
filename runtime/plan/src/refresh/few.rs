//! The cheapest refresh whose keys fit a number of bytes.
//!
//! Keys pay in two ways: those of the raise for a shorter chain of factors, those of a factor for decompositions. So the factors of
//! CoeffsToSlots are chosen with the numbers of keys that their steps are composed of. What a factor takes does not depend on the
//! others, but for keys that two of them share.

use hep_params::{Params, RefreshShape};

use super::keys::key_bytes;
use super::work::work;
use crate::cost::Work;

/// Layers of a factor at most: twice the diagonals for each.
const MOST_LAYERS: u8 = 7;

/// Keys of a factor at most.
const MOST_KEYS: u8 = 24;

/// The shape with the cheapest work whose keys take at most so many bytes: the one given, or one with as many factors (so that the
/// chain of primes is the same) whose steps are composed of few. None where even the fewest keys take more.
///
/// ```
/// use hep_params::{Packing, RefreshShape, Security};
/// use hep_plan::cost::CostTable;
/// use hep_plan::refresh::{Chain, chain, few_keys, key_bytes};
///
/// let shape = RefreshShape::standard(15, Packing::Pair);
/// let of = Chain { log_n: 16, levels: 12, bits: 45, special: 10, security: Security::Standard128 };
/// let params = chain(of, vec![shape.clone()])?;
/// let costs = CostTable::shipped().ring(16);
/// let few = few_keys(&shape, &params, 2 << 30, |work| costs.seconds(work, 1)).expect("a third of all keys");
/// assert!(key_bytes(&few, &params) <= 2 << 30);
/// # Ok::<(), hep_plan::refresh::ChainError>(())
/// ```
#[must_use]
pub fn few_keys(
    shape: &RefreshShape,
    params: &Params,
    bytes: u64,
    price: impl Fn(Work) -> f64,
) -> Option<RefreshShape> {
    let of = |shape: &RefreshShape| (price(work(shape, params).total()), key_bytes(shape, params));
    let (own_price, own_bytes) = of(shape);
    let mut best = (own_bytes <= bytes).then(|| (own_price, shape.clone()));
    for c2s in splits(shape.log_slots as u8, shape.c2s.len()) {
        let least = vec![2; c2s.len() - 1];
        let with = |keys: &[u8]| shape.clone().with_few_keys(&c2s, keys);
        let (base_price, base_bytes) = of(&with(&least));
        // What each factor changes by more keys than two.
        let rows: Vec<Vec<(f64, i64)>> = (0..least.len())
            .map(|factor| {
                let row = (2..=MOST_KEYS).map(|keys| {
                    let mut all = least.clone();
                    all[factor] = keys;
                    let (price, bytes) = of(&with(&all));
                    (price - base_price, bytes as i64 - base_bytes as i64)
                });
                row.collect()
            })
            .collect();
        let mut keys = least.clone();
        loop {
            let chosen = keys.iter().zip(&rows).map(|(keys, row)| row[usize::from(keys - 2)]);
            let (more_price, more_bytes) = chosen.fold((0.0, 0), |(a, b), (c, d)| (a + c, b + d));
            let fits = base_bytes.saturating_add_signed(more_bytes) <= bytes;
            if fits && best.as_ref().is_none_or(|(price, _)| base_price + more_price < *price) {
                best = Some((base_price + more_price, with(&keys)));
            }
            // The next, as a number of so many digits.
            let Some(place) = keys.iter().position(|keys| *keys < MOST_KEYS) else { break };
            keys[place] += 1;
            keys[..place].fill(2);
        }
    }
    best.map(|(_, shape)| shape)
}

/// All ways to write a number of layers as a sum of so many factors.
fn splits(layers: u8, factors: usize) -> Vec<Vec<u8>> {
    if factors <= 1 {
        return if (1..=MOST_LAYERS).contains(&layers) { vec![vec![layers]] } else { Vec::new() };
    }
    let first = 1..=MOST_LAYERS.min(layers);
    first
        .flat_map(|first| {
            splits(layers - first, factors - 1).into_iter().map(move |rest| [&[first], &rest[..]].concat())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::CostTable;
    use crate::refresh::{Chain, chain, keys};
    use hep_params::{Packing, Security};

    fn reference() -> (RefreshShape, Params) {
        let shape = RefreshShape::new(15, &[5, 5, 5], &[5, 5, 5], Packing::Pair);
        let of = Chain { log_n: 16, levels: 12, bits: 45, special: 10, security: Security::Standard128 };
        let params = chain(of, vec![shape.clone()]).unwrap();
        (shape, params)
    }

    fn seconds(work: Work) -> f64 {
        CostTable::shipped().ring(16).seconds(work, 1)
    }

    fn gibibytes(count: f64) -> u64 {
        (count * 30f64.exp2()) as u64
    }

    #[test]
    fn less_than_half_of_the_bytes_take_a_sixth_more_transforms() {
        let (shape, params) = reference();
        let few = few_keys(&shape, &params, gibibytes(2.4), seconds).unwrap();
        let [all, composed] = [&shape, &few].map(|shape| work(shape, &params).total().transforms);
        assert_eq!((all, composed), (6273.0, 7293.0));
        assert_eq!((keys(&shape, &params).len(), keys(&few, &params).len()), (123, 96));
        assert!(key_bytes(&few, &params) <= gibibytes(2.4) && key_bytes(&shape, &params) > gibibytes(5.2));
        // A layer less on the raise, for more keys of the others: fewer transforms, for more products with keys.
        let counted = few_keys(&shape, &params, gibibytes(2.4), |work| work.transforms).unwrap();
        assert_eq!(work(&counted, &params).total().transforms, 6693.0);
    }

    #[test]
    fn what_is_found_fits_and_more_bytes_are_never_worse() {
        let (shape, params) = reference();
        let mut before = f64::INFINITY;
        for step in 4..=22 {
            let bytes = gibibytes(f64::from(step) / 4.0);
            let found = few_keys(&shape, &params, bytes, seconds).unwrap();
            let own = Params { refresh: vec![found.clone()], ..params.clone() };
            assert_eq!(found.validate(&own), Ok(()));
            assert_eq!((found.c2s.len(), found.limbs()), (shape.c2s.len(), shape.limbs()));
            assert!(key_bytes(&found, &params) <= bytes, "{bytes}: {found:?}");
            let price = seconds(work(&found, &params).total());
            assert!(price <= before + 1e-9, "{bytes}: {price} after {before}");
            before = price;
        }
        // A giant step by itself is no cheaper than one after another, which has fewer keys.
        assert!(before <= seconds(work(&shape, &params).total()));
        assert_eq!(few_keys(&shape, &params, gibibytes(0.75), seconds), None);
    }

    #[test]
    fn splits_are_all_there_are() {
        assert_eq!(splits(3, 2), [[1, 2], [2, 1]]);
        assert_eq!(splits(15, 3).len(), 28);
        assert_eq!(splits(15, 2), Vec::<Vec<u8>>::new());
        assert_eq!(splits(7, 1), [[7]]);
    }
}

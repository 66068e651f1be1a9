//! Steps as sums of digits: 2^w-ary, with digits of one sign or of both.
//!
//! The digits of all steps are the keys, the highest first on the way, so that steps which begin alike share. The fewest keys are those
//! of base 2: one for each bit. More keys are steps that are then had directly.

use super::forest::Forest;
use super::prune::Worth;
use std::collections::BinaryHeap;

/// Largest logarithm of a base that is tried.
const WIDEST: u32 = 4;

/// The forests of all bases for what is needed of a forest.
pub fn forests(of: &Forest) -> impl Iterator<Item = Forest> {
    let slots = of.demands.slots;
    let bases = (1..=WIDEST.min(slots.ilog2().max(1))).flat_map(|width| [(width, false), (width, true)]);
    bases.map(move |(width, signed)| of.by(|step| way(step, width, signed, slots)))
}

/// Sums of the digits of a step from the highest on.
fn way(step: u32, width: u32, signed: bool, slots: u32) -> Vec<u32> {
    let (base, slots) = (1i64 << width, i64::from(slots));
    // The nearer way round, where digits may be negative.
    let mut rest = i64::from(step);
    if signed && 2 * rest > slots {
        rest -= slots;
    }
    let (mut digits, mut place) = (Vec::new(), 1i64);
    while rest != 0 {
        let mut digit = rest.rem_euclid(base);
        // Half of the base goes up or down so that the next digit gets smaller.
        let next = rest.div_euclid(base).rem_euclid(base);
        if signed && (2 * digit > base || (2 * digit == base && 2 * next >= base)) {
            digit -= base;
        }
        digits.push(digit * place);
        rest = (rest - digit) / base;
        place *= base;
    }
    let mut sum = 0i64;
    let mut way: Vec<u32> = Vec::new();
    for digit in digits.into_iter().rev().filter(|digit| *digit != 0) {
        sum = (sum + digit).rem_euclid(slots);
        way.push(sum as u32);
    }
    way
}

/// From a forest to one with further steps as keys, those that save most for their bytes first, as far as `most` bytes; `visit` is
/// shown each on the way, with its bytes.
///
/// What a step saves falls as others come, so that it is found again only for the step that comes first.
pub fn path(forest: Forest, most: u64, visit: &mut dyn FnMut(&Forest, u64)) {
    let mut forest = forest.tightened();
    let mut bytes = forest.bytes();
    visit(&forest, bytes);
    let mut heap: BinaryHeap<Worth> =
        forest.demands.steps().into_iter().map(|step| Worth { rate: f64::INFINITY, step }).collect();
    while let Some(Worth { step, .. }) = heap.pop() {
        let change = forest.with(step);
        let saved = -forest.extra_seconds(&change);
        let after = forest.bytes_with(&change);
        if saved <= 0.0 || after > most {
            continue;
        }
        let found = Worth { rate: saved / after.saturating_sub(bytes).max(1) as f64, step };
        if heap.peek().is_some_and(|next| *next > found) {
            heap.push(found);
            continue;
        }
        forest.apply(change);
        bytes = after;
        visit(&forest, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_end_at_their_step_by_few_digits() {
        let slots = 1 << 10;
        for width in 1..=WIDEST {
            for signed in [false, true] {
                for step in 1..slots {
                    let way = way(step, width, signed, slots);
                    assert_eq!(way.last(), Some(&step), "{step} with {width} bits");
                    assert!(way.len() <= 10usize.div_ceil(width as usize) + 1, "{step}: {way:?}");
                }
            }
        }
    }

    #[test]
    fn both_signs_take_the_nearer_way() {
        assert_eq!(way(1023, 1, true, 1024), [1023]);
        assert_eq!(way(1023, 1, false, 1024).len(), 10);
        assert_eq!(way(7, 1, true, 1024), [8, 7]);
        assert_eq!(way(1000, 2, true, 1024), [1008, 1000]);
    }
}

//! Gives up keys one by one, the one that costs least for its bytes first.

use super::forest::Forest;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A key and what it was last found to be worth: seconds for each byte.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// Seconds for each byte.
    pub rate: f64,
    /// The key.
    pub step: u32,
}

impl Eq for Worth {}

impl Ord for Worth {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rate.total_cmp(&other.rate).then(self.step.cmp(&other.step))
    }
}

impl PartialOrd for Worth {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// From a forest to one with as few keys as this way leads to; `visit` is shown each on the way, with its bytes.
///
/// What a key is worth grows as others go, so that it is found again only for the key that comes first.
pub fn path(mut forest: Forest, visit: &mut dyn FnMut(&Forest, u64)) {
    let mut keys = forest.keys();
    let mut bytes = forest.bytes();
    let mut heap: BinaryHeap<std::cmp::Reverse<Worth>> =
        forest.levels().into_keys().map(|step| std::cmp::Reverse(Worth { rate: 0.0, step })).collect();
    while let Some(std::cmp::Reverse(Worth { step, .. })) = heap.pop() {
        keys.remove(step);
        let Some(change) = forest.without(step, &keys) else {
            keys.insert(step);
            continue;
        };
        let after = forest.bytes_with(&change);
        // Its rotations may need more of another key than it has itself.
        let Some(saved) = bytes.checked_sub(after).filter(|saved| *saved > 0) else {
            keys.insert(step);
            continue;
        };
        let found = Worth { rate: forest.extra_seconds(&change) / saved as f64, step };
        if heap.peek().is_some_and(|next| next.0 < found) {
            keys.insert(step);
            heap.push(std::cmp::Reverse(found));
            continue;
        }
        forest.apply(change);
        bytes = after;
        visit(&forest, bytes);
    }
}

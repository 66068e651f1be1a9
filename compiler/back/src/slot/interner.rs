//! Equal public vectors once, found by their contents.

use hep_plan::{Constant, SlotVector};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Finds vectors in a list by their contents. Only looked up, never walked: the order of a hash map does not reach the
/// result.
#[derive(Debug, Default)]
pub struct Interner(HashMap<u64, Vec<usize>>);

impl Interner {
    /// Position of the vector in the list, which it is added to if it is not there. The list is always the same one.
    pub fn position<V: Content>(&mut self, list: &mut Vec<V>, vector: V) -> usize {
        let mut hasher = DefaultHasher::new();
        vector.hash_content(&mut hasher);
        let same = self.0.entry(hasher.finish()).or_default();
        let known = same.iter().find(|at| list.get(**at) == Some(&vector));
        known.copied().unwrap_or_else(|| {
            same.push(list.len());
            list.push(vector);
            list.len() - 1
        })
    }
}

/// What is found by its contents.
pub trait Content: PartialEq {
    /// Equal for equal vectors; the two zeros are equal.
    fn hash_content(&self, hasher: &mut impl Hasher);
}

impl Content for SlotVector {
    fn hash_content(&self, hasher: &mut impl Hasher) {
        self.slots().hash(hasher);
        self.runs().for_each(|(length, value)| (length, (value + 0.0).to_bits()).hash(hasher));
    }
}

impl Content for Constant {
    fn hash_content(&self, hasher: &mut impl Hasher) {
        self.vectors().for_each(|vector| vector.hash_content(hasher));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_vectors_have_one_position() {
        let (mut interner, mut list) = (Interner::default(), Vec::new());
        let vectors = [[0.0, 1.0], [1.0, 0.0], [-0.0, 1.0], [0.0, 1.0], [2.0, 2.0]];
        let found = vectors.map(|values| interner.position(&mut list, SlotVector::new(&values)));
        assert_eq!(found, [0, 1, 0, 0, 2]);
        assert_eq!(list.len(), 3);
    }
}

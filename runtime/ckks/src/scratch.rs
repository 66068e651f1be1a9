//! Memory that operations take beside their operands and results.
//!
//! It comes from the pool of [`hep_ring::buffer`] and goes back to it, so what runs at the same time adds up and what runs one after
//! the other does not. Figures are in limbs, of N words each, for a pool of so many threads of which all work on the operation.

use crate::context::Context;
use crate::division::Division;
use crate::keyswitch::GROUP;

/// Limbs that one task of a sum of rotations holds besides digits: two lifted parts and two products with a key.
const TASK_LIMBS: usize = 4;

impl Context {
    /// Limbs that a rotation, a relinearization (merged with a rescale or not) or a sum of rotations at `level` takes.
    pub fn switch_scratch_limbs(&self, level: usize, threads: usize) -> usize {
        let sums = 2 * self.basis(level).limbs();
        let coefficients = level + 1;
        sums + (coefficients + threads * self.task_limbs(level)).max(threads * Division::GROUP)
    }

    /// Limbs that `Evaluator::rotate_many` takes, of which the decomposition is the larger part.
    pub fn hoisted_scratch_limbs(&self, level: usize, threads: usize) -> usize {
        self.decomposed_limbs(level) + 2 * self.basis(level).limbs() + threads * Division::GROUP
    }

    /// Limbs that so many sums of products of rotations at `level` take.
    pub fn rotated_products_scratch_limbs(&self, level: usize, sums: usize, threads: usize) -> usize {
        let coefficients = level + 1;
        let products = coefficients + threads * self.task_limbs(level);
        2 * sums * self.basis(level).limbs() + products.max(threads * Division::GROUP)
    }

    /// Limbs of a [`crate::Decomposed`].
    pub fn decomposed_limbs(&self, level: usize) -> usize {
        self.digits(level) * self.basis(level).limbs()
    }

    /// Limbs that a rescale takes.
    pub fn rescale_scratch_limbs(&self, threads: usize) -> usize {
        1 + threads * Division::GROUP
    }

    fn task_limbs(&self, level: usize) -> usize {
        self.digits(level) * GROUP + TASK_LIMBS
    }
}

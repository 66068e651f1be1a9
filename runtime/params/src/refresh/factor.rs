//! The factors of the transforms, and the rotations that they take.

use super::RefreshShape;

/// Two doublings of a trace are done together, as a sum of four rotations: they share a decomposition.
const TRACE_RADIX: usize = 4;

/// A factor of a transform that takes rotations: how its diagonals are reached.
///
/// Diagonal number k stands for the rotation by k·`stride`. It is reached by a baby step and a giant step, k = b·`groups` + g: babies
/// are the wide steps, so that several of them read the same part of a decomposed polynomial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor {
    /// The smallest rotation of its diagonals.
    pub stride: usize,
    /// Layers of butterflies.
    pub layers: u32,
    /// Whether its largest layer spans the whole period, where rotations by ±k·`stride` meet.
    pub whole: bool,
    /// log2 of the number of baby steps.
    pub babies: u32,
    /// Whether steps are composed of a few.
    pub composed: bool,
}

impl Factor {
    /// How many diagonals are not zero.
    #[must_use]
    pub fn diagonals(&self) -> usize {
        if self.whole { 1 << self.layers } else { (2 << self.layers) - 1 }
    }

    /// How many giant steps, the one by nothing included.
    #[must_use]
    pub fn groups(&self) -> usize {
        let reach = if self.whole { 1 << self.layers } else { 2 << self.layers };
        (reach >> self.babies).max(1)
    }

    /// The least number of a diagonal.
    fn first(&self) -> i64 {
        if self.whole { 0 } else { -(1 << self.layers) }
    }

    /// Baby step and giant step, in slots, of the diagonal of so many strides: both may be negative, and their sum is the rotation.
    #[must_use]
    pub fn steps(&self, diagonal: i64) -> (i64, i64) {
        let (groups, stride) = (self.groups() as i64, self.stride as i64);
        let giant = (diagonal - self.first()).rem_euclid(groups);
        ((diagonal - giant) * stride, giant * stride)
    }

    /// The numbers of all diagonals that are not zero.
    pub fn numbers(&self) -> impl Iterator<Item = i64> + use<> {
        let reach = 1i64 << self.layers;
        if self.whole { 0..reach } else { 1 - reach..reach }
    }

    /// The steps that all baby steps are sums of, and the one that giant steps are multiples of, for composed steps.
    #[must_use]
    pub fn generators(&self) -> (Vec<i64>, i64) {
        let (groups, stride) = (self.groups() as i64, self.stride as i64);
        let steps = (0..self.babies).map(|bit| {
            // As in the two's complement, the largest step is backwards where numbers are below 0.
            let step = (groups * stride) << bit;
            if bit + 1 == self.babies && !self.whole { -step } else { step }
        });
        (steps.collect(), stride)
    }

    /// The baby steps and the giant steps that need keys.
    #[must_use]
    pub fn rotations(&self) -> (Vec<i64>, Vec<i64>) {
        if self.composed {
            let (babies, giant) = self.generators();
            return (babies, if self.groups() > 1 { vec![giant] } else { Vec::new() });
        }
        let both = self.numbers().map(|number| self.steps(number));
        let (mut babies, mut giants): (Vec<_>, Vec<_>) = both.unzip();
        for steps in [&mut babies, &mut giants] {
            steps.sort_unstable();
            steps.dedup();
            steps.retain(|step| *step != 0);
        }
        (babies, giants)
    }
}

impl RefreshShape {
    /// The steps of every sum of rotations that adds away what lies outside of the period, where a ciphertext has so many slots.
    #[must_use]
    pub fn trace(&self, slots: usize) -> Vec<Vec<i64>> {
        let (mut step, mut out) = (self.slots(), Vec::new());
        while step < slots {
            let count = TRACE_RADIX.min(slots / step);
            out.push((0..count).map(|k| (k * step) as i64).collect());
            step *= count;
        }
        out
    }

    /// The factors of SlotsToCoeffs, in order.
    #[must_use]
    pub fn s2c_factors(&self) -> Vec<Factor> {
        let babies = self.babies.get(..self.s2c.len()).unwrap_or(&self.babies);
        self.factors(&self.s2c, babies, 0)
    }

    /// The factors of CoeffsToSlots, in order; the first has no baby steps of its own.
    #[must_use]
    pub fn c2s_factors(&self) -> Vec<Factor> {
        let own = self.babies.get(self.s2c.len()..).unwrap_or_default();
        let babies = [&[self.c2s.first().copied().unwrap_or(0)], own].concat();
        let mut above = self.log_slots;
        let factors = self.c2s.iter().zip(babies).map(|(&layers, babies)| {
            above -= u32::from(layers);
            self.factor(above, layers, babies, self.few_keys)
        });
        factors.collect()
    }

    fn factors(&self, layers: &[u8], babies: &[u8], mut below: u32) -> Vec<Factor> {
        let factor = |(&layers, &babies)| {
            let factor = self.factor(below, layers, babies, false);
            below += u32::from(layers);
            factor
        };
        layers.iter().zip(babies).map(factor).collect()
    }

    fn factor(&self, below: u32, layers: u8, babies: u8, composed: bool) -> Factor {
        let layers = u32::from(layers);
        let whole = below + layers == self.log_slots;
        Factor { stride: 1 << below, layers, whole, babies: u32::from(babies), composed }
    }
}

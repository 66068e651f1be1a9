//! The factors of the transforms, and the rotations that they take.

use super::RefreshShape;

/// Two doublings of a trace are done together, as a sum of four rotations: they share a decomposition.
const TRACE_RADIX: usize = 4;

/// A factor of a transform that takes rotations: how its diagonals are reached.
///
/// Diagonal number k stands for the rotation by k·`stride`. It is reached by a baby step and a giant step: babies are the wide steps,
/// multiples of `groups`, so that several of them read the same part of a decomposed polynomial, and giants what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor {
    /// The smallest rotation of its diagonals.
    pub stride: usize,
    /// Layers of butterflies.
    pub layers: u32,
    /// Whether its largest layer spans the whole period, where rotations by ±k·`stride` meet.
    pub whole: bool,
    /// log2 of the number of baby steps, where every step has a key.
    pub babies: u32,
    /// Keys of which all steps are composed, where that is so.
    pub composed: Option<Composed>,
}

/// How steps are composed of a few, all of which go forward: the largest baby step is taken again and again, and from every place
/// that it comes to all baby steps that have keys are taken. The giant step is taken from one sum of products to the next (Horner).
///
/// With k baby keys and one giant key, b = 1 + k·c babies take c decompositions, and g giants take g − 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Composed {
    /// Baby steps that have a key: the first multiples of the least.
    pub keys: usize,
    /// Places that they are taken from, the beginning counted.
    pub passes: usize,
    /// Baby steps, the one by nothing counted.
    pub babies: usize,
    /// Giant steps, the one by nothing counted.
    pub giants: usize,
}

impl Composed {
    /// What takes the fewest decompositions to reach so many diagonals in a row, with so many keys at most: at least two.
    fn of(diagonals: usize, keys: u8) -> Self {
        let keys = usize::from(keys).max(2) - 1;
        let split = |giants: usize| {
            let babies = diagonals.div_ceil(giants);
            let keys = keys.min(babies - 1);
            Self { keys, passes: (babies - 1).div_ceil(keys.max(1)).max(1), babies, giants }
        };
        // Of equals that with the fewest passes, which read and write all sums.
        let best = (1..=diagonals).map(split).min_by_key(|split| (split.decompositions(), split.passes));
        best.unwrap_or(Self { keys, passes: 1, babies: 1, giants: 1 })
    }

    /// Decompositions: of what babies are taken from, and of what a giant step moves.
    #[must_use]
    pub fn decompositions(&self) -> usize {
        self.passes + self.giants - 1
    }
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
        if let Some(composed) = self.composed {
            return composed.giants;
        }
        let reach = if self.whole { 1 << self.layers } else { 2 << self.layers };
        (reach >> self.babies).max(1)
    }

    /// The least number of a diagonal; of those whose steps all have keys, one less, where numbers begin below 0.
    fn first(&self) -> i64 {
        if self.whole { 0 } else { i64::from(self.composed.is_some()) - (1 << self.layers) }
    }

    /// The rotation that its input must come with, as composed steps only go forward.
    #[must_use]
    pub fn offset(&self) -> i64 {
        if self.composed.is_some() { self.first() * self.stride as i64 } else { 0 }
    }

    /// Baby step and giant step, in slots, of the diagonal of so many strides: both may be negative, and their sum is the rotation
    /// that is left of the factor's own by [`Self::offset`].
    #[must_use]
    pub fn steps(&self, diagonal: i64) -> (i64, i64) {
        let (groups, stride) = (self.groups() as i64, self.stride as i64);
        let giant = (diagonal - self.first()).rem_euclid(groups);
        ((diagonal - giant) * stride - self.offset(), giant * stride)
    }

    /// The numbers of all diagonals that are not zero.
    pub fn numbers(&self) -> impl Iterator<Item = i64> + use<> {
        let reach = 1i64 << self.layers;
        if self.whole { 0..reach } else { 1 - reach..reach }
    }

    /// The baby steps and the giant steps that need keys.
    #[must_use]
    pub fn rotations(&self) -> (Vec<i64>, Vec<i64>) {
        if let Some(composed) = self.composed {
            let stride = self.stride as i64;
            let babies = (1..=composed.keys as i64).map(|k| k * composed.giants as i64 * stride);
            return (babies.collect(), if composed.giants > 1 { vec![stride] } else { Vec::new() });
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
        let keys = std::iter::once(None).chain(self.few_keys.iter().copied().map(Some));
        let keys = keys.chain(std::iter::repeat(None));
        let mut above = self.log_slots;
        let factors = self.c2s.iter().zip(babies).zip(keys).map(|((&layers, babies), keys)| {
            above -= u32::from(layers);
            let factor = self.factor(above, layers, babies);
            Factor { composed: keys.map(|keys| Composed::of(factor.diagonals(), keys)), ..factor }
        });
        factors.collect()
    }

    /// For every factor of CoeffsToSlots, the rotation of its result that the factors after it begin with. Rotating the diagonals does
    /// it; the rotations of the raise, which all have keys of their own, do what remains.
    #[must_use]
    pub fn c2s_offsets(&self) -> Vec<i64> {
        let mut after = 0;
        let mut offsets: Vec<i64> = self
            .c2s_factors()
            .iter()
            .rev()
            .map(|factor| {
                let own = after;
                after += factor.offset();
                own
            })
            .collect();
        offsets.reverse();
        offsets
    }

    fn factors(&self, layers: &[u8], babies: &[u8], mut below: u32) -> Vec<Factor> {
        let factor = |(&layers, &babies)| {
            let factor = self.factor(below, layers, babies);
            below += u32::from(layers);
            factor
        };
        layers.iter().zip(babies).map(factor).collect()
    }

    fn factor(&self, below: u32, layers: u8, babies: u8) -> Factor {
        let layers = u32::from(layers);
        let whole = below + layers == self.log_slots;
        Factor { stride: 1 << below, layers, whole, babies: u32::from(babies), composed: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::Packing;

    #[test]
    fn composed_steps_go_forward_and_reach_every_diagonal() {
        for layers in 1..=7u8 {
            let mut before = usize::MAX;
            for keys in 2..=70u8 {
                let below = 10 - layers;
                let shape = RefreshShape::new(12, &[12], &[2, layers, below], Packing::Real);
                let shape = shape.with_few_keys(&[2, layers, below], &[keys, 2]);
                let factor = shape.c2s_factors()[1];
                let composed = factor.composed.unwrap();
                let (babies, giants) = factor.rotations();
                assert!(babies.len() + giants.len() <= usize::from(keys));
                let longest = babies.last().copied().unwrap_or(1);
                for number in factor.numbers() {
                    let (baby, giant) = factor.steps(number);
                    assert_eq!(baby + giant + factor.offset(), number * factor.stride as i64);
                    let passes = (0..composed.passes as i64).map(|pass| baby - pass * longest);
                    assert!(
                        baby == 0 || passes.clone().any(|left| babies.contains(&left)),
                        "{factor:?}, {number}"
                    );
                    let times = giant / factor.stride as i64;
                    assert!((0..composed.giants as i64).contains(&times), "{factor:?}, {number}");
                }
                assert!(composed.decompositions() <= before, "{factor:?}");
                before = composed.decompositions();
            }
            // A key for every baby step: they are taken from the beginning.
            assert!(before < usize::from(layers).max(2), "{layers}: {before}");
        }
    }

    #[test]
    fn what_is_left_by_composed_steps_is_done_before() {
        let shape = RefreshShape::new(9, &[5, 4], &[3, 3, 3], Packing::Real);
        assert_eq!(shape.c2s_offsets(), [0, 0, 0]);
        // From −7 on, in steps of 8 and of 1.
        assert_eq!(shape.with_few_keys(&[3, 3, 3], &[3, 3]).c2s_offsets(), [-63, -7, 0]);
    }
}

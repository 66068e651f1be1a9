//! Which slots a loop visits: the ones of a mask.

use hep_plan::SlotVector;
use std::ops::Range;

/// Runs of slots, repeated with a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Runs {
    period: usize,
    /// In order, without gaps of no length.
    runs: Vec<Range<usize>>,
}

/// Whether a vector holds zeros and ones, and both.
pub(crate) fn is_mask(vector: &SlotVector) -> bool {
    vector.as_splat().is_none() && vector.runs().all(|(_, value)| value == 0.0 || value == 1.0)
}

impl Runs {
    /// The ones of a mask.
    pub fn of(mask: &SlotVector) -> Self {
        let mut runs: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        for (length, value) in mask.runs() {
            if value == 1.0 {
                runs.push(at..at + length);
            }
            at += length;
        }
        Self { period: at, runs }
    }

    /// Slots of both.
    pub fn and(&self, other: &Self) -> Self {
        let period = self.period.max(other.period);
        let mut runs = Vec::new();
        for run in self.within(0..period) {
            runs.extend(other.within(run));
        }
        Self { period, runs }
    }

    /// The runs inside a range of slots, in order.
    pub fn within(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
        let periods = range.start / self.period..range.end.div_ceil(self.period);
        let runs = periods.flat_map(move |p| {
            self.runs.iter().map(move |run| run.start + p * self.period..run.end + p * self.period)
        });
        let cut = runs.map(move |run| run.start.max(range.start)..run.end.min(range.end));
        cut.filter(|run| run.start < run.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(bits: &[u8]) -> SlotVector {
        SlotVector::new(&bits.iter().map(|b| f64::from(*b)).collect::<Vec<_>>())
    }

    #[test]
    fn runs_are_the_ones_of_every_period() {
        let vector = mask(&[0, 1, 1, 0, 0, 1, 1, 0]);
        assert!(is_mask(&vector) && !is_mask(&mask(&[1, 1])) && !is_mask(&mask(&[1, 2])));
        let runs = Runs::of(&vector);
        assert_eq!(runs.within(0..8).collect::<Vec<_>>(), [1..3, 5..7]);
        assert_eq!(runs.within(2..6).collect::<Vec<_>>(), [2..3, 5..6]);
        assert_eq!(runs.within(3..5).count(), 0);
        assert_eq!(runs.within(0..16).count(), 4);
    }

    #[test]
    fn two_masks_meet_where_both_are_one() {
        let runs = Runs::of(&mask(&[1, 1, 0, 0])).and(&Runs::of(&mask(&[0, 1, 1, 0, 1, 1, 1, 1])));
        assert_eq!(runs.within(0..8).collect::<Vec<_>>(), [1..2, 4..6]);
        assert_eq!(runs.within(8..16).collect::<Vec<_>>(), [9..10, 12..14]);
    }
}

//! Public slot vectors, stored by their structure: masks and coefficients repeat and come in runs.

mod of_run;
mod read;

pub use of_run::Constant;

use crate::magnitude::Magnitude;
use crate::reading::MAX_SLOTS;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, OnceLock};

/// A slot vector of power-of-two length as runs of equal values over its shortest power-of-two period.
///
/// ```
/// use hep_plan::SlotVector;
///
/// let mask = SlotVector::new(&[1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
/// assert_eq!((mask.slots(), mask.period()), (8, 4));
/// assert_eq!(mask.runs().collect::<Vec<_>>(), [(2, 1.0), (2, 0.0)]);
/// assert_eq!(mask.expand()[4..], [1.0, 1.0, 0.0, 0.0]);
/// assert_eq!(SlotVector::splat(0.5, 8).as_splat(), Some(0.5));
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SlotVector {
    slots: u32,
    /// Copies of a program share them.
    runs: Arc<[(u32, f64)]>,
    /// Found when it is first asked for: searches ask thousands of times.
    #[serde(skip)]
    rms: Arc<OnceLock<f64>>,
}

impl PartialEq for SlotVector {
    fn eq(&self, other: &Self) -> bool {
        self.slots == other.slots && self.runs == other.runs
    }
}

impl SlotVector {
    /// Compresses a vector. Its length must be a power of two.
    #[must_use]
    pub fn new(values: &[f64]) -> Self {
        let mut period = values.len();
        while period > 1 && values[..period / 2] == values[period / 2..period] {
            period /= 2;
        }
        let mut runs: Vec<(u32, f64)> = Vec::new();
        for &value in &values[..period] {
            match runs.last_mut() {
                // Compare bits, so that the vector comes back exactly (−0 and NaN included).
                Some((length, last)) if last.to_bits() == value.to_bits() => *length += 1,
                _ => runs.push((1, value)),
            }
        }
        Self { slots: values.len() as u32, runs: runs.into(), rms: Arc::default() }
    }

    /// The same value in every slot.
    #[must_use]
    pub fn splat(value: f64, slots: usize) -> Self {
        Self { slots: slots as u32, runs: [(1, value)].into(), rms: Arc::default() }
    }

    /// Root mean square over non-zero slots.
    #[must_use]
    pub fn rms(&self) -> f64 {
        *self.rms.get_or_init(|| Magnitude::of(&self.expand()).rms)
    }

    /// The vector of these runs, which fill a power-of-two period of the slots.
    #[must_use]
    fn of_runs(runs: Vec<(u32, f64)>, slots: usize) -> Option<Self> {
        let slots = u32::try_from(slots).ok()?;
        Some(Self { slots, runs: runs.into(), rms: Arc::default() }).filter(Self::is_valid)
    }

    /// Number of slots.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.slots as usize
    }

    /// Length of the shortest power-of-two period.
    #[must_use]
    pub fn period(&self) -> usize {
        self.runs.iter().map(|(length, _)| *length as usize).sum()
    }

    /// Lengths and values of the runs that fill one period.
    pub fn runs(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.runs.iter().map(|&(length, value)| (length as usize, value))
    }

    /// The vector written out.
    #[must_use]
    pub fn expand(&self) -> Vec<f64> {
        let mut period = Vec::new();
        for &(length, value) in &*self.runs {
            period.extend(std::iter::repeat_n(value, length as usize));
        }
        period.iter().copied().cycle().take(self.slots()).collect()
    }

    /// sum + vector ∘ other, slot by slot; what is 0 in the vector adds nothing.
    pub fn add_product(&self, other: &[f64], sum: &mut [f64]) {
        let mut at = 0;
        while at < sum.len() && !self.runs.is_empty() {
            for &(length, value) in &*self.runs {
                let end = (at + length as usize).min(sum.len());
                if value != 0.0 && at < end {
                    let slots = sum[at..end].iter_mut().zip(other.get(at..end).unwrap_or(&[]));
                    slots.for_each(|(sum, x)| *sum += value * x);
                }
                at = end;
            }
        }
    }

    /// The value if all slots hold the same.
    #[must_use]
    pub fn as_splat(&self) -> Option<f64> {
        match &*self.runs {
            [(_, value)] => Some(*value),
            _ => None,
        }
    }

    /// Largest absolute value.
    #[must_use]
    pub fn max_abs(&self) -> f64 {
        self.runs.iter().fold(0.0, |worst, (_, v)| f64::max(worst, v.abs()))
    }

    /// Whether the runs fill a power-of-two period of the slots; used on vectors read from files.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let period: u64 = self.runs.iter().map(|(length, _)| u64::from(*length)).sum();
        self.slots.is_power_of_two()
            && self.slots as usize <= MAX_SLOTS
            && period.is_power_of_two()
            && period <= u64::from(self.slots)
            && self.runs.iter().all(|(_, v)| v.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Lines;

    #[test]
    fn zeros_do_not_count_in_the_root_mean_square() {
        let vector = SlotVector::new(&[0.0, -3.0, 0.0, 4.0]);
        assert_eq!((vector.rms(), vector.clone().rms()), (12.5f64.sqrt(), 12.5f64.sqrt()));
        assert_eq!(SlotVector::splat(0.0, 8).rms(), 0.0);
    }

    #[test]
    fn vectors_come_back_exactly() {
        let mask: Vec<f64> = (0..64).map(|s| f64::from(u8::from(s % 8 == 1)) * -0.5).collect();
        let packed = SlotVector::new(&mask);
        assert_eq!(packed.expand(), mask);
        assert_eq!(packed.runs().collect::<Vec<_>>(), [(1, -0.0), (1, -0.5), (6, -0.0)]);
        assert_eq!(packed.period(), 8);
        assert!(packed.is_valid());
        let (other, mut sum) = ((0..64).map(f64::from).collect::<Vec<f64>>(), vec![1.0; 64]);
        packed.add_product(&other, &mut sum);
        let meant: Vec<f64> = mask.iter().zip(&other).map(|(m, x)| 1.0 + m * x).collect();
        assert_eq!(sum, meant);
        let ramp: Vec<f64> = (0..16).map(f64::from).collect();
        assert_eq!(SlotVector::new(&ramp).expand(), ramp);
        assert_eq!(SlotVector::splat(2.5, 8).expand(), [2.5; 8]);
        assert_eq!(SlotVector::new(&[0.25; 32]).as_splat(), Some(0.25));
    }

    #[test]
    fn vectors_are_read_back_from_their_text() {
        let read = |text: &str| SlotVector::read(&mut Lines::of(text).next_line().expect("a line"), 64);
        let vector = SlotVector::new(&(0..64).map(|s| f64::from(s % 16 / 3)).collect::<Vec<_>>());
        assert_eq!(crate::print::vector(&vector), "[3×0 3×1 3×2 3×3 3×4 5]");
        assert_eq!(read("[3×0 3×1 3×2 3×3 3×4 5]"), Ok(vector));
        assert_eq!(read("[-1e-3]"), Ok(SlotVector::splat(-0.001, 64)));
        for text in ["[]", "[3×1]", "[1 inf]", "[1 2", "[4294967295×1 4294967295×1]", "[128×1]", "[0×1 1]"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}

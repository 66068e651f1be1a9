//! What a search may choose where a program is packed.

use super::Lowered;
use hep_tensor::optimization::{Optimization, Optimizations};

/// What a search over schedules may choose; it changes no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strategy {
    /// Largest number of turns in a ciphertext that are separated with one level: fewer take more levels and fewer
    /// products with masks.
    pub stage: usize,
    /// Most turns of a data matrix that are uploaded in one ciphertext, a power of two: fewer are a larger upload and
    /// less to separate.
    pub shared: usize,
    /// Whether public numbers may be parts of scales: coefficients of polynomials are left without masks for it.
    pub numbers: bool,
}

/// More turns than fit a ciphertext.
const LARGEST_SHARE: usize = 1 << 17;

impl Default for Strategy {
    /// Few levels, the smallest upload.
    fn default() -> Self {
        Self { stage: 16, shared: LARGEST_SHARE, numbers: true }
    }
}

impl Strategy {
    /// All that are worth trying, with few levels and small uploads first.
    #[must_use]
    pub fn all(on: Optimizations, larger_uploads: bool) -> Vec<Self> {
        let numbers = on.contains(Optimization::ScalarsInScales);
        let few = Self { numbers, ..Self::default() };
        let smaller = |shared| Self { shared, ..few };
        let mut all = vec![few];
        all.extend(on.contains(Optimization::StagedCopies).then_some(Self { stage: 4, ..few }));
        all.extend(numbers.then_some(Self { numbers: false, ..few }));
        all.extend(larger_uploads.then(|| [16, 8, 4, 2, 1].map(smaller)).into_iter().flatten());
        all
    }

    /// What of the optimizations a schedule of the packed program may use.
    #[must_use]
    pub fn scheduled(self, on: Optimizations) -> Optimizations {
        if self.numbers { on } else { on.without(Optimization::ScalarsInScales) }
    }

    /// Whether a packed program would be another one under this strategy than under a first.
    #[must_use]
    pub fn matters(self, packed: &Lowered, first: Self) -> bool {
        if self.numbers != first.numbers && packed.unmasked {
            return true;
        }
        let mut turns = packed.program.uploads.iter().filter_map(|upload| upload.layout.turns?.shared);
        turns.any(|digit| {
            let share = |of: Self| digit.extent.min(of.shared);
            let staged = |of: Self| share(of) > self.stage.min(first.stage);
            share(self) != share(first) || self.stage != first.stage && staged(self)
        })
    }
}

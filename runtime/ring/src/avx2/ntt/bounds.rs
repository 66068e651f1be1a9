//! How large values grow, and where they must be reduced.
//!
//! Values are bounded in units of q: |x| ≤ k·q. A product by a root, |w| ≤ q/2, is at most (1/2 + e·k)·q: its quotient y·(w/q) has
//! three roundings, of |y|/2·2^(−53) each, so that e = 1.5·2^(−53)·q. A value that is reduced has a quotient below 2^5, and
//! becomes at most (1/2 + k·2^(−52))·q. All sums must be at most 2^53, that is k ≤ 2^53/q.

/// Most passes over columns or rows of one sweep: nine layers in pairs.
const PASSES: usize = 5;

/// What a forward sweep reduces before each of its passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ForwardPlan {
    /// Passes over columns; the first one is of a single layer if their number is odd.
    pub(super) columns: [bool; PASSES],
    /// Passes over a row, of two layers each.
    pub(super) rows: [bool; 4],
}

/// What an inverse pass reduces of the four values it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reduce {
    /// Nothing.
    None,
    /// The sum of all four.
    Sum,
    /// All.
    All,
}

/// What an inverse sweep reduces after each of its passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InversePlan {
    pub(super) rows: [Reduce; 4],
    /// Not of the last pass, which ends in [0, q).
    pub(super) columns: [Reduce; PASSES],
}

/// The bound of values during a transform.
struct Growth {
    /// Units of q.
    bound: f64,
    limit: f64,
    error: f64,
}

impl Growth {
    /// Residues in [0, q) at first.
    fn new(q: u64) -> Self {
        let units = q as f64 / (1u64 << 53) as f64;
        Self { bound: 1.0, limit: 1.0 / units, error: 1.5 * units }
    }

    fn product(&self, bound: f64) -> f64 {
        0.5 + self.error * bound
    }

    fn reduced(bound: f64) -> f64 {
        0.5 + bound * f64::EPSILON
    }

    /// Bound after `layers` butterflies (x ± w·y).
    fn after_forward(&self, layers: u32, bound: f64) -> f64 {
        (0..layers).fold(bound, |bound, _| bound + self.product(bound))
    }

    /// Whether values must be reduced before a pass.
    fn forward(&mut self, layers: u32) -> bool {
        let reduce = self.after_forward(layers, self.bound) > self.limit;
        let start = if reduce { Self::reduced(self.bound) } else { self.bound };
        self.bound = self.after_forward(layers, start);
        debug_assert!(self.bound <= self.limit);
        reduce
    }

    /// What must be reduced after a pass of butterflies (x + y, (y − x)·w), so that the next one can take sums of four.
    fn inverse(&mut self, layers: u32) -> Reduce {
        let sums = f64::from(1 << layers) * self.bound;
        debug_assert!(sums <= self.limit);
        // Products of the first layer are added in the second; those of the second have factors that are sums of two.
        let products = (2.0 * self.product(2.0 * self.bound)).max(self.product(sums));
        let fits = |bound: f64| 4.0 * bound <= self.limit;
        let (reduce, bound) = if fits(sums) {
            (Reduce::None, sums)
        } else if fits(products) {
            (Reduce::Sum, products)
        } else {
            (Reduce::All, Self::reduced(sums))
        };
        self.bound = bound;
        reduce
    }
}

/// Layers of each pass over columns: pairs, after a single one if their number is odd.
pub(super) fn passes(layers: u32) -> impl DoubleEndedIterator<Item = u32> + Clone {
    (0..layers.div_ceil(2)).map(move |pass| if pass == 0 && layers % 2 == 1 { 1 } else { 2 })
}

impl ForwardPlan {
    /// For `layers` layers over columns.
    pub(super) fn new(q: u64, layers: u32) -> Self {
        let mut growth = Growth::new(q);
        let mut columns = [false; PASSES];
        passes(layers).zip(&mut columns).for_each(|(layers, reduce)| *reduce = growth.forward(layers));
        Self { columns, rows: std::array::from_fn(|_| growth.forward(2)) }
    }
}

impl InversePlan {
    /// For `layers` layers over columns.
    pub(super) fn new(q: u64, layers: u32) -> Self {
        let mut growth = Growth::new(q);
        let rows = std::array::from_fn(|_| growth.inverse(2));
        let mut columns = [Reduce::None; PASSES];
        passes(layers).zip(&mut columns).for_each(|(layers, reduce)| *reduce = growth.inverse(layers));
        Self { rows, columns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_primes_are_hardly_reduced() {
        let plan = ForwardPlan::new(1 << 45, 8);
        assert!(!plan.columns.contains(&true) && !plan.rows.contains(&true));
        // Sums double in every layer of the inverse, so that these are reduced once in a while.
        let plan = InversePlan::new(1 << 45, 8);
        assert_eq!(plan.rows, [Reduce::None, Reduce::None, Reduce::None, Reduce::Sum]);
    }

    /// Larger ones are reduced more often, and in debug builds `Growth` asserts that no value ever exceeds 2^53.
    #[test]
    fn all_sizes_fit() {
        for layers in 2..=9 {
            let mut earlier = 0;
            for bits in 20..=51 {
                let plan = ForwardPlan::new((1 << bits) - 1, layers);
                let count = plan.columns.iter().chain(&plan.rows).filter(|&&reduce| reduce).count();
                assert!(count >= earlier);
                earlier = count;
                InversePlan::new((1 << bits) - 1, layers);
            }
            assert!(earlier > 0);
        }
    }
}

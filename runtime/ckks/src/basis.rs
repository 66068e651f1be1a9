//! The primes that a polynomial is modulo.

/// The primes q_0 … q_level and the first `special` of P, at positions in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Basis {
    /// The last prime of Q.
    pub(crate) level: usize,
    /// How many primes of P follow.
    pub(crate) special: usize,
    /// The level above which no prime of Q is.
    max_level: usize,
}

impl Basis {
    /// For a context whose highest level is `max_level`.
    pub(crate) fn new(level: usize, special: usize, max_level: usize) -> Self {
        Self { level, special, max_level }
    }

    /// The number of primes.
    pub(crate) fn limbs(self) -> usize {
        self.level + 1 + self.special
    }

    /// Whether the prime at a position is one of Q.
    pub(crate) fn in_q(self, position: usize) -> bool {
        position <= self.level
    }

    /// The prime at a position by its number among all primes, those of Q first.
    pub(crate) fn index(self, position: usize) -> usize {
        if self.in_q(position) { position } else { position - self.level + self.max_level }
    }

    /// The numbers of all its primes.
    pub(crate) fn indices(self) -> impl ExactSizeIterator<Item = usize> {
        (0..self.limbs()).map(move |position| self.index(position))
    }
}

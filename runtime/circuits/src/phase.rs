//! The parts of a refresh, and who is told of them.

/// The parts of a refresh, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Slots become coefficients, at the bottom.
    SlotsToCoeffs,
    /// To the sparse secret, and up, with the first factor of CoeffsToSlots.
    Raise,
    /// Coefficients become slots.
    CoeffsToSlots,
    /// What lies outside of the period is added away, and real and imaginary parts are taken apart.
    Trace,
    /// The multiples of q_0 are taken away.
    EvalMod,
}

impl Phase {
    /// All of them, in order.
    pub const ALL: [Self; 5] =
        [Self::SlotsToCoeffs, Self::Raise, Self::CoeffsToSlots, Self::Trace, Self::EvalMod];
}

/// What is told between the phases, and may stop what is left.
pub trait Watch {
    /// A phase begins; `false` ends the refresh before it.
    fn begins(&mut self, phase: Phase) -> bool;
}

/// Nobody watches.
impl Watch for () {
    fn begins(&mut self, _phase: Phase) -> bool {
        true
    }
}

impl<F: FnMut(Phase) -> bool> Watch for F {
    fn begins(&mut self, phase: Phase) -> bool {
        self(phase)
    }
}

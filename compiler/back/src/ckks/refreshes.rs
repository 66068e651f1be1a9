//! The refreshes of a schedule, as scales and levels see them.

use hep_plan::{Factor, Packing};
use std::collections::BTreeSet;

/// What is refreshed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Refreshes {
    /// log2 of the period that all vectors that are refreshed have.
    pub log_slots: u32,
    /// How vectors lie in a ciphertext, by the number of the shape.
    pub packings: Vec<Packing>,
    /// Levels below the deepest node: those of SlotsToCoeffs.
    pub below: u32,
    /// Bits by which results are above the nominal scale.
    pub above: f64,
    /// What values are divided by before, and multiplied by afterwards. Such a number moves the scale of a value as far from the nominal
    /// one as the value is from 1, which is where it should be.
    pub bounds: BTreeSet<Factor>,
}

//! The shape of a refresh (bootstrapping): what tables, keys and prices of it are made from.
//!
//! A refresh brings a ciphertext from the bottom of the chain back to a level where work goes on. The primes of a chain with refreshes
//! are, from the bottom up: q_0, one for each factor of SlotsToCoeffs, those of the program, those of EvalMod, and one for each factor
//! of CoeffsToSlots but the first, which is applied while the modulus is raised and takes none.

mod factor;
mod validate;

pub use factor::{Composed, Factor};
pub use validate::RefreshError;

use serde::{Deserialize, Serialize};

/// Weight of the sparse secret that a ciphertext is under while its modulus is raised.
pub const SPARSE_WEIGHT: usize = 32;

/// The largest multiple of q_0 in a coefficient, by magnitude, that EvalMod takes away.
///
/// A coefficient has a larger one with a probability of 2^−97.9 (the tail of the sum of 32 uniforms at 14½, Irwin–Hall): of 2^16
/// coefficients one has with 2^−81.9.
pub const MAX_OVERFLOW: u32 = 14;

/// Bits of a word of EvalMod: of its primes, and of its scale.
pub const SINE_BITS: u32 = 51;

/// Bits of the primes of SlotsToCoeffs, and of the scale of its diagonals.
pub const S2C_BITS: u32 = 34;

/// Bits of the primes of CoeffsToSlots.
pub const C2S_BITS: u32 = 50;

/// Half of the width of the interval that EvalMod's input u = (x − ¼)/width is taken from: what x reaches beyond ¼, and a little more.
pub const SINE_WIDTH: f64 = MAX_OVERFLOW as f64 + 0.25 + 0.015625;

/// Bits of scale that EvalMod's input has beyond [`SINE_BITS`] where its first square is wide; the square has twice as many.
pub const FINER_BITS: f64 = 3.5;

/// How real vectors lie in a ciphertext that is refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Packing {
    /// One vector; imaginary parts are dropped.
    Real,
    /// Two, as real and imaginary parts of all slots: two evaluations of the sine, two results.
    Pair,
    /// Two, as real and imaginary parts of at most a quarter of all slots: one evaluation, whose result has one vector behind the other
    /// in twice the period.
    SideBySide,
}

impl std::fmt::Display for Packing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Real => "real",
            Self::Pair => "pair",
            Self::SideBySide => "side-by-side",
        })
    }
}

/// One kind of refresh.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefreshShape {
    /// log2 of the period n of the slots; they repeat N/2n times.
    pub log_slots: u32,
    /// Layers of butterflies in each factor of SlotsToCoeffs, in the order in which they are applied.
    pub s2c: Vec<u8>,
    /// The same of CoeffsToSlots; the first factor is applied while the modulus is raised.
    pub c2s: Vec<u8>,
    /// log2 of the number of baby steps of each factor with rotations: those of `s2c`, then those of `c2s` but the first.
    pub babies: Vec<u8>,
    /// What is refreshed.
    pub packing: Packing,
    /// The largest magnitude of a slot that is refreshed with the precision announced.
    pub bound: f64,
    /// log2 of q_0 over the scale at level 0 times the bound. More of it makes the sine straighter and errors larger.
    pub ratio_log2: u8,
    /// What the result is larger than the sine's slope says: the best line through a sine is steeper than its tangent is long.
    pub delta: f64,
    /// For each factor of `c2s` but the first, of how many keys all its steps are [composed](Composed), at least 2; empty where every
    /// step has a key. Keys at the bottom are small.
    pub few_keys: Vec<u8>,
    /// Whether the first square of EvalMod is kept at 2^7 times the scale, for 14 bits of modulus and 1.6 bits less noise.
    pub wide_square: bool,
}

/// The usual [`RefreshShape::ratio_log2`].
const RATIO_LOG2: u8 = 11;

/// What the best line through a sine up to the bound is steeper by: a quarter of the cubic term is left.
fn least_bend(ratio_log2: u8) -> f64 {
    let end = std::f64::consts::TAU * (-f64::from(ratio_log2)).exp2();
    0.75 * end * end / 6.0
}

/// So many layers in parts, the larger ones first.
fn even(layers: u32, parts: u32) -> Vec<u8> {
    (0..parts).map(|k| ((layers + parts - 1 - k) / parts) as u8).collect()
}

impl RefreshShape {
    /// A shape of some factors, for values of magnitude up to 1, with the usual baby steps and the ratio at which noise and the bend of
    /// the sine are about the same.
    #[must_use]
    pub fn new(log_slots: u32, s2c: &[u8], c2s: &[u8], packing: Packing) -> Self {
        let low = s2c.iter().map(|layers| (layers / 2 + 2).min(4));
        let top = c2s.iter().skip(1).map(|&layers| if layers < 5 { layers.max(3) - 1 } else { 4 });
        Self {
            log_slots,
            s2c: s2c.to_vec(),
            c2s: c2s.to_vec(),
            babies: low.chain(top).collect(),
            packing,
            bound: 1.0,
            ratio_log2: RATIO_LOG2,
            delta: least_bend(RATIO_LOG2),
            few_keys: Vec::new(),
            wide_square: true,
        }
    }

    /// The shape for a period of 2^`log_slots` slots, at least 4 (which shorter periods have, too).
    #[must_use]
    pub fn standard(log_slots: u32, packing: Packing) -> Self {
        let log_slots = log_slots.max(2);
        // More factors have fewer diagonals and take more levels; where all slots are used, keys are what costs.
        let up = if log_slots < 6 {
            2
        } else if (10..15).contains(&log_slots) {
            4
        } else {
            3
        };
        Self::new(log_slots, &even(log_slots, log_slots.div_ceil(7)), &even(log_slots, up), packing)
    }

    /// The same with other factors of CoeffsToSlots, whose steps are composed of so many keys each, but for the first.
    #[must_use]
    pub fn with_few_keys(mut self, c2s: &[u8], keys: &[u8]) -> Self {
        let own = Self::new(self.log_slots, &self.s2c, c2s, self.packing);
        (self.c2s, self.babies, self.few_keys) = (own.c2s, own.babies, keys.to_vec());
        self
    }

    /// The same with another bound.
    #[must_use]
    pub fn with_bound(self, bound: f64) -> Self {
        Self { bound, ..self }
    }

    /// The same with another ratio, and the slope that is best for it.
    #[must_use]
    pub fn with_ratio(self, ratio_log2: u8) -> Self {
        Self { ratio_log2, delta: least_bend(ratio_log2), ..self }
    }

    /// The level that a ciphertext is refreshed at: one for each factor of SlotsToCoeffs.
    #[must_use]
    pub fn bottom(&self) -> usize {
        self.s2c.len()
    }

    /// The period n of the slots.
    #[must_use]
    pub fn slots(&self) -> usize {
        1 << self.log_slots
    }

    /// The primes that EvalMod divides by.
    #[must_use]
    pub fn sine_limbs(&self) -> usize {
        if self.wide_square { 9 } else { 8 }
    }

    /// Bits of scale that EvalMod's input has beyond [`SINE_BITS`].
    #[must_use]
    pub fn finer_bits(&self) -> f64 {
        if self.wide_square { FINER_BITS } else { 0.0 }
    }

    /// Bits of EvalMod's primes, from the bottom up.
    #[must_use]
    pub fn sine_bits(&self) -> Vec<u32> {
        // The square is at 2^58: the next product is of 2^116 and goes back to 2^51 by 65 bits.
        let spread: &[u32] = if self.wide_square { &[33, 32] } else { &[SINE_BITS] };
        [&[SINE_BITS; 6][..], spread, &[SINE_BITS]].concat()
    }

    /// The level of a chain at which EvalMod begins.
    #[must_use]
    pub fn sine_level(&self, max_level: usize) -> usize {
        (max_level + 1).saturating_sub(self.c2s.len())
    }

    /// The level of a chain at which results come out.
    #[must_use]
    pub fn result_level(&self, max_level: usize) -> usize {
        self.sine_level(max_level).saturating_sub(self.sine_limbs())
    }

    /// Primes of Q that it takes, those of a program not counted.
    #[must_use]
    pub fn limbs(&self) -> usize {
        self.s2c.len() + self.c2s.len() + self.sine_limbs()
    }

    /// Adds everything that keys and results depend on to a digest.
    pub(crate) fn hash_into(&self, hasher: &mut blake3::Hasher) {
        let numbers = [&self.s2c, &self.c2s, &self.babies, &self.few_keys];
        hasher.update(&self.log_slots.to_le_bytes());
        for list in numbers {
            hasher.update(&(list.len() as u64).to_le_bytes()).update(list);
        }
        hasher.update(&[self.packing as u8, self.ratio_log2, u8::from(self.wide_square)]);
        hasher.update(&self.bound.to_le_bytes()).update(&self.delta.to_le_bytes());
    }
}

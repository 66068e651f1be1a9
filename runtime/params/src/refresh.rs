//! The shape of a refresh (bootstrapping): what tables, keys and prices of it are made from.
//!
//! A refresh brings a ciphertext from the bottom of the chain back to a level where work goes on. The primes of a chain with refreshes
//! are, from the bottom up: q_0, one for each factor of SlotsToCoeffs, those of the program, those of EvalMod, and one for each factor
//! of CoeffsToSlots but the first, which is applied while the modulus is raised and takes none.

use thiserror::Error;

use crate::params::{Params, Security, log2_product};
use crate::security::max_log_q_sparse;

/// Weight of the sparse secret that a ciphertext is under while its modulus is raised.
pub const SPARSE_WEIGHT: usize = 32;

/// The largest multiple of q_0 in a coefficient, by magnitude, that EvalMod takes away.
///
/// A coefficient has a larger one with a probability of 2^−97.9 (the tail of the sum of 32 uniforms at 14½, Irwin–Hall): of 2^16
/// coefficients one has with 2^−81.9.
pub const MAX_OVERFLOW: u32 = 14;

/// Bits of a word of EvalMod: of its primes, and of its scale.
pub const SINE_BITS: u32 = 51;

/// Bits of scale that EvalMod's input has beyond [`SINE_BITS`] where its first square is wide; the square has twice as many.
pub const FINER_BITS: f64 = 3.5;

/// How real vectors lie in a ciphertext that is refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Packing {
    /// One vector; imaginary parts are dropped.
    Real,
    /// Two, as real and imaginary parts of all slots: two evaluations of the sine, two results.
    Pair,
    /// Two, as real and imaginary parts of at most a quarter of all slots: one evaluation, whose result has one vector behind the other
    /// in twice the period.
    SideBySide,
}

/// One kind of refresh.
#[derive(Clone, Debug, PartialEq)]
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
    /// Whether, at the top, baby steps are composed of a few and giant steps taken one after another: a quarter of the keys there, for
    /// more decompositions. Keys at the bottom are small.
    pub few_keys: bool,
    /// Whether the first square of EvalMod is kept at 2^7 times the scale, for 14 bits of modulus and 1.6 bits less noise.
    pub wide_square: bool,
}

/// Why a shape is refused.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum RefreshError {
    /// The factors do not have the layers of a transform of that length.
    #[error(
        "{name} has {found} layers in factors {factors:?}, a transform of 2^{log_slots} slots has {log_slots}"
    )]
    Layers {
        /// `s2c` or `c2s`.
        name: &'static str,
        /// The factors.
        factors: Vec<u8>,
        /// Their sum.
        found: u32,
        /// What it must be.
        log_slots: u32,
    },
    /// Too many or too few slots for what is packed.
    #[error("{packing:?} slots of period 2^{log_slots} do not fit a ring of degree 2^{log_n}")]
    Slots {
        /// The packing.
        packing: Packing,
        /// log2 of the period.
        log_slots: u32,
        /// log2 of the ring degree.
        log_n: u32,
    },
    /// Not one number of baby steps for each factor with rotations, or more of them than diagonals.
    #[error(
        "baby steps 2^{found:?} for factors of {layers:?} layers: one number each, of at most the layers plus one"
    )]
    Babies {
        /// What is given.
        found: Vec<u8>,
        /// Layers of the factors with rotations.
        layers: Vec<u8>,
    },
    /// A number that is not positive and finite, or far from what EvalMod is made for.
    #[error("{name} = {value:?} is not between {least:?} and {most:?}")]
    Number {
        /// Its field.
        name: &'static str,
        /// What is given.
        value: f64,
        /// The least.
        least: f64,
        /// The most.
        most: f64,
    },
    /// The chain is too short for the parts of a refresh.
    #[error("{found} primes, but a refresh of this shape takes {wanted} and leaves nothing below that")]
    Chain {
        /// Primes of Q.
        found: usize,
        /// The least.
        wanted: usize,
    },
    /// A prime of the chain has another size than its place asks for.
    #[error(
        "prime number {index} has {found:.1} bits, its place in the chain of a refresh asks for {wanted}"
    )]
    Prime {
        /// Its number, q_0 being 0.
        index: usize,
        /// Its size.
        found: f64,
        /// The size asked for.
        wanted: f64,
    },
    /// The sparse secret is not safe at this modulus.
    #[error(
        "a secret of weight {SPARSE_WEIGHT} under a modulus of {found:.0} bits: {} at degree 2^{log_n}",
        bound.map_or("no bound is known".to_owned(), |bound| format!("128 bits of security allow {bound:.0}"))
    )]
    Sparse {
        /// log2 of q_0·p_0.
        found: f64,
        /// log2 of the ring degree.
        log_n: u32,
        /// What is allowed.
        bound: Option<f64>,
    },
    /// The security claimed has no published bound for sparse secrets.
    #[error(
        "{0} bits of security are not claimed together with a refresh: bounds for sparse secrets are known for 128 bits only"
    )]
    Security(u32),
}

/// Two doublings of a trace are done together, as a sum of four rotations: they share a decomposition.
const TRACE_RADIX: usize = 4;

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
            few_keys: false,
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

    /// The same with few keys, and as many giant steps as baby steps at the top.
    #[must_use]
    pub fn with_few_keys(mut self) -> Self {
        self.few_keys = true;
        self.babies.truncate(self.s2c.len());
        self.babies.extend(self.c2s.iter().skip(1).map(|layers| layers.div_ceil(2)));
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
        self.factors(&self.s2c, &self.babies[..self.s2c.len()], 0)
    }

    /// The factors of CoeffsToSlots, in order; the first has no baby steps of its own.
    #[must_use]
    pub fn c2s_factors(&self) -> Vec<Factor> {
        let babies = [&[self.c2s.first().copied().unwrap_or(0)], &self.babies[self.s2c.len()..]].concat();
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

    /// Adds everything that keys and results depend on to a digest.
    pub(crate) fn hash_into(&self, hasher: &mut blake3::Hasher) {
        let numbers = [&self.s2c, &self.c2s, &self.babies];
        hasher.update(&self.log_slots.to_le_bytes());
        for list in numbers {
            hasher.update(&(list.len() as u64).to_le_bytes()).update(list);
        }
        hasher.update(&[
            self.packing as u8,
            self.ratio_log2,
            u8::from(self.wide_square),
            u8::from(self.few_keys),
        ]);
        hasher.update(&self.bound.to_le_bytes()).update(&self.delta.to_le_bytes());
    }

    /// How many of the special primes the keys at the bottom are modulo: as many as the largest digit there asks for.
    #[must_use]
    pub fn low_special(&self, params: &Params) -> usize {
        let width = params.digit_limbs.max(1) as usize;
        let low = &params.q[..params.q.len().min(self.bottom() + 1)];
        let digit = low.chunks(width).map(log2_product).fold(0.0, f64::max);
        (1..=params.p.len())
            .find(|&count| log2_product(&params.p[..count]) + 1.0 >= digit)
            .unwrap_or(params.p.len())
    }

    /// Refuses shapes that no tables can be made for under these parameters.
    ///
    /// # Errors
    /// The first property that does not hold.
    pub fn validate(&self, params: &Params) -> Result<(), RefreshError> {
        let (log_n, log_slots) = (params.log_n, self.log_slots);
        let most = match self.packing {
            Packing::Real | Packing::Pair => log_n - 1,
            Packing::SideBySide => log_n.saturating_sub(2),
        };
        if log_slots == 0 || log_slots > most {
            return Err(RefreshError::Slots { packing: self.packing, log_slots, log_n });
        }
        for (name, factors) in [("s2c", &self.s2c), ("c2s", &self.c2s)] {
            let found = factors.iter().map(|layers| u32::from(*layers)).sum();
            if found != log_slots || factors.contains(&0) {
                return Err(RefreshError::Layers { name, factors: factors.clone(), found, log_slots });
            }
        }
        let layers: Vec<u8> = self.s2c.iter().chain(self.c2s.iter().skip(1)).copied().collect();
        let fits =
            self.babies.len() == layers.len() && self.babies.iter().zip(&layers).all(|(b, l)| *b <= l + 1);
        if !fits || self.c2s.len() < 2 {
            return Err(RefreshError::Babies { found: self.babies.clone(), layers });
        }
        let numbers = [
            ("bound", self.bound, f64::MIN_POSITIVE, f64::MAX),
            ("ratio_log2", f64::from(self.ratio_log2), 6.0, 20.0),
            ("delta", self.delta, -1e-2, 1e-2),
        ];
        for (name, value, least, most) in numbers {
            if !(least..=most).contains(&value) {
                return Err(RefreshError::Number { name, value, least, most });
            }
        }
        let (found, wanted) = (params.q.len(), self.limbs());
        if found < wanted {
            return Err(RefreshError::Chain { found, wanted });
        }
        self.validate_primes(params)?;
        self.validate_security(params)
    }

    /// The sizes on which scales and the exactness of the raise rest.
    fn validate_primes(&self, params: &Params) -> Result<(), RefreshError> {
        let sine = self.sine_level(params.q.len() - 1);
        let places = self.sine_bits().into_iter().zip(sine + 1 - self.sine_limbs()..);
        let places = places.chain([(SINE_BITS, 0)]).chain([(SINE_BITS, params.q.len())]);
        for (wanted, index) in places {
            let prime = params.q.get(index).or(params.p.first()).copied().unwrap_or(2);
            let (found, wanted) = ((prime as f64).log2(), f64::from(wanted));
            if (found - wanted).abs() > 0.5 {
                return Err(RefreshError::Prime { index, found, wanted });
            }
        }
        Ok(())
    }

    /// Nothing under the sparse secret exists above q_0·p_0.
    fn validate_security(&self, params: &Params) -> Result<(), RefreshError> {
        match params.security {
            Security::Insecure => Ok(()),
            Security::Standard128 => {
                let found = log2_product(&params.q[..1]) + log2_product(&params.p[..params.p.len().min(1)]);
                let bound = max_log_q_sparse(params.log_n);
                let fits = bound.is_some_and(|bound| found <= bound);
                if fits { Ok(()) } else { Err(RefreshError::Sparse { found, log_n: params.log_n, bound }) }
            }
            other => Err(RefreshError::Security(other.bits().unwrap_or(0))),
        }
    }
}

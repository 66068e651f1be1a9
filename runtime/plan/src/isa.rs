//! The server's instructions, each stated once.
//!
//! [`Op`] is an operation with what is fixed when it is compiled; the ciphertexts that it reads stand beside it, in the order of
//! the formulas below. `P` is what stands for a public vector: a register of an encoded one in a plan, a vector that is not encoded yet
//! in the schedule before it. What holds of an operation, its [`Row`], is all that validators, printers, readers, key sets,
//! costs, the noise model, the memory model and counts know of it; [`meaning`] is what it computes on `f64`. Only whoever has kernels
//! names operations one by one.

#![warn(clippy::wildcard_enum_match_arm)]

pub mod meaning;
pub mod read;
pub mod rules;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod work;

pub use table::{Adds, Ciphers, Cost, Levels, Parts, Passes, Plains, Row, Scales, Scratch, Switch};
pub use text::{number, text};
pub use work::Terms;

use crate::tables::{PerRun, Tables};
use crate::units::{Factor, Step};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// An operation. `a`, `b` are ciphertexts, `p` public vectors.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Op<P> {
    /// Ciphertext `block` of upload number `input`.
    Input {
        /// Number of the upload.
        input: u32,
        /// Number of the ciphertext.
        block: PerRun<u32>,
    },
    /// What a loop hands to the run that begins: what was there before the first one, or what the last one made.
    Carried {
        /// Number of the loop variable.
        index: u32,
    },
    /// What the last run of a loop made, after it.
    Final {
        /// Number of the loop variable.
        index: u32,
    },
    /// One of several ciphertexts.
    Select(PerRun<u32>),
    /// Encodes constant number `constant` at the result's level and scale.
    Encode {
        /// Number of the constant.
        constant: u32,
    },
    /// a + b
    Add,
    /// a − b
    Sub,
    /// −a
    Negate,
    /// a + p
    AddPlain(P),
    /// a − p
    SubPlain(P),
    /// Σ aᵢ∘pᵢ; scale multiplied, not rescaled. Ciphertexts may be of a higher level than the result: their further primes are
    /// ignored.
    SumMulPlain(Vec<P>),
    /// a₀∘b₀ + a₁∘b₁ + …; three parts, not rescaled. Operands may be of a higher level than the result: their further primes are
    /// ignored.
    SumMul,
    /// Three parts to two.
    Relinearize,
    /// Divides by the highest prime; one level down.
    Rescale,
    /// Three parts to two, divided by the highest prime; one level down: one division instead of two.
    RelinearizeRescale,
    /// Forgets primes down to the result's level; the scale stays.
    DropLevel,
    /// Rotations of one ciphertext to the left, one result per step, with one decomposition. No step is zero.
    Rotate(Vec<Step>),
    /// The conjugates of all slots.
    Conjugate,
    /// a times a number: the same ciphertext, its scale divided by the number.
    SetScale(PerRun<Factor>),
    /// Brings one real vector, or two as real and imaginary parts, back to the level where work goes on (bootstrapping).
    Refresh {
        /// Number of the [shape](crate::RefreshShape) among those of the parameters.
        shape: u32,
        /// What comes of it, in this order.
        results: Vec<Half>,
    },
    /// Σ rot(aᵢ, stepᵢ), divided by the special modulus once; a step of 0 is the ciphertext itself. Rotations of one ciphertext that
    /// follow each other share its decomposition.
    SumRotations(Vec<Step>),
    /// Several Σ rot(aᵢ, stepᵢ)∘pᵢ, one result per sum and each one level down (double hoisting): every ciphertext decomposed once, every
    /// rotation of it computed once, and one division by the special modulus and the highest prime for each sum. Vectors are
    /// encoded modulo the special primes too, one level above the results; further primes of ciphertexts are ignored.
    HoistedProducts(Vec<Vec<(Step, P)>>),
}

/// What comes of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Half {
    /// The first vector.
    Re,
    /// The second vector.
    Im,
    /// Both, which repeat after 2^`log_slots` slots each: so many of the first, then so many of the second, in turns.
    Both {
        /// log2 of the period.
        log_slots: u8,
    },
}

/// A key of the server. What is switched is what the key is for, so that a set of keys is a list of them with levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Key {
    /// From s² to s.
    Relinearization,
    /// Of rotations by this step, which is not zero.
    Rotation(Step),
    /// Of the conjugation of slots.
    Conjugation,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relinearization => write!(f, "relinearization"),
            Self::Rotation(step) => write!(f, "rotation/{step}"),
            Self::Conjugation => write!(f, "conjugation"),
        }
    }
}

impl FromStr for Key {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once('/') {
            None if text == "relinearization" => Ok(Self::Relinearization),
            None if text == "conjugation" => Ok(Self::Conjugation),
            Some(("rotation", step)) => step.parse().map(|step| Self::Rotation(Step(step))).map_err(|_| ()),
            _ => Err(()),
        }
    }
}

impl<P> Op<P> {
    /// The operation with other public vectors, asked for in the order of [`Op::plains`].
    ///
    /// # Errors
    /// The first that `plain` returns.
    pub fn try_map<Q, E>(&self, mut plain: impl FnMut(&P) -> Result<Q, E>) -> Result<Op<Q>, E> {
        Ok(match self {
            Op::Input { input, block } => Op::Input { input: *input, block: *block },
            Op::Carried { index } => Op::Carried { index: *index },
            Op::Final { index } => Op::Final { index: *index },
            Op::Select(of_run) => Op::Select(*of_run),
            Op::Encode { constant } => Op::Encode { constant: *constant },
            Op::Add => Op::Add,
            Op::Sub => Op::Sub,
            Op::Negate => Op::Negate,
            Op::AddPlain(p) => Op::AddPlain(plain(p)?),
            Op::SubPlain(p) => Op::SubPlain(plain(p)?),
            Op::SumMulPlain(plains) => Op::SumMulPlain(plains.iter().map(plain).collect::<Result<_, E>>()?),
            Op::SumMul => Op::SumMul,
            Op::Relinearize => Op::Relinearize,
            Op::Rescale => Op::Rescale,
            Op::RelinearizeRescale => Op::RelinearizeRescale,
            Op::DropLevel => Op::DropLevel,
            Op::Rotate(steps) => Op::Rotate(steps.clone()),
            Op::Conjugate => Op::Conjugate,
            Op::SetScale(factor) => Op::SetScale(*factor),
            Op::Refresh { shape, results } => Op::Refresh { shape: *shape, results: results.clone() },
            Op::SumRotations(steps) => Op::SumRotations(steps.clone()),
            Op::HoistedProducts(sums) => {
                let mut term = |(step, p): &(Step, P)| Ok((*step, plain(p)?));
                let sums = sums.iter().map(|terms| terms.iter().map(&mut term).collect());
                Op::HoistedProducts(sums.collect::<Result<_, E>>()?)
            }
        })
    }

    /// The operation with other public vectors.
    pub fn map<Q>(&self, mut plain: impl FnMut(&P) -> Q) -> Op<Q> {
        let mapped = self.try_map(|p| Ok::<Q, std::convert::Infallible>(plain(p)));
        match mapped {
            Ok(op) => op,
            Err(never) => match never {},
        }
    }

    /// The public vectors that it reads, in the order of the terms that they belong to.
    #[must_use]
    pub fn plains(&self) -> Vec<P>
    where
        P: Copy,
    {
        let mut plains = Vec::new();
        let _ = self.map(|p| plains.push(*p));
        plains
    }

    /// The operation in a run, with nothing that is looked up; of tables that do not have it nothing comes.
    #[must_use]
    pub fn at_run(&self, tables: &Tables, run: u32) -> Option<Self>
    where
        P: Clone,
    {
        let mut op = self.clone();
        if let Op::Input { block: of_run, .. } | Op::Select(of_run) = &mut op
            && let PerRun::Table(table) = *of_run
        {
            *of_run = PerRun::Always(tables.position(table, run)?);
        }
        if let Op::SetScale(factor) = &mut op
            && let PerRun::Table(table) = *factor
        {
            let number =
                Some(tables.number(table, run)).filter(|number| number.is_finite() && *number != 0.0)?;
            *factor = PerRun::Always(Factor::of(number));
        }
        Some(op)
    }

    /// All that read one ciphertext and have nothing else, for the reader of texts.
    fn unary() -> [Self; 6] {
        [Op::Negate, Op::Relinearize, Op::Rescale, Op::RelinearizeRescale, Op::DropLevel, Op::Conjugate]
    }

    /// Its name in text and traces.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.row().name
    }

    /// The step of a rotation that has one result.
    #[must_use]
    pub fn rotation(&self) -> Option<Step> {
        let Op::Rotate(steps) = self else { return None };
        <[Step; 1]>::try_from(&steps[..]).ok().map(|[step]| step)
    }

    /// Whether it divides by the highest prime.
    #[must_use]
    pub fn rescales(&self) -> bool {
        matches!(self.row().scale, Scales::Divided | Scales::DividedProduct)
    }

    /// Whether it works on ciphertexts of three parts as on those of two.
    #[must_use]
    pub fn is_linear(&self) -> bool {
        matches!(self.row().parts, Parts::Kept | Parts::Larger) && !self.rescales()
    }

    /// Where ciphertexts are turned, and by which steps, zero for those that stay: positions among its ciphertexts.
    #[must_use]
    pub fn turns(&self) -> Vec<(usize, Step)> {
        match self {
            Op::Rotate(steps) => steps.iter().map(|step| (0, *step)).collect(),
            Op::SumRotations(steps) => steps.iter().copied().enumerate().collect(),
            Op::HoistedProducts(sums) => sums.iter().flatten().map(|(step, _)| *step).enumerate().collect(),
            Op::Input { .. }
            | Op::Carried { .. }
            | Op::Final { .. }
            | Op::Select(_)
            | Op::Refresh { .. }
            | Op::Encode { .. }
            | Op::Add
            | Op::Sub
            | Op::Negate
            | Op::AddPlain(_)
            | Op::SubPlain(_)
            | Op::SumMulPlain(_)
            | Op::SumMul
            | Op::Relinearize
            | Op::Rescale
            | Op::RelinearizeRescale
            | Op::DropLevel
            | Op::Conjugate
            | Op::SetScale(_) => Vec::new(),
        }
    }

    /// Rotations by a step that moves something, as their sources and numbers: those of one entry share a decomposition.
    #[must_use]
    pub fn rotations<V: Copy + Ord>(&self, ciphers: &[V]) -> Vec<(V, u32)> {
        let turns = self.turns().into_iter();
        let turns: Vec<(V, Step)> = turns.filter_map(|(at, step)| Some((*ciphers.get(at)?, step))).collect();
        let moving = |run: &[(V, Step)]| run.iter().filter(|(_, step)| !step.is_zero()).count() as u32;
        if self.row().cost == Cost::HoistedProducts {
            // Each rotation of a ciphertext is computed once for all sums.
            let mut by_source: BTreeMap<V, BTreeSet<Step>> = BTreeMap::new();
            for (a, step) in turns.into_iter().filter(|(_, step)| !step.is_zero()) {
                by_source.entry(a).or_default().insert(step);
            }
            return by_source.into_iter().map(|(a, steps)| (a, steps.len() as u32)).collect();
        }
        let runs = turns.chunk_by(|a, b| a.0 == b.0).map(|run| (run[0].0, moving(run)));
        runs.filter(|(_, count)| *count > 0).collect()
    }

    /// The keys that it needs, each once, at the level that it computes at ([`Levels::computed_at`]).
    #[must_use]
    pub fn keys(&self) -> BTreeSet<Key> {
        match self.row().switch {
            Switch::None => BTreeSet::new(),
            Switch::Square => BTreeSet::from([Key::Relinearization]),
            Switch::Conjugate => BTreeSet::from([Key::Conjugation]),
            Switch::Turns => {
                let moving = self.turns().into_iter().filter(|(_, step)| !step.is_zero());
                moving.map(|(_, step)| Key::Rotation(step)).collect()
            }
        }
    }
}

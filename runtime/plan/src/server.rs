//! The server's program: instructions over ciphertext and plaintext values, of which one range may run many times.
//!
//! Every instruction defines new values; operands are defined earlier. Those of the [loop](Repeats) are defined anew in every run. Levels and scales are fixed by the compiler
//! and stand beside each value, so that the runtime only checks them.
#![warn(clippy::wildcard_enum_match_arm)]

use crate::constant::Constant;
use crate::isa::{Key, Op};
use crate::parts::{Part, Parts};
use crate::tables::{TableId, Tables};
use crate::units::{Level, Scale};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// Index of a value.
pub type Reg = u32;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A ciphertext of two polynomials, or three before relinearization.
    Cipher {
        /// Number of polynomials.
        parts: u8,
    },
    /// An encoded public vector.
    Plain,
    /// An encoded public vector modulo the ciphertext modulus and the special one.
    ExtendedPlain,
}

impl Kind {
    /// Polynomials, and whether they have limbs modulo the special primes.
    #[must_use]
    pub fn polynomials(self) -> (usize, bool) {
        match self {
            Kind::Cipher { parts } => (usize::from(parts), false),
            Kind::Plain => (1, false),
            Kind::ExtendedPlain => (1, true),
        }
    }

    /// Whether it is a ciphertext.
    #[must_use]
    pub fn is_cipher(self) -> bool {
        matches!(self, Kind::Cipher { .. })
    }
}

/// Level, scale and kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValueInfo {
    /// Ciphertext or plaintext.
    pub kind: Kind,
    /// Level.
    pub level: Level,
    /// Scale.
    pub scale: Scale,
}

/// An instruction: an operation of the [table](crate::isa) on values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instr {
    /// The operation, with registers of the encoded vectors that it reads.
    pub op: Op<Reg>,
    /// The ciphertexts that it reads.
    pub ciphers: Vec<Reg>,
    /// The values it defines, numbered in order of definition.
    pub outputs: Vec<Reg>,
}

/// The server's whole program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// Public vectors.
    pub constants: Vec<Constant>,
    /// What differs between the runs of the loop.
    pub tables: Tables,
    /// Instructions, operands first.
    pub instrs: Vec<Instr>,
    /// Which of them are done before the loop, in each iteration, and after it.
    pub parts: Parts,
    /// The last iterations of [`Self::parts`], if they run more than once.
    pub repeats: Option<Repeats>,
    /// One entry per value, with the scale of the first run.
    pub values: Vec<ValueInfo>,
    /// Scales that differ between runs: those of values of the loop by the run, those of values after it, and of what it begins
    /// with, by the number of runs before.
    pub scales: BTreeMap<Reg, TableId>,
}

/// A loop: the iterations from one on are a body that runs several times.
///
/// Its first instructions take what is [carried](Op::Carried) over. Values from before the loop that the body reads live to its end;
/// of its own only what is carried goes on, and stands after it as [`Op::Final`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeats {
    /// The iteration that the body begins with in its first run.
    pub first: u32,
    /// How many times it runs.
    pub runs: u32,
    /// Whether runs end within an iteration, which what follows the loop finishes.
    pub within: bool,
    /// The loop variables.
    pub carried: Vec<CarriedReg>,
}

/// A loop variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedReg {
    /// What the first run begins with, made before the loop.
    pub init: Reg,
    /// What a run hands on.
    pub next: Reg,
}

impl Instr {
    /// All values read: ciphertexts, then vectors.
    #[must_use]
    pub fn operands(&self) -> Vec<Reg> {
        let mut operands = self.ciphers.clone();
        operands.extend(self.op.plains());
        operands
    }

    /// Rotations by a step, as their sources and numbers: those of one entry share a decomposition.
    #[must_use]
    pub fn rotations(&self) -> Vec<(Reg, u32)> {
        self.op.rotations(&self.ciphers)
    }

    /// The instruction on other values, with the same results.
    #[must_use]
    pub fn map(&self, mut value: impl FnMut(Reg) -> Reg) -> Self {
        let ciphers = self.ciphers.iter().map(|reg| value(*reg)).collect();
        Self { op: self.op.map(|reg| value(*reg)), ciphers, ..self.clone() }
    }
}

impl Server {
    /// All parts in order, with the instructions of each.
    pub fn by_parts(&self) -> impl Iterator<Item = (Part, &[Instr])> {
        self.parts
            .ranges(self.instrs.len())
            .map(|(part, range)| (part, self.instrs.get(range).unwrap_or_default()))
    }

    /// A value in a run, counted from 0; of a value after the loop, after so many runs.
    #[must_use]
    pub fn info(&self, reg: Reg, run: u32) -> Option<ValueInfo> {
        let info = *self.values.get(reg as usize)?;
        let scale = self.scales.get(&reg).map_or(info.scale, |table| Scale(self.tables.number(*table, run)));
        Some(ValueInfo { scale, ..info })
    }

    /// The instructions of the loop's body; none where nothing repeats.
    #[must_use]
    pub fn body(&self) -> Range<usize> {
        let Some(repeats) = &self.repeats else { return 0..0 };
        let starts = |(part, _): &(Part, Range<usize>)| *part >= Part::Iteration(repeats.first);
        let mut ranges = self.parts.ranges(self.instrs.len()).filter(starts);
        let start = ranges.next().map_or(self.instrs.len(), |(_, range)| range.start);
        let end = ranges
            .find(|(part, _)| *part == Part::Epilogue)
            .map_or(self.instrs.len(), |(_, range)| range.start);
        start..end
    }

    /// Whether a part runs several times.
    #[must_use]
    pub fn repeats_part(&self, part: Part) -> bool {
        let first = self.repeats.as_ref().map(|repeats| repeats.first);
        first.is_some_and(|first| matches!(part, Part::Iteration(iteration) if iteration >= first))
    }

    /// Iterations of a run.
    #[must_use]
    pub fn run_length(&self) -> u32 {
        self.repeats.as_ref().map_or(0, |repeats| (self.parts.iterations() + 1).saturating_sub(repeats.first))
    }

    /// Iterations in all.
    #[must_use]
    pub fn iterations(&self) -> u32 {
        self.iterations_after(self.repeats.as_ref().map_or(0, |repeats| repeats.runs))
    }

    /// Iterations where training ends after so many runs of the loop.
    #[must_use]
    pub fn iterations_after(&self, runs: u32) -> u32 {
        let Some(repeats) = &self.repeats else { return self.parts.iterations() };
        let begun = repeats.first.saturating_sub(1).saturating_add(u32::from(repeats.within));
        begun.saturating_add(runs.saturating_mul(self.run_length()))
    }

    /// The level that an instruction computes at: that of its vectors and keys.
    #[must_use]
    pub fn computed_at(&self, instr: &Instr) -> Level {
        let level = |reg: Option<&Reg>| {
            reg.and_then(|reg| self.values.get(*reg as usize)).map_or(Level(0), |value| value.level)
        };
        instr.op.row().levels.computed_at(level(instr.ciphers.first()), level(instr.outputs.first()))
    }

    /// The keys that an instruction needs, with the level of each.
    #[must_use]
    pub fn keys_of(&self, instr: &Instr) -> Vec<(Key, Level)> {
        let level = self.computed_at(instr);
        instr.op.keys().into_iter().map(|key| (key, level)).collect()
    }
}

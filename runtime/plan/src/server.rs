//! The server's program: straight-line instructions over ciphertext and plaintext values.
//!
//! Every instruction defines new values; operands are defined earlier. Levels and scales are fixed by the compiler
//! and stand beside each value, so that the runtime only checks them.
#![warn(clippy::wildcard_enum_match_arm)]

use crate::constant::SlotVector;
use crate::isa::{Key, Op};
use crate::parts::{Part, Parts};
use crate::units::{Level, Scale};
use serde::{Deserialize, Serialize};

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
    pub constants: Vec<SlotVector>,
    /// Instructions, operands first.
    pub instrs: Vec<Instr>,
    /// Which of them are done before the loop, in each iteration, and after it.
    pub parts: Parts,
    /// One entry per value.
    pub values: Vec<ValueInfo>,
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

    /// For every value, the index of the last instruction that reads it; values in `keep` live to the end.
    #[must_use]
    pub fn last_uses(&self, keep: &[Reg]) -> Vec<usize> {
        let mut last = vec![0; self.values.len()];
        for (position, instr) in self.instrs.iter().enumerate() {
            for reg in instr.operands().iter().chain(&instr.outputs) {
                if let Some(slot) = last.get_mut(*reg as usize) {
                    *slot = position;
                }
            }
        }
        for reg in keep {
            if let Some(slot) = last.get_mut(*reg as usize) {
                *slot = usize::MAX;
            }
        }
        last
    }
}

//! The server's program: straight-line instructions over ciphertext and plaintext values.
//!
//! Every instruction defines new values; operands are defined earlier. Levels and scales are fixed by the compiler
//! and stand beside each value, so that the runtime only checks them.

use crate::constant::SlotVector;
use crate::units::{Level, Scale, Step};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Index of a value.
pub type Reg = u32;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A ciphertext of two polynomials, or three before relinearisation.
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

/// A product with a rotation: what is rotated, its step (0 is the ciphertext itself), and the plaintext.
pub type RotatedTerm = (Reg, Step, Reg);

/// One operation. `a`, `b` are ciphertexts, `p` plaintexts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Op {
    /// Ciphertext `block` of the plan's input number `input`.
    Input {
        /// Index into the plan's inputs.
        input: u32,
        /// Index of the ciphertext.
        block: u32,
    },
    /// Encodes constant number `constant` at the value's level and scale.
    Encode {
        /// Index into [`Server::constants`].
        constant: u32,
    },
    /// a + b
    Add(Reg, Reg),
    /// a − b
    Sub(Reg, Reg),
    /// −a
    Negate(Reg),
    /// a + p
    AddPlain(Reg, Reg),
    /// a − p
    SubPlain(Reg, Reg),
    /// Σ a∘p; scale multiplied, not rescaled. Ciphertexts may be of a higher level than the plaintexts and the result:
    /// their further primes are ignored.
    SumMulPlain(Vec<(Reg, Reg)>),
    /// Σ a∘b; three parts, not rescaled. Operands may be of a higher level than the result: their further primes are
    /// ignored.
    SumMul(Vec<(Reg, Reg)>),
    /// Three parts to two.
    Relinearize(Reg),
    /// Divides by the highest prime; one level down.
    Rescale(Reg),
    /// Three parts to two, divided by the highest prime; one level down.
    RelinearizeRescale(Reg),
    /// Forgets primes down to the value's level; the scale stays.
    DropLevel(Reg),
    /// Rotations of one ciphertext, one value per step, with one decomposition; one step is an ordinary rotation.
    Rotate {
        /// The ciphertext.
        source: Reg,
        /// Steps, none of them zero.
        steps: Vec<Step>,
    },
    /// The same ciphertext at the value's scale, which multiplies it by old/new.
    Reread(Reg),
    /// Σ rot(a, step), divided by the special modulus once; a step of 0 is the ciphertext itself. Rotations of one ciphertext
    /// that follow each other share its decomposition.
    SumRotations(Vec<(Reg, Step)>),
    /// Several Σ rot(a, step)∘p, one value per sum and each one level down: every ciphertext decomposed once, every rotation of it
    /// computed once, and one division by the special modulus and the highest prime for each sum. Plaintexts are extended
    /// ones, one level above the results; further primes of ciphertexts are ignored.
    RotatedProducts(Vec<Vec<RotatedTerm>>),
}

/// An instruction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instr {
    /// The operation.
    pub op: Op,
    /// The values it defines, numbered in order of definition.
    pub outputs: Vec<Reg>,
    /// Training iteration it belongs to, counted from 1; 0 is the prologue.
    pub iteration: u32,
}

/// The server's whole program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// Public vectors.
    pub constants: Vec<SlotVector>,
    /// Instructions, operands first.
    pub instrs: Vec<Instr>,
    /// One entry per value.
    pub values: Vec<ValueInfo>,
}

impl Op {
    /// All values read.
    #[must_use]
    pub fn operands(&self) -> Vec<Reg> {
        match self {
            Op::Input { .. } | Op::Encode { .. } => vec![],
            Op::Add(a, b) | Op::Sub(a, b) | Op::AddPlain(a, b) | Op::SubPlain(a, b) => vec![*a, *b],
            Op::Negate(a)
            | Op::Relinearize(a)
            | Op::Rescale(a)
            | Op::RelinearizeRescale(a)
            | Op::DropLevel(a)
            | Op::Reread(a) => vec![*a],
            Op::SumMulPlain(terms) | Op::SumMul(terms) => terms.iter().flat_map(|(a, b)| [*a, *b]).collect(),
            Op::Rotate { source, .. } => vec![*source],
            Op::SumRotations(terms) => terms.iter().map(|(a, _)| *a).collect(),
            Op::RotatedProducts(sums) => sums.iter().flatten().flat_map(|(a, _, p)| [*a, *p]).collect(),
        }
    }

    /// Rotations by a step, as their sources and numbers: those of one entry share a decomposition.
    #[must_use]
    pub fn rotations(&self) -> Vec<(Reg, u32)> {
        match self {
            Op::Rotate { source, steps } => vec![(*source, steps.len() as u32)],
            Op::SumRotations(terms) => {
                let runs = terms.chunk_by(|a, b| a.0 == b.0);
                let moved = |run: &[(Reg, Step)]| run.iter().filter(|(_, step)| step.0 != 0).count() as u32;
                runs.map(|run| (run[0].0, moved(run))).filter(|(_, count)| *count > 0).collect()
            }
            Op::RotatedProducts(sums) => {
                let moved = sums.iter().flatten().filter(|(_, step, _)| step.0 != 0);
                let mut by_source: BTreeMap<Reg, BTreeSet<Step>> = BTreeMap::new();
                for (a, step, _) in moved {
                    by_source.entry(*a).or_default().insert(*step);
                }
                by_source.into_iter().map(|(a, steps)| (a, steps.len() as u32)).collect()
            }
            _ => vec![],
        }
    }

    /// The steps that keys are needed for.
    #[must_use]
    pub fn moving_steps(&self) -> BTreeSet<Step> {
        let moving = |step: &Step| step.0 != 0;
        match self {
            Op::Rotate { steps, .. } => steps.iter().copied().filter(moving).collect(),
            Op::SumRotations(terms) => terms.iter().map(|(_, step)| *step).filter(moving).collect(),
            Op::RotatedProducts(sums) => {
                sums.iter().flatten().map(|(_, step, _)| *step).filter(moving).collect()
            }
            _ => BTreeSet::new(),
        }
    }

    /// The operation on other values.
    #[must_use]
    pub fn map(&self, mut value: impl FnMut(Reg) -> Reg) -> Self {
        let mut pairs = |terms: &[(Reg, Reg)]| terms.iter().map(|(a, b)| (value(*a), value(*b))).collect();
        match self {
            Op::Input { .. } | Op::Encode { .. } => self.clone(),
            Op::SumMulPlain(terms) => Op::SumMulPlain(pairs(terms)),
            Op::SumMul(terms) => Op::SumMul(pairs(terms)),
            Op::Add(a, b) => Op::Add(value(*a), value(*b)),
            Op::Sub(a, b) => Op::Sub(value(*a), value(*b)),
            Op::AddPlain(a, p) => Op::AddPlain(value(*a), value(*p)),
            Op::SubPlain(a, p) => Op::SubPlain(value(*a), value(*p)),
            Op::Negate(a) => Op::Negate(value(*a)),
            Op::Relinearize(a) => Op::Relinearize(value(*a)),
            Op::Rescale(a) => Op::Rescale(value(*a)),
            Op::RelinearizeRescale(a) => Op::RelinearizeRescale(value(*a)),
            Op::DropLevel(a) => Op::DropLevel(value(*a)),
            Op::Reread(a) => Op::Reread(value(*a)),
            Op::Rotate { source, steps } => Op::Rotate { source: value(*source), steps: steps.clone() },
            Op::SumRotations(terms) => {
                Op::SumRotations(terms.iter().map(|(a, step)| (value(*a), *step)).collect())
            }
            Op::RotatedProducts(sums) => {
                let mut term = |(a, step, p): &RotatedTerm| (value(*a), *step, value(*p));
                Op::RotatedProducts(sums.iter().map(|terms| terms.iter().map(&mut term).collect()).collect())
            }
        }
    }

    /// Short name for traces and printed plans.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Op::Input { .. } => "input",
            Op::Encode { .. } => "encode",
            Op::Add(..) => "add",
            Op::Sub(..) => "sub",
            Op::Negate(_) => "negate",
            Op::AddPlain(..) => "add_plain",
            Op::SubPlain(..) => "sub_plain",
            Op::SumMulPlain(_) => "sum_mul_plain",
            Op::SumMul(_) => "sum_mul",
            Op::Relinearize(_) => "relinearize",
            Op::Rescale(_) => "rescale",
            Op::RelinearizeRescale(_) => "relinearize_rescale",
            Op::DropLevel(_) => "drop_level",
            Op::Rotate { .. } => "rotate",
            Op::Reread(_) => "reread",
            Op::SumRotations(_) => "sum_rotations",
            Op::RotatedProducts(_) => "rotated_products",
        }
    }
}

impl Server {
    /// For every value, the index of the last instruction that reads it; values in `keep` live to the end.
    #[must_use]
    pub fn last_uses(&self, keep: &[Reg]) -> Vec<usize> {
        let mut last = vec![0; self.values.len()];
        for (position, instr) in self.instrs.iter().enumerate() {
            for reg in instr.op.operands().iter().chain(&instr.outputs) {
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

//! The plan: everything the three roles need after compiling, as data.

use crate::constant::SlotVector;
use crate::host::{HostOp, HostProgram};
use crate::layout::Layout;
use crate::params::{Params, ParamsError};
use crate::ranges::DeclaredRange;
use crate::server::{Kind, Op, Reg, RotatedTerm, Server};
use crate::units::{Level, Scale, Step};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Version of the plan format; a runtime refuses others.
pub const FORMAT_VERSION: u32 = 9;
/// The output of the owner's program that holds the scores of the training rows before training, where there are any to compare
/// real targets with: no upload, and nothing that is kept.
pub const START: &str = "scores before training";

/// How labels are read from data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabelKind {
    /// Class numbers `0 .. classes`, one score per class, argmax decides.
    Classes(usize),
    /// Two classes and a single score; class 1 when the score is positive.
    Binary,
    /// Real targets: the score is the prediction.
    Real,
}

/// What the program reads from a data file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataSpec {
    /// Name of the owner's matrix of raw features, `[rows, features]`.
    pub features: String,
    /// Name of the owner's labels, `[rows]`.
    pub labels: String,
    /// Number of training rows the plan is made for.
    pub rows: usize,
    /// Number of raw features.
    pub columns: usize,
    /// Labels.
    pub label_kind: LabelKind,
}

/// A tensor the owner encrypts and uploads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CipherInput {
    /// Name, an output of the owner's program.
    pub name: String,
    /// Packing.
    pub layout: Layout,
    /// Level of the fresh ciphertexts.
    pub level: Level,
    /// Scale of the fresh ciphertexts.
    pub scale: Scale,
    /// log2 of the root mean square that the plan was made for, to the nearest whole number.
    pub usual: i32,
    /// Exponents of the powers of two that the owner may divide it by, one for each symmetry of the program
    /// ([`crate::normalise`]); all inputs and outputs are scaled together.
    pub units: Vec<i32>,
}

/// A tensor the server sends back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CipherOutput {
    /// Name in the program.
    pub name: String,
    /// Packing.
    pub layout: Layout,
    /// One value per ciphertext.
    pub values: Vec<Reg>,
    /// Bits after the binary point that are predicted to be right; decryption rounds to them, because the noise
    /// below depends on the secret key (Li and Micciancio, Eurocrypt 2021).
    pub precision_bits: f64,
    /// Exponents of the powers of two that it is multiplied back by, as in [`CipherInput::units`].
    pub units: Vec<i32>,
    /// Predicted standard deviation of a slot's error, the largest over the ciphertexts, on the data that the plan was made for.
    pub deviation: f64,
}

/// Evaluation keys a plan needs, each at the highest level that uses it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySet {
    /// Level of the relinearisation key, if products occur.
    pub relinearization: Option<Level>,
    /// Rotation keys in ascending order of steps.
    pub rotations: Vec<(Step, Level)>,
}

/// What a program is called and under which sizes it was compiled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramInfo {
    /// Name of the program.
    pub name: String,
    /// Named dimensions in order of declaration.
    pub dims: Vec<(String, usize)>,
    /// Training iterations.
    pub iterations: u32,
    /// Why training diverges on the owner's data, where the owner goes on nevertheless; models say it.
    pub diverges: Option<String>,
    /// Bytes of memory that the run was asked to keep to, the whole process.
    pub memory: Option<u64>,
    /// What the values of the server's program are called in the source.
    pub values: ValueNames,
}

/// Names of the server's values, for messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueNames {
    /// Text and place in the source, each once.
    pub names: Vec<SourceName>,
    /// For each value the index of its name; values beyond have none.
    pub of: Vec<u32>,
}

/// A value as its program writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceName {
    /// The text, shortened.
    pub text: String,
    /// File and line; empty where there is none.
    pub place: String,
}

impl ValueNames {
    /// The name of a value.
    #[must_use]
    pub fn get(&self, reg: Reg) -> Option<&SourceName> {
        self.names.get(*self.of.get(reg as usize)? as usize)
    }
}

/// A compiled program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`FORMAT_VERSION`].
    pub format: u32,
    /// Parameters of the scheme.
    pub params: Params,
    /// What the data file must hold.
    pub data: DataSpec,
    /// What was declared of the owner's inputs and of the uploads; [`enforce`](crate::ranges::enforce)d before encrypting.
    pub ranges: Vec<DeclaredRange>,
    /// The owner's program: inputs are the fields of [`DataSpec`], outputs are the tensors to encrypt, the
    /// owner's state, and [`START`].
    pub owner: HostProgram,
    /// Outputs of the owner's program that are kept for prediction; never sent to the server.
    pub state: Vec<String>,
    /// Uploads, in order.
    pub inputs: Vec<CipherInput>,
    /// The server's program.
    pub server: Server,
    /// What is sent back.
    pub outputs: Vec<CipherOutput>,
    /// Keys the server needs.
    pub keys: KeySet,
    /// Bits that every revealed tensor, and coefficients for raw features, must have on the owner's data, relative to the largest
    /// element.
    pub promised_bits: f64,
    /// Whether it was made for the owner's data.
    pub measured: bool,
    /// Whether scales depend on the sizes of data or of declared ranges: nominal scales tell nothing.
    pub balanced: bool,
    /// Scores of raw rows `[rows, features]` (input named as in [`DataSpec::features`]) from the state and the
    /// revealed tensors; one output, `scores`.
    pub predict: HostProgram,
    /// Names and sizes; nothing here changes what is computed. Not part of the encoding, so that programs that compute
    /// the same have the same bytes: files keep it in a section of its own.
    #[serde(skip)]
    pub info: ProgramInfo,
}

/// Why a plan read from a file is refused.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum PlanError {
    /// Written by another version.
    #[error("the plan has format {found}, this program reads format {FORMAT_VERSION}")]
    Format {
        /// Format found.
        found: u32,
    },
    /// The parameters are not sound.
    #[error("the plan's parameters are not sound: {0}")]
    Params(#[from] ParamsError),
    /// A reference points nowhere, or levels and kinds do not fit.
    #[error("the plan is damaged: {0}")]
    Malformed(String),
}

impl Plan {
    /// Values that must survive to the end.
    #[must_use]
    pub fn result_values(&self) -> Vec<Reg> {
        self.outputs.iter().flat_map(|o| o.values.iter().copied()).collect()
    }

    /// Number of ciphertexts uploaded.
    #[must_use]
    pub fn upload_ciphertexts(&self) -> usize {
        self.inputs.iter().map(|i| i.layout.ciphertexts()).sum()
    }

    /// Bytes uploaded: one polynomial and a seed per ciphertext, because the owner encrypts under the secret key.
    #[must_use]
    pub fn upload_bytes(&self) -> u64 {
        self.inputs
            .iter()
            .map(|i| i.layout.ciphertexts() as u64 * (self.params.ciphertext_bytes(i.level, 1) + 32))
            .sum()
    }

    /// Bytes of the encrypted result.
    #[must_use]
    pub fn result_bytes(&self) -> u64 {
        let values = self.result_values();
        let levels = values.iter().filter_map(|reg| self.server.values.get(*reg as usize)).map(|v| v.level);
        levels.map(|level| self.params.ciphertext_bytes(level, 2)).sum()
    }

    /// Bytes of all evaluation keys at rest.
    #[must_use]
    pub fn eval_key_bytes(&self) -> u64 {
        let levels =
            self.keys.relinearization.iter().chain(self.keys.rotations.iter().map(|(_, level)| level));
        levels.map(|&level| self.params.key_bytes_at_rest(level)).sum()
    }

    /// Bytes of all evaluation keys once expanded in memory.
    #[must_use]
    pub fn eval_key_memory(&self) -> u64 {
        let levels =
            self.keys.relinearization.iter().chain(self.keys.rotations.iter().map(|(_, level)| level));
        levels.map(|&level| self.params.key_bytes(level)).sum()
    }

    /// Checks that a plan from outside can be executed: parameters sound, references defined before use, levels and
    /// kinds consistent, layouts of the ring's size.
    ///
    /// # Errors
    /// The first property that does not hold.
    pub fn validate(&self) -> Result<(), PlanError> {
        if self.format != FORMAT_VERSION {
            return Err(PlanError::Format { found: self.format });
        }
        self.params.validate()?;
        let malformed = |what: String| Err(PlanError::Malformed(what));
        let slots = self.params.slots();
        let layouts = self.inputs.iter().map(|i| &i.layout).chain(self.outputs.iter().map(|o| &o.layout));
        for layout in layouts {
            if !layout.is_valid() || layout.slots() != slots {
                return malformed(format!("layout {layout} does not fill {slots} slots"));
            }
        }
        for constant in &self.server.constants {
            if !SlotVector::is_valid(constant) || constant.slots() != slots {
                return malformed("a constant does not fill the slots".into());
            }
        }
        for (program, what) in [(&self.owner, "owner"), (&self.predict, "predict")] {
            let known = program.nodes.len();
            let ordered =
                program.nodes.iter().enumerate().all(|(i, n)| n.operands.iter().all(|o| (*o as usize) < i));
            if !ordered || program.outputs.iter().any(|(_, n)| *n as usize >= known) {
                return malformed(format!("the {what} program refers to a missing node"));
            }
        }
        let outputs: Vec<&str> = self.owner.outputs.iter().map(|(name, _)| name.as_str()).collect();
        for name in self.inputs.iter().map(|i| &i.name).chain(&self.state) {
            if !outputs.contains(&name.as_str()) {
                return malformed(format!("the owner's program does not compute `{name}`"));
            }
        }
        self.validate_units().or_else(|what| malformed(what.into()))?;
        self.validate_server().or_else(malformed)?;
        for output in &self.outputs {
            if output.values.len() != output.layout.ciphertexts()
                || output.values.iter().any(|v| !self.is_cipher(*v, 2))
            {
                return malformed(format!("output `{}` is no set of ciphertexts", output.name));
            }
            self.validate_noise(output).or_else(malformed)?;
        }
        Ok(())
    }

    /// The size that a scale tells of a value in a plan whose scales depend on sizes, in bits above that of the nominal one.
    #[must_use]
    pub fn told_bits(&self, scale: Scale) -> Option<f64> {
        let nominal = self.params.q.get(1).map(|q| (*q as f64).log2())?;
        self.balanced.then(|| nominal - scale.bits())
    }

    /// Inputs and outputs are scaled by the same symmetries, and what is promised is a number of bits.
    fn validate_units(&self) -> Result<(), &'static str> {
        let units = || self.inputs.iter().map(|i| &i.units).chain(self.outputs.iter().map(|o| &o.units));
        let count = units().map(Vec::len).max().unwrap_or(0);
        if units().any(|units| units.len() != count || units.iter().any(|unit| unit.abs() > 1024)) {
            return Err("inputs and outputs have different units");
        }
        if self.inputs.iter().any(|input| input.usual.abs() > 1100)
            || !(0.0..=64.0).contains(&self.promised_bits)
        {
            return Err("its sizes or its promise are no sensible numbers");
        }
        Ok(())
    }

    fn is_cipher(&self, reg: Reg, parts: u8) -> bool {
        self.server.values.get(reg as usize).is_some_and(|v| v.kind == Kind::Cipher { parts })
    }

    fn validate_server(&self) -> Result<(), String> {
        let server = &self.server;
        let mut defined = 0u32;
        for (position, instr) in server.instrs.iter().enumerate() {
            let at = |what: &str| format!("instruction {position} ({}): {what}", instr.op.name());
            if instr.op.operands().iter().any(|reg| *reg >= defined) {
                return Err(at("an operand is not defined yet"));
            }
            for &reg in &instr.outputs {
                let Some(value) = server.values.get(reg as usize) else {
                    return Err(at("a result has no entry"));
                };
                if reg != defined
                    || value.level > self.params.max_level()
                    || !(value.scale.0.is_finite() && value.scale.0 > 0.0)
                {
                    return Err(at("a result is numbered or levelled wrongly"));
                }
                defined += 1;
            }
            self.validate_instr(instr).map_err(|what| at(&what))?;
        }
        if defined as usize == server.values.len() {
            Ok(())
        } else {
            Err("values without a definition".into())
        }
    }

    /// Polynomials of a ciphertext; none of a plaintext.
    fn parts(&self, reg: Reg) -> Option<u8> {
        match self.server.values[reg as usize].kind {
            Kind::Cipher { parts } => Some(parts),
            Kind::Plain | Kind::ExtendedPlain => None,
        }
    }

    fn validate_instr(&self, instr: &crate::server::Instr) -> Result<(), String> {
        let value = |reg: Reg| self.server.values[reg as usize];
        let cipher = |reg: Reg| matches!(value(reg).kind, Kind::Cipher { .. });
        let [first, ..] = *instr.outputs.as_slice() else { return Err("no result".into()) };
        let out = value(first);
        let same_level = |a: Reg, b: Reg| value(a).level == value(b).level && value(a).level == out.level;
        let ok = match &instr.op {
            Op::Input { input, block } => self.inputs.get(*input as usize).is_some_and(|i| {
                (*block as usize) < i.layout.ciphertexts() && i.level == out.level && self.is_cipher(first, 2)
            }),
            Op::Encode { constant } => {
                (*constant as usize) < self.server.constants.len() && !out.kind.is_cipher()
            }
            Op::Add(a, b) | Op::Sub(a, b) => {
                let larger = self.parts(*a).max(self.parts(*b));
                cipher(*a) && cipher(*b) && same_level(*a, *b) && self.parts(first) == larger
            }
            Op::AddPlain(a, p) | Op::SubPlain(a, p) => {
                cipher(*a) && value(*p).kind == Kind::Plain && same_level(*a, *p)
            }
            Op::Negate(a) | Op::Reread(a) => {
                cipher(*a) && value(*a).kind == out.kind && value(*a).level == out.level
            }
            Op::SumMulPlain(terms) => {
                !terms.is_empty()
                    && terms.iter().all(|(a, p)| {
                        self.is_cipher(*a, 2)
                            && value(*a).level >= out.level
                            && value(*p).kind == Kind::Plain
                            && value(*p).level == out.level
                    })
            }
            Op::SumMul(terms) => {
                !terms.is_empty()
                    && terms
                        .iter()
                        .flat_map(|(a, b)| [*a, *b])
                        .all(|operand| self.is_cipher(operand, 2) && value(operand).level >= out.level)
                    && self.is_cipher(first, 3)
            }
            Op::Relinearize(a) => {
                self.is_cipher(*a, 3)
                    && self.is_cipher(first, 2)
                    && self.keys.relinearization.is_some_and(|level| value(*a).level <= level)
            }
            Op::RelinearizeRescale(a) => {
                self.is_cipher(*a, 3)
                    && self.is_cipher(first, 2)
                    && value(*a).level.0 == out.level.0 + 1
                    && self.keys.relinearization.is_some_and(|level| value(*a).level <= level)
            }
            Op::Rescale(a) => cipher(*a) && value(*a).level.0 == out.level.0 + 1,
            Op::DropLevel(a) => cipher(*a) && out.level < value(*a).level,
            Op::Rotate { source, steps } => {
                let key = |step: &Step| {
                    self.keys.rotations.iter().any(|(s, level)| s == step && value(*source).level <= *level)
                };
                self.is_cipher(*source, 2) && steps.len() == instr.outputs.len() && steps.iter().all(key)
            }
            Op::SumRotations(terms) => {
                let key = |step: &Step| {
                    step.0 == 0
                        || self.keys.rotations.iter().any(|(s, level)| s == step && out.level <= *level)
                };
                !terms.is_empty()
                    && self.is_cipher(first, 2)
                    && terms
                        .iter()
                        .all(|(a, step)| self.is_cipher(*a, 2) && value(*a).level == out.level && key(step))
            }
            Op::RotatedProducts(sums) => {
                let level = Level(out.level.0 + 1);
                let key = |step: &Step| {
                    self.keys.rotations.iter().any(|(s, highest)| s == step && level <= *highest)
                };
                let fits = |(a, _, p): &RotatedTerm| {
                    self.is_cipher(*a, 2)
                        && value(*a).level >= level
                        && value(*p).kind == Kind::ExtendedPlain
                        && value(*p).level == level
                };
                sums.len() == instr.outputs.len()
                    && sums.iter().all(|terms| !terms.is_empty() && terms.iter().all(fits))
                    && instr.outputs.iter().all(|&o| self.is_cipher(o, 2) && value(o).level == out.level)
                    && instr.op.moving_steps().iter().all(key)
            }
        };
        if ok { Ok(()) } else { Err("operands and result do not fit together".into()) }
    }
}

impl HostProgram {
    /// Appends an operation and returns its index.
    pub fn push(&mut self, op: HostOp, operands: Vec<u32>) -> u32 {
        self.nodes.push(crate::host::HostNode { op, operands });
        self.nodes.len() as u32 - 1
    }
}

//! The plan: everything the three roles need after compiling, as data.

mod keys;
mod validate;

pub use keys::ServerKey;

use crate::host::HostProgram;
use crate::isa::Key;
use crate::layout::Layout;
use crate::normalize::Units;
use crate::params::{Params, ParamsError};
use crate::ranges::DeclaredRange;
use crate::server::{Reg, Server};
use crate::units::{Level, Scale, Step};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use thiserror::Error;

/// Version of the plan format; a runtime refuses others.
pub const FORMAT_VERSION: u32 = 12;
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
    /// ([`crate::normalize`]); all inputs and outputs are scaled together.
    pub units: Vec<i32>,
}

impl<'a> From<&'a CipherInput> for Units<'a> {
    fn from(input: &'a CipherInput) -> Self {
        Self { name: &input.name, usual: input.usual, units: &input.units }
    }
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

/// Evaluation keys a plan needs, each at the highest level that uses it, in the order of keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySet(Vec<(Key, Level)>);

impl FromIterator<(Key, Level)> for KeySet {
    fn from_iter<I: IntoIterator<Item = (Key, Level)>>(keys: I) -> Self {
        let mut highest: BTreeMap<Key, Level> = BTreeMap::new();
        for (key, level) in keys {
            let known = highest.entry(key).or_insert(level);
            *known = level.max(*known);
        }
        Self(highest.into_iter().collect())
    }
}

impl KeySet {
    /// What instructions need.
    #[must_use]
    pub fn of(server: &Server) -> Self {
        server.instrs.iter().flat_map(|instr| server.keys_of(instr)).collect()
    }

    /// The keys with their levels.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Key, Level)> + '_ {
        self.0.iter().copied()
    }

    /// Their number.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The level of a key.
    #[must_use]
    pub fn level(&self, key: Key) -> Option<Level> {
        self.0.binary_search_by_key(&key, |(known, _)| *known).ok().map(|at| self.0[at].1)
    }

    /// Whether keys are in order and each is there once; used on those read from files.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        self.0.windows(2).all(|pair| pair[0].0 < pair[1].0)
    }

    /// The steps of rotations, in ascending order.
    pub fn rotations(&self) -> impl Iterator<Item = (Step, Level)> + '_ {
        let step = |(key, level)| if let Key::Rotation(step) = key { Some((step, level)) } else { None };
        self.iter().filter_map(step)
    }
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
        let tables = &self.server.tables;
        if !self.server.constants.iter().all(|constant| constant.is_valid(slots, tables)) {
            return malformed("a constant does not fill the slots".into());
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
}

/// Relative difference between scales that is taken for rounding.
pub const SCALE_AGREEMENT: f64 = 1e-6;

//! The table: one row for each operation.

use super::Op;
use crate::server::Kind;
use crate::tables::PerRun;
use crate::units::{Factor, Level};

/// What holds of an operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Its name in text and traces.
    pub name: &'static str,
    /// Ciphertexts that it reads.
    pub ciphers: Ciphers,
    /// Public vectors that it reads.
    pub plains: Plains,
    /// Values that it defines, of one level and kind; their scales may differ.
    pub results: usize,
    /// Levels of operands and results.
    pub levels: Levels,
    /// Polynomials of the ciphertexts.
    pub parts: Parts,
    /// Scales of operands and results.
    pub scale: Scales,
    /// What is switched by keys.
    pub switch: Switch,
    /// Its work.
    pub cost: Cost,
    /// Errors that it adds.
    pub adds: Adds,
    /// Errors that come with its operands.
    pub passes: Passes,
    /// What it takes of the memory beside operands and results.
    pub scratch: Scratch,
}

/// How many ciphertexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ciphers {
    /// So many.
    Just(usize),
    /// One for each term, and at least one.
    Terms(usize),
    /// Pairs, and at least one.
    Pairs,
    /// Any number, but at least one.
    Some,
}

/// How many public vectors, and how they are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plains {
    /// None.
    None,
    /// One, added.
    One,
    /// One for each ciphertext, multiplied.
    Each(Kind),
}

/// Levels. Vectors are at the level that is computed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Levels {
    /// The result's is its own.
    Free,
    /// One level.
    Same,
    /// Operands at that of the result or above.
    AtLeast,
    /// The operand one above the result.
    Down,
    /// The operand anywhere above the result.
    Lower,
    /// Operands one above the results or higher.
    AboveResult,
    /// Operands of one level, results above it: those of a refresh.
    Up,
}

impl Levels {
    /// The level at which it is computed, from that of the first ciphertext and that of the results.
    #[must_use]
    pub fn computed_at(self, operand: Level, result: Level) -> Level {
        match self {
            Self::Free | Self::Same | Self::AtLeast | Self::Up => result,
            Self::Down | Self::AboveResult => Level(result.0.saturating_add(1)),
            Self::Lower => operand,
        }
    }
}

/// Polynomials of ciphertexts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// Two of a fresh one.
    Fresh,
    /// The result is an encoded vector.
    Encoded,
    /// As many as the operand.
    Kept,
    /// As many as the larger operand.
    Larger,
    /// So many of each operand, and so many of each result.
    Fixed(u8, u8),
}

/// The scale of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scales {
    /// Its own.
    Free,
    /// That of every operand.
    Same,
    /// The product of those of each term.
    Product,
    /// Divided by the prime of the level that is computed at.
    Divided,
    /// The product of those of each term, divided by the prime of the level that is computed at.
    DividedProduct,
    /// Divided by a number.
    Over(PerRun<Factor>),
}

/// What keys are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// No key.
    None,
    /// The square of the secret.
    Square,
    /// The secret under the conjugation of slots.
    Conjugate,
    /// The secret under the rotations of [`Op::turns`].
    Turns,
}

/// How its work is composed of steps ([`Cost::work`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cost {
    /// A pass over each part.
    Passes,
    /// The same, which moves data and computes nothing: no work where schedules are compared.
    Copies,
    /// One over a fresh ciphertext.
    Fresh,
    /// An encoding.
    Encode,
    /// Products of ciphertexts.
    Products,
    /// Products with encoded vectors.
    PlainProducts,
    /// A key switch.
    Switch,
    /// A division by a prime.
    Divide,
    /// A key switch that divides by a prime too.
    SwitchAndDivide,
    /// Rotations with one decomposition.
    Rotations,
    /// Rotations that are added before they are divided.
    SumRotations,
    /// Sums of products of rotations.
    HoistedProducts,
    /// A refresh of the shape of this number.
    Refresh(u32),
}

/// Errors that an operation adds itself (`noise`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adds {
    /// None.
    Nothing,
    /// That of encrypting.
    Encryption,
    /// That of encoding a summand.
    Encoding,
    /// So many key switches that are divided once.
    Switches(u32),
    /// A key switch at the scale before, and a division.
    SwitchAndDivide,
    /// A division.
    Divide,
    /// Those of encoding factors.
    Factors,
    /// That of a refresh of the shape of this number.
    Refresh(u32),
    /// A switch for each rotation, weighted by what it is multiplied by, with those of encoding factors, and a division.
    HoistedProducts,
}

/// Errors that come with operands (`noise`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passes {
    /// None.
    Nothing,
    /// All of them, added.
    Sum,
    /// Multiplied by a number.
    Times(PerRun<Factor>),
    /// Those of one of the operands.
    Either,
    /// Those of each term, multiplied by its vector.
    ByPlains,
    /// Those of each factor, multiplied by the other.
    Products,
}

/// What an operation takes beside operands and results ([`crate::memory`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scratch {
    /// Nothing.
    Nothing,
    /// The pages of a file.
    Pages,
    /// A switched sum.
    Switch,
    /// A decomposition that several rotations share.
    Rotations,
    /// Limbs of a quotient.
    Divide,
    /// So many sums modulo the special primes too, which become the results.
    Sums(usize),
    /// What a refresh of the shape of this number works on.
    Refresh(u32),
}

/// What most operations on one ciphertext have in common.
const UNARY: Row = Row {
    name: "",
    ciphers: Ciphers::Just(1),
    plains: Plains::None,
    results: 1,
    levels: Levels::Same,
    parts: Parts::Kept,
    scale: Scales::Same,
    switch: Switch::None,
    cost: Cost::Passes,
    adds: Adds::Nothing,
    passes: Passes::Sum,
    scratch: Scratch::Nothing,
};

const TWO_TO_TWO: Parts = Parts::Fixed(2, 2);

impl<P> Op<P> {
    /// Its row.
    #[must_use]
    pub fn row(&self) -> Row {
        match self {
            Op::Input { .. } => Row {
                name: "input",
                ciphers: Ciphers::Just(0),
                levels: Levels::Free,
                parts: Parts::Fresh,
                scale: Scales::Free,
                cost: Cost::Fresh,
                adds: Adds::Encryption,
                passes: Passes::Nothing,
                scratch: Scratch::Pages,
                ..UNARY
            },
            Op::Carried { .. } | Op::Final { .. } => Row {
                name: if matches!(self, Op::Final { .. }) { "final" } else { "carried" },
                ciphers: Ciphers::Just(0),
                levels: Levels::Free,
                parts: Parts::Fresh,
                scale: Scales::Free,
                cost: Cost::Copies,
                passes: Passes::Nothing,
                ..UNARY
            },
            Op::Select(_) => Row {
                name: "select",
                ciphers: Ciphers::Some,
                parts: TWO_TO_TWO,
                cost: Cost::Copies,
                passes: Passes::Either,
                ..UNARY
            },
            Op::Refresh { shape, results } => Row {
                name: "refresh",
                ciphers: Ciphers::Some,
                results: results.len(),
                levels: Levels::Up,
                parts: TWO_TO_TWO,
                scale: Scales::Free,
                cost: Cost::Refresh(*shape),
                adds: Adds::Refresh(*shape),
                passes: Passes::Sum,
                scratch: Scratch::Refresh(*shape),
                ..UNARY
            },
            Op::Encode { .. } => Row {
                name: "encode",
                ciphers: Ciphers::Just(0),
                levels: Levels::Free,
                parts: Parts::Encoded,
                scale: Scales::Free,
                cost: Cost::Encode,
                passes: Passes::Nothing,
                ..UNARY
            },
            Op::Add => Row { name: "add", ciphers: Ciphers::Just(2), parts: Parts::Larger, ..UNARY },
            Op::Sub => Row { name: "sub", ciphers: Ciphers::Just(2), parts: Parts::Larger, ..UNARY },
            Op::Negate => Row { name: "negate", ..UNARY },
            Op::AddPlain(_) => Row { name: "add_plain", plains: Plains::One, adds: Adds::Encoding, ..UNARY },
            Op::SubPlain(_) => Row { name: "sub_plain", plains: Plains::One, adds: Adds::Encoding, ..UNARY },
            Op::SumMulPlain(plains) => Row {
                name: "sum_mul_plain",
                ciphers: Ciphers::Terms(plains.len()),
                plains: Plains::Each(Kind::Plain),
                levels: Levels::AtLeast,
                parts: TWO_TO_TWO,
                scale: Scales::Product,
                cost: Cost::PlainProducts,
                adds: Adds::Factors,
                passes: Passes::ByPlains,
                ..UNARY
            },
            Op::SumMul => Row {
                name: "sum_mul",
                ciphers: Ciphers::Pairs,
                levels: Levels::AtLeast,
                parts: Parts::Fixed(2, 3),
                scale: Scales::Product,
                cost: Cost::Products,
                passes: Passes::Products,
                ..UNARY
            },
            Op::Relinearize => Row {
                name: "relinearize",
                parts: Parts::Fixed(3, 2),
                switch: Switch::Square,
                cost: Cost::Switch,
                adds: Adds::Switches(1),
                scratch: Scratch::Switch,
                ..UNARY
            },
            Op::Rescale => Row {
                name: "rescale",
                levels: Levels::Down,
                scale: Scales::Divided,
                cost: Cost::Divide,
                adds: Adds::Divide,
                scratch: Scratch::Divide,
                ..UNARY
            },
            Op::RelinearizeRescale => Row {
                name: "relinearize_rescale",
                levels: Levels::Down,
                parts: Parts::Fixed(3, 2),
                scale: Scales::Divided,
                switch: Switch::Square,
                cost: Cost::SwitchAndDivide,
                adds: Adds::SwitchAndDivide,
                scratch: Scratch::Switch,
                ..UNARY
            },
            Op::DropLevel => Row { name: "drop_level", levels: Levels::Lower, cost: Cost::Copies, ..UNARY },
            Op::Rotate(steps) => Row {
                name: "rotate",
                results: steps.len(),
                parts: TWO_TO_TWO,
                switch: Switch::Turns,
                cost: Cost::Rotations,
                adds: Adds::Switches(1),
                scratch: Scratch::Rotations,
                ..UNARY
            },
            Op::Conjugate => Row {
                name: "conjugate",
                parts: TWO_TO_TWO,
                switch: Switch::Conjugate,
                cost: Cost::Switch,
                adds: Adds::Switches(1),
                scratch: Scratch::Switch,
                ..UNARY
            },
            Op::SetScale(factor) => Row {
                name: "set_scale",
                scale: Scales::Over(*factor),
                cost: Cost::Copies,
                passes: Passes::Times(*factor),
                ..UNARY
            },
            Op::SumRotations(steps) => Row {
                name: "sum_rotations",
                ciphers: Ciphers::Terms(steps.len()),
                parts: TWO_TO_TWO,
                switch: Switch::Turns,
                cost: Cost::SumRotations,
                adds: Adds::Switches(steps.iter().filter(|step| !step.is_zero()).count() as u32),
                scratch: Scratch::Switch,
                ..UNARY
            },
            Op::HoistedProducts(sums) => Row {
                name: "hoisted_products",
                ciphers: Ciphers::Terms(sums.iter().map(Vec::len).sum()),
                plains: Plains::Each(Kind::ExtendedPlain),
                results: sums.len(),
                levels: Levels::AboveResult,
                parts: TWO_TO_TWO,
                scale: Scales::DividedProduct,
                switch: Switch::Turns,
                cost: Cost::HoistedProducts,
                adds: Adds::HoistedProducts,
                passes: Passes::ByPlains,
                scratch: Scratch::Sums(sums.len()),
            },
        }
    }
}

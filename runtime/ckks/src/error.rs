//! Why an operation was refused.

use thiserror::Error;

/// An operation on plaintexts, ciphertexts or keys that cannot be done. Operations are named as in the API.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CkksError {
    /// More values than slots.
    #[error("encode: {given} values do not fit {slots} slots")]
    TooManyValues {
        /// Number of values given.
        given: usize,
        /// Number of slots.
        slots: usize,
    },
    /// A vector that is to be repeated has no length that fits the slots.
    #[error("encode: a period of {period} values: a power of two up to {slots} repeats in {slots} slots")]
    BadPeriod {
        /// Number of values given.
        period: usize,
        /// Number of slots.
        slots: usize,
    },
    /// A step of a linear transform that cannot be composed of the steps that there are keys for.
    #[error(
        "linear transform: the step {step} is no sum of the baby steps given, or no multiple of the giant step"
    )]
    NotComposed {
        /// The step, in 0..slots.
        step: i64,
    },
    /// A value is NaN or infinite.
    #[error("encode: value {index} is {value}, which is not a finite number")]
    NotFinite {
        /// Position of the first such value.
        index: usize,
        /// The value.
        value: f64,
    },
    /// The message times the scale exceeds half of the modulus.
    #[error(
        "encode: the scaled message needs {needed_bits:.1} bits but level {level} has room for {available_bits:.1}"
    )]
    DoesNotFit {
        /// log2 of the largest scaled coefficient (infinite on overflow of f64), plus a sign bit.
        needed_bits: f64,
        /// log2 of the modulus.
        available_bits: f64,
        /// The level.
        level: usize,
    },
    /// A scale is not a positive finite number.
    #[error("{operation}: the scale {scale} is not a positive finite number")]
    BadScale {
        /// The operation.
        operation: &'static str,
        /// The rejected scale.
        scale: f64,
    },
    /// A level above the top level.
    #[error("{operation}: level {level} does not exist, the highest is {max_level}")]
    BadLevel {
        /// The operation.
        operation: &'static str,
        /// The rejected level.
        level: usize,
        /// The highest level.
        max_level: usize,
    },
    /// Two operands at different levels.
    #[error("{operation}: operands are at levels {left} and {right}; drop the higher one first")]
    LevelMismatch {
        /// The operation.
        operation: &'static str,
        /// Level of the first operand.
        left: usize,
        /// Level of the second operand.
        right: usize,
    },
    /// Two operands with different scales.
    #[error(
        "{operation}: operands have scales {left:e} and {right:e}, which differ by more than a factor 1 ± {:e}",
        crate::SCALE_TOLERANCE
    )]
    ScaleMismatch {
        /// The operation.
        operation: &'static str,
        /// Scale of the first operand.
        left: f64,
        /// Scale of the second operand.
        right: f64,
    },
    /// The operation needs a lower level than there is.
    #[error("{operation}: impossible from level {level}")]
    LevelExhausted {
        /// The operation.
        operation: &'static str,
        /// Level of the operand.
        level: usize,
    },
    /// `drop_to_level` upwards.
    #[error("drop_to_level: cannot go up from level {from} to level {to}")]
    CannotRaise {
        /// Level of the ciphertext.
        from: usize,
        /// Level asked for.
        to: usize,
    },
    /// A ciphertext with an unsuitable number of parts.
    #[error("{operation}: needs a ciphertext of {expected} parts, got {found}")]
    PartCount {
        /// The operation.
        operation: &'static str,
        /// What it takes.
        expected: &'static str,
        /// What it got.
        found: usize,
    },
    /// A sum without terms, whose level and scale are therefore unknown.
    #[error("{operation}: a sum needs at least one term")]
    EmptySum {
        /// The operation.
        operation: &'static str,
    },
    /// No key for an automorphism.
    #[error("{operation}: there is no key for {}", automorphism(*element, *step, *slots))]
    MissingGaloisKey {
        /// What needs it.
        operation: &'static str,
        /// Its Galois element.
        element: u64,
        /// The step, in 0..slots, of a rotation.
        step: Option<i64>,
        /// Number of slots.
        slots: usize,
    },
    /// No relinearization key.
    #[error("relinearize: there is no relinearization key")]
    MissingRelinearizationKey,
    /// A key made for a lower level than that of the ciphertext.
    #[error(
        "{operation}: the ciphertext is at level {ciphertext_level}, its key works up to level {key_level}"
    )]
    KeyLevelTooLow {
        /// The operation.
        operation: &'static str,
        /// Level of the ciphertext.
        ciphertext_level: usize,
        /// Level of the key.
        key_level: usize,
    },
    /// Stored data of the wrong size.
    #[error("{what}: expected {expected} {unit}, found {found}")]
    BadLength {
        /// What was being read.
        what: &'static str,
        /// The right count.
        expected: usize,
        /// The count found.
        found: usize,
        /// What is counted.
        unit: &'static str,
    },
    /// A stored residue that is not below its modulus.
    #[error(
        "{what}: part {part}, limb {limb}, coefficient {index} is {value}, not below the modulus {modulus}"
    )]
    BadResidue {
        /// What was being read.
        what: &'static str,
        /// Which polynomial.
        part: usize,
        /// Which limb in it.
        limb: usize,
        /// Which coefficient in that.
        index: usize,
        /// The residue found.
        value: u64,
        /// The modulus.
        modulus: u64,
    },
    /// A stored secret coefficient outside of {−1, 0, 1}. The value is not repeated here, since it belongs to a secret.
    #[error("secret key: coefficient {index} is not −1, 0 or 1")]
    BadSecretCoefficient {
        /// Which coefficient.
        index: usize,
    },
    /// An object made under other parameters.
    #[error("{operation}: an operand or key was made with other parameters (ring degree or number of limbs)")]
    OtherContext {
        /// The operation.
        operation: &'static str,
    },
}

/// What an automorphism is called.
fn automorphism(element: u64, step: Option<i64>, slots: usize) -> String {
    step.map_or_else(|| format!("X → X^{element}"), |step| format!("step {step} (of {slots} slots)"))
}

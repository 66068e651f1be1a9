//! The table of codes. A code keeps its meaning for ever; `hep explain CODE` and the book print this table.

mod entry;
mod table;

pub use entry::{Entry, explain};
pub use table::TABLE;

// ---- H01 — syntax

/// The text is no hep here.
pub const SYNTAX: &str = "H0101";
/// A misspelt or missing keyword.
pub const KEYWORD: &str = "H0102";
/// A bracket without its partner.
pub const BRACKET: &str = "H0103";
/// The text is nested too deeply or too long.
pub const TOO_DEEP: &str = "H0104";
/// The first line does not name the program or module.
pub const HEADER: &str = "H0105";
/// A number outside the range of f64.
pub const NUMBER: &str = "H0106";
/// What other languages write.
pub const FOREIGN: &str = "H0107";
/// Not yet supported.
pub const UNSUPPORTED: &str = "H0190";

// ---- H02 — names and dimensions

/// A name that is not defined.
pub const UNKNOWN_NAME: &str = "H0201";
/// A name is defined twice.
pub const REDEFINED: &str = "H0202";
/// Dimensions do not fit.
pub const DIM_MISMATCH: &str = "H0203";
/// A dimension is no positive whole number.
pub const BAD_DIM: &str = "H0204";
/// The option -p names no dimension.
pub const UNKNOWN_DIM: &str = "H0205";
/// A value has too many elements.
pub const TOO_LARGE: &str = "H0206";
/// A function is used wrongly.
pub const BAD_CALL: &str = "H0207";
/// A value does not have the declared type.
pub const BAD_TYPE: &str = "H0208";
/// Labels of the wrong kind.
pub const BAD_LABEL: &str = "H0209";
/// A name is used before its definition.
pub const TOO_EARLY: &str = "H0210";
/// A part of the program is missing or repeated.
pub const STRUCTURE: &str = "H0211";
/// An assignment that is not possible.
pub const BAD_ASSIGNMENT: &str = "H0212";
/// A constant expression without a value.
pub const BAD_CONSTANT: &str = "H0213";
/// A module that does not exist.
pub const UNKNOWN_MODULE: &str = "H0214";
/// An item that a module does not have.
pub const UNKNOWN_ITEM: &str = "H0215";
/// A used item has the name of something else.
pub const USE_CLASH: &str = "H0216";
/// Modules that use each other.
pub const CYCLE: &str = "H0217";
/// A module that holds more than definitions.
pub const BAD_MODULE: &str = "H0218";
/// The option --loss names no loss.
pub const UNKNOWN_LOSS: &str = "H0219";
/// Mini-batches that cannot be made.
pub const BATCHES: &str = "H0220";
/// A loss that takes its score first.
pub const SWAPPED: &str = "H0221";
/// A column of ones that is prepared away.
pub const LOST_BIAS: &str = "H0222";

// ---- H03 — ranges and approximation

/// A score leaves the range of its approximation.
pub const RANGE_LEFT: &str = "H0301";
/// A function has no approximation.
pub const NO_APPROX: &str = "H0302";
/// An approximation that cannot be made.
pub const BAD_APPROX: &str = "H0303";
/// A function of a secret that is no polynomial.
pub const NOT_POLYNOMIAL: &str = "H0304";
/// Division by a secret.
pub const SECRET_DIVISOR: &str = "H0305";
/// Softmax couples the classes.
pub const SOFTMAX: &str = "H0306";
/// A loss that cannot be differentiated.
pub const BAD_LOSS: &str = "H0307";
/// A range that is empty.
pub const BAD_RANGE: &str = "H0308";
/// A public value that is not finite.
pub const BAD_PUBLIC: &str = "H0309";
/// A derivative that jumps.
pub const JUMP: &str = "H0310";
/// A loss without a lower bound.
pub const UNBOUNDED: &str = "H0311";
/// A function without a finite value in its range.
pub const INFINITE: &str = "H0312";
/// A loss without a curvature bound.
pub const NO_CURVATURE: &str = "H0313";
/// An approximation of the wrong sign.
pub const WRONG_WAY: &str = "H0314";
/// An approximation that is no better than a constant.
pub const USELESS: &str = "H0315";
/// Scores far outside of the range of their approximation.
pub const FAR_OUTSIDE: &str = "H0316";
/// A training that diverges.
pub const DIVERGES: &str = "H0317";
/// A value that is no finite number.
pub const NOT_FINITE: &str = "H0318";
/// A step that makes the loss larger.
pub const ASCENT: &str = "H0319";
/// A loss of shares, given other numbers.
pub const NO_SHARES: &str = "H0320";
/// A sigmoid around scores that a loss is given.
pub const TWO_SIGMOIDS: &str = "H0321";

// ---- H04 — places and secrecy

/// An owner's value meets a secret without being encrypted.
pub const OWNER_MEETS_SECRET: &str = "H0401";
/// Indexing by a secret.
pub const SECRET_INDEX: &str = "H0402";
/// A loop whose length is not public.
pub const SECRET_BOUND: &str = "H0403";
/// Encrypting a secret.
pub const ALREADY_SECRET: &str = "H0404";
/// A public value computed from data.
pub const NOT_PUBLIC: &str = "H0405";
/// Revealing what training does not compute.
pub const NOT_REVEALABLE: &str = "H0406";
/// An operation that secrets do not have.
pub const NOT_ON_SECRET: &str = "H0407";
/// The owner's part cannot be cut out of the program.
pub const INSEPARABLE: &str = "H0408";
/// Units that stay alike.
pub const ALIKE: &str = "H0409";

// ---- H05 — depth, precision and parameters

/// The program is too deep.
pub const DEPTH: &str = "H0501";
/// The result is not precise enough.
pub const PRECISION: &str = "H0502";
/// A value may outgrow the modulus.
pub const HEADROOM: &str = "H0503";
/// Two summands cannot be brought to one scale.
pub const SCALE: &str = "H0504";
/// A ring degree that is not supported.
pub const RING: &str = "H0505";
/// The evaluation keys exceed their budget.
pub const KEYS: &str = "H0506";
/// A run needs more memory than it may take.
pub const MEMORY: &str = "H0507";

// ---- H06 — packing

/// The model does not fit a ciphertext.
pub const TOO_WIDE: &str = "H0601";
/// A tensor over dimensions that have no place in the slots.
pub const NO_PLACE: &str = "H0602";
/// An operation without a packed form.
pub const NO_PACKED_FORM: &str = "H0603";
/// A product of secrets without a packed form.
pub const NO_PACKED_PRODUCT: &str = "H0604";
/// Two values that are packed differently.
pub const PACKED_DIFFERENTLY: &str = "H0605";
/// A packing hint that cannot be followed.
pub const PACKING: &str = "H0606";

// ---- H07 — data files

/// The owner's inputs are not one matrix and one vector of labels.
pub const DATA_INPUTS: &str = "H0720";
/// Scores that do not decide one label for each row.
pub const PREDICTION: &str = "H0721";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_sorted() {
        assert!(TABLE.windows(2).all(|pair| pair[0].code < pair[1].code));
        assert_eq!(explain("h0201").map(|e| e.code), Some(UNKNOWN_NAME));
        assert_eq!(explain("H9999"), None);
    }
}

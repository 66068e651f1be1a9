//! Changes of a program that may help.

use crate::source::Span;

/// A change that a stage knows of. Nobody is told of it before the changed program was compiled: see
/// [`crate::proposals::settled`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What to do, with everything that is to be written, in words that can be followed to the letter.
    pub words: String,
    /// The same as changes of the text.
    pub edits: Vec<Edit>,
}

/// A change of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Another text in this place.
    Replace(Span, String),
    /// The quotient by what stands in this place becomes a product with a text.
    Multiply(Span, String),
    /// Items before they are needed in this place: in front of the training, or of the line of a place before it.
    Items(Span, String),
}

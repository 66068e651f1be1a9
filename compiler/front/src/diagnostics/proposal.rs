//! Changes of a program that may help.

use hep_tensor::source::Span;

/// A change that a stage knows of. Nobody is told of it before the changed program was compiled: see
/// `hep_compiler::proposals::settled`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What to do, with everything that is to be written, in words that can be followed to the letter.
    pub words: String,
    /// The same as changes of the text.
    pub edits: Vec<Edit>,
}

impl Proposal {
    /// No scores of new rows are computed, unless they are computed otherwise, as is said in general.
    #[must_use]
    pub fn without_scores(otherwise: &str) -> Self {
        let words = format!(
            "{otherwise}, or leave `predict` out: the model is trained, and no scores of new rows are computed"
        );
        Self { words, edits: vec![Edit::WithoutScores] }
    }

    /// Whether nothing takes the place of what is taken away.
    #[must_use]
    pub fn takes_away(&self) -> bool {
        self.edits.iter().all(|edit| match edit {
            Edit::Replace(_, text) => text.is_empty(),
            Edit::WithoutScores | Edit::Definition(_) => true,
            Edit::Multiply(..) | Edit::Items(..) | Edit::Last(_) => false,
        })
    }

    /// Moves its places to where the text begins in the whole source.
    pub(super) fn shift(&mut self, base: usize) {
        for edit in &mut self.edits {
            if let Edit::Replace(place, _)
            | Edit::Multiply(place, _)
            | Edit::Items(place, _)
            | Edit::Definition(place) = edit
            {
                *place = place.shifted(base);
            }
        }
    }
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
    /// Items behind all others.
    Last(String),
    /// No definition of a function, a loss or a dimension that reaches from its name to the end of its formula.
    Definition(Span),
    /// No scores of new rows: the item `predict` is left out.
    WithoutScores,
}

//! What the compiler says to its user.
//!
//! A [`Diagnostic`] is data: a code from the table in [`codes`], one title, labeled spans, at most one note and one
//! help that can be pasted. [`render`] turns it into text, [`json`] into JSON. Stages build diagnostics with the
//! wording of their own domain; nothing here knows what a message is about.

pub mod codes;
pub mod json;
mod proposal;
pub mod render;
pub mod suggest;

use hep_tensor::source::Span;
pub use proposal::{Edit, Proposal};
use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The program compiles; its result may not be what was meant.
    Warning,
    /// The program does not compile.
    Error,
}

/// A piece of source text with a few words on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there; may be empty.
    pub text: String,
    /// Whether this is the place to look at first (`^^^^`) or context (`----`).
    pub primary: bool,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[must_use]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Code, e.g. `H0201`; explained in [`codes::explain`].
    pub code: &'static str,
    /// One line without a full stop.
    pub title: String,
    /// Places, the primary one first.
    pub labels: Vec<Label>,
    /// The reason, in one sentence with the numbers.
    pub note: Option<String>,
    /// What to write instead.
    pub help: Option<String>,
    /// Changes that may help, which are told in place of the help once they were tried.
    #[serde(skip)]
    pub proposals: Vec<Proposal>,
}

impl Diagnostic {
    /// An error with one of the codes of [`codes`].
    pub fn error(code: &'static str, title: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, title)
    }

    /// A warning with one of the codes of [`codes`].
    pub fn warning(code: &'static str, title: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, title)
    }

    fn new(severity: Severity, code: &'static str, title: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            title: title.into(),
            labels: vec![],
            note: None,
            help: None,
            proposals: vec![],
        }
    }

    /// Marks the place to look at first.
    pub fn at(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into(), primary: true });
        self
    }

    /// Marks a place that gives context.
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into(), primary: false });
        self
    }

    /// States the reason.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.note = Some(text.into());
        self
    }

    /// Says what to write instead.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Says what to write instead, where something is known.
    pub fn maybe_help(mut self, text: Option<String>) -> Self {
        self.help = text.or(self.help);
        self
    }

    /// Names changes that may help, for whoever can try them.
    pub fn proposing(mut self, proposals: impl IntoIterator<Item = Proposal>) -> Self {
        self.proposals.extend(proposals);
        self
    }

    /// The span of the first primary label, of the first label otherwise.
    #[must_use]
    pub fn span(&self) -> Option<Span> {
        self.labels.iter().find(|l| l.primary).or(self.labels.first()).map(|l| l.span)
    }

    /// Moves all places of a text to where the text begins in the whole source.
    pub fn shift(&mut self, base: usize) {
        for label in &mut self.labels {
            label.span = label.span.shifted(base);
        }
        self.proposals.iter_mut().for_each(|proposal| proposal.shift(base));
    }

    /// Whether it is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Orders messages as they occur in the file and removes repetitions.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|d| (d.span().map(|s| (s.start, s.end)), d.code));
    diagnostics.dedup();
}

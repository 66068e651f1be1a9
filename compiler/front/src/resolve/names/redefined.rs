//! Names that are there already.

use super::{Kind, Names, without};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes};
use crate::syntax::ast::{File, Ident, Let};
use hep_tensor::source::Span;

impl<'a> Names<'a> {
    /// The names of a `let` in a block; of a variable that is there it is an assignment.
    pub(super) fn define_names(&mut self, l: &'a Let) {
        let [name, others @ ..] = l.names.as_slice() else { return };
        let are_variables = l.names.iter().all(|name| self.variables.contains(name.name.as_str()));
        let first = self.known.get(name.name.as_str()).map(|(_, first)| *first);
        let Some(first) = first.filter(|_| are_variables) else {
            return l.names.iter().for_each(|name| self.define(name, Kind::Later));
        };
        let names = std::iter::once(name).chain(others).map(|name| name.name.as_str()).collect::<Vec<_>>();
        let words = format!("leave `let` out: `{} = ...` gives the variable a new value", names.join(", "));
        let word = Span::new(l.span.start, name.span.start);
        let edits = vec![Edit::Replace(word, String::new())];
        self.errors.push(twice(name, first).proposing([Proposal { words, edits }]));
    }
}

/// The message for a function with the name of one that is built in: that one serves as well.
pub(super) fn built_in(file: Option<&File>, name: &Ident) -> Diagnostic {
    let proposal = file.and_then(|file| without(&file.items, name.span)).map(|edit| Proposal {
        words: format!("leave the definition out: `{}` is there without it", name.name),
        edits: vec![edit],
    });
    Diagnostic::error(codes::REDEFINED, format!("`{}` is a built-in function", name.name))
        .at(name.span, "defined again here")
        .help("choose another name")
        .proposing(proposal)
}

/// The message for a name that is there already.
pub(super) fn twice(name: &Ident, first: Span) -> Diagnostic {
    Diagnostic::error(codes::REDEFINED, format!("`{}` is defined twice", name.name))
        .at(name.span, "defined again here")
        .and(first, "first defined here")
        .help("choose another name: a name means one thing in the whole file")
}

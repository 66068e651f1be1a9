//! What may be meant by a name that is none here: a loss, a definition of the library, the scores, a function of the program's own.

use super::clear::LETTERS;
use super::unknown::{SCORE_ERROR, SIGMOID_ERROR, of_numbers, using};
use super::{Inside, Names, form, formula, mentions};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes, suggest};
use crate::syntax::ast::{Function, Ident, Item};
use crate::syntax::walk::{statements, values};
use crate::syntax::{foreign, scored};
use hep_tensor::source::{Span, library};

impl<'a> Names<'a> {
    /// The only loss of the program, which nothing else names.
    pub(super) fn only_loss(&self, name: &str, span: Span) -> Option<Proposal> {
        let mut losses = self.items().filter_map(|item| match item {
            Item::Loss(loss) => Some(&loss.name.name),
            _ => None,
        });
        let only = losses.next().filter(|_| losses.next().is_none())?;
        let values = statements(self.trained).into_iter().flat_map(values);
        let is_free = values.into_iter().all(|value| !mentions(value, only));
        is_free.then(|| Proposal {
            words: format!("the loss of the program is called `{only}`: write `{only}` for `{name}`"),
            edits: vec![Edit::Replace(span, only.clone())],
        })
    }

    /// What the library calls like that, or nearly.
    pub(super) fn in_the_library(&self, name: &str, span: Span) -> Option<Proposal> {
        let header = self.file?.name.span.end;
        let header = Span::new(header, header);
        if name == SIGMOID_ERROR && self.targets_are_real() {
            let used = Edit::Replace(header, format!("\nuse losses.{SCORE_ERROR}"));
            let edits = vec![used, Edit::Replace(span, SCORE_ERROR.to_owned())];
            return Some(Proposal { words: of_numbers(), edits });
        }
        if let Some(module) = library::module_of(name) {
            let edits = vec![Edit::Replace(header, format!("\nuse {module}.{name}"))];
            return Some(Proposal { words: using(module, name), edits });
        }
        let known = suggest::nearest(name, library::definitions().map(|(_, known)| known))?;
        let module = library::module_of(known)?;
        let edits = vec![
            Edit::Replace(header, format!("\nuse {module}.{known}")),
            Edit::Replace(span, known.to_owned()),
        ];
        let words =
            format!("did you mean `{known}`? {}, and write `{known}` for `{name}`", using(module, known));
        Some(Proposal { words, edits })
    }

    /// The scores in place of what is decided by them, or of what nobody has defined.
    pub(super) fn undecided(&self) -> Vec<Proposal> {
        let (Inside::Predict(predicted), Some(file)) = (self.inside, self.file) else { return vec![] };
        let written = scored::undecided(file, predicted).map(formula);
        let texts = written.into_iter().chain(scored::scores(file));
        let proposals = texts.map(|text| Proposal {
            words: foreign::scores(&text),
            edits: vec![Edit::Replace(predicted.span, text)],
        });
        proposals.collect()
    }

    /// A function of the program that stands for one that is none here. Nobody else knows its formula.
    pub(super) fn own_function(&self, name: &str, called: Span, args: usize) -> Option<Proposal> {
        let is_free = |letter: &&str| !self.known.contains_key(*letter) && !self.dims.contains(*letter);
        let letters: Vec<&str> = LETTERS.into_iter().filter(is_free).take(args).collect();
        let first = letters.first().filter(|_| letters.len() == args)?;
        let form = format!("let {name}({})", letters.join(", "));
        let item = format!("{form} = {first}");
        let words = format!(
            "no such function is built in: add `{item}`, with a polynomial of your own in place of the `{first}` behind the `=`"
        );
        Some(Proposal { words, edits: vec![Edit::Items(called, item)] })
    }

    /// Scores that are revealed: what they are made of is.
    pub(super) fn scores_revealed(&mut self, function: &Function, name: &Ident, names: &[Ident]) {
        let mut written: Vec<&str> = Vec::new();
        for known in names {
            let params = function.params.iter().map(|param| param.name.name.as_str());
            let these: Vec<&str> = if known.name == name.name { params.collect() } else { vec![&known.name] };
            these.into_iter().for_each(|name| {
                if !written.contains(&name) {
                    written.push(name)
                }
            });
        }
        let written = written.join(", ");
        let words = format!(
            "write `reveal {written}`: what is revealed is a variable, and scores are those of `predict {}`",
            form(function)
        );
        let whole =
            names.first().zip(names.last()).map(|(first, last)| Span::new(first.span.start, last.span.end));
        let edits = whole.map(|whole| Edit::Replace(whole, written)).into_iter().collect();
        let error = Diagnostic::error(codes::BAD_CALL, format!("`{}` is a function, not a value", name.name))
            .at(name.span, "used as a value")
            .and(function.name.span, "defined here")
            .help("what is revealed is a variable of the training, and scores are those of `predict`")
            .proposing([Proposal { words, edits }]);
        self.errors.push(error);
    }
}

//! What the scores of `predict` decide: the kind of label follows from their shape against the labels.

use super::eval::formula;
use super::types::show;
use super::{Eval, Resolver};
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes};
use crate::syntax::ast::{Arg, Expr, ExprKind, Item};
use crate::syntax::print::plain;
use crate::syntax::scored;
use hep_plan::plan::LabelKind;
use hep_tensor::dag::NodeId;
use hep_tensor::graph::{Dim, Values};
use hep_tensor::source::Span;

const TITLE: &str = "`predict` does not decide one label for each row";

/// How many decisions a row has, by its label.
#[derive(Clone, Copy)]
enum Target {
    /// One of so many classes.
    Class(usize),
    /// A number.
    Number,
}

impl Resolver<'_> {
    /// How labels are read from data, and decided by scores. Every row gets one decision, or the program is refused.
    pub(super) fn label_kind(&mut self, label: NodeId) -> Eval<LabelKind> {
        let target = match self.b.ty(label).values {
            Values::Class { classes } => Target::Class(classes),
            Values::Bit | Values::OneHot => Target::Class(2),
            Values::Real => Target::Number,
        };
        let Some((node, span)) = self.predict else { return Ok(self.unpredicted(target)) };
        let rows = self.b.dims(label).first().cloned();
        let scores = self.b.dims(node).to_vec();
        let per_row = match scores.as_slice() {
            [first] if Some(first) == rows.as_ref() => 1,
            [first, second] if Some(first) == rows.as_ref() => second.size,
            _ => return Err(self.no_decisions(label, target, &scores, span)),
        };
        match (target, per_row) {
            (Target::Number, 1) => Ok(LabelKind::Real),
            (Target::Class(2), 1) if self.sigmoids.contains(&node) => {
                let error = Diagnostic::error(codes::PREDICTION, TITLE).at(span, "never negative");
                let error = error.note("the sign of a single score decides between two classes");
                let error = match self.sigmoid_of_scores() {
                    Some(scores) => error.help(scores.words.clone()).proposing([scores]),
                    None => error.help("leave the sigmoid out: the sign of what it is given decides"),
                };
                Err(self.report(error.proposing(self.undecided())))
            }
            (Target::Class(2), 1) => Ok(LabelKind::Binary),
            (Target::Class(classes), _) if per_row == classes => Ok(LabelKind::Classes(classes)),
            _ => Err(self.no_decisions(label, target, &scores, span)),
        }
    }

    /// The sigmoid that the predicted function of the training ends with, left out: a loss is given the scores.
    fn sigmoid_of_scores(&self) -> Option<Proposal> {
        let predicted = self.file.items.iter().find_map(|item| match item {
            Item::Predict(Expr { kind: ExprKind::Call { function, .. }, .. }) => Some(function.name.as_str()),
            _ => None,
        })?;
        let [result] = self.functions.get(predicted)?.results.as_slice() else { return None };
        let ExprKind::Call { function, args } = &result.kind else { return None };
        let [Arg { name: None, value }] = args.as_slice() else { return None };
        let (written, scores) = (plain(result), plain(value));
        let is_left_out = function.name == "sigmoid" && self.is_differentiated(predicted);
        is_left_out.then(|| Proposal {
            words: format!(
                "leave the sigmoid out: write `{scores}` for `{written}`; a loss of labels is given the scores, and their sign decides"
            ),
            edits: vec![Edit::Replace(result.span, scores.clone())],
        })
    }

    /// The scores that a sigmoid is taken of, or those of the training.
    fn undecided(&self) -> Vec<Proposal> {
        let predicted = self.file.items.iter().find_map(|item| match item {
            Item::Predict(predicted) => Some(predicted),
            _ => None,
        });
        let Some(predicted) = predicted else { return vec![] };
        let written = scored::undecided(self.file, predicted).map(formula);
        let proposals = written.into_iter().chain(scored::scores(self.file)).map(|text| Proposal {
            words: format!("the sign of what the sigmoid is given decides: write `predict {text}`"),
            edits: vec![Edit::Replace(predicted.span, text)],
        });
        proposals.collect()
    }

    /// Without scores nothing is decided, and labels are read as the loss wants them.
    fn unpredicted(&self, target: Target) -> LabelKind {
        let per_class = self.objective.as_ref().is_some_and(|o| o.values == Values::OneHot);
        match target {
            Target::Number => LabelKind::Real,
            Target::Class(2) if !per_class => LabelKind::Binary,
            Target::Class(classes) => LabelKind::Classes(classes),
        }
    }

    /// Refuses scores that are not one decision for each row.
    fn no_decisions(&mut self, label: NodeId, target: Target, scores: &[Dim], span: Span) -> super::Reported {
        let row = self.b.dims(label).first().map_or("n", |dim| dim.name.as_str());
        let name = self.b.graph.node(label).name.clone().unwrap_or_default();
        let class = self.classes.get(&label).map_or("c", |dim| dim.name.as_str());
        let expected = match target {
            Target::Number => format!("`{name}` holds one number per row: expected [{row}]"),
            Target::Class(2) => {
                format!(
                    "`{name}` has 2 classes: expected [{row}], or [{row}, {class}] with a score per class"
                )
            }
            Target::Class(classes) => format!("`{name}` has {classes} classes: expected [{row}, {class}]"),
        };
        let sizes: Vec<String> = scores.iter().map(|dim| dim.size.to_string()).collect();
        let found = match scores {
            [] => show(scores),
            _ => format!("scores are {} = {}", show(scores), sizes.join(" × ")),
        };
        let turned = matches!(scores, [_, second] if second.name == row);
        let help = if turned {
            "transpose the scores: rows come first"
        } else if scores.first().is_some_and(|first| first.name == row) {
            "give as many scores per row as decide one label"
        } else {
            "give a score to each row of the features"
        };
        let error = Diagnostic::error(codes::PREDICTION, TITLE);
        self.report(
            error.at(span, found).note(expected).help(help).proposing([Proposal::without_scores(help)]),
        )
    }
}

//! Programs that compile, and do something else than what they look like: each is a warning.

use super::Resolver;
use super::lost_ones::lost_ones;
use crate::approx;
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes};
use crate::syntax::ast::{Expr, ExprKind, Function};
use crate::syntax::print::{expression, plain};
use hep_tensor::dag::NodeId;
use hep_tensor::scalar;

/// Scores at which a loss is looked at.
const SCORES: [f64; 5] = [-2.0, -0.5, 0.0, 0.75, 2.0];

impl<'a> Resolver<'a> {
    /// Says that a loss takes its score first, once: with the label in its first place it teaches nothing at one of the labels
    /// 0 and 1 or falls without limit, and with the score there it is a loss of both. Where the labels are others, or both orders
    /// make sense, nothing is known.
    pub(super) fn warn_swapped(&mut self, loss: &Function, formula: &scalar::Expr, labels: &[f64]) {
        let [first, second] = loss.params.as_slice() else { return };
        let turned = formula.substitute(&scalar::Expr::z(), &scalar::Expr::y());
        if labels != [0.0, 1.0] || !teaches_nothing(formula) || !tells_labels_apart(&turned) {
            return;
        }
        let (first, second) = (first.name.name.as_str(), second.name.name.as_str());
        let name = &loss.name.name;
        let warning = Diagnostic::warning(codes::SWAPPED, format!("the loss `{name}` takes its score first"))
            .at(loss.name.span, format!("`{first}` is given the label, and `{second}` the score"))
            .note("a loss is given the label, then the score: so it cannot be trained, and the other way round it can")
            .help(format!("turn them round: `loss {name}({second}, {first}) = ...`"));
        self.warn_once(warning);
    }

    /// Says that the scores of a loss which has a sigmoid in it are those of another one: between 0 and 1 the loss has no smallest
    /// value, and it has values for all scores.
    pub(super) fn warn_two_sigmoids(&mut self, scores: &Function, (loss, formula): (&str, &scalar::Expr)) {
        let [result] = scores.results.as_slice() else { return };
        let ExprKind::Call { function, args } = &result.kind else { return };
        let ([inner], "sigmoid") = (args.as_slice(), function.name.as_str()) else { return };
        if !is_of_scores(formula) {
            return;
        }
        let (text, whole) = (plain(&inner.value), plain(result));
        let words = format!("leave it out: write `{text}` for `{whole}`");
        let warning = Diagnostic::warning(
            codes::TWO_SIGMOIDS,
            format!("the loss `{loss}` is given sigmoids, and has a sigmoid in it"),
        )
        .at(result.span, "between 0 and 1")
        .note("a loss of labels is given scores of any size: between 0 and 1 it has no smallest value")
        .help(words.clone())
        .proposing([Proposal { words, edits: vec![Edit::Replace(result.span, text)] }]);
        self.warn_once(warning);
    }

    /// Says that a column of ones is prepared away: what is encrypted has it in every row, and mean 0 in every column.
    pub(super) fn warn_lost_bias(&mut self, value: &Expr, node: NodeId) {
        let Some(ones) = lost_ones(&self.b.graph, node) else { return };
        let help = self.bias_behind(value).unwrap_or_else(|| {
            "add the column to what is prepared, as in `bias(standardise(X0))` with `use preprocessing.standardise`"
                .to_owned()
        });
        let warning = Diagnostic::warning(codes::LOST_BIAS, "the column of ones becomes 0")
            .at(value.span, "every column of this has mean 0")
            .and(self.b.graph.node(ones).span, "the column of ones is added here")
            .note("the mean of every column is taken off it, so that no intercept is trained")
            .help(help);
        self.warn_once(warning);
    }

    /// `f(bias(X0))` as `bias(f(X0))`, also where the column is added in a value of its own.
    fn bias_behind(&self, value: &Expr) -> Option<String> {
        let ExprKind::Call { function, args } = &value.kind else { return None };
        let [arg] = args.as_slice() else { return None };
        let named = match &arg.value.kind {
            ExprKind::Name(name) => self.formulas.get(name.as_str()).copied(),
            _ => None,
        };
        let features = [Some(&arg.value), named].into_iter().flatten().find_map(|expr| match &expr.kind {
            ExprKind::Call { function, args } if function.name == "bias" => args.first(),
            _ => None,
        })?;
        let name = function.name.rsplit('.').next().unwrap_or(&function.name);
        Some(format!("add the column last: `bias({name}({}))`", expression(&features.value)))
    }
}

/// Whether a loss has values for all scores, and falls beyond 0 and 1 at the label that is there.
fn is_of_scores(loss: &scalar::Expr) -> bool {
    const STEP: f64 = 1e-4;
    const LEAST: f64 = 0.05;
    let slope =
        |label: f64, at: f64| (loss.eval(label, at + STEP) - loss.eval(label, at - STEP)) / (2.0 * STEP);
    let is_everywhere =
        [0.0, 1.0].iter().all(|label| SCORES.iter().all(|z| loss.eval(*label, *z).is_finite()));
    is_everywhere && slope(0.0, 0.0) > LEAST && slope(1.0, 1.0) < -LEAST
}

/// Whether a loss does not change with the score at a label, or falls without limit.
fn teaches_nothing(loss: &scalar::Expr) -> bool {
    let constant = |label: f64| {
        let at = |score: f64| loss.eval(label, score);
        let size = at(0.0).abs().max(1.0);
        SCORES.iter().all(|score| (at(*score) - at(0.0)).abs() <= 1e-9 * size)
    };
    constant(0.0) || constant(1.0) || approx::unbounded(loss, &[0.0, 1.0]).is_some()
}

/// Whether a loss draws the score of the label 1 up and that of the label 0 down.
fn tells_labels_apart(loss: &scalar::Expr) -> bool {
    const STEP: f64 = 1e-4;
    let slope = |label: f64| (loss.eval(label, STEP) - loss.eval(label, -STEP)) / (2.0 * STEP);
    let (down, up) = (slope(0.0), slope(1.0));
    !teaches_nothing(loss) && down > 0.0 && up < 0.0
}

//! Softmax, which is no function of one score, and what is written in its place.

use super::Resolver;
use super::eval::formula;
use super::names::form;
use crate::diagnostics::{Diagnostic, Edit, Proposal, codes};
use crate::syntax::ast::{Arg, Expr, ExprKind, File, Ident, Item};
use crate::syntax::walk::{expressions, statements, training, values};
use hep_tensor::source::Span;

/// A loss that trains one score per class.
pub(super) const LOSS: &str = "use one sigmoid per class: `loss sle(y, z) = -log(abs(1 - y - sigmoid(z)))`";

/// The error wherever it stands.
pub(super) fn error(expr: &Expr) -> Diagnostic {
    Diagnostic::error(codes::SOFTMAX, "softmax couples the classes")
        .at(expr.span, "depends on the scores of all classes")
        .note("an approximation replaces functions of one score, and softmax is none")
}

/// The loss around a softmax with a sigmoid for each class.
pub(super) fn per_class(file: &File, at: Span) -> Option<Proposal> {
    let loss = file.items.iter().find_map(|item| match item {
        Item::Loss(loss) if loss.results.iter().any(|result| result.span.contains(at)) => Some(loss),
        _ => None,
    })?;
    let ([y, z], [result]) = (loss.params.as_slice(), loss.results.as_slice()) else { return None };
    let text = format!("-log(abs(1 - {} - sigmoid({})))", y.name.name, z.name.name);
    let words = format!("use one sigmoid per class: write `loss {} = {text}`", form(loss));
    Some(Proposal { words, edits: vec![Edit::Replace(result.span, text)] })
}

impl Resolver<'_> {
    /// The error in a value. Scores that a loss is given need no function around them, because it has one sigmoid per class.
    pub(super) fn softmax_of(&self, expr: &Expr, function: &Ident, args: &[Arg]) -> Diagnostic {
        let error = error(expr);
        let Some(Arg { value, .. }) = args.first() else { return error.help(LOSS) };
        let scores = formula(value);
        let given = args.iter().map(|arg| match &arg.name {
            Some(name) => format!("{} = {}", name.name, formula(&arg.value)),
            None => formula(&arg.value),
        });
        let written = format!("{}({})", function.name, given.collect::<Vec<_>>().join(", "));
        if !self.is_score(expr) {
            return error
                .help(format!("use one sigmoid per class: write `sigmoid({scores})` for `{written}`"));
        }
        let words = format!(
            "leave it out, and write `{scores}` for `{written}`: the loss is given the scores, and has one sigmoid per class"
        );
        let edits = vec![Edit::Replace(expr.span, scores)];
        let with_loss =
            self.calls.last().and_then(|(name, _)| self.of_probabilities(|_, scores, _| scores == name));
        let help = with_loss.as_ref().map_or_else(|| words.clone(), |whole| whole.words.clone());
        error.help(help).proposing(with_loss).proposing([Proposal { words, edits }])
    }

    /// Whether a value is what a function gives that the training differentiates.
    fn is_score(&self, expr: &Expr) -> bool {
        let Some((name, _)) = self.calls.last() else { return false };
        let is_result = |result: &Expr| result.span == expr.span;
        if !self.functions.get(name.as_str()).is_some_and(|f| f.results.iter().any(is_result)) {
            return false;
        }
        self.is_differentiated(name)
    }

    /// Whether a gradient is taken of a function.
    pub(super) fn is_differentiated(&self, name: &str) -> bool {
        let mut is_differentiated = false;
        for value in training(self.file).iter().flat_map(|train| statements(&train.body)).flat_map(values) {
            expressions(value, &mut |part| {
                if let ExprKind::Call { function, args } = &part.kind
                    && function.name == "grad"
                    && let Some(Arg { value: Expr { kind: ExprKind::Name(scores), .. }, .. }) = args.get(2)
                {
                    is_differentiated |= scores == name;
                }
                true
            });
        }
        is_differentiated
    }
}

//! Losses that compile and may not train.

use super::Resolver;
use crate::approx::{self, Approximation};
use crate::autodiff::labels::Branches;
use crate::diagnostics::{Diagnostic, codes};
use crate::scalar;
use crate::source::Span;
use crate::syntax::ast::Function;

impl Resolver<'_> {
    /// Says that a loss falls without limit, once.
    pub(super) fn warn_unbounded(&mut self, loss: &Function, formula: &scalar::Expr) {
        let Some(fall) = approx::unbounded(formula) else { return };
        let direction = if fall.upwards { "grows" } else { "falls" };
        let name = &loss.name.name;
        let warning = Diagnostic::warning(codes::UNBOUNDED, format!("the loss `{name}` has no lower bound"))
            .at(
                loss.results.first().map_or(loss.name.span, |body| body.span),
                format!("falls without limit for y = {} as the score {direction}", fall.label.value()),
            )
            .note("minimising it drives the scores apart for ever, which is not training")
            .help("use a loss with a smallest value: `-log(abs(1 - y - sigmoid(z)))`");
        self.warn_once(warning);
    }

    /// Says that a polynomial pushes scores the wrong way where training starts, once.
    pub(super) fn warn_wrong_way(
        &mut self,
        loss: &str,
        branches: &Branches,
        approximation: &Approximation,
        expr: Span,
    ) {
        let Some(found) = approx::wrong_way(branches, approximation) else { return };
        let (lo, hi) = approximation.domain.unwrap_or_default();
        let span = self.approximations.line(loss).map_or(expr, |(line, _)| line.span);
        let title = format!("the approximation of `{loss}` points the wrong way at the score {}", found.z);
        let warning = Diagnostic::warning(codes::WRONG_WAY, title)
            .at(
                span,
                format!(
                    "at y = {} the derivative is {:.3} there, the polynomial {:.3}",
                    found.label.value(),
                    found.derivative,
                    found.polynomial
                ),
            )
            .note("a gradient step then makes the loss of such scores larger")
            .help(format!(
                "choose a range on which a polynomial can follow: `on {} .. {}`",
                lo / 4.0,
                hi / 4.0
            ));
        self.warn_once(warning);
    }

    fn warn_once(&mut self, warning: Diagnostic) {
        if !self.messages.contains(&warning) {
            self.messages.push(warning);
        }
    }
}

//! Losses as formulas, their derivatives, and what is evaluated in place of those.

use super::formula::Formulas;
use super::gradient::Derivative;
use super::{Eval, Reported, Resolver};
use crate::approx::{self, ApproxError, Approximation};
use crate::autodiff::labels::{smoothed, split};
use hep_tensor::source::Span;

impl Resolver<'_> {
    /// The derivative of a loss by its name, split on its label.
    pub(super) fn derivative(&mut self, name: &str, span: Span, labels: &[f64]) -> Eval<Derivative> {
        let Some(&loss) = self.losses.get(name) else { return Err(Reported) };
        let formula = Formulas::loss(self, loss);
        let formula = formula.map_err(|error| {
            // A loss is used in several places and said to be wrong once.
            if self.messages.contains(&error) { Reported } else { self.report(error) }
        })?;
        self.warn_swapped(loss, &formula, labels);
        self.warn_unbounded(loss, &formula, labels);
        let surrogates = if self.exact { vec![] } else { self.approximations.surrogates.clone() };
        let branches =
            split(&formula, &surrogates).map_err(|error| self.approx_error(&error.into(), span))?;
        let smooth = smoothed(&formula, &surrogates);
        Ok(Derivative { name: name.to_owned(), loss: formula, smooth, branches })
    }

    /// What is evaluated in place of the derivative.
    pub(super) fn approximated(&mut self, found: &Derivative) -> Eval<Approximation> {
        let request = self.approximations.request(&found.name);
        approx::approximate(&found.branches, &request).map_err(|error| {
            let line = self.approximations.line(&found.name).map(|(line, _)| line.span);
            let loss = self.losses.get(found.name.as_str()).map(|loss| loss.name.span);
            let known = self.messages.iter().any(|m| m.note.as_deref() == Some(error.to_string().as_str()));
            // A jump is in the loss, whatever line was tried.
            let at = if let ApproxError::Jump { .. } = error { loss } else { line.or(loss) };
            match at {
                Some(at) if !known => self.approx_error(&error, at),
                _ => Reported,
            }
        })
    }
}

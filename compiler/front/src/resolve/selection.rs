//! The loss in place of those that are written: one program, compared under several losses.
//!
//! The written names stay as they are and are checked like all others; where a loss is differentiated the selected one
//! is taken. An `approx grad` line that fits says how far and how well a derivative is wanted, so that it holds for the
//! loss in place of its own as well. Coefficients belong to one function and do not.

use super::Resolver;
use crate::approx::Rule;
use crate::diagnostics::{Diagnostic, codes, suggest};
use crate::library;
use hep_plan::setting::Setting;
use hep_tensor::source::library::loss_meant;

impl<'a> Resolver<'a> {
    /// Finds the loss of this name.
    pub(super) fn select_loss(&mut self, wanted: Option<&str>) {
        let Some(wanted) = wanted else { return };
        self.selected = self.losses.get_key_value(wanted).map(|(name, _)| *name);
        if self.selected.is_none() {
            let error = self.no_such_loss(wanted);
            self.report(error);
        }
    }

    fn no_such_loss(&self, wanted: &str) -> Diagnostic {
        let own: Vec<&str> = self.losses.keys().copied().collect();
        let list = if own.is_empty() { "no loss".into() } else { own.join(", ") };
        let library = library::losses();
        let names = own.into_iter().chain(library.iter().map(String::as_str));
        let plain = wanted.rsplit('.').next().unwrap_or(wanted);
        let meant = loss_meant(plain).map(|(_, loss)| loss);
        let near = meant.or_else(|| suggest::nearest(wanted, names));
        let near = near.map(|near| format!("did you mean {}?", Setting::Loss.to(near)));
        let qualified: Vec<String> = library.iter().map(|name| format!("losses.{name}")).collect();
        Diagnostic::error(
            codes::UNKNOWN_LOSS,
            format!("{}: there is no loss `{wanted}`", Setting::Loss.to(wanted)),
        )
        .at(self.file.name.span, format!("this program has {list}"))
        .note(format!("the library has {}", qualified.join(", ")))
        .maybe_help(near)
    }

    /// The loss that is differentiated where this one is written.
    pub(super) fn loss_for<'n>(&self, written: &'n str) -> &'n str
    where
        'a: 'n,
    {
        self.selected.unwrap_or(written)
    }

    /// The line of a replaced loss for the selected one, where that has none.
    pub(super) fn select_approximations(&mut self) {
        let Some(selected) = self.selected else { return };
        let lines = &mut self.approximations;
        let fits = |rule: &Rule| matches!(rule, Rule::Fit(_));
        // A fit of the sigmoid serves every loss.
        let fitted = lines.functions.get("sigmoid").is_some_and(|line| fits(&line.rule));
        if fitted || lines.gradients.contains_key(selected) {
            return;
        }
        let line = lines.gradients.values().find(|line| fits(&line.rule)).cloned();
        lines.gradients.extend(line.map(|line| (selected.to_owned(), line)));
    }
}

//! Polynomials of lower degree.

use super::Trials;
use crate::analyze;
use crate::refusals::Shortage;
use hep_front::syntax::ast::{Approx, ApproxRule, Degree, ExprKind, Item};
use hep_tensor::source::SourceFile;

impl Trials<'_, '_, '_> {
    /// The highest lower degree of all fitted polynomials with which the program has a plan.
    pub(super) fn degrees(&mut self) {
        let Ok(analysis) = analyze(self.source, self.options) else { return };
        let fitted: Vec<(&Approx, usize)> = analysis.ast.items.iter().filter_map(degree).collect();
        let Some(highest) = fitted.iter().map(|(_, degree)| *degree).max() else { return };
        // The last degree before one more level is needed.
        let lower =
            (1..usize::BITS).rev().map(|bits| (1 << bits) - 1).filter(|degree: &usize| *degree < highest);
        let mut last = Err(Shortage::Other);
        for lower in lower {
            let changed = fitted.iter().filter(|(_, degree)| *degree > lower);
            let lines: Vec<(&Approx, String)> = changed
                .filter_map(|(item, _)| Some((*item, with_degree(self.source, item, lower)?)))
                .collect();
            // From the last on, so that the places of the others stay.
            let edited = lines
                .iter()
                .rev()
                .try_fold(self.source.clone(), |source, (item, line)| source.replaced(item.span, line));
            let Some(edited) = edited else { return };
            let shown: Vec<String> = lines.iter().map(|(_, line)| format!("`{line}`")).collect();
            let words = format!("approximate by polynomials of degree {lower}: {}", shown.join(" and "));
            last = self.proves(&edited, self.options, words);
            if matches!(last, Ok(_) | Err(Shortage::Time)) {
                break;
            }
        }
        self.note(last, "polynomials of lower degree");
    }
}

/// A fitted polynomial whose degree is written as a number.
fn degree(item: &Item) -> Option<(&Approx, usize)> {
    let Item::Approx(approx) = item else { return None };
    let ApproxRule::Fit { degree: Some(Degree::Number(number)), .. } = &approx.rule else { return None };
    let ExprKind::Number { text, .. } = &number.kind else { return None };
    Some((approx, text.parse().ok()?))
}

/// The line of an approximation with another degree.
fn with_degree(source: &SourceFile, item: &Approx, degree: usize) -> Option<String> {
    let ApproxRule::Fit { degree: Some(Degree::Number(number)), .. } = &item.rule else { return None };
    let before = source.text.get(item.span.start..number.span.start)?;
    let after = source.text.get(number.span.end..item.span.end)?;
    Some(format!("{before}{degree}{after}"))
}

//! Changes to a program that keep its scores inside the ranges of its approximations, each tried on the user's data before
//! it is proposed.
//!
//! A wider range changes the polynomial and with it the whole training, and a smaller step changes the scores: what helps
//! is found by trying, on the text, so that what was tried is what a user would paste.

use super::ends::{Range, around, reach, stretched};
use super::refits::{Fitted, Lines, Wanted};
use crate::proposals::{fewer, smaller};
use crate::{Analysis, Options};
use hep_tensor::Program;
use hep_tensor::graph::RangeCheck;
use hep_tensor::ranges::RangeReport;
use hep_tensor::source::{SourceFile, Span};

/// Degrees that are tried on another range, whatever their error is.
const DEGREES: [usize; 3] = [3, 7, 15];
/// Wider ranges tried: a wider range may let scores grow further.
const ATTEMPTS: usize = 4;
/// Shares of the step that are tried.
const STEPS: [f64; 4] = [0.5, 0.25, 0.1, 0.05];

/// What is said of what helps.
const INSIDE: &str = "on these data all scores then stay inside";

/// A changed program compiled and run on the user's data; `None` when it does not compile or run.
pub type Attempt<'a> = dyn FnMut(&SourceFile, &Options) -> Option<(Program, Vec<RangeReport>)> + 'a;
/// Whether a changed program does beyond that.
pub type Does<'a> = dyn FnMut(&SourceFile, &Options) -> bool + 'a;

/// What keeps the scores of a check inside, found by trying; `None` when nothing tried does.
///
/// `reports` are those of the program as it is; `options` have the sizes of the data. What keeps them inside is proposed only
/// where the program does with it.
pub fn advise(
    source: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    (check, reports): (usize, &[RangeReport]),
    (run, does): (&mut Attempt<'_>, &mut Does<'_>),
) -> Option<String> {
    let mut trial = Trial { lines: Lines { source, analysis, options }, index: check, run, does };
    let wider = trial.wider(reports).or_else(|| trial.together(reports));
    let smaller = trial.smaller_step();
    match (wider, smaller) {
        (Some(wider), Some(smaller)) => {
            Some(format!("write {wider}, or take smaller steps, {smaller}: {INSIDE}"))
        }
        (Some(wider), None) => Some(format!("write {wider}: {INSIDE}")),
        (None, Some(smaller)) => Some(format!("take smaller steps, {smaller}: {INSIDE}")),
        (None, None) => None,
    }
}

/// Fewer iterations, in which the scores stay inside.
pub(super) fn fewer_inside(
    source: &SourceFile,
    options: &Options,
    run: &mut Attempt<'_>,
    does: &mut Does<'_>,
) -> Option<String> {
    let fewer = fewer(source, options, &mut |source, options| {
        let inside = run(source, options).is_some_and(|(_, found)| found.iter().all(|r| r.outside == 0.0));
        inside && does(source, options)
    });
    fewer.map(|fewer| format!("{fewer}: {INSIDE}"))
}

/// A range elsewhere that holds the scores, where the function has another size: the data decide, by what `does`. Where no good
/// polynomial on a wider range has a plan, a rougher one of fewer levels, whose error is said.
pub(super) fn moved(
    source: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    (check, reports): (usize, &[RangeReport]),
    (run, does): (&mut Attempt<'_>, &mut Does<'_>),
) -> Option<String> {
    let mut trial = Trial { lines: Lines { source, analysis, options }, index: check, run, does };
    let moved = DEGREES.iter().find_map(|degree| trial.elsewhere(reports, *degree));
    let moved = moved.or_else(|| {
        let degrees = trial.lines.rough(check);
        degrees.into_iter().find_map(|degree| trial.held(reports, around, Wanted::Rough(degree)))
    })?;
    Some(format!("write {moved}: {INSIDE}"))
}

struct Trial<'a, 'r> {
    lines: Lines<'a>,
    index: usize,
    run: &'a mut Attempt<'r>,
    does: &'a mut Does<'r>,
}

impl Trial<'_, '_> {
    fn check(&self) -> &RangeCheck {
        self.lines.check(self.index)
    }

    /// All checks that read the line of this one: a function that is used twice has one range.
    fn uses(&self) -> Vec<usize> {
        let checks = self.lines.analysis.program.checks.iter().enumerate();
        checks.filter(|(_, c)| c.domain_span == self.check().domain_span).map(|(index, _)| index).collect()
    }

    /// New lines for all approximations whose scores leave their ranges, where no line alone is enough: what leaves one range
    /// often goes on to leave the next.
    fn together(&mut self, reports: &[RangeReport]) -> Option<String> {
        let (asked, checks) = (self.index, &self.lines.analysis.program.checks);
        let first = |index: &usize| {
            checks.iter().position(|check| check.domain_span == checks[*index].domain_span) == Some(*index)
        };
        let lines: Vec<usize> = (0..checks.len()).filter(first).collect();
        if lines.len() < 2 {
            return None;
        }
        let mut domains: Vec<Range> = lines.iter().map(|index| checks[*index].domain).collect();
        let mut reports = reports.to_vec();
        let mut found = None;
        for _ in 0..ATTEMPTS {
            let mut fitted: Vec<(Span, Fitted)> = Vec::new();
            for (index, domain) in lines.iter().zip(&mut domains) {
                self.index = *index;
                let uses = self.uses();
                if reports.iter().any(|r| uses.contains(&r.check) && r.outside > 0.0) {
                    *domain = around(reach(&uses, *domain, true, &reports)?, *domain);
                }
                if *domain != self.check().domain {
                    let place = self.lines.item(*index)?.span;
                    fitted.push((place, self.lines.fitted(*index, *domain, Wanted::AsGood)?));
                }
            }
            // From the last on, so that the places of the others stay.
            fitted.sort_by_key(|(span, _)| *span);
            let replace = |text: SourceFile, (span, with): &(Span, Fitted)| text.replaced(*span, &with.line);
            let edited = fitted.iter().rev().try_fold(self.lines.source.clone(), replace)?;
            let (_, seen) = (self.run)(&edited, self.lines.options)?;
            if seen.iter().all(|r| r.outside == 0.0) {
                let lines: Vec<String> =
                    fitted.iter().map(|(_, with)| format!("`{}` ({})", with.line, with.costs)).collect();
                found = (self.does)(&edited, self.lines.options).then(|| lines.join(" and "));
                break;
            }
            reports = seen;
        }
        self.index = asked;
        found
    }

    /// The `approx` item on a range that holds all scores, of the lowest degree whose error is the present one at most: the present
    /// range made wider, or else one around the scores alone.
    fn wider(&mut self, reports: &[RangeReport]) -> Option<String> {
        let held = self.held(reports, around, Wanted::AsGood);
        held.or_else(|| self.held(reports, |scores, _| stretched(scores, 1.0), Wanted::AsGood))
    }

    /// A line of this degree on a range around the scores: steep polynomials lose precision, so that wider ones are tried.
    fn elsewhere(&mut self, reports: &[RangeReport], degree: usize) -> Option<String> {
        let ranges: [fn(Range, Range) -> Range; 3] = [
            |scores, _| stretched(scores, 1.0),
            |scores, _| stretched(scores, 2.0),
            |scores, _| stretched(scores, 4.0),
        ];
        ranges.into_iter().find_map(|range| self.held(reports, range, Wanted::Degree(degree)))
    }

    /// A line that holds all scores, on a range made of them and the present one.
    fn held(
        &mut self,
        reports: &[RangeReport],
        range: fn(Range, Range) -> Range,
        wanted: Wanted,
    ) -> Option<String> {
        let mut domain = self.check().domain;
        let uses = self.uses();
        let mut scores = reach(&uses, domain, wanted.is_wider(), reports)?;
        for _ in 0..ATTEMPTS {
            if self.lines.options.patience.is_over() {
                return None;
            }
            domain = range(scores, domain);
            let Fitted { line, edited, costs, .. } = self.lines.fitted(self.index, domain, wanted)?;
            let (_, reports) = (self.run)(&edited, self.lines.options)?;
            if reports.iter().all(|r| r.outside == 0.0) {
                return (self.does)(&edited, self.lines.options).then(|| format!("`{line}` ({costs})"));
            }
            let next = reach(&uses, domain, wanted.is_wider(), &reports)?;
            scores = (scores.0.min(next.0), scores.1.max(next.1));
        }
        None
    }

    /// A share of the gradient with which the scores stay inside.
    fn smaller_step(&mut self) -> Option<String> {
        let Lines { source, analysis, options } = self.lines;
        let call = self.check().use_span;
        source.slice(call).starts_with("grad").then_some(())?;
        for share in STEPS {
            let (edited, line) = smaller(source, &analysis.ast, call, share)?;
            let (_, reports) = (self.run)(&edited, options)?;
            if reports.iter().all(|r| r.outside == 0.0) && (self.does)(&edited, options) {
                return Some(line);
            }
        }
        None
    }
}

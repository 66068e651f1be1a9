//! Changes to a program that keep its scores inside the ranges of its approximations, each tried on the user's data before
//! it is proposed.
//!
//! A wider range changes the polynomial and with it the whole training, and a smaller step changes the scores: what helps
//! is found by trying, on the text, so that what was tried is what a user would paste.

use super::remedies::smaller;
use crate::proposals::fewer;
use crate::{Analysis, Options, analyze};
use hep_front::approx::depth;
use hep_front::syntax::ast::{self, Approx, ApproxRule, Degree, Item};
use hep_plan::number::shown;
use hep_tensor::Program;
use hep_tensor::graph::RangeCheck;
use hep_tensor::ranges::RangeReport;
use hep_tensor::source::{SourceFile, Span};

/// Highest degree proposed (four levels).
const MAX_DEGREE: usize = 15;
/// Degrees that are tried on another range, whatever their error is.
const DEGREES: [usize; 3] = [3, 7, 15];
/// Wider ranges tried: a wider range may let scores grow further.
const ATTEMPTS: usize = 4;
/// Scores spread over this many domains are those of a training that runs away.
const RUNAWAY: f64 = 4.0;
/// A fit on a wider range may be this much worse than the present one.
const WORSE: f64 = 1.5;
/// The largest error of a fit elsewhere, and of one on a wider range that is none already, as a share of what the function
/// varies there: half is the error of a constant.
const SHARE: f64 = 0.2;
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
    let mut trial = Trial { source, analysis, options, index: check, run, does };
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

/// A range elsewhere that holds the scores, where the function has another size: the data decide, by what `does`.
pub(super) fn moved(
    source: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    (check, reports): (usize, &[RangeReport]),
    (run, does): (&mut Attempt<'_>, &mut Does<'_>),
) -> Option<String> {
    let mut trial = Trial { source, analysis, options, index: check, run, does };
    let moved = DEGREES.iter().find_map(|degree| trial.elsewhere(reports, *degree))?;
    Some(format!("write {moved}: {INSIDE}"))
}

/// Smallest and largest score of all iterations, of all uses of one line; of a training that runs away, those up to the first
/// iteration outside, and twice the domain where that is to hold them.
fn reach(checks: &[usize], domain: Range, twice: bool, reports: &[RangeReport]) -> Option<Range> {
    let own = || reports.iter().filter(|r| checks.contains(&r.check));
    let hull = |last: u32| {
        let seen = own().filter(|r| r.iteration <= last);
        seen.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), r| (lo.min(r.lo), hi.max(r.hi)))
    };
    let (lo, hi) = hull(u32::MAX);
    let numbers = own().all(|r| r.lo.is_finite() && r.hi.is_finite());
    if numbers && hi - lo <= RUNAWAY * (domain.1 - domain.0) {
        return Some((lo, hi));
    }
    let (lo, hi) = hull(own().find(|r| r.outside > 0.0)?.iteration);
    let (middle, half) = (domain.0 / 2.0 + domain.1 / 2.0, domain.1 - domain.0);
    let (lo, hi) = if twice { (lo.min(middle - half), hi.max(middle + half)) } else { (lo, hi) };
    (lo.is_finite() && hi.is_finite()).then_some((lo, hi))
}

/// Ends of a range.
type Range = (f64, f64);

/// A line on another range.
struct Fitted {
    line: String,
    /// The program with it.
    edited: SourceFile,
    /// Its largest error, and that as a share of what the function varies.
    error: f64,
    share: f64,
    /// What it costs, in words.
    costs: String,
}

struct Trial<'a, 'r> {
    source: &'a SourceFile,
    analysis: &'a Analysis,
    options: &'a Options,
    index: usize,
    run: &'a mut Attempt<'r>,
    does: &'a mut Does<'r>,
}

impl Trial<'_, '_> {
    fn check(&self) -> &RangeCheck {
        &self.analysis.program.checks[self.index]
    }

    /// All checks that read the line of this one: a function that is used twice has one range.
    fn uses(&self) -> Vec<usize> {
        let checks = self.analysis.program.checks.iter().enumerate();
        checks.filter(|(_, c)| c.domain_span == self.check().domain_span).map(|(index, _)| index).collect()
    }

    /// New lines for all approximations whose scores leave their ranges, where no line alone is enough: what leaves one range
    /// often goes on to leave the next.
    fn together(&mut self, reports: &[RangeReport]) -> Option<String> {
        let (asked, checks) = (self.index, &self.analysis.program.checks);
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
            let mut fitted = Vec::new();
            for (index, domain) in lines.iter().zip(&mut domains) {
                self.index = *index;
                let uses = self.uses();
                if reports.iter().any(|r| uses.contains(&r.check) && r.outside > 0.0) {
                    *domain = around(reach(&uses, *domain, true, &reports)?, *domain);
                }
                if *domain != self.check().domain {
                    let item = line(&self.analysis.ast, self.check().domain_span)?.clone();
                    fitted.push((item.span, self.as_good(&item, *domain)?));
                }
            }
            // From the last on, so that the places of the others stay.
            fitted.sort_by_key(|(span, _)| *span);
            let replace = |text: SourceFile, (span, with): &(Span, Fitted)| text.replaced(*span, &with.line);
            let edited = fitted.iter().rev().try_fold(self.source.clone(), replace)?;
            let (_, seen) = (self.run)(&edited, self.options)?;
            if seen.iter().all(|r| r.outside == 0.0) {
                let lines: Vec<String> =
                    fitted.iter().map(|(_, with)| format!("`{}` ({})", with.line, with.costs)).collect();
                found = (self.does)(&edited, self.options).then(|| lines.join(" and "));
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
        let held = self.held(reports, around, None);
        held.or_else(|| self.held(reports, |scores, _| stretched(scores, 1.0), None))
    }

    /// A line of this degree on a range around the scores: steep polynomials lose precision, so that wider ones are tried.
    fn elsewhere(&mut self, reports: &[RangeReport], degree: usize) -> Option<String> {
        let ranges: [fn(Range, Range) -> Range; 3] = [
            |scores, _| stretched(scores, 1.0),
            |scores, _| stretched(scores, 2.0),
            |scores, _| stretched(scores, 4.0),
        ];
        ranges.into_iter().find_map(|range| {
            if self.options.patience.is_over() { None } else { self.held(reports, range, Some(degree)) }
        })
    }

    /// A line that holds all scores, on a range made of them and the present one: of this degree, or about as good as the present
    /// line.
    fn held(
        &mut self,
        reports: &[RangeReport],
        range: fn(Range, Range) -> Range,
        degree: Option<usize>,
    ) -> Option<String> {
        let item = line(&self.analysis.ast, self.check().domain_span)?.clone();
        let mut domain = self.check().domain;
        let uses = self.uses();
        let mut scores = reach(&uses, domain, degree.is_none(), reports)?;
        for _ in 0..ATTEMPTS {
            domain = range(scores, domain);
            let Fitted { line, edited, costs, .. } = match degree {
                Some(degree) => {
                    self.of_degree(&item, domain, degree).filter(|fitted| fitted.share <= SHARE)?
                }
                None => self.as_good(&item, domain)?,
            };
            let (_, reports) = (self.run)(&edited, self.options)?;
            if reports.iter().all(|r| r.outside == 0.0) {
                return (self.does)(&edited, self.options).then(|| format!("`{line}` ({costs})"));
            }
            let next = reach(&uses, domain, degree.is_none(), &reports)?;
            scores = (scores.0.min(next.0), scores.1.max(next.1));
        }
        None
    }

    /// The line of the lowest degree that is about as good on this range.
    fn as_good(&self, item: &Approx, domain: Range) -> Option<Fitted> {
        let (first, _) = written(item)?;
        let check = self.check();
        let (present, share) = (check.max_error?, check.error_share?.max(SHARE));
        let mut degrees = (first..=MAX_DEGREE.max(first)).step_by(2);
        degrees.find_map(|degree| {
            self.of_degree(item, domain, degree)
                .filter(|fitted| fitted.error <= WORSE * present && fitted.share <= share)
        })
    }

    /// The line of a degree on this range; `None` where it is lower than the present one, or warned of.
    fn of_degree(&self, item: &Approx, domain: Range, degree: usize) -> Option<Fitted> {
        let present = self.check().max_error?;
        let (first, method) = written(item).filter(|(first, _)| *first <= degree)?;
        let line = line_on(item, domain, degree, method);
        let edited = self.source.replaced(item.span, &line)?;
        let analysis = analyze(&edited, self.options).ok()?;
        let check = analysis.program.checks.get(self.index)?;
        let (error, share) = (check.max_error?, check.error_share?);
        let levels = match depth(degree) - depth(first) {
            0 => "no level more".to_owned(),
            1 => "one level more an iteration".to_owned(),
            more => format!("{more} levels more an iteration"),
        };
        let costs = format!("error {} instead of {}, {levels}", shown(error), shown(present));
        (analysis.warnings.len() <= self.analysis.warnings.len()).then_some(Fitted {
            line,
            edited,
            error,
            share,
            costs,
        })
    }

    /// A share of the gradient with which the scores stay inside.
    fn smaller_step(&mut self) -> Option<String> {
        let call = self.check().use_span;
        self.source.slice(call).starts_with("grad").then_some(())?;
        for share in STEPS {
            let (edited, line) = smaller(self.source, &self.analysis.ast, call, share)?;
            let (_, reports) = (self.run)(&edited, self.options)?;
            if reports.iter().all(|r| r.outside == 0.0) && (self.does)(&edited, self.options) {
                return Some(line);
            }
        }
        None
    }
}

/// The `approx` item whose range this is.
fn line(file: &ast::File, range: Span) -> Option<&Approx> {
    file.items.iter().find_map(|item| match item {
        Item::Approx(approx) if approx.span.contains(range) => Some(approx),
        _ => None,
    })
}

/// Degree and method of a line as it is written; a line without a fit counts as a cubic by least squares.
fn written(item: &Approx) -> Option<(usize, &str)> {
    match &item.rule {
        ApproxRule::Formula { .. } => Some((3, "least_squares")),
        ApproxRule::Fit { degree: Some(Degree::Number(degree)), method, .. } => {
            let ast::ExprKind::Number { text, .. } = &degree.kind else { return None };
            Some((text.parse().ok()?, method.as_ref().map_or("least_squares", |m| m.name.as_str())))
        }
        ApproxRule::Fit { .. } => None,
    }
}

fn line_on(item: &Approx, (lo, hi): (f64, f64), degree: usize, method: &str) -> String {
    let grad = if item.gradient { "grad " } else { "" };
    format!("approx {grad}{} on {lo} .. {hi} degree {degree} by {method}", item.name.name)
}

/// A range of two digits around the scores, a twentieth wider, symmetric like the range it replaces.
#[must_use]
pub fn around((lo, hi): (f64, f64), present: (f64, f64)) -> (f64, f64) {
    let (lo, hi) = (lo.min(present.0), hi.max(present.1));
    if present.0 == -present.1 {
        let reach = outward(lo.abs().max(hi.abs()));
        return (-reach, reach);
    }
    (-outward(-lo), outward(hi))
}

/// A range of two digits around the scores alone, a twentieth wider, and so many times as wide on the side of its sign.
fn stretched((lo, hi): Range, times: f64) -> Range {
    let low = if lo > 0.0 { lo / times } else { lo * times };
    let high = if hi < 0.0 { hi / times } else { hi * times };
    (-outward(-low), outward(high))
}

/// Up to the next number of two digits beyond a twentieth more.
fn outward(x: f64) -> f64 {
    if x == 0.0 {
        return 0.0;
    }
    let wide = if x > 0.0 { 1.05 * x } else { 0.95 * x };
    let unit = 10f64.powf(wide.abs().log10().floor() - 1.0);
    // The product with a unit that is no power of two has digits that nobody means.
    let up = (wide / unit).ceil() * unit;
    format!("{up:.1e}").parse().unwrap_or(up)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_two_digits() {
        assert_eq!(around((-9.3, 14.9), (-8.0, 8.0)), (-16.0, 16.0));
        assert_eq!(around((-0.1, 20.0), (0.0, 10.0)), (-0.11, 21.0));
        assert_eq!(outward(123.0), 130.0);
        for (score, end) in [(9.13, "9.6"), (8.28, "8.7"), (0.0031, "0.0033"), (-0.5, "-0.47")] {
            assert_eq!(outward(score).to_string(), end);
        }
        assert_eq!(stretched((0.01, 0.084), 1.0), (0.0095, 0.089));
        assert_eq!(stretched((0.01, 0.08), 4.0), (0.0023, 0.34));
        assert_eq!(stretched((-2.0, 1.0), 2.0), (-4.2, 2.1));
    }
}

//! Lines of approximations written for another range or degree: their text, their error and what they cost.

use super::ends::Range;
use crate::{Analysis, Options, analyze};
use hep_front::approx::depth;
use hep_front::syntax::ast::{self, Approx, ApproxRule, Degree, Item};
use hep_plan::number::shown;
use hep_tensor::graph::RangeCheck;
use hep_tensor::source::SourceFile;

/// Highest degree proposed (four levels).
const MAX_DEGREE: usize = 15;
/// A fit on a wider range may be this much worse than the present one.
const WORSE: f64 = 1.5;
/// The largest error of a fit elsewhere, and of one on a wider range that is none already, as a share of what the function
/// varies there: half is the error of a constant.
const SHARE: f64 = 0.2;
/// The same where no better line has a plan.
const ROUGH: f64 = 0.4;

/// How good a line is to be.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    /// About as good as the present one, of the lowest degree that is.
    AsGood,
    /// Of this degree, and an approximation still.
    Degree(usize),
    /// Of this degree, and better than a constant.
    Rough(usize),
}

impl Wanted {
    /// Whether it is to hold the scores of the present training, and not those around another polynomial only.
    pub(super) fn is_wider(self) -> bool {
        !matches!(self, Self::Degree(_))
    }
}

/// A line on another range.
pub(super) struct Fitted {
    pub(super) line: String,
    /// The program with it.
    pub(super) edited: SourceFile,
    /// Its largest error, and that as a share of what the function varies.
    error: f64,
    share: f64,
    /// What it costs, in words.
    pub(super) costs: String,
}

/// A program whose lines are written anew.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a> {
    pub(super) source: &'a SourceFile,
    pub(super) analysis: &'a Analysis,
    pub(super) options: &'a Options,
}

impl<'a> Lines<'a> {
    /// The `approx` item whose range a check reads.
    pub(super) fn item(&self, index: usize) -> Option<&'a Approx> {
        let range = self.check(index).domain_span;
        self.analysis.ast.items.iter().find_map(|item| match item {
            Item::Approx(approx) if approx.span.contains(range) => Some(approx),
            _ => None,
        })
    }

    pub(super) fn check(&self, index: usize) -> &'a RangeCheck {
        &self.analysis.program.checks[index]
    }

    /// The degrees in which a line is tried once more where no better one has a plan: the best of fewer levels, and the present one.
    pub(super) fn rough(&self, index: usize) -> Vec<usize> {
        let present = self.item(index).and_then(written).map(|(degree, _)| degree);
        let mut degrees: Vec<usize> = present.map_or(vec![], |present| vec![present.max(7), present]);
        degrees.dedup();
        degrees
    }

    /// The line that a check reads on another range.
    pub(super) fn fitted(&self, index: usize, domain: Range, wanted: Wanted) -> Option<Fitted> {
        let item = self.item(index)?;
        match wanted {
            Wanted::AsGood => self.as_good(index, item, domain),
            Wanted::Degree(degree) => {
                self.of_degree(index, item, domain, degree).filter(|fitted| fitted.share <= SHARE)
            }
            Wanted::Rough(degree) => {
                self.of_degree(index, item, domain, degree).filter(|fitted| fitted.share <= ROUGH)
            }
        }
    }

    /// The line of the lowest degree that is about as good on this range.
    fn as_good(&self, index: usize, item: &Approx, domain: Range) -> Option<Fitted> {
        let (first, _) = written(item)?;
        let check = self.check(index);
        let (present, share) = (check.max_error?, check.error_share?.max(SHARE));
        let mut degrees = (first..=MAX_DEGREE.max(first)).step_by(2);
        degrees.find_map(|degree| {
            self.of_degree(index, item, domain, degree)
                .filter(|fitted| fitted.error <= WORSE * present && fitted.share <= share)
        })
    }

    /// The line of a degree on this range; `None` where it is lower than the present one, or warned of.
    fn of_degree(&self, index: usize, item: &Approx, domain: Range, degree: usize) -> Option<Fitted> {
        let present = self.check(index).max_error?;
        let (first, method) = written(item).filter(|(first, _)| *first <= degree)?;
        let line = line_on(item, domain, degree, method);
        let edited = self.source.replaced(item.span, &line)?;
        let analysis = analyze(&edited, self.options).ok()?;
        let check = analysis.program.checks.get(index)?;
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

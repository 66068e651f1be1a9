//! One judgement of a program on its owner's data: what stops a training, what is worth a warning.

use super::advice::{fewer_inside, moved};
use super::cell::Cell;
use super::remedies::remedies;
use super::verdict::{divergence, falls, far_errors, far_outside};
use super::watch::{Lost, Prepared, Sample, prepare, watch};
use super::{Does, advise, not_finite, range_warnings};
use crate::proposals::NO_TIME;
use crate::{Analysis, Options, analyze};
use hep_front::diagnostics::{Diagnostic, Severity, codes};
use hep_plan::ranges::Outside;
use hep_tensor::Program;
use hep_tensor::graph::RangeCheck;
use hep_tensor::interpret::InterpretError;
use hep_tensor::ranges::{RangeReport, check};
use hep_tensor::source::{SourceFile, Span};
use std::cell::LazyCell;
use std::collections::BTreeSet;

/// What is to be said of a program on its owner's data.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Scores a little outside of their range.
    pub warnings: Vec<Diagnostic>,
    /// What makes a wrong model, unless the user goes on nevertheless: scores far outside, a training that diverges.
    pub errors: Vec<Diagnostic>,
    /// What nothing can be made of: values that are no numbers.
    pub fatal: Option<Diagnostic>,
}

impl Findings {
    /// Everything, the worst first; what stops the training as warnings where `force` goes on.
    #[must_use]
    pub fn messages(&self, force: bool) -> Vec<Diagnostic> {
        let mut errors = self.errors.clone();
        if force {
            errors.iter_mut().for_each(|error| error.severity = Severity::Warning);
        }
        // Scores that left their range by far come before numbers that are none, and explain them.
        let fatal = self.fatal.iter().filter(|_| force || errors.is_empty()).cloned();
        let fatal: Vec<Diagnostic> = fatal.collect();
        fatal.into_iter().chain(errors).chain(self.warnings.iter().cloned()).collect()
    }

    /// Whether the training stops.
    #[must_use]
    pub fn stops(&self, force: bool) -> bool {
        self.fatal.is_some() || (!force && !self.errors.is_empty())
    }

    /// What a model of such a training is marked with: in a line, why it is none.
    #[must_use]
    pub fn mark(&self) -> Option<String> {
        let said = |error: &Diagnostic| match &error.note {
            Some(note) if error.code == codes::DIVERGES => format!("{}: {note}", error.title),
            _ => error.title.clone(),
        };
        let titles: Vec<String> = self.errors.iter().map(said).collect();
        (!titles.is_empty()).then(|| titles.join("; "))
    }
}

/// What was tried in vain; nothing of what there was no time to try.
pub(super) fn in_vain(options: &Options, tried: &str) -> String {
    if options.patience.is_over() { NO_TIME.to_owned() } else { tried.to_owned() }
}

/// What is said of scores outside of their range that nothing brings back.
const NOTHING_HELPS: &str =
    "none of these helps on these data: another range, smaller steps, fewer iterations";

/// How changes are tried before they are proposed; all of them are run in the clear on the data.
pub struct Trials<'a> {
    /// Whether what is proposed in warnings is tried. If not, warnings say what usually helps.
    pub warnings: bool,
    /// Whether a changed program does on these data beyond the clear run: has a plan, say.
    pub does: &'a mut dyn FnMut(&SourceFile, &Options) -> bool,
}

/// Runs a program in the clear on its owner's data, whose sizes it has, and says what is to be said. Every change that is
/// proposed was tried before.
///
/// # Errors
/// Inputs that are missing or do not fit; operations that fail on these numbers.
pub fn judge(
    source: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    sample: Sample<'_>,
    Trials { warnings, does }: Trials<'_>,
) -> Result<Findings, InterpretError> {
    let program = &analysis.program;
    let seen = watch(program, sample.inputs)?;
    if let Some(lost) = &seen.lost
        && lost.iteration == 0
    {
        let cell = Cell::to_blame(source, program, sample);
        let fatal = Some(lost_to(cell.as_ref(), source, analysis, options, sample, lost));
        return Ok(Findings { fatal, ..Findings::default() });
    }
    let mut run = |changed: &SourceFile, options: &Options| {
        let program = analyze(changed, options).ok()?.program;
        let reports = check(&program, sample.inputs).ok()?;
        Some((program, reports))
    };
    let mut found = Findings::default();
    let reports = &seen.ranges;
    let mut said = Said::default();
    let cell = LazyCell::new(|| Cell::to_blame(source, program, sample));
    found.errors = far_errors(program, reports, sample, |index| {
        // What one cell is to blame for nothing else needs to help.
        if cell.is_some() {
            return None;
        }
        said.or(&program.checks[index], || {
            let advice = advise(source, analysis, options, (index, reports), (&mut run, &mut *does));
            let advice = advice.map_or_else(|| remedies(source, analysis, options, sample, &mut *does), Ok);
            advice.or_else(|in_vain| {
                // Without losses nothing says that fewer iterations learn.
                let unknown = seen.losses.is_none() && seen.lost.is_none();
                let fewer = unknown.then(|| fewer_inside(source, options, &mut run, &mut *does)).flatten();
                // A range elsewhere makes another training: what keeps this one comes first.
                let mut does = |changed: &_, options: &_| learns(changed, options, sample, &mut *does);
                let moved = || moved(source, analysis, options, (index, reports), (&mut run, &mut does));
                fewer.or_else(moved).ok_or(in_vain)
            })
        })
    });
    if !found.errors.is_empty() {
        found.errors = found.errors.into_iter().map(|error| blamed(error, cell.as_ref())).collect();
    }
    let far = reports.iter().filter(|r| far_outside(&program.checks[r.check], r));
    let far: BTreeSet<usize> = far.map(|r| r.check).collect();
    let near: Vec<RangeReport> = reports.iter().filter(|r| !far.contains(&r.check)).cloned().collect();
    found.warnings = range_warnings(program, &near, |index| {
        if !warnings {
            return None;
        }
        said.or(&program.checks[index], || {
            let advice = advise(source, analysis, options, (index, reports), (&mut run, &mut *does));
            let advice = advice.or_else(|| fewer_inside(source, options, &mut run, &mut *does));
            let mut does = |changed: &_, options: &_| learns(changed, options, sample, &mut *does);
            let moved = || moved(source, analysis, options, (index, reports), (&mut run, &mut does));
            advice.or_else(moved).ok_or_else(|| Some(in_vain(options, NOTHING_HELPS)))
        })
    });
    let mut remedy = || {
        if cell.is_some() {
            return None;
        }
        let found = remedies(source, analysis, options, sample, &mut *does);
        found.map_or_else(|in_vain| in_vain, Some)
    };
    if let Some(lost) = &seen.lost {
        let fatal = not_finite(source, analysis, options, sample, lost).maybe_help(remedy());
        found.fatal = Some(blamed(fatal, cell.as_ref()));
        return Ok(found);
    }
    if found.errors.is_empty() {
        let diverges = divergence(source, program, &seen, &mut remedy);
        found.errors.extend(diverges.map(|error| blamed(error, cell.as_ref())));
    }
    Ok(found)
}

/// Whether a program trains on its owner's data, and the checks of which some scores are then outside of their range: what [`judge`]
/// says of it, without what to do about it.
///
/// # Errors
/// Inputs that are missing or do not fit; operations that fail on these numbers.
pub fn trains(
    source: &SourceFile,
    program: &Program,
    sample: Sample<'_>,
) -> Result<Option<BTreeSet<usize>>, InterpretError> {
    let seen = watch(program, sample.inputs)?;
    let far = seen.ranges.iter().any(|r| far_outside(&program.checks[r.check], r));
    let trains = seen.lost.is_none() && !far && divergence(source, program, &seen, || None).is_none();
    let left = seen.ranges.iter().filter(|r| r.outside > 0.0);
    Ok(trains.then(|| left.map(|r| r.check).collect()))
}

/// Whether a changed program learns with all scores inside of their ranges, and `does`.
fn learns(changed: &SourceFile, options: &Options, sample: Sample<'_>, does: &mut Does<'_>) -> bool {
    let Ok(Analysis { program, .. }) = analyze(changed, options) else { return false };
    let Ok(seen) = watch(&program, sample.inputs) else { return false };
    let inside = seen.lost.is_none() && seen.ranges.iter().all(|r| r.outside == 0.0);
    let trains = inside && divergence(changed, &program, &seen, || None).is_none();
    // How far the loss falls the steps decide, which are the user's.
    trains && seen.losses.is_none_or(falls) && does(changed, options)
}

/// The error for a value that is no finite number, with the cell that alone is to blame: not where the first of many such values is.
fn lost_to(
    cell: Option<&Cell>,
    source: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    sample: Sample<'_>,
    lost: &Lost,
) -> Diagnostic {
    let Some(cell) = cell else { return not_finite(source, analysis, options, sample, lost) };
    let anywhere = Lost { index: Vec::new(), ..lost.clone() };
    cell.explain(not_finite(source, analysis, options, sample, &anywhere))
}

/// The message, with the cell that alone is to blame.
fn blamed(message: Diagnostic, cell: Option<&Cell>) -> Diagnostic {
    match cell {
        Some(cell) => cell.explain(message),
        None => message,
    }
}

/// What was said of checks already: those of one line of the program are helped by the same.
#[derive(Default)]
struct Said(Vec<(Span, Span, Option<String>)>);

impl Said {
    fn of(&self, check: &RangeCheck) -> Option<Option<String>> {
        let is_known = |(line, place, advice): &&(Span, Span, Option<String>)| {
            // Another place may be helped by smaller steps.
            *line == check.domain_span && (advice.is_some() || *place == check.use_span)
        };
        self.0.iter().find(is_known).map(|(.., advice)| advice.clone())
    }

    /// The advice on a check, looked for where it is not known.
    fn or(
        &mut self,
        check: &RangeCheck,
        advice: impl FnOnce() -> Result<String, Option<String>>,
    ) -> Option<String> {
        if let Some(known) = self.of(check) {
            return known;
        }
        let found = advice();
        self.0.push((check.domain_span, check.use_span, found.clone().ok()));
        found.map_or_else(|in_vain| in_vain, Some)
    }
}

/// The owner's data and what is prepared of them, without training.
///
/// # Errors
/// Inputs that are missing or do not fit; operations that fail on these numbers.
pub fn judge_prepared(
    source: &SourceFile,
    analysis: &Analysis,
    options: &Options,
    sample: Sample<'_>,
) -> Result<Result<(), Unsound>, InterpretError> {
    Ok(match prepare(&analysis.program, sample.inputs)? {
        Prepared::Sound => Ok(()),
        Prepared::Outside(outside) => Err(Unsound::Outside(outside)),
        Prepared::Lost(lost) => {
            let cell = Cell::to_blame(source, &analysis.program, sample);
            let error = lost_to(cell.as_ref(), source, analysis, options, sample, &lost);
            Err(Unsound::NotFinite(Box::new(error)))
        }
    })
}

/// Why data cannot be trained on.
#[derive(Clone, Debug)]
pub enum Unsound {
    /// An element outside of its declared range.
    Outside(Outside),
    /// A value that is no finite number.
    NotFinite(Box<Diagnostic>),
}

//! Whether what was watched is a training: scores far outside, losses and loop variables that run away.

use super::watch::{Sample, Watched};
use super::{reaches, when};
use hep_front::diagnostics::{Diagnostic, codes};
use hep_plan::number::shown;
use hep_plan::print::rounded;
use hep_tensor::Program;
use hep_tensor::graph::{RangeCheck, Type};
use hep_tensor::ranges::RangeReport;
use hep_tensor::source::{SourceFile, Span};

/// A score may leave the range of its approximation by this share of the half-width; beyond, the polynomial has nothing to
/// do with its function.
pub const EXCURSION: f64 = 0.5;
/// A rising loss this many times that of the model before training is that of a training that diverges.
pub const LOSS_GROWTH: f64 = 2.0;
/// A growing loop variable this many times as large as after the first iteration is one that diverges: 2^20.
pub const VARIABLE_GROWTH: f64 = 1_048_576.0;

/// A training whose loss falls by less than this share has learned nothing.
const LEARNED: f64 = 1e-3;

/// Why steps move the loss up.
const UNITS: &str = "one step moves the loss up where its size does not suit the units of the data";

/// Whether a report is of scores far outside.
#[must_use]
pub fn far_outside(check: &RangeCheck, report: &RangeReport) -> bool {
    let (lo, hi) = check.domain;
    let spare = EXCURSION * (hi - lo) / 2.0;
    let inside = report.lo >= lo - spare && report.hi <= hi + spare;
    // Minimum and maximum pass over what is no number; the share outside does not.
    !inside || (report.outside > 0.0 && report.lo >= lo && report.hi <= hi)
}

/// One error per approximation whose range is left by far, about the first iteration in which it is. `advice` says what
/// helps the check with this number, where that was tried.
pub fn far_errors(
    program: &Program,
    reports: &[RangeReport],
    sample: Sample<'_>,
    mut advice: impl FnMut(usize) -> Option<String>,
) -> Vec<Diagnostic> {
    let checks = program.checks.iter().enumerate();
    let errors = checks.filter_map(|(index, check)| {
        let first = reports.iter().find(|r| r.check == index && far_outside(check, r))?;
        let title =
            format!("scores are far outside of the range in which `{}` is approximated", check.function);
        let error = Diagnostic::error(codes::FAR_OUTSIDE, title)
            .at(check.domain_span, "valid here")
            .and(check.use_span, format!("{} {}", reaches(first), when(first.iteration)))
            .maybe_help(advice(index));
        Some(match row_of(program, check, first, sample) {
            Some(row) => error.note(row),
            None => error.note("there the polynomial has nothing to do with its function"),
        })
    });
    errors.collect()
}

/// The row whose score is farthest outside, and what is remarkable in it: the feature that is farthest from the mean of its
/// column, in standard deviations.
fn row_of(program: &Program, check: &RangeCheck, report: &RangeReport, sample: Sample<'_>) -> Option<String> {
    let features = sample.inputs.get(&program.data.features)?;
    let [rows, columns] = *features.shape.as_slice() else { return None };
    let ty: &Type = &program.graph.node(check.score).ty;
    let position = ty.dims.iter().position(|dim| dim.size == rows)?;
    let inner: usize = ty.dims[position + 1..].iter().map(|dim| dim.size).product();
    let row = report.farthest / inner.max(1) % rows.max(1);
    let distance = |column: usize| {
        let values = || (0..rows).map(|r| features.data[r * columns + column]);
        let mean = values().sum::<f64>() / rows as f64;
        let spread = (values().map(|v| (v - mean).powi(2)).sum::<f64>() / rows as f64).sqrt();
        let far = (features.data[row * columns + column] - mean).abs() / spread;
        if far.is_finite() { far } else { 0.0 }
    };
    let (column, far) = (0..columns)
        .map(|c| (c, distance(c)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .filter(|(_, far)| *far > 0.0)?;
    Some(format!(
        "farthest outside is row {}, where {} is {}, {} standard deviations from the mean of its column",
        row + 1,
        sample.feature(column),
        rounded(features.data[row * columns + column]),
        shown(far)
    ))
}

/// The error for a training that diverges; `None` where it does not. `advice` says which smaller step was tried and helps.
pub fn divergence(
    source: &SourceFile,
    program: &Program,
    seen: &Watched,
    advice: impl FnOnce() -> Option<String>,
) -> Option<Diagnostic> {
    let iterations = program.train.iterations;
    let (what, figures) = match seen.losses {
        Some([first, before, last]) => {
            if !loss_diverges([first, before, last]) {
                return None;
            }
            let figures = format!(
                "the loss per sample is {} before training and {} after iteration {iterations}",
                shown(first),
                shown(last)
            );
            (figures, UNITS.to_string())
        }
        None => {
            let (name, sizes) = seen.sizes.iter().find(|(_, sizes)| grows(sizes))?;
            let (first, last) = (sizes.first()?, sizes.last()?);
            let figures = format!(
                "the largest element of `{name}` is {} after iteration 1 and {} after iteration {iterations}",
                shown(*first),
                shown(*last)
            );
            (figures, format!("no loss says how good the model is, and `{name}` outgrows itself: {UNITS}"))
        }
    };
    let place = gradients(source, program).first().copied().unwrap_or_else(|| loop_place(program));
    Some(
        Diagnostic::error(codes::DIVERGES, "the training diverges on these data")
            .at(place, what)
            .note(figures)
            .maybe_help(advice()),
    )
}

/// Whether losses before training, before the last iteration and after it are those of a training that diverges.
#[must_use]
pub fn loss_diverges([first, before, last]: [f64; 3]) -> bool {
    if !first.is_finite() {
        return false;
    }
    !last.is_finite() || (first > 0.0 && last > LOSS_GROWTH * first && last > before)
}

/// Whether losses before training, before the last iteration and after it are those of a training that learns.
pub(super) fn learned(losses @ [first, _, last]: [f64; 3]) -> bool {
    !loss_diverges(losses) && last < (1.0 - LEARNED) * first
}

/// Whether the loss of a training falls at all.
pub(super) fn falls(losses @ [first, _, last]: [f64; 3]) -> bool {
    !loss_diverges(losses) && last < first
}

/// Whether the largest elements of a loop variable after each iteration are those of one that diverges.
fn grows(sizes: &[f64]) -> bool {
    let [first, .., last] = sizes else { return false };
    let before = sizes[sizes.len() - 2];
    *first > 0.0 && *last > before && *last > VARIABLE_GROWTH * first
}

/// The calls of `grad` in the text of the program, each once.
pub(super) fn gradients(source: &SourceFile, program: &Program) -> Vec<Span> {
    let own = |span: &Span| span.end <= source.text.len() && source.slice(*span).starts_with("grad(");
    let mut spans: Vec<Span> =
        program.graph.ids().map(|id| program.graph.node(id).span).filter(own).collect();
    spans.sort_unstable();
    spans.dedup();
    spans
}

/// Some place in the loop.
fn loop_place(program: &Program) -> Span {
    let mut next = program.train.carried.iter().map(|variable| program.graph.node(variable.next).span);
    next.next_back().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_and_variables_that_diverge() {
        assert!(loss_diverges([0.69, 1.0, 1.4]) && loss_diverges([0.69, 0.5, f64::NAN]));
        // Falling again, below twice the first, without a first.
        assert!(!loss_diverges([0.69, 2.0, 1.5]) && !loss_diverges([0.69, 0.7, 1.3]));
        assert!(!loss_diverges([f64::NAN, 1.0, 2.0]) && !loss_diverges([-1.0, 0.0, 5.0]));
        assert!(grows(&[1.0, 2e6]) && grows(&[1e-3, 1.0, 2e3]) && !grows(&[1.0, 2e6, 2e6]) && !grows(&[2e6]));
    }
}

//! What a clear run on the user's data says, and what to do about it: ranges of approximations, losses, numbers.

mod advice;
mod alike;
mod approximations;
mod cell;
mod ends;
mod finite;
mod judge;
mod refits;
mod remedies;
pub mod scaling;
mod verdict;
mod watch;

pub(crate) use alike::alike;

pub use advice::{Attempt, Does, advise};
pub use approximations::{Approximated, Branch, approximations, approximations_text};
pub use ends::around;
pub use finite::not_finite;
pub use judge::{Findings, Trials, Unsound, judge, judge_prepared, trains};
pub use verdict::{EXCURSION, LOSS_GROWTH, VARIABLE_GROWTH, divergence, far_outside, loss_diverges};
pub use watch::{Lost, Prepared, Sample, Watched, loss_before, prepare, watch};

use hep_front::diagnostics::{Diagnostic, codes};
use hep_plan::number::shown;
use hep_tensor::Program;
use hep_tensor::graph::RangeCheck;
use hep_tensor::ranges::RangeReport;

/// One warning per approximation whose range is left, about the iteration in which most scores are outside. `advice` says
/// what helps the check with this number (see [`advise`]), where that was tried.
pub fn range_warnings(
    program: &Program,
    reports: &[RangeReport],
    mut advice: impl FnMut(usize) -> Option<String>,
) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for (index, check) in program.checks.iter().enumerate() {
        let left = reports.iter().filter(|r| r.check == index && r.outside > 0.0);
        let first = left.clone().map(|r| r.iteration).min();
        let (Some(first), Some(worst)) = (first, left.max_by(|a, b| a.outside.total_cmp(&b.outside))) else {
            continue;
        };
        let percent = 100.0 * worst.outside;
        let share = if percent < 0.1 { "less than 0.1".to_string() } else { shown(percent) };
        warnings.push(
            Diagnostic::warning(
                codes::RANGE_LEFT,
                format!("score leaves the range in which `{}` is approximated", check.function),
            )
            .at(check.domain_span, "valid here")
            .and(
                check.use_span,
                format!(
                    "{} {} ({share} % of the scores){}",
                    reaches(worst),
                    when(worst.iteration),
                    if worst.iteration == 0 {
                        String::new()
                    } else {
                        format!("; first left in iteration {first}")
                    }
                ),
            )
            .help(advice(index).unwrap_or_else(|| general(check, worst))),
        );
    }
    warnings
}

/// Scores this many times beyond the range are those of a training that diverges.
const DIVERGED: f64 = 1e3;

fn diverges(domain: (f64, f64), report: &RangeReport) -> bool {
    let reach = domain.0.abs().max(domain.1.abs());
    !report.reach().is_finite() || report.reach() > DIVERGED * reach
}

fn when(iteration: u32) -> String {
    if iteration == 0 { "outside of the loop".to_string() } else { format!("in iteration {iteration}") }
}

fn reaches(report: &RangeReport) -> String {
    if report.lo.is_finite() && report.hi.is_finite() {
        return format!("reaches {} .. {}", shown(report.lo), shown(report.hi));
    }
    "is no number any more".to_string()
}

/// What usually helps.
fn general(check: &RangeCheck, worst: &RangeReport) -> String {
    if diverges(check.domain, worst) {
        return "the training diverges: ⟨check⟩ with these data tries smaller steps".to_string();
    }
    "widen the range, with a higher degree, or take smaller steps: ⟨check⟩ with these data tries both"
        .to_string()
}

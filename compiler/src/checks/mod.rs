//! What a clear run on the user's data says about the ranges of approximations, and what to do about it.

mod advice;
mod approximations;

pub use advice::{Attempt, advise};
pub use approximations::{Approximated, Branch, approximations, approximations_text};

use crate::diagnostics::{Diagnostic, codes};
use crate::tensor::Program;
use crate::tensor::ranges::RangeReport;

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
        let share = if percent < 0.1 { "less than 0.1".to_string() } else { format!("{percent:.1}") };
        warnings.push(
            Diagnostic::warning(
                codes::RANGE_LEFT,
                format!("score leaves the range in which `{}` is approximated", check.function),
            )
            .at(check.domain_span, "valid here")
            .and(
                check.use_span,
                format!(
                    "{} in iteration {} ({share} % of the scores); first left in iteration {first}",
                    reaches(worst),
                    worst.iteration
                ),
            )
            .help(advice(index).unwrap_or_else(|| general(worst))),
        );
    }
    warnings
}

fn reaches(report: &RangeReport) -> String {
    if report.lo.is_finite() && report.hi.is_finite() {
        format!("reaches {:.3} .. {:.3}", report.lo, report.hi)
    } else {
        "is no number any more".to_string()
    }
}

/// What usually helps.
fn general(worst: &RangeReport) -> String {
    let reach = worst.reach();
    if !reach.is_finite() {
        return "the training diverges: take smaller steps".to_string();
    }
    let wide = (reach * 1.1).ceil();
    format!(
        "widen the range to `{} .. {wide}` with a higher degree, or take smaller steps; `hep check --data` tries both",
        -wide
    )
}

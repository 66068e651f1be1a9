//! What a clear run on the user's data says about the ranges of approximations.

use crate::diagnostics::{Diagnostic, codes};
use crate::tensor::Program;
use crate::tensor::ranges::RangeReport;

/// One warning per approximation whose range is left, about the iteration in which most scores are outside.
#[must_use]
pub fn range_warnings(program: &Program, reports: &[RangeReport]) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for (index, check) in program.checks.iter().enumerate() {
        let left = reports.iter().filter(|r| r.check == index && r.outside > 0.0);
        let first = left.clone().map(|r| r.iteration).min();
        let (Some(first), Some(worst)) = (first, left.max_by(|a, b| a.outside.total_cmp(&b.outside))) else {
            continue;
        };
        let percent = 100.0 * worst.outside;
        let share = if percent < 0.1 { "less than 0.1".to_string() } else { format!("{percent:.1}") };
        let reach = worst.lo.abs().max(worst.hi.abs());
        let help = if reach.is_finite() {
            let wide = (reach * 1.1).ceil();
            format!("widen the range to `{} .. {wide}` with a higher degree, or take smaller steps", -wide)
        } else {
            "the training diverges: take smaller steps".to_string()
        };
        warnings.push(
            Diagnostic::warning(
                codes::RANGE_LEFT,
                format!("score leaves the range in which `{}` is approximated", check.function),
            )
            .at(check.domain_span, "valid here")
            .and(
                check.use_span,
                format!(
                    "reaches {:.3} .. {:.3} in iteration {} ({share} % of the scores); first left in iteration {first}",
                    worst.lo, worst.hi, worst.iteration
                ),
            )
            .help(help),
        );
    }
    warnings
}

//! What is after the nodes: intervals that are checked, and polynomials that stand for functions.

use super::number;
use crate::graph::RangeCheck;
use crate::substitution::{FitError, Substitution};
use std::fmt::Write;

/// A score, where it has to be, and what the approximation is worth there.
pub(super) fn check(check: &RangeCheck) -> String {
    let RangeCheck { score, domain: (lo, hi), function, max_error, error_share, .. } = check;
    let figure =
        |name, value: &Option<f64>| value.map_or(String::new(), |v| format!(", {name} {}", number(v)));
    let figures = figure("error", max_error) + &figure("share", error_share);
    format!("check {score} in {} .. {}{figures} for {function}", number(*lo), number(*hi))
}

/// The lines of a substitution.
pub(super) fn polynomials(substitution: &Substitution) -> String {
    let Substitution { function, polynomials, domain, errors, label } = substitution;
    let mut out = format!("polynomials for {function}\n");
    if let Some((lo, hi)) = domain {
        let _ = writeln!(out, "  on {} .. {}", number(*lo), number(*hi));
    }
    if let Some(label) = label {
        let word = |is: bool, word| if is { word } else { "" };
        let _ = writeln!(
            out,
            "  label{}{}",
            word(label.additive, " additive"),
            word(label.mirrored, " mirrored")
        );
    }
    for coefficients in polynomials {
        let _ = writeln!(out, "  by {coefficients:?}");
    }
    for FitError { max, at, rms } in errors {
        let _ = writeln!(out, "  error {} at {}, rms {}", number(*max), number(*at), number(*rms));
    }
    out
}

//! Do the scores of a run on sample data stay where the approximations are valid?

use super::graph::{Program, RangeCheck};
use super::interpret::{InterpretError, Interpreter};
use super::region::{Region, regions};
use hep_plan::tensor::Tensor;
use std::collections::BTreeMap;

/// What one check saw in one iteration.
#[derive(Clone, Debug, PartialEq)]
pub struct RangeReport {
    /// Position in [`Program::checks`].
    pub check: usize,
    /// Number of the iteration, from 1; 0 for a score outside the loop.
    pub iteration: u32,
    /// Smallest score.
    pub lo: f64,
    /// Largest score.
    pub hi: f64,
    /// Share of the scores outside the domain, 0 to 1; a score that is no number counts as outside.
    pub outside: f64,
    /// Position, in row-major order, of the score that is farthest outside, or nearest to it.
    pub farthest: usize,
}

/// Runs the program in the clear and reports every check in every iteration, in order of iterations.
///
/// # Errors
/// Inputs that are missing or do not fit; operations that fail on these numbers.
pub fn check(
    program: &Program,
    inputs: &BTreeMap<String, Tensor>,
) -> Result<Vec<RangeReport>, InterpretError> {
    let regions = regions(program);
    let checks = || program.checks.iter().enumerate();
    let mut interpreter = Interpreter::new(program, inputs)?;
    let mut reports = Vec::new();
    for _ in 0..program.train.iterations {
        let step = interpreter.step()?;
        for (index, check) in checks() {
            if regions[check.score.index()] == Region::Body {
                let scores = step.node(check.score).ok_or(InterpretError::NoValue(check.score))?;
                reports.push(RangeReport::of(index, check, step.iteration, &scores.data));
            }
        }
    }
    interpreter.finish()?;
    for (index, check) in checks() {
        if regions[check.score.index()] != Region::Body {
            let scores = interpreter.value(check.score).ok_or(InterpretError::NoValue(check.score))?;
            reports.push(RangeReport::of(index, check, 0, &scores.data));
        }
    }
    Ok(reports)
}

impl RangeReport {
    /// What the check with this number sees in an iteration.
    #[must_use]
    pub fn of(index: usize, check: &RangeCheck, iteration: u32, scores: &[f64]) -> Self {
        let (from, to) = check.domain;
        let inside = scores.iter().filter(|v| (from..=to).contains(*v)).count();
        let beyond = |v: f64| if v.is_nan() { f64::INFINITY } else { (v - to).max(from - v) };
        let farthest = scores.iter().enumerate().max_by(|a, b| beyond(*a.1).total_cmp(&beyond(*b.1)));
        Self {
            check: index,
            iteration,
            lo: scores.iter().copied().fold(f64::INFINITY, f64::min),
            hi: scores.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            outside: 1.0 - inside as f64 / scores.len().max(1) as f64,
            farthest: farthest.map_or(0, |(position, _)| position),
        }
    }

    /// Largest absolute score.
    #[must_use]
    pub fn reach(&self) -> f64 {
        self.lo.abs().max(self.hi.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{data, quadratic_gradient};

    #[test]
    fn one_report_per_check_and_iteration() {
        let mut program = quadratic_gradient(6, 2, 3, 3);
        let inputs = data(&program, 4);
        let reports = check(&program, &inputs).unwrap();
        assert_eq!(reports.iter().map(|r| r.iteration).collect::<Vec<_>>(), [1, 2, 3]);
        // The first scores are those of the zero model.
        assert_eq!((reports[0].lo, reports[0].hi, reports[0].outside), (0.0, 0.0, 0.0));
        assert!(reports[1].lo < 0.0);

        program.checks[0].domain = (0.0, f64::INFINITY);
        let reports = check(&program, &inputs).unwrap();
        assert!(reports[1].outside > 0.0 && reports[1].outside < 1.0);
    }
}

//! How well polynomials stand for functions, and how deep they are.

use hep_plan::number::shown;
use hep_tensor::Program;
use hep_tensor::scalar::polynomial::depth;
use hep_tensor::substitution::Substitution;
use serde::Serialize;
use std::fmt::Write;

/// A function that is approximated.
#[derive(Clone, Debug, Serialize)]
pub struct Approximated {
    /// The function: `sigmoid`, or `grad sle` for the derivative of a loss.
    pub function: String,
    /// The range; `None` where the polynomials are exact, or nobody said.
    pub range: Option<(f64, f64)>,
    /// Whether the label of a loss is added, which costs no product of ciphertexts.
    pub additive_label: Option<bool>,
    /// Whether the derivatives of a loss at both labels mirror each other.
    pub mirrored: Option<bool>,
    /// The polynomial, or one for each label.
    pub polynomials: Vec<Branch>,
}

/// One polynomial.
#[derive(Clone, Debug, Serialize)]
pub struct Branch {
    /// The label of a derivative.
    pub label: Option<usize>,
    /// Coefficients, lowest first.
    pub coefficients: Vec<f64>,
    /// The degree.
    pub degree: usize,
    /// Products of ciphertexts in a row, `⌈log2(degree + 1)⌉`.
    pub depth: u32,
    /// The largest error on the range.
    pub max_error: Option<f64>,
    /// The score at which it occurs.
    pub worst_at: Option<f64>,
    /// The root of the mean square error on the range.
    pub rms_error: Option<f64>,
}

/// All approximations of a program.
#[must_use]
pub fn approximations(program: &Program) -> Vec<Approximated> {
    program.substitutions.iter().map(approximated).collect()
}

fn approximated(found: &Substitution) -> Approximated {
    let branch = |(index, coefficients): (usize, &Vec<f64>)| {
        let degree = coefficients.len().saturating_sub(1);
        let error = found.errors.get(index);
        Branch {
            label: found.label.map(|_| index),
            coefficients: coefficients.clone(),
            degree,
            depth: depth(degree),
            max_error: error.map(|error| error.max),
            worst_at: error.filter(|error| error.max > 0.0).map(|error| error.at),
            rms_error: error.map(|error| error.rms),
        }
    };
    Approximated {
        function: found.function.clone(),
        range: found.domain,
        additive_label: found.label.map(|label| label.additive),
        mirrored: found.label.map(|label| label.mirrored),
        polynomials: found.polynomials.iter().enumerate().map(branch).collect(),
    }
}

/// The approximations as text, one line for each function and one for each polynomial.
#[must_use]
pub fn approximations_text(program: &Program) -> String {
    let mut out = String::new();
    for found in approximations(program) {
        let range = found.range.map_or(String::new(), |(lo, hi)| format!(" on {lo} .. {hi}"));
        let label = match found.additive_label {
            Some(true) => ", the label is added",
            Some(false) => ", the label is multiplied",
            None => "",
        };
        let mirrored = if found.mirrored == Some(true) { ", g1(z) = -g0(-z)" } else { "" };
        let _ = writeln!(out, "  approximation of {}{range}{label}{mirrored}", found.function);
        for branch in &found.polynomials {
            let place = branch.label.map_or(String::new(), |label| format!("y = {label}: "));
            let _ = writeln!(
                out,
                "    {place}degree {}, depth {}, {}",
                branch.degree,
                branch.depth,
                error(branch)
            );
        }
    }
    out
}

fn error(branch: &Branch) -> String {
    match (branch.max_error, branch.worst_at, branch.rms_error) {
        (Some(max), Some(at), Some(rms)) => {
            format!("largest error {} at z = {}, root mean square {}", shown(max), shown(at), shown(rms))
        }
        (Some(_), ..) => "exact".to_owned(),
        _ => "error not known without a range".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, analyze};
    use hep_tensor::source::SourceFile;

    fn program(loss: &str, line: &str) -> Program {
        let text = format!(
            "program p\ndim n = 4\ndim f = 3\nowner X0 : real[n, f]\nowner y : class[n, 2]\n\
             secret X : real[n, f] = X0\nsecret Y : bit[n] = y\nlet score(w) = X @ w\nloss l(y, z) = {loss}\n{line}\n\
             train {{ var w : real[f] = 0\n for t in 1 .. 2 {{ w = w - grad(l, Y, score, at = w) }} }}\nreveal w\n"
        );
        analyze(&SourceFile::new("p.hep", text), &Options::default()).unwrap().program
    }

    #[test]
    fn errors_and_depths_are_told_for_each_label() {
        let line = "approx sigmoid on -8 .. 8 degree 3 by least_squares";
        let text = approximations_text(&program("-log(abs(1 - y - sigmoid(z)))", line));
        let expected = "  approximation of grad l on -8 .. 8, the label is added, g1(z) = -g0(-z)\n    \
                        y = 0: degree 3, depth 2, largest error 0.1143 at z = 8, ";
        assert!(text.starts_with(expected), "{text}");
        assert_eq!(text.lines().count(), 3);

        let mixed = program(
            "(1 - y) * z ** 2 + y * softplus(-z) ** 2",
            "approx grad l on -4 .. 4 degree 7 by minimax",
        );
        let [found] = approximations(&mixed).try_into().unwrap();
        assert_eq!((found.additive_label, found.mirrored), (Some(false), Some(false)));
        let [exact, fitted] = found.polynomials.try_into().unwrap();
        assert_eq!((exact.degree, exact.depth, exact.max_error, exact.worst_at), (1, 1, Some(0.0), None));
        assert_eq!((fitted.degree, fitted.depth), (7, 3));
        let (max, rms) = (fitted.max_error.unwrap(), fitted.rms_error.unwrap());
        // A levelled error of degree 7 is that of a Chebyshev polynomial, whose root mean square is near 0.7.
        assert!(rms > 0.6 * max && rms < 0.8 * max, "{max} {rms}");

        let coefficients = program("softplus(z) - y * z", "approx sigmoid(z) = 0.5 + 0.15 * z");
        let text = approximations_text(&coefficients);
        assert!(text.contains("y = 1: degree 1, depth 1, error not known without a range"), "{text}");
    }
}

//! What stands for a function that ciphertexts cannot compute, for reports: the graph holds the same polynomials.

use hep_plan::print::rounded;
use std::fmt;

/// How far a polynomial is from the function it stands for, on the whole range.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FitError {
    /// The largest error.
    pub max: f64,
    /// Where it occurs.
    pub at: f64,
    /// The root of the mean square error.
    pub rms: f64,
}

/// How the label enters a derivative `base(z) + y label(z)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelUse {
    /// `label` is a constant: an addition, and no product of ciphertexts.
    pub additive: bool,
    /// The derivatives at the two labels mirror each other, g1(z) = -g0(-z).
    pub mirrored: bool,
}

/// A function, and the polynomials that are evaluated in its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Substitution {
    /// The function: `sigmoid`, or `grad sle` for the derivative of a loss.
    pub function: String,
    /// Coefficients, lowest first: of the function, or of a derivative at label 0 and at label 1.
    pub polynomials: Vec<Vec<f64>>,
    /// Where they are meant to be used; `None` where that is everywhere, or nobody said.
    pub domain: Option<(f64, f64)>,
    /// The error of each polynomial there; empty where nothing is known.
    pub errors: Vec<FitError>,
    /// For the derivative of a loss.
    pub label: Option<LabelUse>,
}

impl Substitution {
    /// The largest error of all polynomials, where it is known.
    #[must_use]
    pub fn max_error(&self) -> Option<f64> {
        self.errors.iter().map(|error| error.max).reduce(f64::max)
    }

    /// Largest degree.
    #[must_use]
    pub fn degree(&self) -> usize {
        self.polynomials.iter().map(|p| p.len().saturating_sub(1)).max().unwrap_or(0)
    }

    /// One line for each polynomial, and one for where and how well they fit.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let name = &self.function;
        let label = |index: usize| match self.polynomials.len() {
            1 => String::new(),
            _ => format!(" at label {index}"),
        };
        let polynomials = self.polynomials.iter().enumerate();
        let mut lines: Vec<String> =
            polynomials.map(|(index, p)| format!("{name}{} = {}", label(index), Terms(p))).collect();
        if let Some((lo, hi)) = self.domain {
            let error = self.max_error().map_or(String::new(), |error| format!(", error {}", rounded(error)));
            lines.push(format!("{name} on {lo} .. {hi}{error}"));
        }
        lines
    }
}

/// A polynomial in `z` as it is written in a program, numbers to ten digits.
struct Terms<'a>(&'a [f64]);

impl fmt::Display for Terms<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (power, &coefficient) in self.0.iter().enumerate().filter(|(_, c)| **c != 0.0) {
            let sign = match (first, coefficient < 0.0) {
                (true, true) => "-",
                (true, false) => "",
                (false, true) => " - ",
                (false, false) => " + ",
            };
            let size = rounded(coefficient.abs());
            match power {
                0 => write!(f, "{sign}{size}")?,
                1 => write!(f, "{sign}{size} * z")?,
                _ => write!(f, "{sign}{size} * z ** {power}")?,
            }
            first = false;
        }
        if first { write!(f, "0") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_are_written_as_in_a_program() {
        let both = Substitution {
            function: "grad sle".into(),
            polynomials: vec![vec![0.5, 0.150_120_413_273_518_22, 0.0, -0.0016], vec![-0.5, 1.0], vec![]],
            domain: Some((-8.0, 8.0)),
            errors: vec![FitError::default(), FitError { max: 0.061_111_111_111_11, at: 3.0, rms: 0.02 }],
            label: None,
        };
        let lines = [
            "grad sle at label 0 = 0.5 + 0.1501204133 * z - 0.0016 * z ** 3",
            "grad sle at label 1 = -0.5 + 1 * z",
            "grad sle at label 2 = 0",
            "grad sle on -8 .. 8, error 0.06111111111",
        ];
        assert_eq!(both.lines(), lines);
        assert_eq!(both.degree(), 3);
        let exact = Substitution { polynomials: vec![vec![0.0, 1.0]], domain: None, ..both };
        assert_eq!(exact.lines(), ["grad sle = 1 * z"]);
    }
}

//! Fitting a function of the score on an interval: the common part of all methods.
//!
//! A fit is sought on `-1 .. 1` as an orthogonal series, cleaned by symmetry, and expanded into powers of `z`.
//! The sigmoid minus one half is odd; a polynomial for it should have no even powers, not even tiny ones, because
//! each power kept costs products under encryption. Series are computed with 128 bits, see `real`.

use dashu::rational::RBig;

use super::basis::{Basis, to_powers};
use super::extrema::{grid_point, max_error};
use super::real::{Big, big, to_rational};
use super::target::{OnUnit, Target};
use super::{ApproxError, Polynomial, chebyshev, least_squares, minimax};

/// Highest degree that can be asked for (six levels).
pub const MAX_DEGREE: usize = 63;
/// Highest degree tried for `degree auto` (five levels).
pub const MAX_AUTO_DEGREE: usize = 31;

/// How a polynomial is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Smallest mean square error, uniform weight.
    LeastSquares,
    /// Interpolation at the Chebyshev points: nearly the smallest largest error.
    Chebyshev,
    /// Smallest largest error.
    Minimax,
}

impl Method {
    /// All methods.
    pub const ALL: [Method; 3] = [Method::LeastSquares, Method::Chebyshev, Method::Minimax];

    /// The name in source text.
    pub fn name(self) -> &'static str {
        match self {
            Method::LeastSquares => "least_squares",
            Method::Chebyshev => "chebyshev",
            Method::Minimax => "minimax",
        }
    }

    /// The method of that name in source text.
    pub fn from_name(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|m| m.name() == name)
    }
}

/// The degree of a fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Degree {
    /// `degree 3`
    Exactly(usize),
    /// `degree auto error <= 0.01`: the lowest degree whose largest error is at most that.
    Within(f64),
}

/// An interval, a degree and a method: what an `approx` line asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// Start of the interval.
    pub lo: f64,
    /// End of the interval.
    pub hi: f64,
    /// The degree.
    pub degree: Degree,
    /// The method.
    pub method: Method,
}

impl Fit {
    /// The polynomial for `f`.
    ///
    /// # Errors
    /// [`ApproxError`] for an empty interval, a function that is not finite on it, a degree above [`MAX_DEGREE`],
    /// an error bound that [`MAX_AUTO_DEGREE`] does not reach, and functions too rough for the method.
    pub fn polynomial(&self, f: &dyn Target) -> Result<Polynomial, ApproxError> {
        check_interval(self.lo, self.hi)?;
        check_finite(f, self.lo, self.hi)?;
        match self.degree {
            Degree::Exactly(degree) => self.of_degree(f, degree, Digits::All),
            Degree::Within(tolerance) => self.within(f, tolerance),
        }
    }

    /// The lowest degree is also of the least depth, which is `⌈log2(degree + 1)⌉`.
    fn within(&self, f: &dyn Target, tolerance: f64) -> Result<Polynomial, ApproxError> {
        if tolerance.is_nan() || tolerance <= 0.0 {
            return Err(ApproxError::BadTolerance { tolerance });
        }
        let mut reached = f64::INFINITY;
        for degree in 0..=MAX_AUTO_DEGREE {
            // A rough function may defeat the exchange at one degree and not at the next.
            for digits in [Digits::Few, Digits::All] {
                let Ok(polynomial) = self.of_degree(f, degree, digits) else { break };
                let error = max_error(f, &polynomial, self.lo, self.hi);
                reached = reached.min(error);
                match digits {
                    _ if error > tolerance => break,
                    Digits::Few => {}
                    Digits::All => return Ok(polynomial),
                }
            }
        }
        Err(ApproxError::ToleranceNotReached { tolerance, reached })
    }

    fn of_degree(&self, f: &dyn Target, degree: usize, digits: Digits) -> Result<Polynomial, ApproxError> {
        if degree > MAX_DEGREE {
            return Err(ApproxError::DegreeTooHigh { degree });
        }
        let g = OnUnit::new(f, self.lo, self.hi);
        let symmetry = Symmetry::of(&g);
        let (basis, series) = match self.method {
            Method::LeastSquares if digits == Digits::Few => {
                let (series, _) = least_squares::draft(&g, degree)?;
                (Basis::Legendre, series.into_iter().map(big).collect())
            }
            Method::LeastSquares => (Basis::Legendre, least_squares::series(&g, degree)?),
            Method::Chebyshev => (Basis::Chebyshev, chebyshev::series(&g, degree)),
            Method::Minimax => (Basis::Chebyshev, minimax::series(&g, symmetry.padded(degree))?),
        };
        let series = symmetry.cleaned(series, &g);
        let reach = self.lo.abs().max(self.hi.abs());
        let polynomial = to_powers(basis, &series, self.lo, self.hi)?;
        // High powers cancel each other: what counts is the size of the function, not that of the largest term.
        let size = size(f, self.lo, self.hi);
        let polynomial = polynomial.trimmed(reach, size.min(polynomial.largest_term(reach)));
        if degree > SAFE_DEGREE && max_error(f, &polynomial, self.lo, self.hi) > size {
            return Err(ApproxError::Cancellation { degree });
        }
        Ok(polynomial)
    }
}

/// Up to here the powers of a fit keep enough digits on any interval around 0.
const SAFE_DEGREE: usize = 15;

/// Largest absolute value on a grid.
fn size(f: &dyn Target, lo: f64, hi: f64) -> f64 {
    const CELLS: u32 = 200;
    (0..=CELLS)
        .map(|i| f.value(grid_point(lo, hi, i, CELLS)).abs())
        .filter(|v| v.is_finite())
        .fold(0.0, f64::max)
}

/// How many digits of a series are needed: enough to judge a degree, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Digits {
    Few,
    All,
}

/// What is known of a function on `-1 .. 1` under `x -> -x`.
struct Symmetry {
    even: bool,
    /// `g(x) + g(-x)` is constant.
    odd_about_constant: bool,
}

impl Symmetry {
    fn of(g: &OnUnit<'_>) -> Symmetry {
        const CELLS: u32 = 100;
        let place = |i: u32| f64::from(i) / f64::from(CELLS);
        let samples: Vec<(f64, f64)> = (0..=CELLS).map(place).map(|x| (g.at(x), g.at(-x))).collect();
        let size = samples.iter().map(|(a, b)| a.abs().max(b.abs())).fold(0.0, f64::max);
        let small = |defect: f64| defect.abs() <= 1e-13 * size;
        let middle = g.at(0.0);
        let odd = samples.iter().all(|(a, b)| small(a + b - 2.0 * middle));
        Symmetry { even: samples.iter().all(|(a, b)| small(a - b)), odd_about_constant: odd }
    }

    /// The best polynomial of degree `d` for an even function with `d` even is also the best one of degree
    /// `d + 1`, likewise for odd. The exchange needs the higher one: with a reference of the wrong symmetry the
    /// levelled error is 0 at the start and there is nothing to exchange.
    fn padded(&self, degree: usize) -> usize {
        let matches = if degree.is_multiple_of(2) { self.even } else { self.odd_about_constant };
        if matches { degree + 1 } else { degree }
    }

    /// The series without what the symmetry forbids. Members of both bases have the parity of their index, and the best
    /// fit of a symmetric function is symmetric, so only rounding dust is lost.
    fn cleaned(&self, series: Vec<Big>, g: &OnUnit<'_>) -> Vec<RBig> {
        let clean = |(k, c): (usize, Big)| match k {
            0 if self.odd_about_constant => to_rational(&g.precise(&big(0.0))),
            0 => to_rational(&c),
            k if k % 2 == 0 && self.odd_about_constant || k % 2 == 1 && self.even => RBig::ZERO,
            _ => to_rational(&c),
        };
        series.into_iter().enumerate().map(clean).collect()
    }
}

/// Refuses intervals without interior and infinite ones.
pub(super) fn check_interval(lo: f64, hi: f64) -> Result<(), ApproxError> {
    if lo.is_finite() && hi.is_finite() && lo < hi {
        Ok(())
    } else {
        Err(ApproxError::EmptyInterval { lo, hi })
    }
}

/// Samples `f` on 2001 points, the ends and the middle among them, and reports the first value that is no number.
pub(super) fn check_finite(f: &dyn Target, lo: f64, hi: f64) -> Result<(), ApproxError> {
    const CELLS: u32 = 2000;
    for i in 0..=CELLS {
        let z = grid_point(lo, hi, i, CELLS);
        let value = f.value(z);
        if !value.is_finite() {
            return Err(ApproxError::NotFinite { z, value, lo, hi });
        }
    }
    Ok(())
}

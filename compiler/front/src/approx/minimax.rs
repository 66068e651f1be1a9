//! The polynomial of smallest largest error, by exchange.
//!
//! Remez 1934 in the form with simultaneous exchange: on a reference of `d + 2` points solve
//! `p(x_i) + (-1)^i E = f(x_i)`, move the points to the extrema of the error with alternating signs, repeat. At the
//! end the error takes its largest size at all points of the reference, which by Chebyshev's alternation theorem
//! only the best polynomial does. The exchange works in floats; the last reference is levelled once more with long
//! numbers. As the error is flat at its extrema, the rounded places cost nothing.

use std::f64::consts::PI;

use super::ApproxError;
use super::basis::Basis;
use super::extrema::peak;
use super::linear::solve;
use super::real::{Big, Real};
use super::target::OnUnit;

const ROUNDS: usize = 60;
/// Relative distance between the largest error and the levelled one at which the exchange stops.
const GOAL: f64 = 1e-11;
/// What is accepted when rounding keeps the goal out of reach.
const ACCEPTABLE: f64 = 1e-6;
/// An error this small, relative to the function, is noise: it need not alternate.
const NOISE: f64 = 1e-13;

/// The Chebyshev coefficients of the best polynomial of that degree for `f` on `-1 .. 1`.
pub(super) fn series(f: &OnUnit<'_>, degree: usize) -> Result<Vec<Big>, ApproxError> {
    let failed = || ApproxError::NoConvergence { method: "minimax" };
    let reference = exchange(f, degree).ok_or_else(failed)?;
    let mut points: Vec<Big> = reference.into_iter().map(Big::of).collect();
    let level = |points: &[Big]| levelled(&|x| f.precise(x), points, degree).ok_or_else(failed);
    let (mut coefficients, _) = level(&points)?;
    for _ in 0..2 {
        points = improved(f, &coefficients, &points);
        (coefficients, _) = level(&points)?;
    }
    Ok(coefficients)
}

/// The reference with each inner point moved to the top of the parabola through the errors around it. Floats find an
/// extremum only to the root of their precision.
fn improved(f: &OnUnit<'_>, coefficients: &[Big], points: &[Big]) -> Vec<Big> {
    let error = |x: &Big| {
        let members = Basis::Chebyshev.values(x, coefficients.len());
        let terms = coefficients.iter().zip(members).map(|(c, t)| c * t);
        terms.fold(f.precise(x), |rest, term| rest - term)
    };
    let mut improved = points.to_vec();
    for (place, neighbors) in improved.iter_mut().skip(1).zip(points.windows(3)) {
        let [left, x, right] = neighbors else { continue };
        let step = (right - left) * Big::of(1e-5);
        let [before, here, after] = [x - &step, x.clone(), x + &step].map(|x| error(&x));
        let bend = &before + &after - Big::ratio(2, 1) * &here;
        if bend == Big::ratio(0, 1) {
            continue;
        }
        let by = &step * (before - after) / (bend * Big::ratio(2, 1));
        // At a kink there is no top.
        if by.size() <= 1000.0 * step.size() && error(&(x + &by)).size() >= here.size() {
            *place = x + by;
        }
    }
    improved
}

/// The reference of the best polynomial.
fn exchange(f: &OnUnit<'_>, degree: usize) -> Option<Vec<f64>> {
    let points = degree + 2;
    let mut reference: Vec<f64> = (0..points).map(|i| -(PI * i as f64 / (points - 1) as f64).cos()).collect();
    let mut best: Option<(f64, Vec<f64>)> = None;
    for _ in 0..ROUNDS {
        let (coefficients, level) = levelled(&|x: &f64| f.at(*x), &reference, degree)?;
        let error = |x: f64| f.at(x) - value(&coefficients, x);
        let alternation = extrema_by_sign(&error, degree);
        let largest = alternation.iter().map(|e| e.1.abs()).fold(0.0, f64::max);
        let size = reference.iter().map(|&x| f.at(x).abs()).fold(0.0, f64::max);
        let excess = largest - level.abs();
        if excess <= GOAL * largest || largest <= 4.0 * f64::EPSILON * size {
            return Some(reference);
        }
        let gap = if largest <= NOISE * size { 0.0 } else { excess / largest };
        let next = choose(&alternation, points);
        if best.as_ref().is_none_or(|(least, _)| gap < *least) {
            best = Some((gap, reference.clone()));
        }
        match next {
            Some(next) if next != reference => reference = next,
            _ => break,
        }
    }
    best.filter(|(gap, _)| *gap <= ACCEPTABLE).map(|(_, reference)| reference)
}

/// The value of a Chebyshev series.
fn value(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().zip(Basis::Chebyshev.values(&x, coefficients.len())).map(|(c, t)| c * t).sum()
}

/// Coefficients and level `E` with `p(x_i) + (-1)^i E = f(x_i)` on the reference.
fn levelled<R: Real>(f: &dyn Fn(&R) -> R, reference: &[R], degree: usize) -> Option<(Vec<R>, R)> {
    let row = |(i, x): (usize, &R)| {
        let mut row = Basis::Chebyshev.values(x, degree + 1);
        row.push(R::ratio(if i % 2 == 0 { 1 } else { -1 }, 1));
        row.push(f(x));
        row
    };
    let mut solution = solve(reference.iter().enumerate().map(row).collect())?;
    let level = solution.pop()?;
    Some((solution, level))
}

/// The largest error in each stretch of constant sign, from left to right: signs alternate.
fn extrema_by_sign(error: &dyn Fn(f64) -> f64, degree: usize) -> Vec<(f64, f64)> {
    let cells = 64 * (degree + 2);
    // Dense towards the ends, where the extrema of good polynomials crowd.
    let at = |i: usize| -(PI * i.min(cells) as f64 / cells as f64).cos();
    let mut found: Vec<(f64, f64)> = Vec::new();
    for i in 0..=cells {
        let (left, x, right) = (at(i.saturating_sub(1)), at(i), at(i + 1));
        let here = error(x);
        let sign = here.signum();
        let (mut place, mut size) = (x, here * sign);
        if size > 0.0 && size >= error(left) * sign && size >= error(right) * sign {
            let refined = peak(&|x| error(x) * sign, left, right);
            if refined.1 > size {
                (place, size) = refined;
            }
        }
        if here == 0.0 {
            continue;
        }
        match found.last_mut().filter(|last| last.1.signum() == sign) {
            Some(last) if size <= last.1.abs() => {}
            Some(last) => *last = (place, size * sign),
            None => found.push((place, size * sign)),
        }
    }
    found
}

/// The `points` neighboring extrema that contain the largest one and whose smallest one is largest.
fn choose(alternation: &[(f64, f64)], points: usize) -> Option<Vec<f64>> {
    let size = |e: &(f64, f64)| e.1.abs();
    let largest = alternation.iter().map(size).fold(0.0, f64::max);
    let smallest = |window: &[(f64, f64)]| window.iter().map(size).fold(f64::INFINITY, f64::min);
    alternation
        .windows(points)
        .filter(|window| window.iter().any(|e| size(e) >= largest))
        .max_by(|a, b| smallest(a).total_cmp(&smallest(b)))
        .map(|window| window.iter().map(|e| e.0).collect())
}

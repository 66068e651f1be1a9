//! The polynomial of smallest largest error, by exchange.
//!
//! Remez 1934 in the form with simultaneous exchange: on a reference of `d + 2` points solve
//! `p(x_i) + (-1)^i E = f(x_i)`, move the points to the extrema of the error with alternating signs, repeat. At the
//! end the error takes its largest size at all points of the reference, which by Chebyshev's alternation theorem
//! only the best polynomial does.

use std::f64::consts::PI;

use super::ApproxError;
use super::basis::Basis;
use super::extrema::peak;
use super::linear::solve;

const ROUNDS: usize = 60;
/// Relative distance between the largest error and the levelled one at which the exchange stops.
const GOAL: f64 = 1e-11;
/// What is accepted when rounding keeps the goal out of reach.
const ACCEPTABLE: f64 = 1e-6;
/// An error this small, relative to the function, is noise: it need not alternate.
const NOISE: f64 = 1e-13;

/// The Chebyshev coefficients of the best polynomial of that degree for `f` on `-1 .. 1`.
pub(super) fn series(f: &dyn Fn(f64) -> f64, degree: usize) -> Result<Vec<f64>, ApproxError> {
    let failed = || ApproxError::NoConvergence { method: "minimax" };
    let points = degree + 2;
    let mut reference: Vec<f64> = (0..points).map(|i| -(PI * i as f64 / (points - 1) as f64).cos()).collect();
    let mut best: Option<(f64, Vec<f64>)> = None;
    for _ in 0..ROUNDS {
        let (coefficients, level) = levelled(f, &reference, degree).ok_or_else(failed)?;
        let error = |x: f64| f(x) - value(&coefficients, x);
        let alternation = extrema_by_sign(&error, degree);
        let largest = alternation.iter().map(|e| e.1.abs()).fold(0.0, f64::max);
        let size = reference.iter().map(|&x| f(x).abs()).fold(0.0, f64::max);
        let excess = largest - level.abs();
        if excess <= GOAL * largest || largest <= 4.0 * f64::EPSILON * size {
            return Ok(coefficients);
        }
        let gap = if largest <= NOISE * size { 0.0 } else { excess / largest };
        if best.as_ref().is_none_or(|(least, _)| gap < *least) {
            best = Some((gap, coefficients));
        }
        match choose(&alternation, points) {
            Some(next) if next != reference => reference = next,
            _ => break,
        }
    }
    best.filter(|(gap, _)| *gap <= ACCEPTABLE).map(|(_, coefficients)| coefficients).ok_or_else(failed)
}

/// The value of a Chebyshev series.
fn value(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().zip(Basis::Chebyshev.values(x, coefficients.len())).map(|(c, t)| c * t).sum()
}

/// Coefficients and level `E` with `p(x_i) + (-1)^i E = f(x_i)` on the reference.
fn levelled(f: &dyn Fn(f64) -> f64, reference: &[f64], degree: usize) -> Option<(Vec<f64>, f64)> {
    let row = |(i, &x): (usize, &f64)| {
        let mut row = Basis::Chebyshev.values(x, degree + 1);
        row.push(if i % 2 == 0 { 1.0 } else { -1.0 });
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

/// The `points` neighbouring extrema that contain the largest one and whose smallest one is largest.
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

//! Seconds of steps from seconds of operations: least absolute relative errors, with no step below zero.
//!
//! Absolute errors and not squares, because a disturbed measurement is far off and shall not drag the others along. They are
//! found by squares with weights that are renewed (Holland and Welsch 1977).

use super::measure::Operation;
use hep_plan::cost::{Units, Work};

const KINDS: usize = 6;
/// Renewals of the weights.
const RENEWALS: usize = 20;
/// Rounds of descent for one set of weights; six unknowns converge long before.
const ROUNDS: usize = 5_000;
/// Relative errors below this count as equal.
const EXACT: f64 = 1e-3;
/// The share of the operations that the error of the fit speaks of.
const MOST: f64 = 0.9;

/// The units that describe the operations best, and the relative error that nine operations in ten stay below.
pub fn units(operations: &[Operation]) -> (Units, f64) {
    // Dividing by the seconds makes every equation `row · units = 1`.
    let rows: Vec<[f64; KINDS]> =
        operations.iter().map(|o| counts(o.work).map(|count| count / o.seconds)).collect();
    let mut weights = vec![1.0; rows.len()];
    let mut found = [0.0; KINDS];
    for _ in 0..RENEWALS {
        found = descend(&rows, &weights, found);
        for (weight, row) in weights.iter_mut().zip(&rows) {
            *weight = 1.0 / rest(row, &found).abs().max(EXACT);
        }
    }
    let mut errors: Vec<f64> = rows.iter().map(|row| rest(row, &found).abs()).collect();
    errors.sort_by(f64::total_cmp);
    let most = (errors.len() as f64 * MOST).ceil() as usize;
    (named(found), errors.get(most.saturating_sub(1)).copied().unwrap_or(0.0))
}

/// What an equation lacks.
fn rest(row: &[f64; KINDS], x: &[f64; KINDS]) -> f64 {
    1.0 - row.iter().zip(x).map(|(row, x)| row * x).sum::<f64>()
}

/// Coordinate descent on Σ weight·(row · x − 1)² with x ≥ 0.
fn descend(rows: &[[f64; KINDS]], weights: &[f64], start: [f64; KINDS]) -> [f64; KINDS] {
    let mut x = start;
    let mut rests: Vec<f64> = rows.iter().map(|row| rest(row, &x)).collect();
    let squares: [f64; KINDS] =
        std::array::from_fn(|k| rows.iter().zip(weights).map(|(row, weight)| weight * row[k] * row[k]).sum());
    for _ in 0..ROUNDS {
        let mut moved = false;
        for k in (0..KINDS).filter(|&k| squares[k] > 0.0) {
            let terms = rows.iter().zip(weights).zip(&rests);
            let gradient: f64 = terms.map(|((row, weight), rest)| weight * row[k] * rest).sum();
            let next = (x[k] + gradient / squares[k]).max(0.0);
            let step = next - x[k];
            moved |= step.abs() > 1e-9 * next;
            rows.iter().zip(&mut rests).for_each(|(row, rest)| *rest -= step * row[k]);
            x[k] = next;
        }
        if !moved {
            break;
        }
    }
    x
}

fn counts(work: Work) -> [f64; KINDS] {
    [work.transforms, work.conversions, work.key_products, work.products, work.passes, work.encodings]
}

fn named([transform, conversion, key_product, product, pass, encoding]: [f64; KINDS]) -> Units {
    Units { transform, conversion, key_product, product, pass, encoding }
}

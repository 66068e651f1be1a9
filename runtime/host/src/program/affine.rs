//! Scores as an affine function of the raw features.

use super::HostProgram;
use crate::tensor::Tensor;
use std::collections::BTreeMap;

/// Numbers of the unit vectors that are in memory at once, unless one alone has more.
const BLOCK: usize = 1 << 18;
/// A power of two beyond all features: a score of this many units of one feature is its coefficient, and nothing else in the
/// program is large enough to be seen beside it. Differences of scores near 0 would lose the digits of small coefficients.
const FAR: f64 = (1u64 << 50) as f64 * (1u64 << 50) as f64 * (1u64 << 50) as f64;
/// Sizes of the rows that are looked at, as powers of two.
const PROBES: [f64; 6] = [-20.0, 0.0, 12.0, 25.0, 40.0, 60.0];
/// Largest difference of a score to the affine function, relative to the sum of its terms.
const CLOSE: f64 = 1e-9;

/// `scores = x @ coefficients.T + intercepts`
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// `[scores, features]`
    pub coefficients: Tensor,
    /// `[scores]`
    pub intercepts: Tensor,
}

/// Coefficients of a predicting program whose scores are affine in the raw features, found by probing it; `None` when they
/// are not. `values` are the state and the revealed tensors, `features` the name of the raw rows.
#[must_use]
pub fn affine(
    predict: &HostProgram,
    values: &BTreeMap<String, Tensor>,
    features: &str,
    columns: usize,
) -> Option<Linear> {
    let mut inputs = values.clone();
    let mut scores = |x: Tensor| {
        let rows = x.shape[0];
        inputs.insert(features.to_string(), x);
        let scores = predict.run(&inputs).ok()?.remove("scores")?;
        match scores.shape.as_slice() {
            [n] if *n == rows => Some((1, scores.data)),
            [n, width] if *n == rows => Some((*width, scores.data)),
            _ => None,
        }
    };
    // Zero, and rows of several sizes to see whether what the unit vectors say holds elsewhere: what is bent is bent
    // somewhere between features near 0 and features beyond all units.
    let probes = 2 * PROBES.len();
    let mut x = Tensor::filled(vec![1 + probes, columns], 0.0);
    for (number, size) in PROBES.iter().enumerate() {
        for column in 0..columns {
            let at = (1 + 2 * number) * columns + column;
            x.data[at] = size.exp2() * (1.0 + (column % 7) as f64 / 3.0);
            x.data[at + columns] = size.exp2() * ((column % 5) as f64 - 2.5);
        }
    }
    let (width, fixed) = scores(x.clone())?;
    let mut coefficients = Tensor::filled(vec![width, columns], 0.0);
    let together = (BLOCK / columns.max(1)).max(1);
    for first in (0..columns).step_by(together) {
        let count = together.min(columns - first);
        let mut units = Tensor::filled(vec![count, columns], 0.0);
        (0..count).for_each(|row| units.data[row * columns + first + row] = FAR);
        let (same, found) = scores(units)?;
        if same != width {
            return None;
        }
        for row in 0..count {
            for score in 0..width {
                let moved = found[row * width + score] - fixed[score];
                coefficients.data[score * columns + first + row] = moved / FAR;
            }
        }
    }
    // What grows faster overflows, and is then close to its own infinity.
    if !coefficients.data.iter().all(|c| c.is_finite()) {
        return None;
    }
    for score in 0..width {
        for row in 1..=probes {
            let terms =
                || (0..columns).map(|c| x.data[row * columns + c] * coefficients.data[score * columns + c]);
            let size: f64 = fixed[score].abs() + terms().map(f64::abs).sum::<f64>();
            let said = fixed[score] + terms().sum::<f64>();
            // Written so that a NaN fails.
            let close = (fixed[row * width + score] - said).abs() <= CLOSE * size.max(f64::MIN_POSITIVE);
            if !close {
                return None;
            }
        }
    }
    let intercepts = Tensor { shape: vec![width], data: fixed[..width].to_vec() };
    Some(Linear { coefficients, intercepts })
}

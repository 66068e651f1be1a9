//! The constants of EvalMod, computed again.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::f64::consts::TAU;

use hep_circuits::sine::{COEFFICIENTS, DOUBLINGS, WIDTH, read_back};
use hep_params::refresh::MAX_OVERFLOW;
use hep_params::{Packing, RefreshShape};

/// The solution of least squares, by reflections (Householder). `rows` have the right-hand side as their last entry.
fn least_squares(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    let unknowns = rows[0].len() - 1;
    for k in 0..unknowns {
        let norm = rows[k..].iter().map(|row| row[k] * row[k]).sum::<f64>().sqrt();
        let mut v: Vec<f64> = rows[k..].iter().map(|row| row[k]).collect();
        v[0] += norm.copysign(v[0]);
        let square: f64 = v.iter().map(|x| x * x).sum();
        for column in k..=unknowns {
            let dot: f64 = v.iter().zip(&rows[k..]).map(|(v, row)| v * row[column]).sum();
            for (v, row) in v.iter().zip(&mut rows[k..]) {
                row[column] -= 2.0 * dot / square * v;
            }
        }
    }
    let mut out = vec![0.0; unknowns];
    for k in (0..unknowns).rev() {
        let known: f64 = (k + 1..unknowns).map(|j| rows[k][j] * out[j]).sum();
        out[k] = (rows[k][unknowns] - known) / rows[k][k];
    }
    out
}

/// Even polynomials in the basis of Chebyshev, fitted to the cosine where x can be, by least squares whose weights grow where errors are
/// largest (Lawson).
struct Fit {
    basis: Vec<Vec<f64>>,
    target: Vec<f64>,
    /// What an error of the cosine becomes of the sine.
    amplification: Vec<f64>,
}

impl Fit {
    fn new() -> Self {
        let (overflow, reach) = (i64::from(MAX_OVERFLOW), 1.25 / 2048.0);
        let places = [-1.0, -0.7, 0.0, 0.7, 1.0].map(|place| place * reach);
        let x: Vec<f64> = (-overflow..=overflow).flat_map(|i| places.map(|place| i as f64 + place)).collect();
        let angle = |x: &f64| TAU * (x - 0.25) / f64::from(1 << DOUBLINGS);
        let row = |x: &f64| {
            let theta = ((x - 0.25) / WIDTH).acos();
            (0..COEFFICIENTS.len()).map(|j| (2.0 * j as f64 * theta).cos()).collect()
        };
        Self {
            basis: x.iter().map(row).collect(),
            target: x.iter().map(|x| angle(x).cos()).collect(),
            amplification: x.iter().map(|x| f64::from(1 << DOUBLINGS) / angle(x).sin().abs()).collect(),
        }
    }

    /// Errors of the sine.
    fn errors(&self, c: &[f64]) -> Vec<f64> {
        let sums = self.basis.iter().map(|row| row.iter().zip(c).map(|(b, c)| b * c).sum::<f64>());
        sums.zip(&self.target).zip(&self.amplification).map(|((p, t), a)| (p - t).abs() * a).collect()
    }

    fn solved(&self) -> Vec<f64> {
        let mut weights = vec![1.0; self.target.len()];
        let (mut least, mut best) = (f64::INFINITY, Vec::new());
        for _ in 0..60 {
            let row = |k: usize| {
                let factor = self.amplification[k] * f64::sqrt(weights[k]);
                self.basis[k].iter().chain([&self.target[k]]).map(|x| x * factor).collect()
            };
            let c = least_squares((0..weights.len()).map(row).collect());
            let errors = self.errors(&c);
            let worst = errors.iter().copied().fold(0.0, f64::max);
            weights.iter_mut().zip(&errors).for_each(|(w, e)| *w *= e + 1e-4 * worst);
            let mean = weights.iter().sum::<f64>() / weights.len() as f64;
            weights.iter_mut().for_each(|w| *w /= mean);
            if worst < least {
                (least, best) = (worst, c);
            }
        }
        best
    }
}

#[test]
fn coefficients_are_those_of_the_fit() {
    let fit = Fit::new();
    let again = fit.solved();
    let largest = |c: &[f64]| fit.errors(c).into_iter().fold(0.0, f64::max);
    // What is in the source is as good as what comes out, …
    let (here, there) = (largest(&COEFFICIENTS), largest(&again));
    assert!((here / there).log2().abs() < 0.05, "{here:e} {there:e}");
    // … and is it: two fits of 2^−36 agree to little less than that.
    for (j, (a, b)) in COEFFICIENTS.iter().zip(&again).enumerate() {
        assert!((a - b).abs() < 1e-11, "c_{j}: {a:e} {b:e}");
    }
    // An error in the eleventh place of any coefficient is seen.
    for j in 0..COEFFICIENTS.len() {
        let mut other = COEFFICIENTS;
        other[j] += 1e-10;
        assert!(largest(&other) > 1.05 * here, "{j}");
    }
}

#[test]
fn delta_is_the_best_line_through_the_sine() {
    for ratio_log2 in 8..=13u8 {
        let shape = RefreshShape::standard(5, Packing::Real).with_ratio(ratio_log2);
        let largest = |delta: f64| {
            let at = |k: i32| {
                let v = f64::from(k) / 1000.0;
                (read_back(v, f64::from(ratio_log2).exp2(), delta) - v).abs()
            };
            (0..=1000).map(at).fold(0.0, f64::max)
        };
        let here = largest(shape.delta);
        for part in [-0.05, -0.01, 0.01, 0.05] {
            let other = largest(shape.delta * (1.0 + part));
            assert!(other > here * (1.0 + 0.5 * f64::abs(part)), "{ratio_log2}: {here:e} {other:e}");
        }
    }
}

//! Programs with their true functions: the tensor interpreter against training written out by hand.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::diagnostics::codes;
use hep_compiler::source::SourceFile;
use hep_compiler::tensor::interpret;
use hep_compiler::tensor::ranges;
use hep_compiler::{Analysis, Options, analyze, lower};
use hep_plan::Tensor;
use std::collections::BTreeMap;

const ROWS: usize = 12;
const FEATURES: usize = 3;
const STEPS: usize = 4;

fn program(loss: &str, approx: &str, rate: f64) -> String {
    format!(
        "program p\ndim n = {ROWS}\ndim f = {FEATURES}\ndim T = {STEPS}\n\
         owner X0 : real[n, f]\nowner y : class[n, 2]\nsecret X : real[n, f] = X0\nsecret Y : bit[n] = y\n\
         let score(w) = X @ w\nloss l(y, z) = {loss}\n{approx}\n\
         train {{ var w : real[f] = 0.1\n for t in 1 .. T {{ w = w - {rate:?} * grad(l, Y, score, at = w) }} }}\n\
         reveal w\npredict score(w)\n"
    )
}

fn exact(text: &str) -> Analysis {
    let options = Options { exact: true, ..Options::default() };
    analyze(&SourceFile::new("p.hep", text), &options).unwrap_or_else(|e| panic!("{e:?}"))
}

fn data() -> (Vec<f64>, Vec<f64>) {
    let x = (0..ROWS * FEATURES).map(|i| ((i * 7 + 3) % 11) as f64 / 5.0 - 1.0).collect();
    let y = (0..ROWS).map(|i| f64::from(u8::from(i % 3 == 0))).collect();
    (x, y)
}

fn inputs() -> BTreeMap<String, Tensor> {
    let (x, y) = data();
    BTreeMap::from([
        ("X0".to_owned(), Tensor::new(vec![ROWS, FEATURES], x).unwrap()),
        ("y".to_owned(), Tensor::new(vec![ROWS], y).unwrap()),
    ])
}

/// Gradient descent with the derivative given by hand.
fn by_hand(slope: impl Fn(f64, f64) -> f64, rate: f64) -> Vec<f64> {
    let (x, y) = data();
    let mut w = vec![0.1; FEATURES];
    for _ in 0..STEPS {
        let mut gradient = vec![0.0; FEATURES];
        for (row, label) in x.chunks(FEATURES).zip(&y) {
            let z: f64 = row.iter().zip(&w).map(|(a, b)| a * b).sum();
            let delta = slope(*label, z);
            gradient.iter_mut().zip(row).for_each(|(g, a)| *g += delta * a);
        }
        w.iter_mut().zip(gradient).for_each(|(w, g)| *w -= rate * g);
    }
    w
}

fn train(text: &str) -> Vec<f64> {
    let analysis = exact(text);
    interpret::run(&analysis.program, &inputs(), &mut |_| {}).unwrap()["w"].data.clone()
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

#[track_caller]
fn agree(loss: &str, approx: &str, rate: f64, slope: impl Fn(f64, f64) -> f64) {
    let (found, expected) = (train(&program(loss, approx, rate)), by_hand(slope, rate));
    for (a, b) in found.iter().zip(&expected) {
        assert!((a - b).abs() <= 1e-11 * b.abs().max(1.0), "{loss}: {found:?} and {expected:?}");
    }
}

#[test]
fn the_true_gradient_is_trained() {
    let line = "approx sigmoid on -8 .. 8 degree 3 by least_squares";
    agree("-log(abs(1 - y - sigmoid(z)))", line, 0.3, |y, z| sigmoid(z) - y);
    // No `approx` line is needed, and none is used.
    agree("log(1 + exp(-(2*y-1)*z)) + 0.01*z**2", "", 0.3, |y, z| sigmoid(z) - y + 0.02 * z);
    agree("(sigmoid(z) - y) ** 2", line, 0.3, |y, z| {
        let s = sigmoid(z);
        2.0 * (s - y) * s * (1.0 - s)
    });
    let focal = |y: f64, z: f64| {
        let z = if y == 1.0 { z } else { -z };
        let (p, q) = (sigmoid(z), sigmoid(-z));
        let slope = 2.0 * q * q * p * p.ln() - q * q * q;
        if y == 1.0 { slope } else { -slope }
    };
    agree(
        "-(y * (1-sigmoid(z))**2 * log(sigmoid(z)) + (1-y) * sigmoid(z)**2 * log(1-sigmoid(z)))",
        "",
        0.3,
        focal,
    );
    agree("relu(1 - (2*y-1)*z)", "", 0.1, |y, z| {
        let sign = 2.0 * y - 1.0;
        if sign * z < 1.0 { -sign } else { 0.0 }
    });
    agree("sqrt(1 + (2*y-1-z)**2)", "", 0.1, |y, z| {
        let u = 2.0 * y - 1.0 - z;
        -u / (1.0 + u * u).sqrt()
    });
}

/// Scores of hundreds overflow every naive form of these losses.
#[test]
fn large_scores_stay_finite() {
    for loss in [
        "-log(abs(1 - y - sigmoid(z)))",
        "log(1 + exp(-(2*y-1)*z))",
        "-(y * log(sigmoid(z)) + (1-y) * log(1-sigmoid(z)))",
        "-(y * (1-sigmoid(z))**2 * log(sigmoid(z)) + (1-y) * sigmoid(z)**2 * log(1-sigmoid(z)))",
        "log(1 + exp(-(2*y-1)*(z+1)))",
        "softplus(-(2*y-1)*z)",
    ] {
        let analysis = exact(&program(loss, "", 1e4));
        let mut largest = 0f64;
        let mut interpreter = interpret::Interpreter::new(&analysis.program, &inputs()).unwrap();
        for _ in 0..STEPS {
            let step = interpreter.step().unwrap();
            largest = step.node(analysis.program.checks[0].score).unwrap().max_abs().max(largest);
            assert!(step.carried[0].data.iter().all(|w| w.is_finite()), "{loss}");
        }
        assert!(largest > 1e3, "{loss}: {largest}");
        let z = Tensor::new(vec![4], vec![-1e4, 1e4, -1e4, 1e4]).unwrap();
        let y = Tensor::new(vec![4], vec![0.0, 0.0, 1.0, 1.0]).unwrap();
        let inputs = BTreeMap::from([("y".to_owned(), y), ("z".to_owned(), z)]);
        let values = analysis.program.loss.unwrap().run(&inputs).unwrap();
        assert!(values["loss"].data.iter().all(|l| (0.0..=2e4).contains(l)), "{loss}: {values:?}");
    }
}

#[test]
fn the_curvature_is_that_of_the_true_loss() {
    let text = program("log(1 + exp(-(2*y-1)*z))", "", 0.5).replace("0.5 *", "0.2 / curvature(l) *");
    let found = train(&text);
    let expected = by_hand(|y, z| sigmoid(z) - y, 0.8);
    assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?} {expected:?}");
}

#[test]
fn exact_programs_have_no_ranges_and_no_plan() {
    let line = "approx sigmoid on -0.001 .. 0.001 degree 3 by least_squares";
    let analysis = exact(&program("log(1 + exp(-(2*y-1)*z))", line, 0.3));
    let reports = ranges::check(&analysis.program, &inputs()).unwrap();
    assert_eq!(reports.len(), STEPS);
    assert!(reports.iter().all(|r| r.outside == 0.0));
    let error = lower(analysis, &Options::default()).unwrap_err();
    assert_eq!(error.message.code, codes::NOT_POLYNOMIAL);
    assert!(error.message.title.contains("true functions"), "{error:?}");
}

/// Functions of the owner's values that are made of others.
#[test]
fn composed_functions_of_values() {
    let text = program("softplus(-(2*y-1)*z)", "", 0.0).replace(
        "real[n, f] = X0",
        "real[n, f] = max(X0, 0.5) + 10 * min(0.25, X0) + 100 * relu(X0) + 1000 * softplus(X0)",
    );
    let analysis = exact(&text);
    let mut scores = Vec::new();
    interpret::run(&analysis.program, &inputs(), &mut |step| {
        scores = step.node(analysis.program.checks[0].score).unwrap().data.clone();
    })
    .unwrap();
    let (x, _) = data();
    let of = |v: f64| v.max(0.5) + 10.0 * v.min(0.25) + 100.0 * v.max(0.0) + 1000.0 * v.exp().ln_1p();
    for (row, score) in x.chunks(FEATURES).zip(&scores) {
        let expected: f64 = row.iter().map(|v| 0.1 * of(*v)).sum();
        assert!((score - expected).abs() < 1e-9 * expected.abs().max(1.0), "{score} {expected}");
    }
}

/// A public constant may be an exponent.
#[test]
fn real_exponents() {
    let text = program("(1 + (y - z) ** 2) ** gamma", "", 0.1)
        .replace("let score", "public gamma : real = 0.75\nlet score");
    let expected = by_hand(|y, z| 1.5 * (z - y) * (1.0 + (y - z).powi(2)).powf(-0.25), 0.1);
    let found = train(&text);
    assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {expected:?}");
}

/// A surrogate is for what is encrypted: the true gradient has the kink.
#[test]
fn surrogates_are_not_the_true_loss() {
    let hinge = |y: f64, z: f64| {
        let sign = 2.0 * y - 1.0;
        if sign * z < 1.0 { -sign } else { 0.0 }
    };
    agree("max(0, 1 - (2*y-1)*z)", "approx relu(u) = softplus(4 * u) / 4", 0.1, hinge);
}

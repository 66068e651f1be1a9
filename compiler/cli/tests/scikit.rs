//! The arrays of a model have the shapes of scikit-learn's estimators.

#![allow(clippy::unwrap_used)] // all of this is test code

mod common;

use common::{Place, table};

const LINEAR: &str = "program lin\nuse losses.squared\ndim n = 24  dim f = 3  dim d = f + 1  dim T = 2\n\
    owner X0 : real[n, f]\nowner y : real[n]\nsecret X : real[n, d] = bias(X0)\nsecret Y : real[n] = y\n\
    let score(w) = X @ w\ntrain {\n  var w : real[d] = 0\n  for t in 1 .. T {\n    \
    w = w - 0.1 * grad(squared, Y, score, at = w) / n\n  }\n}\nreveal w\npredict score(w)\n";

/// Program, classes of the data, shapes of `coef_`, `intercept_` and `classes_`.
type Row = (&'static str, &'static [&'static str], &'static str, &'static str, Option<&'static str>);

const MODELS: [Row; 5] = [
    ("lin.hep", &["1", "2.5", "4"], "(3)", "()", None),
    ("lr.hep", &["no", "yes"], "(1, 3)", "(1)", Some("(2)")),
    ("mlr.hep", &["no", "yes"], "(1, 3)", "(1)", Some("(2)")),
    ("mlr.hep", &["cat", "dog", "owl"], "(3, 3)", "(3)", Some("(3)")),
    ("mlr.hep", &["a", "b", "c", "d"], "(4, 3)", "(4)", Some("(4)")),
];

#[test]
fn coefficients_intercepts_and_classes() {
    for (program, classes, coefficients, intercepts, labels) in MODELS {
        let place = Place::new();
        place.write("lin.hep", LINEAR);
        let logistic = String::from_utf8(place.read("lr.hep")).unwrap();
        place.write("lr.hep", logistic.replace(" in 0 .. 1", ""));
        place.write("data.csv", table(classes, 24));
        for command in ["train --ring 11 --insecure --seed 1", "simulate"] {
            place.hep(&format!("{command} {program} --data data.csv -o model.npz")).done();
            // A tuple of one has a comma.
            let shape = |name| place.shape("model.npz", name).map(|shape| shape.replace(",)", ")"));
            let what = format!("{command} {program} {classes:?}");
            assert_eq!(shape("coef_").as_deref(), Some(coefficients), "{what}");
            assert_eq!(shape("intercept_").as_deref(), Some(intercepts), "{what}");
            assert_eq!(shape("classes_").as_deref(), labels, "{what}");
            decided_alike(&place, classes);
        }
    }
}

/// What scikit-learn decides with these arrays is what `hep predict` says.
fn decided_alike(place: &Place, classes: &[&str]) {
    let (coefficients, intercepts) =
        (place.array("model.npz", "coef_"), place.array("model.npz", "intercept_"));
    let predicted = place.hep("predict model.npz --data data.csv").done().out;
    let text = String::from_utf8(place.read("data.csv")).unwrap();
    for (row, said) in text.lines().skip(1).zip(predicted.lines()) {
        let cells: Vec<f64> = row.split(',').skip(1).map(|cell| cell.parse().unwrap()).collect();
        let score = |(weights, start): (&[f64], &f64)| {
            start + weights.iter().zip(&cells).map(|(w, x)| w * x).sum::<f64>()
        };
        let scores: Vec<f64> = coefficients.chunks(3).zip(&intercepts).map(score).collect();
        if place.shape("model.npz", "classes_").is_none() {
            assert!((scores[0] - said.parse::<f64>().unwrap()).abs() < 1e-3, "{scores:?} and {said}");
            continue;
        }
        let decided = match scores.as_slice() {
            [one] => usize::from(*one > 0.0),
            several => (0..several.len()).max_by(|a, b| several[*a].total_cmp(&several[*b])).unwrap(),
        };
        assert_eq!(classes[decided], said, "{scores:?}");
    }
}

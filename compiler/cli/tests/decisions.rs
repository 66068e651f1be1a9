//! A row gets one decision: gradients written by hand, scores of the wrong shape, programs without `predict`.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::Place;
use serde_json::Value;

/// Small and fast.
const RING: &str = "--ring 10 --insecure";

/// Logistic regression with its gradient written out, or another step.
fn program(secrets: &str, step: &str, end: &str) -> String {
    format!(
        "program by_hand\ndim n = 64  dim f = 4  dim d = f + 1  dim T = 3\nowner X0 : real[n, f] in -2 .. 2\n\
         owner y : class[n, 2]\nsecret X : real[n, d] = bias(X0)\nsecret Y : bit[n] = y\n{secrets}\
         approx sigmoid on -8 .. 8 degree 3 by least_squares\n\
         train {{\n  var w : real[d] = 0\n  for t in 1 .. T {{ w = w - {step} }}\n}}\nreveal w\n{end}\n"
    )
}

const STEP: &str = "0.5 / n * X.T @ (sigmoid(X @ w) - Y)";

/// Two classes that overlap, labels first.
fn rows(count: usize) -> String {
    let mut state = 7u32;
    let mut uniform = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 16) / 65536.0
    };
    let mut text = "y,a,b,c,e\n".to_string();
    for _ in 0..count {
        let x: Vec<f64> = (0..4).map(|_| 3.0 * uniform() - 1.5).collect();
        let label = u8::from(1.6 * x[0] - x[1] + 0.6 * x[2] + 0.4 + 2.0 * (uniform() - 0.5) > 0.0);
        text += &format!("{label},{:.4},{:.4},{:.4},{:.4}\n", x[0], x[1], x[2], x[3]);
    }
    text
}

fn cells(text: &str) -> Vec<Vec<f64>> {
    text.lines().skip(1).map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect()
}

/// The labels that the model's coefficients give, one per row.
fn decided(place: &Place, model: &str, text: &str) -> Vec<f64> {
    let (weights, start) = (place.array(model, "coef_"), place.array(model, "intercept_")[0]);
    let score = |row: &Vec<f64>| start + row[1..].iter().zip(&weights).map(|(x, w)| x * w).sum::<f64>();
    cells(text).iter().map(|row| f64::from(u8::from(score(row) > 0.0))).collect()
}

#[test]
fn scores_of_classes_without_grad_decide_every_row() {
    let weighted = "secret s : real[n] = y / (2 * mean(y)) + (1 - y) / (2 - 2 * mean(y))\n";
    for (name, secrets, step) in [
        ("a hand-written gradient", "", STEP),
        ("weights of the classes", weighted, "0.5 / n * X.T @ (s * (sigmoid(X @ w) - Y))"),
        ("a single step", "", "-1 * X.T @ (Y - 1/2) / n"),
    ] {
        let place = Place::new();
        let text = rows(64);
        place.write("two.csv", &text);
        place.write("hand.hep", program(secrets, step, "predict X @ w"));
        let train = format!("train hand.hep {RING} --data two.csv --seed 1 --json -o model.npz");
        let report = place.hep(&train).done().json();
        let decided = decided(&place, "model.npz", &text);
        let labels = cells(&text).iter().map(|row| row[0]).collect::<Vec<_>>();
        let right = decided.iter().zip(&labels).filter(|(a, b)| a == b).count();
        let accuracy = right as f64 / 64.0;
        assert!(accuracy > 0.75, "{name}: {accuracy}");
        assert_eq!(report["train_accuracy"], accuracy, "{name}");
        let twin = place.hep("simulate hand.hep --data two.csv --json").done().json();
        assert_eq!(twin["train_accuracy"], accuracy, "{name}");
        let judged = place.hep("eval model.npz --data two.csv --json").done().json();
        assert_eq!((&judged["accuracy"], &judged["rows"]), (&accuracy.into(), &64.into()), "{name}");
        let predicted = place.hep("predict model.npz --data two.csv --rows 0..6").done().out;
        let expected: String = decided[..6].iter().map(|label| format!("{label}\n")).collect();
        assert_eq!(predicted, expected, "{name}");
    }
}

#[test]
fn scores_that_decide_no_row_are_refused() {
    let place = Place::new();
    place.write("two.csv", rows(16));
    for (predict, found) in
        [("3", "a single number"), ("w", "[d]"), ("sum(X @ w)", "a single number"), ("X", "[n, d]")]
    {
        place.write("wrong.hep", program("", STEP, &format!("predict {predict}")));
        let words = ["error[H0721]", "wrong.hep:13:9", found, "expected [n]", "help: "];
        for command in ["check wrong.hep", "compile wrong.hep", "train wrong.hep --data two.csv -o m.npz"] {
            place.refused(command, &words);
        }
    }
}

/// What a model says of itself where nothing says how rows are scored.
fn revealed(report: &Value) -> (f64, &Value) {
    (report["revealed"][0]["norm"].as_f64().unwrap(), &report["revealed"][0]["shape"])
}

#[test]
fn a_program_without_predict_trains_and_says_norms() {
    let place = Place::new();
    place.write("two.csv", rows(64));
    place.write("bare.hep", program("", STEP, ""));
    place.hep("check bare.hep --data two.csv --strict").done();

    let train = format!("train bare.hep {RING} --data two.csv --seed 1 -o model.npz");
    let report = place.hep(&format!("{train} --json")).done().json();
    assert_eq!(report["train_accuracy"], Value::Null);
    let norm = place.array("model.npz", "w").iter().map(|w| w * w).sum::<f64>().sqrt();
    let (said, shape) = revealed(&report);
    assert!((said - norm).abs() < 1e-12 && *shape == serde_json::json!([5]), "{report}");
    let shown = place.hep(&train).done().out;
    assert!(shown.contains("revealed (the program has no `predict`):\n    w [5], norm 0."), "{shown}");

    let simulate = "simulate bare.hep --data two.csv";
    let twin = place.hep(&format!("{simulate} --json")).done().json();
    assert!((revealed(&twin).0 - norm).abs() < 1e-3);
    assert_eq!(twin["iterations"].as_array().unwrap().len(), 3);
    assert_eq!(revealed(&twin["iterations"][2]).0, revealed(&twin).0);
    let shown = place.hep(simulate).done().out;
    assert!(shown.starts_with("iteration   largest score      norm of w\n        1 "), "{shown}");
    let noisy = place.hep(&format!("{simulate} {RING} --noise")).done().out;
    assert!(noisy.contains("with the noise of ring 2^10 (seed 1)\n  w moves by at most "), "{noisy}");
    place.hep("compare bare.hep --data two.csv").done();

    place.hep(&format!("compile bare.hep {RING} -o plan.hepc")).done();
    place.hep("keygen plan.hepc -o keys --seed 1").done();
    place.hep("encrypt plan.hepc --keys keys --data two.csv -o in.hct --seed 1").done();
    place.hep("run plan.hepc --eval-keys keys/eval.keys --in in.hct -o out.hct").done();
    let decrypt = "decrypt plan.hepc --keys keys --in out.hct -o apart.npz";
    let decrypted = place.hep(&format!("{decrypt} --json")).done().json();
    assert!((revealed(&decrypted).0 - norm).abs() < 1e-3);
    let shown = place.hep(decrypt).done().err;
    assert!(shown.contains("revealed (the program has no `predict`):\n  w [5], norm 0."), "{shown}");

    for command in ["eval", "predict"] {
        for model in ["model.npz", "apart.npz"] {
            place.refused(
                &format!("{command} {model} --data two.csv"),
                &["the program of this model has no `predict`", "help: "],
            );
        }
    }
    place.hep("info model.npz").done();
}

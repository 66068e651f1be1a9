//! The clear twin: engines, true functions, noise.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::{Place, SMALL};
use serde_json::Value;

const SIMULATE: &str = "simulate mlr.hep --data data.csv --rows 0..16 --test-rows 16..24";

fn iterations(report: &Value) -> &Vec<Value> {
    report["iterations"].as_array().unwrap()
}

fn number(value: &Value, name: &str) -> f64 {
    value[name].as_f64().unwrap_or_else(|| panic!("`{name}` is no number in {value}"))
}

#[test]
fn engines_agree() {
    let place = Place::new();
    let on = |engine: &str| {
        let options = format!("{SIMULATE} -p T=12 --engine {engine} -o {engine}.npz --json");
        let report = place.hep(&options).done().json();
        assert_eq!(report["engine"], engine);
        (report, place.array(&format!("{engine}.npz"), "W"))
    };
    let ((native, weights), (slots, oracle)) = (on("compiled"), on("slots"));
    assert_eq!(native["iterations"], slots["iterations"]);
    assert_eq!(weights, oracle);
    let (tensors, meaning) = on("tensors");
    assert_eq!(iterations(&tensors).len(), 12);
    for (a, b) in iterations(&native).iter().zip(iterations(&tensors)) {
        for name in ["loss", "train_accuracy", "test_accuracy", "largest_score"] {
            assert!((number(a, name) - number(b, name)).abs() < 1e-9, "{name}: {a} and {b}");
        }
    }
    assert!(weights.iter().zip(&meaning).all(|(a, b)| (a - b).abs() < 1e-9));
    // Native code is what runs unless told, and the length of its vectors changes nothing but roundings.
    assert_eq!(place.hep(&format!("{SIMULATE} --json")).done().json()["engine"], "compiled");
    place.hep(&format!("{SIMULATE} -p T=12 --ring 9 -o short.npz")).done();
    assert!(place.array("short.npz", "W").iter().zip(&meaning).all(|(a, b)| (a - b).abs() < 1e-9));
}

#[test]
fn a_program_without_a_packed_form_runs_on_tensors() {
    let place = Place::new();
    place.changed("let M = W -", "let M = W + 0 * (V @ V.T) @ V -");
    let outcome = place.hep(&format!("{SIMULATE} --json")).done();
    assert_eq!(outcome.json()["engine"], "tensors");
    assert!(
        outcome.err.contains("note: trained on whole tensors: a secret over these dimensions"),
        "{}",
        outcome.err
    );
    place.refused(
        &format!("{SIMULATE} --engine compiled"),
        &["a secret over these dimensions", "--engine tensors"],
    );
}

#[test]
fn real_targets_are_explained_not_counted() {
    let place = Place::new();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../programs");
    let bring = |from: &str, to: &str| place.write(to, std::fs::read(root.join(from)).unwrap());
    bring("examples/linear_regression.hep", "line.hep");
    bring("data/wine.csv", "wine.csv");
    let run = "simulate line.hep --data wine.csv --rows 0..100 --test-rows 100..151 -o model.npz";
    let report = place.hep(&format!("{run} --json")).done().json();
    for (name, expected) in [("train_r_squared", 0.634), ("test_r_squared", 0.477)] {
        assert!((number(&report, name) - expected).abs() < 1e-3, "{report}");
        assert_eq!(iterations(&report)[2][name], report[name]);
    }
    assert_eq!(report["train_accuracy"], Value::Null);
    assert!(place.hep(run).done().out.starts_with("iteration       loss  train R²  test R²"));
    let eval = "eval model.npz --data wine.csv --rows 100..151";
    let explained = place.hep(&format!("{eval} --json")).done().json();
    assert!((number(&explained, "r_squared") - number(&report, "test_r_squared")).abs() < 1e-12);
    assert_eq!(place.hep(eval).done().out, "R² 0.4767 of 51 rows\n");
    let compared =
        place.hep("compare line.hep --data wine.csv --rows 0..100 --test-rows 100..151").done().out;
    assert!(compared.contains("training R²") && !compared.contains("accuracy"), "{compared}");
}

#[test]
fn true_functions_are_near_their_polynomials() {
    let place = Place::new();
    let polynomial = place.hep(&format!("{SIMULATE} --json")).done().json();
    let exact = place.hep(&format!("{SIMULATE} --exact --json")).done().json();
    assert_eq!(exact["engine"], "tensors");
    // The true sigmoid is steeper than the cubic, so that the bound of the curvature asks for smaller steps.
    let (a, b) = (number(&iterations(&polynomial)[1], "loss"), number(&iterations(&exact)[1], "loss"));
    assert!(a < b && b < number(&iterations(&exact)[0], "loss"), "{a} and {b}");
    for option in ["--exact", "--trace values.npz"] {
        assert_eq!(place.hep(&format!("{SIMULATE} --engine compiled {option}")).code, Some(2));
    }
}

#[test]
fn noise_is_there_and_within_what_is_promised() {
    let place = Place::new();
    let noise = |options: &str| {
        let report = place.hep(&format!("{SIMULATE} {SMALL} --noise {options} --json")).done().json();
        report["noise"].clone()
    };
    let first = noise("");
    assert_eq!(first["ring"], 11);
    let output = &first["outputs"][0];
    assert_eq!(output["name"], "W");
    let (deviation, promised) = (number(output, "deviation"), number(output, "promised"));
    assert!(deviation > 0.0 && deviation <= promised, "{deviation:e} of {promised:e}");
    assert!(deviation * 1000.0 > promised, "{promised:e} is far above {deviation:e}");
    assert!(number(&first, "test_accuracy") > 0.5);
    assert_eq!(first, noise("--seed 1"));
    assert_ne!(first["outputs"], noise("--seed 2")["outputs"]);
    let shown = place.hep(&format!("{SIMULATE} {SMALL} --noise")).done().out;
    assert!(shown.contains("with the noise of ring 2^11 (seed 1): train "), "{shown}");
    assert!(shown.contains("  W moves by at most "), "{shown}");
}

#[test]
fn a_program_too_deep_for_parameters_runs_without_noise() {
    let place = Place::new();
    let deep = format!("{SIMULATE} -p T=40");
    assert_eq!(iterations(&place.hep(&format!("{deep} --json")).done().json()).len(), 40);
    place.refused(&format!("{deep} --noise"), &["error[H05", "leave `--noise` out"]);
    assert_eq!(place.hep(&format!("{SIMULATE} --seed 3")).code, Some(2));
}

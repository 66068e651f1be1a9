//! Data in any unit: what trains in the clear trains on ciphertexts, or is refused before anything is encrypted.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod common;

use common::{Place, SMALL, difference};
use std::fmt::Write;

/// A regression on raw features with a bias.
const LIN: &str = "program lin\nuse losses.squared\ndim n = 64  dim f = 2  dim d = f + 1  dim T = 2\n\
    owner X0 : real[n, f]\nowner y : real[n]\nsecret X : real[n, d] = bias(X0)\nsecret Y : real[n] = y\n\
    let score(w) = X @ w\ntrain {\n  var w : real[d] = 0\n  for t in 1 .. T { w = w - STEP * grad(squared, Y, score, at = w) / n }\n}\n\
    reveal w\npredict score(w)\n";

/// Rows `y,a,b` of a plane with noise, every column times its unit, the second feature beside its offset.
fn plane([y, a, b]: [f64; 3], offset: f64) -> String {
    let mut state = 7u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 16) / 32768.0 - 1.0
    };
    let mut text = "y,a,b\n".to_string();
    for _ in 0..64 {
        let (u, v) = (noise(), noise());
        let target = 0.8 * u - 0.5 * v + 0.05 * noise() + 0.3;
        writeln!(text, "{:e},{:e},{:e}", target * y, u * a, offset + v * b).unwrap();
    }
    text
}

/// Trains on ciphertexts and in the clear; the largest difference of an array, relative to its largest element.
fn apart(place: &Place, program: &str, array: &str) -> f64 {
    place.hep(&format!("train {program} {SMALL} --data data.csv -o m.npz --seed 1")).done();
    place.hep(&format!("simulate {program} --data data.csv -o twin.npz")).done();
    let (found, meant) = (place.array("m.npz", array), place.array("twin.npz", array));
    difference(&found, &meant) / meant.iter().fold(0.0, |most: f64, v| most.max(v.abs()))
}

fn line(step: &str) -> Place {
    let place = Place::new();
    place.write("lin.hep", LIN.replace("STEP", step));
    place
}

/// Two rows of one number, as they came back before: 930, −933, −878.
#[test]
fn targets_of_any_size_come_back() {
    let place = Place::new();
    let tiny = LIN.replace("n = 64  dim f = 2", "n = 2  dim f = 1").replace("T = 2", "T = 1");
    place.write(
        "tiny.hep",
        tiny.replace("real[n, d] = bias(X0)", "real[n, d] = bias(0 * X0)").replace("STEP", "0.5"),
    );
    for target in [930.0, 945.0, 1000.0, 1e9, 1e-9] {
        place.write("data.csv", format!("y,a\n{target},1\n{target},1\n"));
        place.hep(&format!("train tiny.hep {SMALL} --data data.csv --header yes -o m.npz --seed 1")).done();
        let found = place.array("m.npz", "w")[0];
        assert!((found / target - 1.0).abs() < 1e-4, "{target}: {found}");
    }
}

/// Prices of houses: the shipped program, targets in money, features of different units.
#[test]
fn prices_in_money() {
    let place = Place::new();
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../programs/examples/linear_regression.hep");
    place.write("prices.hep", std::fs::read(examples).unwrap());
    place.write("data.csv", plane([2e5, 80.0, 30.0], 1950.0));
    assert!(apart(&place, "prices.hep", "coef_") < 1e-4);
    let fit = |command: &str| place.hep(command).done().json()["train_r_squared"].as_f64().unwrap();
    let encrypted = fit(&format!("train prices.hep {SMALL} --data data.csv --json"));
    let clear = fit("simulate prices.hep --data data.csv --json");
    assert!(clear > 0.9 && (encrypted - clear).abs() < 1e-3, "{encrypted} and {clear}");
    // The plan needs no data for that: the owner divides and multiplies back.
    place.hep(&format!("compile prices.hep -p n=64 -p f=2 {SMALL} -o plan.hepc")).done();
    place.hep("keygen plan.hepc -o keys --seed 1").done();
    place.hep("encrypt plan.hepc --keys keys --data data.csv -o in.hct --seed 1").done();
    place.hep("run plan.hepc --eval-keys keys/eval.keys --in in.hct -o out.hct").done();
    place.hep("decrypt plan.hepc --keys keys --in out.hct -o roles.npz").done();
    let (roles, twin) = (place.array("roles.npz", "coef_"), place.array("twin.npz", "coef_"));
    let largest = twin.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
    assert!(difference(&roles, &twin) < 1e-3 * largest, "{roles:?} {twin:?}");
}

/// Features of 10^4 … 10^7 with steps to match, whose weights were zeros before.
#[test]
fn steps_that_suit_large_features() {
    for size in [1e4, 1e5, 1e7] {
        let place = line(&format!("{:e}", 0.3 / size / size));
        place.write("data.csv", plane([1.0, size, size], 0.0));
        assert!(apart(&place, "lin.hep", "w") < 2f64.powi(-12), "{size}");
    }
}

/// Columns of one model in units that differ by 10^12: small weights count as much as large ones.
#[test]
fn small_weights_of_large_features_are_kept() {
    let place = line("0.1");
    let prepared =
        LIN.replace("STEP", "0.3").replace("program lin", "program lin\nuse preprocessing.standardise");
    place.write("lin.hep", prepared.replace("bias(X0)", "bias(standardise(X0))"));
    place.write("data.csv", plane([1.0, 1e-6, 1e6], 1.7e12));
    place.hep(&format!("train lin.hep {SMALL} --data data.csv -o m.npz --seed 1")).done();
    let (coefficients, intercept) = (place.array("m.npz", "coef_"), place.array("m.npz", "intercept_")[0]);
    // Scores for raw features, as scikit-learn computes them, are those of the model.
    let predicted = place.hep("predict m.npz --data data.csv").done().out;
    let text = String::from_utf8(place.read("data.csv")).unwrap();
    for (row, score) in text.lines().skip(1).zip(predicted.lines()) {
        let cells: Vec<f64> = row.split(',').map(|cell| cell.parse().unwrap()).collect();
        let own = coefficients[0] * cells[1] + coefficients[1] * cells[2] + intercept;
        assert!((own - score.parse::<f64>().unwrap()).abs() < 1e-3, "{own} and {score}");
    }
}

/// A plan for other data is not taken on trust.
#[test]
fn data_that_a_plan_has_no_room_for_are_refused() {
    let place = line("0.3");
    place.hep(&format!("compile lin.hep {SMALL} -o plan.hepc")).done();
    place.hep("keygen plan.hepc -o keys --seed 1").done();
    place.write("data.csv", plane([1.0, 1e9, 1.0], 0.0));
    place.refused(
        "encrypt plan.hepc --keys keys --data data.csv -o in.hct",
        &["error[H0503]", "lin.hep:", "there is room for", "--data FILE"],
    );
    // Room there is, but the steps do not suit these data.
    place.write("data.csv", plane([1.0, 10.0, 1.0], 0.0));
    place.refused(
        "encrypt plan.hepc --keys keys --data data.csv -o in.hct",
        &["error[H0317]", "as large as the targets", "`hep check PROGRAM` with `--data FILE`"],
    );
    place.refused(&format!("train lin.hep {SMALL} --data data.csv -o m.npz"), &["error[H0317]"]);
    // A step so small that the model is lost below its noise.
    let place = line("1e-12");
    place.write("data.csv", plane([1.0, 1.0, 1.0], 0.0));
    place.hep(&format!("compile lin.hep {SMALL} -o plan.hepc")).done();
    place.hep("keygen plan.hepc -o keys --seed 1").done();
    place.refused(
        "encrypt plan.hepc --keys keys --data data.csv -o in.hct",
        &["error[H0502]", "are promised"],
    );
}

/// A network is no line, however its features are scaled.
#[test]
fn networks_have_no_coefficients() {
    let place = Place::new();
    let examples =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../programs/examples/nn_one_hidden_regression.hep");
    place.write("nn.hep", std::fs::read(examples).unwrap());
    for unit in [1.0, 1e4, 1e7] {
        place.write("data.csv", plane([1.0, unit, unit], 3.0 * unit));
        place.hep("simulate nn.hep -p h=4 -p T=1 --data data.csv -o twin.npz").done();
        let archive = String::from_utf8_lossy(&place.read("twin.npz")).into_owned();
        assert!(!archive.contains("coef_.npy"), "{unit}");
    }
}

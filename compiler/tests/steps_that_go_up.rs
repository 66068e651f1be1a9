//! Steps that make a loss larger are warned of, and no others.

mod common;

use common::{CLASSES, LABELS, changed};
use hep_compiler::proposals::analyzed;
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, Patience};

const LOOP: &str = "    w = w - 0.1 * grad(nll, Y, score, at = w) / n\n";
const GRADIENT: &str = "grad(nll, Y, score, at = w)";

/// The codes of warnings of a program with changes, which compiles.
fn warned(program: &str, changes: &[(&str, &str)]) -> Vec<&'static str> {
    let text = changed(program, changes);
    let analysis = analyzed(&SourceFile::new("p.hep", &*text), &Options::default(), &Patience::default());
    let analysis = analysis.unwrap_or_else(|errors| panic!("{errors:#?}\n{text}"));
    analysis.warnings.into_iter().map(|warning| warning.code).collect()
}

/// A gradient beside a decay of the weights goes down where the sum is subtracted, and only then.
#[test]
fn the_sign_of_a_step_is_that_in_the_new_value() {
    let decayed = format!("{GRADIENT} / n + 0.01 * w");
    for (down, up) in [
        (format!("    let g = {decayed}\n    w = w - 0.5 * g\n"), "w + 0.5 * g"),
        (format!("    let g = {decayed}\n    let s = -0.5 * g\n    w = w + s\n"), "w - s"),
        (format!("    let u = w - 0.5 * ({decayed})\n    w = u\n"), "2 * w - u"),
        (format!("    w = w - 0.1 * w - 0.1 * {GRADIENT}\n"), "w - 0.1 * w + 0.1 * GRADIENT"),
    ] {
        assert_eq!(warned(LABELS, &[(LOOP, &down)]), [""; 0], "{down}");
        let (before, _) = down.rsplit_once("w = ").unwrap_or_default();
        let up = format!("{before}w = {}\n", up.replace("GRADIENT", GRADIENT));
        assert_eq!(warned(LABELS, &[(LOOP, &up)]), ["H0319"], "{up}");
    }
    // With a momentum the variable of the gradient is another one.
    let momentum = format!("    V = 0.9 * V + {decayed}\n    w = w - 0.1 * V\n");
    let variable = ("  for t", "  var V : real[d] = 0\n  for t");
    assert_eq!(warned(LABELS, &[variable, (LOOP, &momentum)]), [""; 0]);
}

/// A momentum is judged by the sign of its gradients in the new value of the variable.
#[test]
fn momenta() {
    let variable = ("  for t", "  var V : real[d] = 0\n  for t");
    let with = |momentum: &str, step: &str| {
        let step = format!("    let g = {GRADIENT} / n\n    V = {momentum}\n    w = {step}\n");
        warned(LABELS, &[variable, (LOOP, &step)])
    };
    for (momentum, down, up) in [
        ("0.9 * V + 0.1 * g", "w - V", "w + V"),
        ("0.9 * V - 0.1 * g", "w + V", "w - V"),
        ("0.9 * V + g", "w - 0.1 * V", "w + 0.1 * V"),
    ] {
        assert_eq!(with(momentum, down), [""; 0], "{momentum}, {down}");
        assert_eq!(with(momentum, up), ["H0319"], "{momentum}, {up}");
    }
    // Where the sign is not plain nothing is said.
    for (momentum, step) in [
        ("g - 0.9 * V", "w + V"),
        ("0.9 * V + 0.1 * g - 0.1 * w", "w + V * V"),
        ("0.9 * V - 0.1 * g", "0.5 * V - w"),
    ] {
        assert_eq!(with(momentum, step), [""; 0], "{momentum}, {step}");
    }
}

/// A gradient that is written out has the sign of the predictions in it.
#[test]
fn gradients_that_are_written_out() {
    for difference in ["(p - Y)", "(sigmoid(X @ w) - Y)", "(sigmoid(score(w)) - Y)", "(score(w) - Y)", "e"] {
        let lets = "    let p = sigmoid(X @ w)\n    let e = p - Y\n";
        let step = |sign: char, difference: &str| {
            let step = format!("{lets}    w = w {sign} 0.1 * X.T @ {difference} / n\n");
            warned(LABELS, &[(LOOP, &step)])
        };
        assert_eq!(step('-', difference), [""; 0], "{difference}");
        assert_eq!(step('+', difference), ["H0319"], "{difference}");
    }
    let step = |value: &str| warned(LABELS, &[(LOOP, &format!("    w = {value}\n"))]);
    assert_eq!(step("w + 0.1 * X.T @ (Y - sigmoid(X @ w)) / n"), [""; 0]);
    assert_eq!(step("w - 0.1 * X.T @ (Y - sigmoid(X @ w)) / n"), ["H0319"]);
    // What is no difference of predictions and labels is no gradient.
    for value in ["w + 0.1 * X.T @ Y / n", "w + 0.1 * X.T @ (X @ w) / n", "w + 0.1 * X.T @ (Y + X @ w) / n"] {
        assert_eq!(step(value), [""; 0], "{value}");
    }
    let classes = |sign: char| format!("    W = W {sign} 0.1 * (sigmoid(X @ W.T) - Y).T @ X / n\n");
    let loop_ = "    W = W - 0.1 * grad(sle, Y, score, at = W) / n\n";
    assert_eq!(warned(CLASSES, &[(loop_, &classes('-'))]), [""; 0]);
    assert_eq!(warned(CLASSES, &[(loop_, &classes('+'))]), ["H0319"]);
}

/// A sigmoid around the scores of a loss that has one is warned of, whether `predict` names them or not.
#[test]
fn two_sigmoids() {
    let without = ("predict score(w)\n", "");
    let sigmoid = ("= X @ w", "= sigmoid(X @ w)");
    for loss in ["nll", "bce", "sle", "mse"] {
        let program = LABELS
            .replace("losses.nll", &format!("losses.{loss}"))
            .replace("grad(nll", &format!("grad({loss}"));
        assert_eq!(warned(&program, &[without]), [""; 0], "{loss}");
        assert_eq!(warned(&program, &[without, sigmoid]), ["H0321"], "{loss}");
    }
    // A squared error of probabilities has its smallest value there.
    let squares = LABELS.replace("use losses.nll", "loss nll(y, p) = (y - p) ** 2");
    assert_eq!(warned(&squares, &[without, sigmoid]), [""; 0]);
}

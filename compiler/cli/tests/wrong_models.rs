//! Inputs of which no model can be made: each ends in an error that says what was found and what to do, never in a model.

mod common;

use common::{Place, SMALL};

/// Logistic regression on prepared features.
fn logistic(prepared: &str, approx: &str) -> String {
    format!(
        "program lr
use preprocessing.{prepared}
use losses.nll
dim n = 64   dim f = 2   dim d = f + 1   dim T = 4
owner  X0 : real[n, f]
owner  y  : class[n, 2]
secret X : real[n, d] = bias({prepared}(X0))
secret Y : bit[n] = y
public eta : real[T] = nesterov(T, start = 1)
let  score(w) = X @ w
{approx}
train {{
  var w : real[d] = 0
  var v : real[d] = 0
  for t in 1 .. T {{
    let m = v - 1 / (t + 1) * grad(nll, Y, score, at = v) / n
    w, v = m, (1 - eta[t]) * m + eta[t] * w
  }}
}}
reveal w
predict score(w)
"
    )
}

const CUBIC: &str = "approx sigmoid on -8 .. 8 degree 3 by least_squares";

/// Linear regression with a step, on what is made of the features.
fn linear(range: &str, prepared: &str, step: &str) -> String {
    format!(
        "program lin
use losses.squared
dim n = 16   dim f = 2   dim d = f + 1   dim T = 2
owner  X0 : real[n, f]
owner  y  : real[n] {range}
secret X : real[n, d] = bias({prepared})
secret Y : real[n] = y
let  score(w) = X @ w
train {{
  var w : real[d] = 0
  for t in 1 .. T {{ w = w - {step} * grad(squared, Y, score, at = w) / n }}
}}
reveal w
predict score(w)
"
    )
}

/// 64 rows of a number, and of a flag that says most of the label.
fn rows_of(income: impl Fn(u32) -> f64) -> String {
    let mut text = "label,income,flag\n".to_string();
    for row in 0..64u32 {
        let label = row % 2;
        let flag = if row % 12 == 5 { 1 - label } else { label };
        text += &format!("{label},{},{flag}\n", income(row));
    }
    text
}

/// A number that says nothing of the label, times `scale`.
fn income_and_flag(scale: f64) -> String {
    rows_of(|row| scale * (1.5 + f64::from((row * 37 + 11) % 64) / 32.0))
}

/// 16 rows with targets around `target`, one feature around `size` and one given by its row.
fn regression(target: f64, size: f64, second: impl Fn(u32) -> f64) -> String {
    let mut text = "price,a,b\n".to_string();
    for row in 0..16u32 {
        let a = f64::from((row * 7 + 3) % 16) / 8.0 - 1.0;
        text += &format!("{},{},{}\n", target * (1.0 + a / 4.0), size * a, second(row));
    }
    text
}

fn row(number: u32) -> f64 {
    f64::from(number % 5) - 2.0
}

#[test]
fn declared_ranges_of_all_inputs_hold_everywhere() {
    let place = Place::new();
    place.write("lin.hep", linear("in 0 .. 1", "X0", "0.1"));
    place.write("houses.csv", regression(4e5, 1.0, row));
    let words = ["error[H0713]", "houses.csv", "`y` is 337500 in row 1", "in 0 .. 1", "help: "];
    for command in ["check", "simulate", "train"] {
        place.refused(&format!("{command} lin.hep --data houses.csv"), &words);
    }
    place.hep(&format!("compile lin.hep {SMALL} -o plan.hepc")).done();
    place.hep("keygen plan.hepc -o keys --seed 1").done();
    place.refused("encrypt plan.hepc --keys keys --data houses.csv -o in.hct --seed 2", &words);
    place.write("shares.csv", regression(0.5, 1.0, row));
    place.hep("check lin.hep --data shares.csv").done();
    place.hep("encrypt plan.hepc --keys keys --data shares.csv -o in.hct --seed 2").done();

    // Of the features, with their name, and of what is encrypted.
    place.write("lin.hep", linear("", "X0", "0.1").replace("real[n, f]", "real[n, f] in -1 .. 1"));
    place.refused(
        "check lin.hep --data shares.csv",
        &["error[H0713]", "feature 2 (`b`) of row 1 is -2", "help: "],
    );
    place.write(
        "lin.hep",
        linear("", "X0", "0.1").replace("secret Y : real[n]", "secret Y : real[n] in 0 .. 0.4"),
    );
    place.refused("train lin.hep --data shares.csv", &["error[H0713]", "`Y` is 0.421875", "in 0 .. 0.4"]);
}

#[test]
fn standardized_features_do_not_depend_on_units_of_others() {
    for prepared in ["standardise", "whiten"] {
        let accuracy = |scale: f64| {
            let place = Place::new();
            place.write("lr.hep", logistic(prepared, CUBIC));
            place.write("data.csv", income_and_flag(scale));
            let found = place.hep("simulate lr.hep --data data.csv --json").done().json();
            found["train_accuracy"].as_f64().unwrap()
        };
        let meant = accuracy(1.0);
        assert!(meant > 0.9, "{prepared}: {meant}");
        for scale in [2e4, 1e-6, 1e9] {
            assert!((accuracy(scale) - meant).abs() < 1e-12, "{prepared} of incomes times {scale}");
        }
    }
}

#[test]
fn constant_features_are_zeros_or_an_error() {
    let place = Place::new();
    place.write("data.csv", rows_of(|_| 0.1));
    for prepared in ["standardise", "whiten", "centre"] {
        place.write("lr.hep", logistic(prepared, CUBIC));
        let found = place.hep("simulate lr.hep --data data.csv -o model.npz").done();
        assert!(!found.out.contains("no number"), "{}", found.out);
        let model = place.array("model.npz", "coef_");
        assert!(model[0] == 0.0 && model[1] > 0.1, "{prepared}: {model:?}");
    }

    // By hand: an error in every command, and two ways out that were tried.
    let by_hand = "(X0 - mean(X0, over = n)) / sqrt(variance(X0, over = n))";
    place.write("houses.csv", regression(1.0, 1.0, |_| 0.1));
    let words =
        ["error[H0318]", "lin.hep:6:", "is NaN in row 1, feature 2 (`b`)", "the divisor is 0", "help: "];
    for (divided, advice) in [
        (by_hand.to_string(), "standardise(X0)"),
        (format!("2 * ({by_hand})"), "standardise(X0)"),
        ("X0 / variance(X0, over = n)".to_string(), "ratio(X0, variance(X0, over = n))"),
    ] {
        place.write("lin.hep", linear("", &divided, "0.1"));
        for command in ["check", "simulate", "train"] {
            let said = if divided == by_hand { &words[..] } else { &words[..1] };
            place.refused(&format!("{command} lin.hep --data houses.csv"), said);
        }
        let said = place.hep("check lin.hep --data houses.csv").err;
        assert!(said.contains(&format!("`{advice}`")), "{divided}: {said}");
    }
    place.write("lin.hep", linear("", "ratio(X0 - mean(X0, over = n), sqrt(variance(X0, over = n)))", "0.1"));
    place.hep("check lin.hep --data houses.csv").done();

    // `encrypt` has no source, and says which operation.
    place.write("lin.hep", linear("", by_hand, "0.1"));
    place.hep(&format!("compile lin.hep {SMALL} -o plan.hepc")).done();
    place.hep("keygen plan.hepc -o keys --seed 1").done();
    let words = ["`div` of shape [16, 2] gives NaN in row 1, column 2"];
    place.refused("encrypt plan.hepc --keys keys --data houses.csv -o in.hct --seed 2", &words);
}

#[test]
fn scores_far_outside_stop_the_training() {
    let place = Place::new();
    place.write("lr.hep", logistic("centre", CUBIC));
    let mut lines: Vec<String> = income_and_flag(1.0).lines().map(str::to_owned).collect();
    lines[18] = "1,1e4,1".to_string();
    place.write("data.csv", lines.join("\n") + "\n");
    let words = [
        "error[H0316]",
        "lr.hep:11:",
        "in iteration 2",
        "in line 19 of the file, feature 1 (`income`) is 10000, all others of its column are within",
        "correct the value in line 19 of the file",
    ];
    place.refused("check lr.hep --data data.csv", &words);
    let train = format!("train lr.hep {SMALL} --data data.csv --seed 1 -o model.npz");
    place.refused(&train, &words);
    let json = place.hep("check lr.hep --data data.csv --json");
    assert_eq!((json.code, &json.json()["errors"][0]["code"]), (Some(1), &"H0316".into()));

    // `--force` does not make room in a modulus.
    place.refused(&format!("{train} --force"), &["error[H0503]", "lr.hep:16:"]);
    // It goes on where there is, says the same as a warning, and marks the model.
    lines[18] = "1,60,1".to_string();
    place.write("data.csv", lines.join("\n") + "\n");
    place.refused(&train, &["error[H0316]", "row 18"]);
    let forced = place.hep(&format!("{train} --force")).done().err;
    assert!(forced.contains("warning[H0316]") && forced.contains("row 18"), "{forced}");
    assert!(place.hep("check lr.hep --data data.csv --force").err.contains("warning[H0316]"));
    assert!(place.hep("info model.npz").done().out.contains("DIVERGES"));
    assert!(place.hep("info model.npz --json").done().json()["diverges"].is_string());
    for command in ["eval model.npz --data data.csv", "predict model.npz --data data.csv"] {
        assert!(place.hep(command).done().err.contains("no model to rely on"), "{command}");
    }
    // The twin only shows it, and marks what it writes.
    assert!(place.hep("simulate lr.hep --data data.csv -o twin.npz").done().err.contains("warning[H0301]"));
    assert!(place.hep("info twin.npz").done().out.contains("DIVERGES"));
    // Without the cell there is nothing to say.
    place.write("data.csv", income_and_flag(1.0));
    assert!(
        place.hep("check lr.hep --data data.csv --strict").done().out.ends_with("no errors, 0 warnings\n")
    );
    place.hep("simulate lr.hep --data data.csv -o twin.npz").done();
    assert!(!place.hep("info twin.npz").done().out.contains("DIVERGES"));
}

#[test]
fn a_training_that_diverges_is_an_error_with_a_step_that_was_tried() {
    let place = Place::new();
    place.write("lin.hep", linear("", "X0", "0.5"));
    place.write("houses.csv", regression(1.0, 100.0, row));
    let words = ["error[H0317]", "lin.hep:11:", "one step moves the loss up", "before training", "help: "];
    place.refused("check lin.hep --data houses.csv", &words);
    place.refused(&format!("train lin.hep {SMALL} --data houses.csv"), &words);
    let said = place.hep("check lin.hep --data houses.csv").err;
    let help = said.split("help: ").nth(1).unwrap();
    let smaller = help.split('`').find(|part| part.contains("* grad(squared, Y, score, at = w)")).unwrap();
    assert!(smaller.starts_with("w = w - ") && smaller.matches('*').count() == 1, "{smaller}");
    let text = linear("", "X0", "0.5").replace("w = w - 0.5 * grad(squared, Y, score, at = w) / n", smaller);
    place.write("smaller.hep", text);
    place.hep("check smaller.hep --data houses.csv --strict").done();
    assert!(
        help.contains("write `standardise(X0)` for `X0`, with `use preprocessing.standardise`"),
        "{help}"
    );
    let text = linear("", "standardise(X0)", "0.5").replacen('\n', "\nuse preprocessing.standardise\n", 1);
    place.write("standard.hep", text);
    place.hep("check standard.hep --data houses.csv --strict").done();
    // The twin goes on to its end, and then says the same.
    let twin = place.hep("simulate lin.hep --data houses.csv").done().err;
    let of_twin = twin.split("warning[H0317]").nth(1).and_then(|rest| rest.split("help: ").nth(1));
    assert!(
        of_twin.is_some_and(|said| said.contains(smaller) && said.contains("`standardise(X0)`")),
        "{twin}"
    );
    assert_eq!(place.hep("simulate lin.hep --data houses.csv --strict").code, Some(1));

    // What falls in the clear and has no plan is not proposed.
    let said = place.hep("check lin.hep --data houses.csv --precision 40");
    said.failed(&[
        "error[H0317]",
        "help: none of these helps on these data: standardized features, smaller steps",
    ]);
    let quick = place.hep("check lin.hep --data houses.csv --precision 40 --quick");
    quick.failed(&["error[H0317]", "`standardise(X0)`"]);

    // Without a loss: what grows by more than 2^20.
    let by_hand = "1e4 * X.T @ (X @ w - Y)";
    let text = linear("", "X0", "0.5").replace("0.5 * grad(squared, Y, score, at = w) / n", by_hand);
    place.write("hand.hep", text.replace("use losses.squared\n", ""));
    place.refused("check hand.hep --data houses.csv", &["error[H0317]", "the largest element of `w`"]);
}

#[test]
fn a_slow_training_from_random_weights_is_no_divergence() {
    let place = Place::new();
    place.write("houses.csv", regression(1.0, 1.0, row));
    let begun = |step: &str| {
        linear("", "X0", step)
            .replace("use losses.squared\n", "")
            .replace("grad(squared, Y, score, at = w) / n", "X.T @ (X @ w - Y)")
            .replace("w : real[d] = 0", "w : real[d] = normal(seed = 1, deviation = 20)")
    };
    // Its errors are many times as large as the targets, as they were before.
    place.write("slow.hep", begun("0.0001"));
    place.hep("check slow.hep --data houses.csv --strict").done();
    place.hep(&format!("train slow.hep {SMALL} --data houses.csv --seed 1 -o slow.npz")).done();
    assert!(!place.hep("info slow.npz").done().out.contains("DIVERGES"));
    // Now they are many times as large as before.
    place.write("fast.hep", begun("0.3"));
    let words = [
        "error[H0317]",
        "the errors of the model are",
        "times as large as the targets",
        "take smaller steps",
        "--force",
    ];
    place.refused("check fast.hep --data houses.csv", &words);
    let train = format!("train fast.hep {SMALL} --data houses.csv --seed 1 -o fast.npz");
    place.refused(&train, &words);
    place.hep("check fast.hep --data houses.csv --force").done();
    place.hep(&format!("{train} --force")).done();
    assert!(place.hep("info fast.npz").done().out.contains("DIVERGES"));
}

#[test]
fn a_training_without_targets_is_not_compared_with_them() {
    let place = Place::new();
    place.write("houses.csv", regression(0.01, 1.0, row));
    let power = "program power
dim n = 16  dim f = 2  dim T = 3
owner X0 : real[n, f]
owner y : real[n]
secret X : real[n, f] = X0 - mean(X0, over = n)
train {
  var v : real[f] = 0.5
  for t in 1 .. T { v = X.T @ (X @ v) / n }
}
reveal v
predict X @ v
";
    place.write("power.hep", power);
    place.hep("check power.hep --data houses.csv --strict").done();
}

#[test]
fn a_twin_without_numbers_is_an_error() {
    let place = Place::new();
    place.write("lin.hep", linear("", "X0", "1e200"));
    place.write("houses.csv", regression(1.0, 100.0, row));
    for command in ["check", "simulate", "train"] {
        let outcome = place.hep(&format!("{command} lin.hep --data houses.csv"));
        outcome.failed(&["error[H031", "in iteration 2", "help: "]);
        assert!(!outcome.out.contains("no number"), "{}", outcome.out);
    }
}

#[test]
fn approximations_that_help_nothing_are_said() {
    let place = Place::new();
    place.write("lr.hep", logistic("standardise", "approx sigmoid(z) = 0.5 - 0.15 * z on -8 .. 8"));
    let words = ["[H0315]", "lr.hep:11:", "no better than a constant", "degree 3 by least_squares"];
    for command in ["check lr.hep", &format!("compile lr.hep {SMALL} -o plan.hepc")] {
        let said = place.hep(command).done().err;
        assert!(words.iter().all(|word| said.contains(word)), "{command}: {said}");
    }
    place.hep("check lr.hep --strict").failed(&["error[H0315]"]);
    place.write("lr.hep", logistic("standardise", CUBIC));
    assert!(place.hep("check lr.hep --strict").done().out.ends_with("no errors, 0 warnings\n"));
}

//! What is proposed where data are given does on these data: it is done, word for word, and nothing is refused any more.

mod common;

use common::{Place, SMALL};

const TABLE: &str = "--data rows.csv";

/// Rows of two features in -1 .. 1, and a target that is small.
fn place() -> Place {
    let place = Place::new();
    let mut rows = "y,a,b\n".to_string();
    for row in 0..16 {
        let (a, b) = (f64::from(row % 4) / 2.0 - 0.75, f64::from(row / 4) / 2.0 - 0.75);
        rows += &format!("{:.4},{a},{b}\n", 0.2 * a - 0.1 * b);
    }
    place.write("rows.csv", rows);
    place
}

fn regression(items: &str, step: &str) -> String {
    format!(
        "program p\nuse losses.squared\ndim n = 16  dim f = 2  dim T = 2\nowner X0 : real[n, f]\nowner y : real[n]\n\
         secret X : real[n, f] = X0\nsecret Y : real[n] = y\nlet score(w) = X @ w\n{items}\ntrain {{\n  \
         var w : real[f] = 0\n  for t in 1 .. T {{\n    let g = grad(squared, Y, score, at = w) / n\n    {step}\n  }}\n}}\n\
         reveal w\npredict score(w)\n"
    )
}

/// The pieces of code in the help of what a command refuses.
fn code(place: &Place, line: &str) -> (String, Vec<String>) {
    let outcome = place.hep(line);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let help = outcome.err.lines().find_map(|line| line.trim().strip_prefix("help: ")).unwrap_or_default();
    (help.to_string(), help.split('`').skip(1).step_by(2).map(str::to_string).collect())
}

/// The length of a gradient is as large as it is on the data.
#[test]
fn quotients_are_approximated_where_the_data_need_it() {
    let place = place();
    let step = "w = w - 0.1 * g / sqrt(sum(g ** 2))";
    place.write("p.hep", regression("", step));
    let (_, alone) = code(&place, &format!("check p.hep {SMALL}"));
    for command in ["check", "train", "simulate --exact"] {
        let (help, found) = code(&place, &format!("{command} p.hep {SMALL} {TABLE}"));
        let [product, function, line, then @ ..] = found.as_slice() else { panic!("{help}") };
        // Beyond the line there may be a setting.
        let then = then.join(" ");
        assert!(then.is_empty() || then.starts_with("-p T="), "{help}");
        assert!(line.starts_with("approx rsqrt on ") && !alone.contains(line), "{help}\n{alone:?}");
        let step = format!("w = w - 0.1 * g * {product}");
        place.write("q.hep", regression(&format!("{function}\n{line}"), &step));
        let said = place.hep(&format!("check q.hep {SMALL} --strict {TABLE} {then}")).done();
        assert!(said.out.contains("no errors, 0 warnings"), "{said:?}");
    }
}

/// A range elsewhere, on which the function has another size.
#[test]
fn ranges_move_to_where_the_values_are() {
    let place = place();
    let items =
        |range: &str| format!("let rsqrt(u) = 1 / sqrt(u)\napprox rsqrt on {range} degree 7 by minimax");
    let step = "w = w - 0.1 * g * rsqrt(sum(g ** 2))";
    place.write("p.hep", regression(&items("0.5 .. 2"), step));
    let line = format!("check p.hep {SMALL} {TABLE}");
    let (help, found) = code(&place, &line);
    let moved = found.iter().find(|code| code.starts_with("approx rsqrt on 0.0"));
    let moved = moved.unwrap_or_else(|| panic!("{help}"));
    place.write("p.hep", regression(&format!("let rsqrt(u) = 1 / sqrt(u)\n{moved}"), step));
    place.hep(&format!("{line} --strict")).done();
}

/// Only sizes that the data do not bring have to be right as they are written.
#[test]
fn batches_divide_the_rows_of_the_data() {
    let place = place();
    let step = "for batch in rows(X, Y, size = 6) { w = w - 0.1 * grad(squared, Y, score, at = w) / batch }";
    place.write(
        "p.hep",
        regression("", step).replace("    let g = grad(squared, Y, score, at = w) / n\n", ""),
    );
    place.refused(&format!("check p.hep {SMALL}"), &["batches of 6 rows do not divide the 16 samples"]);
    place.hep(&format!("check p.hep {SMALL} {TABLE} --rows 0..12")).done();
    place.refused(
        &format!("check p.hep {SMALL} {TABLE} --rows 0..8"),
        &["batches of 6 rows do not divide the 8 samples", "note: with these data `n` is 8 instead of 16"],
    );
    place.refused(
        &format!("check p.hep {SMALL} -p n=15 {TABLE}"),
        &["batches of 6 rows do not divide the 15 samples"],
    );
}

/// Columns that would be refused as well are not offered as labels.
#[test]
fn labels_are_chosen_among_columns_that_may_be_labels() {
    let place = place();
    let rows = |kind: fn(u32) -> String| {
        let row = |row: u32| format!("{}.5,{row}.25,{},{}\n", row * row, kind(row), row % 2);
        (0..16).map(row).collect::<String>()
    };
    place.write("rows.csv", format!("price,share,kind,two\n{}", rows(|row| (row % 3).to_string())));
    let (help, _) = code(&place, &format!("check lr.hep {TABLE}"));
    assert!(help.contains("--label NAME (`kind`, `two`)"), "{help}");
    place.write("rows.csv", rows(|row| (row % 3).to_string()));
    let (help, _) = code(&place, &format!("check lr.hep {TABLE} --header no"));
    assert!(help.contains("--label N (`3`, `4`)"), "{help}");
    place.write("rows.csv", "price,share\n1.5,2.25\n2.5,3.25\n3.5,4.75\n4.5,1.125\n5.5,2.5\n");
    let (help, _) = code(&place, &format!("check lr.hep {TABLE}"));
    assert!(help.starts_with("no other column holds labels"), "{help}");
}

/// Where the scores go only because features have large units, what suits them is told: no polynomial of a low degree is near the
/// sigmoid on hundreds of units.
#[test]
fn steps_suit_the_units_before_ranges_move() {
    let place = place();
    let mut rows = "y,tenure,monthly\n".to_string();
    for row in 0..40u32 {
        let (tenure, monthly) = (row * 37 % 71 + 1, 20 + row * 53 % 90);
        rows += &format!("{},{tenure},{monthly}\n", u32::from(tenure < 25 + row % 20));
    }
    place.write("rows.csv", rows);
    let program = |x: &str, step: &str| {
        format!(
            "program p\nuse losses.nll\nuse preprocessing.standardise\ndim n = 40  dim f = 2  dim d = f + 1  dim T = 4\n\
             owner X0 : real[n, f]\nowner y : class[n, 2]\nsecret X : real[n, d] = bias({x})\nsecret Y : bit[n] = y\n\
             let score(w) = X @ w\napprox sigmoid on -8 .. 8 degree 3 by least_squares\ntrain {{\n  \
             var w : real[d] = 0\n  for t in 1 .. T {{\n    w = w - {step}\n  }}\n}}\nreveal w\npredict score(w)\n"
        )
    };
    let grad = "grad(nll, Y, score, at = w)";
    for (x, rate) in [("X0", "0.1 / n"), ("X0 - mean(X0, over = n)", "10 / n"), ("standardise(X0)", "10")] {
        place.write("p.hep", program(x, &format!("{rate} * {grad}")));
        let (help, found) = code(&place, &format!("check p.hep {SMALL} {TABLE}"));
        assert!(
            help.contains("the loss then falls from") && !help.contains("approx sigmoid"),
            "{rate}: {help}"
        );
        let smaller = found.iter().find(|code| code.ends_with(grad)).unwrap_or_else(|| panic!("{help}"));
        let line = format!("w = w - {rate} * {grad}");
        place.write("p.hep", program(x, &format!("{rate} * {grad}")).replace(&line, smaller));
        place.hep(&format!("check p.hep {SMALL} {TABLE}")).done();
    }
}

/// A line that is proposed for a function holds all values on the data, or none is proposed.
#[test]
fn no_line_is_proposed_whose_range_is_left() {
    let place = place();
    for step in ["w = w - 0.1 * g / w", "w = w - 0.1 * g / (sqrt(sum(w ** 2)) + 1e-8)"] {
        place.write("p.hep", regression("", step));
        let (alone, _) = code(&place, &format!("check p.hep {SMALL}"));
        assert!(alone.contains("`approx "), "{alone}");
        let (help, _) = code(&place, &format!("check p.hep {SMALL} {TABLE}"));
        assert!(!help.contains("`approx "), "{step}: {help}");
    }
}

/// The derivative of a loss is fitted on a range on which it trains.
#[test]
fn losses_are_fitted_where_they_train() {
    let place = place();
    let mut rows = "y,a,b\n".to_string();
    for row in 0..16 {
        let (a, b) = (f64::from(row % 4) / 2.0 - 0.75, f64::from(row / 4) / 2.0 - 0.75);
        rows += &format!("{},{a},{b}\n", (0.2 + 0.6 * a - 0.5 * b).exp().round());
    }
    place.write("rows.csv", rows);
    let program = |line: &str| {
        let program = regression(line, "w = w - 0.5 * g").replace("use losses.squared\n", "");
        program
            .replace("squared", "poisson")
            .replace("let score", "loss poisson(y, z) = exp(z) - y * z\nlet score")
    };
    place.write("p.hep", program(""));
    let (help, found) = code(&place, &format!("check p.hep {SMALL} {TABLE}"));
    let [line, ..] = found.as_slice() else { panic!("{help}") };
    assert!(line.starts_with("approx grad poisson on "), "{help}");
    place.write("p.hep", program(line));
    place.hep(&format!("check p.hep {SMALL} {TABLE} --strict")).done();
}

/// Elements of one vector that differ much: the range of their roots is looked for on the data.
#[test]
fn quotients_of_every_element_are_approximated() {
    let place = Place::new();
    let mut rows = "y,a,b,c\n".to_string();
    for row in 0..32u32 {
        let at = |k: u32| f64::from(row * k % 31) / 15.5 - 1.0;
        let (a, b, c) = (at(7), 0.6 * at(11), 0.35 * at(17));
        rows += &format!("{:.4},{a:.4},{b:.4},{c:.4}\n", 0.6 * a - 0.5 * b + 0.75 * c);
    }
    place.write("rows.csv", rows);
    let text = regression("", "w = w - 0.05 * g / sqrt(g ** 2 + 0.00001)")
        .replace("n = 16  dim f = 2  dim T = 2", "n = 32  dim f = 3  dim T = 1");
    place.write("p.hep", &text);
    let (help, found) = code(&place, &format!("check p.hep {SMALL} {TABLE}"));
    let [product, function, line] = found.as_slice() else { panic!("{help}") };
    let text = text.replace("g / sqrt(g ** 2 + 0.00001)", &format!("g * {product}"));
    place.write("q.hep", text.replace("let score", &format!("{function}\n{line}\nlet score")));
    let said = place.hep(&format!("check q.hep {SMALL} --strict {TABLE}")).done();
    assert!(said.out.contains("no errors, 0 warnings"), "{said:?}");
}

/// Prices in a network: no step is small enough for targets of a hundred thousand.
#[test]
fn large_targets_are_trained_on_in_a_larger_unit() {
    let place = Place::new();
    let mut rows = "price,a,b\n".to_string();
    for row in 0..40u32 {
        let (a, b) = (row * 7 % 13, row * 5 % 11);
        rows += &format!("{},{a},{b}\n", 110_000 + 15_000 * a + 4_000 * b);
    }
    place.write("rows.csv", rows);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../programs/examples");
    let text = std::fs::read_to_string(root.join("nn_one_hidden_regression.hep")).unwrap();
    place.write("p.hep", &text);
    let (help, found) = code(&place, &format!("check p.hep --quick {TABLE}"));
    let [scaled, target, scores, ..] = found.as_slice() else { panic!("{help}") };
    assert_eq!((scaled.as_str(), target.as_str()), ("y / 100000", "y"), "{help}");
    let text =
        text.replace("real[n]    = y", "real[n]    = (y / 100000)").replace("mean(y)", "mean((y / 100000))");
    place.write("p.hep", text.replace("predict score(P)", scores));
    place.hep(&format!("check p.hep --quick {TABLE}")).done();
}

/// A training written by hand has no loss: that its scores stay inside is what is asked of standardized features.
#[test]
fn features_of_large_units_are_standardized_without_a_loss() {
    let place = Place::new();
    let mut rows = "outcome,age,pressure\n".to_string();
    for row in 0..32u32 {
        rows += &format!("{},{},{}\n", row % 2, 30 + row * 7 % 31, 90 + 20 * (row % 2) + row * 11 % 29);
    }
    place.write("rows.csv", rows);
    for (owner, secret) in [("real[n]", "real[n]"), ("class[n, 2]", "bit[n]")] {
        let text = format!(
            "program p\ndim n = 32  dim f = 2  dim T = 3\nowner X0 : real[n, f]\nowner y : {owner}\n\
             secret X : real[n, f] = X0\nsecret Y : {secret} = y\nlet score(w) = X @ w\n\
             approx sigmoid on -8 .. 8 degree 3 by least_squares\ntrain {{\n  var w : real[f] = 0\n  \
             for t in 1 .. T {{\n    let p = sigmoid(X @ w)\n    w = w - 0.1 * (X.T @ (p - Y) / n)\n  }}\n}}\n\
             reveal w\npredict score(w)\n"
        );
        place.write("p.hep", &text);
        let (help, _) = code(&place, &format!("check p.hep {SMALL} {TABLE}"));
        let said = "write `standardise(X0)` for `X0`, with `use preprocessing.standardise`: all scores then stay inside";
        assert!(help.starts_with(said), "{help}");
        let mended = text.replace("= X0", "= standardise(X0)");
        place.write("p.hep", mended.replace("program p\n", "program p\nuse preprocessing.standardise\n"));
        place.hep(&format!("check p.hep {SMALL} --strict {TABLE}")).done();
    }
}

/// Rows of four features that are spread like the normal distribution, and a class each.
fn spread(classes: u32) -> String {
    let mut state = 7u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1u32 << 24)
    };
    let mut rows = "kind,a,b,c,d\n".to_string();
    for row in 0..64u32 {
        let features: Vec<String> =
            (0..4).map(|_| format!("{:.3}", (0..6).map(|_| uniform()).sum::<f64>() - 3.0)).collect();
        rows += &format!("{},{}\n", row % classes, features.join(","));
    }
    rows
}

/// What leaves one range goes on to leave the next: lines of both are proposed, and one of a function that is used twice.
#[test]
fn ranges_of_several_lines_are_widened_together() {
    let place = Place::new();
    place.write("rows.csv", spread(3));
    let program = |relu: &str, sigmoid: &str| {
        format!(
            "program p\nuse losses.bce\nuse preprocessing.standardise\n\
             dim n = 64  dim f = 4  dim d = f + 1  dim h = 8  dim c = 3  dim T = 2\nowner X0 : real[n, f]\n\
             owner y : class[n, c]\nsecret X : real[n, d] = bias(standardise(X0))\n\
             secret Y : onehot[n, c] = one_hot(y)\nparams P {{\n  W1 : real[h, d] = normal(seed = 1)\n  \
             W2 : real[c, h] = normal(seed = 2)\n}}\nlet score(P) = relu(X @ P.W1.T) @ P.W2.T\n{relu}\n{sigmoid}\n\
             train {{\n  for t in 1 .. T {{\n    let G = grad(bce, Y, score, at = P)\n    \
             P.W1 = P.W1 - 0.1 / n * G.W1\n    P.W2 = P.W2 - 0.1 / n * G.W2\n  }}\n}}\nreveal P\npredict score(P)\n"
        )
    };
    let line = format!("check p.hep --quick {TABLE}");
    let lines = (
        "approx relu on -6 .. 6 degree 2 by least_squares",
        "approx sigmoid on -8 .. 8 degree 3 by least_squares",
    );
    place.write("p.hep", program(lines.0, lines.1));
    let said = place.hep(&line).err;
    let helps: Vec<&str> = said.lines().filter_map(|line| line.trim().strip_prefix("help: ")).collect();
    assert!(helps.len() > 1 && helps.iter().all(|help| *help == helps[0]), "{said}");
    let found: Vec<&str> = helps[0].split('`').skip(1).step_by(2).collect();
    let [relu, sigmoid] = found[..] else { panic!("{said}") };
    place.write("p.hep", program(relu, sigmoid));
    place.hep(&format!("{line} --strict")).done();
}

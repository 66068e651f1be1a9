//! Scores far outside of their range: what is said of them is followed word for word, and does.

mod common;

use common::Place;

const TABLE: &str = "--data rows.csv";

/// Rows of four features that are spread like the normal distribution, with a target.
fn place() -> Place {
    let place = Place::new();
    let mut state = 7u64;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1u32 << 24)
    };
    let mut rows = "y,a,b,c,d\n".to_string();
    for _ in 0..64 {
        let features: Vec<f64> = (0..4).map(|_| (0..6).map(|_| uniform()).sum::<f64>() - 3.0).collect();
        let target = features[0] + 2.0 * features[1] - features[2] + 0.5 * features[3];
        let cells: Vec<String> = features.iter().map(|x| format!("{x:.3}")).collect();
        rows += &format!("{target:.3},{}\n", cells.join(","));
    }
    place.write("rows.csv", rows);
    place
}

/// All helps of what a command refuses.
fn helps(said: &str) -> Vec<&str> {
    said.lines().filter_map(|line| line.trim().strip_prefix("help: ")).collect()
}

/// Mini-batches through a steep polynomial: a good one on a wider range is too deep, a rough one is not.
#[test]
fn a_rough_polynomial_on_a_wider_range_helps_where_no_good_one_has_a_plan() {
    let place = place();
    let line = "approx tanh on -3 .. 3 degree 3 by least_squares";
    let text = format!(
        "program p\nuse losses.squared\nuse preprocessing.standardise\ndim n = 64  dim f = 4  dim h = 8  dim T = 2  \
         dim size = 16\nowner X0 : real[n, f]\nowner y : real[n]\nsecret X : real[n, f] = standardise(X0)\n\
         secret Y : real[n] = y\nparams P {{\n  W : real[f, h] = normal(seed = 1)\n  b : real[h] = 0\n  \
         v : real[h] = normal(seed = 2)\n}}\nlet score(P) = tanh(X @ P.W + P.b) @ P.v\n{line}\ntrain {{\n  \
         for t in 1 .. T {{\n    for batch in rows(X, Y, size = size) {{\n      \
         let G = grad(squared, Y, score, at = P)\n      P.W = P.W - 0.01 / n * G.W\n      \
         P.v = P.v - 0.01 / n * G.v\n      P.b = P.b - 0.01 / n * G.b\n    }}\n  }}\n}}\nreveal P\npredict score(P)\n"
    );
    place.write("p.hep", &text);
    let said = place.hep(&format!("check p.hep {TABLE} --label y")).err;
    let found = helps(&said);
    // Two places read one line, and both are told the same.
    assert!(
        said.contains("[H0316]") && found.len() > 1 && found.iter().all(|help| *help == found[0]),
        "{said}"
    );
    let wider = found[0].split('`').nth(1).unwrap_or_default();
    assert!(wider.starts_with("approx tanh on -") && found[0].contains("no level more"), "{said}");
    place.write("p.hep", text.replace(line, wider));
    place.hep(&format!("check p.hep --strict {TABLE} --label y")).done();
}

fn logistic(features: &str) -> String {
    format!(
        "program p\nuse losses.nll\nuse preprocessing.standardise\ndim n = 32  dim f = 2  dim d = f + 1  dim T = 2\n\
         owner X0 : real[n, f]\nowner y : class[n, 2]\nsecret X : real[n, d] = bias({features})\n\
         secret Y : bit[n] = y\nlet score(w) = X @ w\napprox sigmoid on -8 .. 8 degree 3 by least_squares\n\
         train {{\n  var w : real[d] = 0\n  for t in 1 .. T {{\n    w = w - 0.1 / n * grad(nll, Y, score, at = w)\n  \
         }}\n}}\nreveal w\npredict score(w)\n"
    )
}

/// A cell that is far from all others of its column is named by its line and column, and no other row is.
#[test]
fn one_huge_cell_is_named_by_its_line() {
    let rows = |cell: &str| {
        let mut rows: Vec<String> = (0..32)
            .map(|row| format!("{},{}.5,{}", row % 2, row * 7 % 5, if row == 17 { cell } else { "1.25" }))
            .collect();
        rows[3] = "1,2.5,0.5".to_owned();
        format!("kind,age,dose\n\n{}\n", rows.join("\n"))
    };
    for (features, code) in [("standardise(X0)", "H0318"), ("X0", "H0316")] {
        let place = Place::new();
        place.write("p.hep", logistic(features));
        place.write("rows.csv", rows("1e300"));
        let said = place.hep(&format!("check p.hep --quick {TABLE}")).err;
        assert!(said.contains(code), "{said}");
        // A header and an empty line stand before the rows.
        let note = "in line 20 of the file, feature 2 (`dose`) is 1e300, all others of its column are within 0.5 .. 1.25";
        assert!(said.contains(note) && !said.contains("in row 1,"), "{said}");
        let found = helps(&said);
        assert!(found.len() == 1 && found[0].contains("with 1.25 in its place"), "{said}");
        place.write("rows.csv", rows("1.25"));
        place.hep(&format!("check p.hep --quick --strict {TABLE}")).done();
    }
}

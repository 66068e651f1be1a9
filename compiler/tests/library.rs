//! The standard library against what its definitions are meant to compute.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::diagnostics::render::render_all;
use hep_compiler::library;
use hep_compiler::resolve::{ResolveOptions, link, resolve};
use hep_compiler::source::SourceFile;
use hep_compiler::syntax::parse;
use hep_compiler::tensor::Program;
use hep_compiler::tensor::interpret::run;
use hep_compiler::tensor::owner::owner_program;
use hep_plan::Tensor;
use std::collections::BTreeMap;

const ROWS: usize = 5;
const COLUMNS: usize = 3;

fn program(items: &str, body: &str) -> Program {
    let text = format!(
        "program p use preprocessing use optimizers use metrics
        dim n = {ROWS} dim f = {COLUMNS} dim T = 4
        owner X0 : real[n, f] owner y0 : real[n]
        {items}
        secret X : real[n, f] = X0 secret Y : real[n] = y0
        let score(w) = X @ w
        loss error(y, z) = (z - y) ** 2 / 2
        train {{ var w : real[f] = 0 var v : real[f] = 0 for t in 1 .. T {{ {body} }} }}
        reveal w predict score(w)"
    );
    let source = SourceFile::new("p.hep", text);
    let linked = parse(&source).and_then(|file| link(&file, &source, None));
    let found = linked.and_then(|linked| resolve(&linked.file, &ResolveOptions::default()));
    found.unwrap_or_else(|errors| panic!("{}", render_all(&errors, &source))).0
}

fn data() -> BTreeMap<String, Tensor> {
    let x: Vec<f64> = (0..ROWS * COLUMNS).map(|i| ((i * i * 7 + 3 * i) % 11) as f64 / 4.0 - 1.0).collect();
    let y = vec![1.0, -0.5, 2.0, 0.25, 0.0];
    BTreeMap::from([
        ("X0".into(), Tensor::new(vec![ROWS, COLUMNS], x).unwrap()),
        ("y0".into(), Tensor::new(vec![ROWS], y).unwrap()),
    ])
}

/// A value of the owner, as it is uploaded.
fn owner(ty: &str, value: &str) -> Vec<f64> {
    let program =
        program(&format!("secret V : {ty} = {value}"), "w = w - sum(V) * grad(error, Y, score, at = w)");
    owner_program(&program).unwrap().program.run(&data()).unwrap()["V"].data.clone()
}

fn close(found: &[f64], meant: &[f64], tolerance: f64) {
    assert_eq!(found.len(), meant.len());
    for (a, b) in found.iter().zip(meant) {
        assert!((a - b).abs() <= tolerance, "{found:?}\n{meant:?}");
    }
}

#[test]
fn preparations_do_what_they_say() {
    let x = data()["X0"].data.clone();
    let mean =
        |of: &[f64], column: usize| (0..ROWS).map(|r| of[r * COLUMNS + column]).sum::<f64>() / ROWS as f64;
    let covariance = |of: &[f64], a: usize, b: usize| {
        let product = |r: usize| (of[r * COLUMNS + a] - mean(of, a)) * (of[r * COLUMNS + b] - mean(of, b));
        (0..ROWS).map(product).sum::<f64>() / ROWS as f64
    };
    let mean_variance = (0..COLUMNS).map(|c| covariance(&x, c, c)).sum::<f64>() / COLUMNS as f64;
    let matrix = |value: &str| owner("real[n, f]", value);
    for function in ["standardise", "whiten"] {
        let prepared = matrix(&format!("{function}(X0)"));
        for a in 0..COLUMNS {
            assert!(mean(&prepared, a).abs() < 1e-12);
            if function == "standardise" {
                assert!((covariance(&prepared, a, a) - 1.0).abs() < 1e-12);
            }
        }
        close(&matrix(&format!("un{function}({function}(X0), X0)")), &x, 1e-12);
    }
    close(&matrix("uncentre(centre(X0), X0)"), &x, 1e-14);
    // Whitening turns the standardized covariance + ridge into the identity: L^-1 (C + r) L^-T.
    let whitened = owner(
        "real[f, f]",
        "inverse(spread(X0)) @ (covariance(standardise(X0)) + 0.01 * identity(f)) @ inverse(spread(X0)).T",
    );
    close(&whitened, &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0], 1e-12);
    let traces = owner("real[f]", "0 * mean(X0, over = n) + trace(covariance(X0)) / f");
    close(&traces, &[mean_variance; COLUMNS], 1e-14);
}

#[test]
fn metrics_are_those_of_the_books() {
    let (y, x) = (data()["y0"].data.clone(), data()["X0"].data.clone());
    let z: Vec<f64> = x.chunks_exact(COLUMNS).map(|row| row.iter().sum::<f64>() / COLUMNS as f64).collect();
    let average =
        |f: &dyn Fn(f64, f64) -> f64| y.iter().zip(&z).map(|(y, z)| f(*y, *z)).sum::<f64>() / ROWS as f64;
    let squared = average(&|y, z| (y - z).powi(2));
    let mean = average(&|y, _| y);
    let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
    for (name, meant) in [
        ("mean_squared_error", squared),
        ("root_mean_squared_error", squared.sqrt()),
        ("mean_absolute_error", average(&|y, z| (y - z).abs())),
        ("r_squared", 1.0 - squared / average(&|y, _| (y - mean).powi(2))),
        ("log_loss", average(&|y, z| (-(2.0 * y - 1.0) * z).exp().ln_1p())),
        ("brier_score", average(&|y, z| (y - sigmoid(z)).powi(2))),
    ] {
        let found = owner("real[n]", &format!("0 * y0 + {name}(y0, row_sums(X0) / f)"));
        close(&found, &[meant; ROWS], 1e-12);
    }
}

#[test]
fn steps_are_their_recurrences() {
    let train = |body: &str| {
        let program = program("public eta : real[T] = nesterov(T, start = 1)", body);
        run(&program, &data(), &mut |_| {}).unwrap()["w"].data.clone()
    };
    let gradient = "grad(error, Y, score, at = v)";
    for (library, written) in [
        (
            "w = descent(w, 0.1 * grad(error, Y, score, at = w))",
            "w = w - 0.1 * grad(error, Y, score, at = w)",
        ),
        (
            "w, v = heavy_ball(w, v, 0.1 * G, eta[t])",
            "let m = w - 0.1 * G w, v = (1 - eta[t]) * m + eta[t] * v, m",
        ),
        (
            "w, v = accelerated(w, v, 0.1 * G, eta[t])",
            "let m = v - 0.1 * G w, v = m, (1 - eta[t]) * m + eta[t] * w",
        ),
        ("w = w - 0.1 * decayed(G, w, 0.5) v = w", "w = w - 0.1 * (G + 0.5 * w) v = w"),
        ("w = w - inverse_time(t, 0.1) * G v = w", "w = w - 0.1 / t * G v = w"),
        ("w = w - hyperbolic(t, 0.1, 2) * G v = w", "w = w - 0.1 / (2 * t - 1) * G v = w"),
        ("w = w - inverse_root(t, 0.1) * G v = w", "w = w - 0.1 / t ** 0.5 * G v = w"),
        ("w = w - exponential(t, 0.1, 0.5) * G v = w", "w = w - 0.2 / 2 ** t * G v = w"),
        ("w = w - quadratic_rate(t, n) / 10 * G v = w", "w = w - (0.1 + 0.1 / (5 * t)) * G v = w"),
        ("w = w - polynomial(t, T) / 10 * G v = w", "w = w - (0.2 - (t / 4) ** 2.5 / 10) * G v = w"),
    ] {
        let with_gradient = |body: &str| format!("let G = {gradient} {body}");
        let (found, meant) = (train(&with_gradient(library)), train(&with_gradient(written)));
        assert!(meant.iter().any(|w| w.abs() > 0.01));
        close(&found, &meant, 1e-13);
    }
    let diagonal = owner("real[f]", "quadratic_gradient(X0, 1 / 4)");
    close(&diagonal, &owner("real[f]", "1 / (1 / 4 * row_sums(abs(X0.T @ X0)))"), 0.0);
}

/// Prepared features of these rows, and of the training rows among them by the statistics of those.
fn prepared(function: &str, rows: &[[f64; COLUMNS]]) -> Vec<f64> {
    let items = format!("secret V : real[n, f] = {function}(X0)");
    let program = program(&items, "w = w - sum(V) * grad(error, Y, score, at = w)");
    let x = rows.iter().flatten().copied().collect();
    let given =
        [("X0".into(), Tensor::new(vec![ROWS, COLUMNS], x).unwrap()), ("y0".into(), data()["y0"].clone())];
    let found = owner_program(&program).unwrap().program.run_finite(&BTreeMap::from(given));
    found.unwrap_or_else(|e| panic!("{function}: {e}"))["V"].data.clone()
}

fn rows_of(x: &[f64]) -> Vec<[f64; COLUMNS]> {
    x.as_chunks::<COLUMNS>().0.to_vec()
}

/// What is prepared of a column does not depend on the unit of any: powers of two change nothing, others rounding only.
#[test]
fn units_of_columns_do_not_matter() {
    let x = rows_of(&data()["X0"].data);
    let mut state = 1u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for function in ["standardise", "whiten"] {
        let meant = prepared(function, &x);
        for case in 0..60 {
            let binary = case % 2 == 0;
            let factors: [f64; COLUMNS] = std::array::from_fn(|_| match next(2) {
                _ if binary => 2f64.powi(next(51) as i32 - 20),
                sign => {
                    (1.0 + next(8) as f64)
                        * 10f64.powi(next(16) as i32 - 6)
                        * if sign == 0 { 1.0 } else { -1.0 }
                }
            });
            let scaled: Vec<[f64; COLUMNS]> =
                x.iter().map(|row| std::array::from_fn(|c| row[c] * factors[c])).collect();
            let found = prepared(function, &scaled);
            if binary {
                assert_eq!(found, meant, "{function} of columns times {factors:?}");
                continue;
            }
            // A column of the other sign turns itself round.
            let turned = found.iter().enumerate().map(|(i, v)| v * factors[i % COLUMNS].signum());
            close(&turned.collect::<Vec<f64>>(), &meant, 1e-9);
        }
    }
}

/// Constant columns are zeros, whether or not rounding hides that they are, and leave the others alone.
#[test]
fn constant_columns_become_zeros() {
    let x = rows_of(&data()["X0"].data);
    let columns: [&dyn Fn(usize) -> f64; 8] = [
        &|_| 0.0,
        &|_| 0.1,
        &|_| 1e9 + 1.0 / 3.0,
        &|_| -7e-7,
        // Noise below rounding, of the last digits, and of sums in f64.
        &|row| 1e9 + 1e-8 * row as f64,
        &|row| 1e9 + 1.3e-7 * (row % 2) as f64,
        &|row| 0.1 * (1.0 + 4e-16 * row as f64),
        &|row| 1e-6 * (1.0 + 1e-10 * row as f64),
    ];
    for function in ["standardise", "whiten"] {
        for (number, constant) in columns.iter().enumerate() {
            let changed: Vec<[f64; COLUMNS]> =
                x.iter().enumerate().map(|(row, [a, _, c])| [*a, constant(row), *c]).collect();
            let found = rows_of(&prepared(function, &changed));
            assert!(found.iter().all(|row| row[1] == 0.0), "{function} of column {number}: {found:?}");
            let without =
                rows_of(&prepared(function, &x.iter().map(|[a, _, c]| [*a, 0.0, *c]).collect::<Vec<_>>()));
            assert_eq!(found, without);
        }
    }
    // `centre` keeps what little a column varies.
    let centered = prepared("centre", &x.iter().map(|[a, _, c]| [*a, 0.1, *c]).collect::<Vec<_>>());
    assert!(rows_of(&centered).iter().all(|row| row[1] == 0.0));
}

/// What hardly varies, and is no rounding, is prepared like everything else; new rows by at most 1e9 over their size.
#[test]
fn small_variation_counts() {
    let x = rows_of(&data()["X0"].data);
    for size in [1e-6, 1.0, 1e9] {
        let changed: Vec<[f64; COLUMNS]> =
            x.iter().map(|[a, b, c]| [*a, size * (1.0 + 1e-7 * b), *c]).collect();
        let found = prepared("standardise", &changed);
        close(&found, &prepared("standardise", &x), 1e-6);
    }
}

#[test]
fn every_definition_can_be_used_by_itself() {
    for module in library::modules() {
        for item in module.items {
            let source = SourceFile::new("p.hep", format!("program p use {}.{}", module.name, item.name));
            let file = parse(&source).unwrap();
            let linked = link(&file, &source, None).unwrap_or_else(|e| panic!("{}", render_all(&e, &source)));
            assert!(!linked.file.items.is_empty());
        }
    }
}

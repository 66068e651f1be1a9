//! Loops over mini-batches mean what one would write by hand.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::source::SourceFile;
use hep_compiler::tensor::{interpret, passes};
use hep_compiler::{Analysis, Options, analyze};
use hep_plan::Tensor;
use hep_plan::host::HostOp;
use hep_tests::Named;
use proptest::prelude::*;

/// A step falls with the epoch and divides by the size of the batch; rows are those of the data, B is the owner's.
fn program(rows: usize, columns: usize, head: &str, step: &str) -> String {
    format!(
        "program batches  dim n = {rows}  dim f = {columns}  dim T = 3
         owner X0 : real[n, f]  owner y : real[n]
         secret X : real[n, f] = X0  secret Y : real[n] = y
         secret B : real[f] = 1 / (1 + mean(abs(X0), over = n))
         let score(w) = X @ w
         let size(w, k) = w / k
         loss half(y, z) = (z - y) ** 2 / 2
         train {{
           var w : real[f] = 0.1
           {head} {{ w = w - size({step}, batch) * B * grad(half, Y, score, at = w) {}
         }}
         reveal w  predict score(w)",
        "}".repeat(head.matches("for").count()),
    )
}

fn analyzed(text: String) -> Analysis {
    let source = SourceFile::new("batches.hep", text);
    analyze(&source, &Options::default()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn data(rows: usize, columns: usize, seed: u64) -> Named {
    let normal = |seed, shape: Vec<usize>| HostOp::Normal { seed, shape }.apply(&[]).unwrap();
    Named::from([
        ("X0".into(), normal(seed, vec![rows, columns])),
        ("y".into(), normal(seed + 1, vec![rows])),
    ])
}

/// Linear regression, row by row.
fn by_hand(data: &Named, size: usize, epochs: usize, step: impl Fn(usize) -> f64) -> Vec<f64> {
    let (x, y) = (&data["X0"], &data["y"]);
    let columns = x.shape[1];
    let rows: Vec<(&[f64], f64)> = x.data.chunks(columns).zip(y.data.iter().copied()).collect();
    let mean = |j: usize| rows.iter().map(|(x, _)| x[j].abs()).sum::<f64>() / rows.len() as f64;
    let b: Vec<f64> = (0..columns).map(|j| 1.0 / (1.0 + mean(j))).collect();
    let mut w = vec![0.1; columns];
    for t in 1..=epochs {
        for batch in rows.chunks(size) {
            let mut gradient = vec![0.0; columns];
            for (x, y) in batch {
                let error = x.iter().zip(&w).map(|(x, w)| x * w).sum::<f64>() - y;
                gradient.iter_mut().zip(*x).for_each(|(g, x)| *g += error * x);
            }
            w.iter_mut().zip(&b).zip(&gradient).for_each(|((w, b), g)| *w -= step(t) / size as f64 * b * g);
        }
    }
    w
}

fn check(analysis: &Analysis, data: &Named, expected: &[f64]) {
    let expected = Tensor { shape: vec![expected.len()], data: expected.to_vec() };
    let optimized = passes::optimize(analysis.program.clone());
    for program in [&analysis.program, &optimized] {
        let mut steps = 0;
        let found = interpret::run(program, data, &mut |_| steps += 1).unwrap();
        assert_eq!(steps, program.train.iterations);
        let error = found["w"].max_difference(&expected);
        assert!(error <= 1e-12 * expected.max_abs(), "off by {error:e}");
        // All rows are asked for, not those of a batch.
        let last = vec![found["w"].clone()];
        let scores = interpret::scores(program, data, last).unwrap().unwrap();
        assert_eq!(scores.shape, data["y"].shape);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn epochs_of_batches(size in 1usize..5, count in 1usize..5, columns in 1usize..5, seed in 1u64..1000) {
        let (rows, data) = (size * count, data(size * count, columns, seed));
        let head = format!("for t in 1 .. T {{ let rate = 0.5 / t for batch in rows(X, Y, size = {size})");
        let nested = analyzed(program(rows, columns, &head, "rate"));
        prop_assert_eq!(nested.program.train.iterations as usize, 3 * count);
        check(&nested, &data, &by_hand(&data, size, 3, |t| 0.5 / t as f64));
    }

    #[test]
    fn one_epoch(size in 1usize..5, count in 1usize..5, seed in 1u64..1000) {
        let (rows, data) = (size * count, data(size * count, 3, seed));
        let head = format!("for batch in rows(X, Y, size = n / {count})");
        let alone = analyzed(program(rows, 3, &head, "0.2"));
        prop_assert_eq!(alone.program.train.iterations as usize, count);
        check(&alone, &data, &by_hand(&data, size, 1, |_| 0.2));
    }
}

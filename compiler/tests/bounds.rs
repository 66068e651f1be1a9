//! Where scores can lie, by intervals, for programs as they are written.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use hep_compiler::source::SourceFile;
use hep_compiler::tensor::Program;
use hep_compiler::tensor::bounds::{each_iteration, proven};
use hep_compiler::tensor::interpret::Interpreter;
use hep_compiler::tensor::interval::Range;
use hep_compiler::tensor::testing::data;
use hep_compiler::{Options, analyze};

/// Features in −1 .. 1, as the data of these tests are.
fn program(domain: f64) -> Program {
    analyzed(domain, "for t in 1 .. T {")
}

fn analyzed(domain: f64, head: &str) -> Program {
    let end = "}".repeat(head.matches('{').count());
    let text = format!(
        "program p  dim n = 4  dim f = 2  dim T = 3
         owner X0 : real[n, f] in -1 .. 1  owner y : class[n, 2]
         secret X : real[n, f] = X0  secret Y : bit[n] = y
         let score(w) = X @ w
         loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))
         approx sigmoid on -{domain} .. {domain} degree 3
         train {{
           var w : real[f] = 0
           {head} w = w - 1 / (4 * t) * grad(nll, Y, score, at = w) {end}
         }}
         reveal w"
    );
    analyze(&SourceFile::new("test.hep", text), &Options::default()).unwrap().program
}

fn found(program: &Program) -> Vec<Range> {
    let mut all = vec![];
    each_iteration(program, |ranges| {
        all.push(ranges[0]);
        true
    });
    all
}

#[test]
fn the_first_iteration_of_a_zero_model_is_proven() {
    assert_eq!(found(&program(0.9))[0], Some((0.0, 0.0)));
    assert_eq!((proven(&program(0.9)), proven(&program(8.0))), (vec![(1, 3)], vec![(3, 3)]));
}

#[test]
fn intervals_hold_every_score() {
    let batches = analyzed(8.0, "for t in 1 .. T { for batch in rows(X, Y, size = 2) {");
    assert_eq!(batches.train.iterations, 6);
    for program in [program(8.0), batches] {
        hold(&program);
    }
}

fn hold(program: &Program) {
    let found = found(program);
    for seed in 0..20 {
        let mut interpreter = Interpreter::new(program, &data(program, seed)).unwrap();
        for range in &found {
            let step = interpreter.step().unwrap();
            let scores = &step.node(program.checks[0].score).unwrap().data;
            let (lo, hi) = range.unwrap();
            assert!(scores.iter().all(|z| (lo..=hi).contains(z)), "{scores:?} leave {lo} .. {hi}");
        }
    }
}

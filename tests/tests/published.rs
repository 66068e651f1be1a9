//! The published run, as far as its log tells (arXiv 2304.03807).
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::tensor::interpret::Interpreter;
use hep_tests::{compiled, example, published_features, small};

/// Needs the features of the reference program, which may not be shipped.
#[test]
fn the_first_iteration_meets_the_published_log() {
    let Some(data) = published_features(128) else { return };
    let c = compiled(&example("mlr_published"), &small(14, &[("n", 128), ("f", 400)]));
    let mut interpreter = Interpreter::new(&c.analysis.program, &data).unwrap();
    let step = interpreter.step().unwrap();
    let near = |name: &str, index: usize, value: f64, tolerance: f64| {
        let found = step.values[name].data[index];
        assert!((found - value).abs() <= tolerance, "{name}[{index}] is {found}, published {value}");
    };
    near("logits(V)", 0, 3.41149, 1e-5);
    near("sigmoid(logits(V))", 0, 0.849044, 1e-5);
    for (index, value) in [87.1894, 266.4542, 29.0402, 75.4708].into_iter().enumerate() {
        near("G", index, value, 1e-3);
    }
}

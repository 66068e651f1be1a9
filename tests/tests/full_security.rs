//! The main jobs at 128-bit security. In release builds only: `cargo test --release -p hep-tests --test full_security`.
#![cfg(not(debug_assertions))]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::Options;
use hep_tests::{
    Named, compiled, encrypted, example, in_the_clear, published_features, shipped_features, with_loss,
};

/// Trains on ciphertexts; returns the largest difference to the clear twin, and the twin's largest weight.
fn trains(text: &str, data: &Named) -> (f64, f64) {
    let (rows, columns) = (data["X0"].shape[0], data["X0"].shape[1]);
    let dims = vec![("n".to_string(), rows), ("f".to_string(), columns)];
    let c = compiled(text, &Options { dims, ..Options::default() });
    assert!(c.plan.params.validate().is_ok() && c.plan.params.security_bits() >= 128.0);
    let twin = &in_the_clear(&c, data)[0].1;
    let found = encrypted(&c.plan, data, 2);
    assert!(c.plan.outputs[0].precision_bits >= 16.0);
    (found["W"].max_difference(&twin["W"]), twin["W"].max_abs())
}

#[test]
fn the_main_job_on_the_shipped_data() {
    let (error, _) = trains(&example("mlr_quadratic_gradient"), &shipped_features(128));
    assert!(error < 1e-4, "weights are off by {error:e}");
}

/// Where the features of the reference program are at hand; they may not be shipped.
#[test]
fn the_published_run() {
    if let Some(data) = published_features(128) {
        let (error, _) = trains(&example("mlr_published"), &data);
        assert!(error < 1e-4, "weights are off by {error:e}");
    }
}

/// Losses that nothing in the compiler mentions.
#[test]
fn losses_nobody_thought_of() {
    let data = shipped_features(128);
    for loss in ["log(1 + exp(-(2*y-1)*z)) + 0.01*z**2", "(1-y)*z**2 + y*(1-z)**2"] {
        let (error, largest) = trains(&with_loss(loss), &data);
        assert!(error < 1e-3 * largest, "{loss}: weights of up to {largest} are off by {error:e}");
        println!("{loss}: weights of up to {largest} are off by {error:e}");
    }
}

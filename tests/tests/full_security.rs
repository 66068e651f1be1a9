//! The main jobs at 128-bit security. In release builds only: `cargo test --release -p hep-tests --test full_security`.
#![cfg(not(debug_assertions))]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::Options;
use hep_tests::{Named, compiled, encrypted, example, in_the_clear, published_features, shipped_features};

/// Trains on ciphertexts and compares with the clear twin.
fn trains(name: &str, data: &Named) {
    let (rows, columns) = (data["X0"].shape[0], data["X0"].shape[1]);
    let dims = vec![("n".to_string(), rows), ("f".to_string(), columns)];
    let c = compiled(&example(name), &Options { dims, ..Options::default() });
    assert!(c.plan.params.validate().is_ok() && c.plan.params.security_bits() >= 128.0);
    let twin = &in_the_clear(&c, data)[0].1;
    let found = encrypted(&c.plan, data, 2);
    let error = found["W"].max_difference(&twin["W"]);
    assert!(error < 1e-4, "weights are off by {error:e}");
    assert!(c.plan.outputs[0].precision_bits >= 16.0);
}

#[test]
fn the_main_job_on_the_shipped_data() {
    trains("mlr_quadratic_gradient", &shipped_features(128));
}

/// Where the features of the reference program are at hand; they may not be shipped.
#[test]
fn the_published_run() {
    if let Some(data) = published_features(128) {
        trains("mlr_published", &data);
    }
}

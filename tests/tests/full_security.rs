//! The main jobs at 128-bit security. In release builds only: `cargo test --release -p hep-tests --test full_security`.
#![cfg(not(debug_assertions))]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::Options;
use hep_plan::Tensor;
use hep_tests::scales::{Outcome, case, outcome};
use hep_tests::{
    Named, compiled, compiled_for, encrypted, example, in_the_clear, published_features, shipped_features,
    shipped_table, uploads, with_loss,
};

/// The rows of features and labels in a range.
fn rows(data: &Named, range: std::ops::Range<usize>) -> Named {
    let part = |tensor: &Tensor| {
        let width = tensor.data.len() / tensor.shape[0];
        let shape = [&[range.len()], &tensor.shape[1..]].concat();
        Tensor { shape, data: tensor.data[range.start * width..range.end * width].to_vec() }
    };
    data.iter().map(|(name, tensor)| (name.clone(), part(tensor))).collect()
}

/// Trains on ciphertexts; returns the largest difference to the clear twin, and the twin's largest weight.
fn trains(text: &str, data: &Named) -> (f64, f64) {
    let (rows, columns) = (data["X0"].shape[0], data["X0"].shape[1]);
    let dims = vec![("n".to_string(), rows), ("f".to_string(), columns)];
    let c = compiled_for(text, &Options { dims, ..Options::default() }, data);
    assert!(c.plan.params.validate().is_ok() && c.plan.params.security_bits() >= 128.0);
    let twin = &in_the_clear(&c, data)[0].1;
    let found = encrypted(&c.plan, data, 2);
    assert!(c.plan.promised_bits >= 12.0);
    (found["W"].max_difference(&twin["W"]), twin["W"].max_abs())
}

#[test]
fn the_main_job_on_the_shipped_data() {
    let (error, _) = trains(&example("mlr_quadratic_gradient"), &shipped_features(128));
    assert!(error < 1e-4, "weights are off by {error:e}");
}

/// The owner's preparation is worth more than iterations: one of them, and nearly all of the other rows are right.
#[test]
fn whitened_features_need_one_iteration() {
    let data = shipped_features(512);
    let (train, test) = (rows(&data, 0..384), rows(&data, 384..512));
    let dims = vec![("n".to_string(), 384)];
    let c = compiled(&example("mlr_whitened"), &Options { dims, ..Options::default() });
    assert!(c.plan.params.security_bits() >= 128.0);
    let mut given = encrypted(&c.plan, &train, 2);
    let error = given["W"].max_difference(&in_the_clear(&c, &train)[0].1["W"]);
    assert!(error < 1e-4, "weights are off by {error:e}");
    // New rows are prepared with the statistics of the training rows.
    given.extend(uploads(&c.tensor, &train));
    given.insert("X0".into(), test["X0"].clone());
    let scores = c.plan.predict.run(&given).unwrap()["scores"].clone();
    let right = scores.data.chunks_exact(10).zip(&test["y"].data).filter(|(scores, label)| {
        let best = (0..10).max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
        best == Some(**label as usize)
    });
    let share = right.count() as f64 / 128.0;
    println!("whitened features, one iteration: {share:.4} of the test rows, weights are off by {error:e}");
    assert!(share >= 0.93, "{share} of the test rows");
}

/// Where the features of the reference program are at hand; they may not be shipped.
#[test]
fn the_published_run() {
    if let Some(data) = published_features(128) {
        let (error, _) = trains(&example("mlr_published"), &data);
        assert!(error < 1e-4, "weights are off by {error:e}");
    }
}

/// Trains a network for one iteration on ciphertexts; returns the largest difference of any weight to the clear twin.
fn steps(name: &str, data: &Named) -> f64 {
    let (rows, columns) = (data["X0"].shape[0], data["X0"].shape[1]);
    let dims = [("n", rows), ("f", columns), ("T", 1)].map(|(name, size)| (name.to_string(), size));
    // Keys of two gigabytes are fewer than there are rotations, some of which are composed.
    let options = Options { dims: dims.to_vec(), key_budget: 2_000_000_000, ..Options::default() };
    let c = compiled(&example(name), &options);
    assert!(c.plan.params.validate().is_ok() && c.plan.params.security_bits() >= 128.0);
    let twin = &in_the_clear(&c, data)[0].1;
    let found = encrypted(&c.plan, data, 2);
    assert_eq!(found.len(), twin.len());
    let error = twin.iter().map(|(name, tensor)| found[name].max_difference(tensor)).fold(0.0, f64::max);
    println!("{name}: weights are off by {error:e}");
    error
}

/// Two hidden layers and ten outputs: 400-64-32-10 where the features of the published systems are at hand.
#[test]
fn a_network_with_two_hidden_layers() {
    let data = published_features(128).unwrap_or_else(|| shipped_features(128));
    let error = steps("nn_two_hidden", &data);
    assert!(error < 1e-3, "weights are off by {error:e}");
}

#[test]
fn a_network_with_one_output() {
    let table = shipped_table("breast_cancer.csv");
    let error = steps("nn_two_hidden_single", &rows(&table, 0..128));
    assert!(error < 1e-3, "weights are off by {error:e}");
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

/// Random programs on data in any unit, as on a small ring (`scales.rs`).
#[test]
fn units_of_the_data() {
    let mut trained = 0;
    for (seed, invariant) in
        (5000..5012).map(|seed| (seed, true)).chain((6000..6012).map(|seed| (seed, false)))
    {
        let case = case(seed, invariant);
        match outcome(&case, &Options::default()) {
            Outcome::Trained(own, derived) => {
                trained += 1;
                assert!(
                    own <= -12.0 && derived <= -12.0,
                    "seed {seed}: 2^{own:.1}, 2^{derived:.1}\n{}",
                    case.text
                );
            }
            Outcome::Refused(reason) => assert!(!invariant, "seed {seed}: {reason}\n{}", case.text),
            Outcome::Diverged => {}
        }
    }
    assert!(trained >= 16, "{trained}");
}

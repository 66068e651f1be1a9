//! How many published numbers tell the sign of their noise: those that the error of the ciphertext moves to another value of
//! the grid they are rounded to. Whoever knows the exact result sees which these are, and which way they went.

#![allow(clippy::print_stdout, reason = "tests say what they measure")]

use hep_compiler::Options;
use hep_owner::reveal;
use hep_plan::normalize::factor;
use hep_tests::{compiled, data, encrypted_outputs, example};

/// Numbers published, and those of them that are another value than the exact result rounded.
fn count(name: &str, options: &Options, seeds: std::ops::Range<u64>) -> (usize, usize, f64) {
    let c = compiled(&example(name), options);
    let (mut numbers, mut moved, mut expected) = (0, 0, 0.0);
    for seed in seeds {
        let data = data(&c.plan, seed);
        let exact = &hep_tests::in_the_clear(&c, &data)[0].1;
        let (prepared, keys, upload, outputs) = encrypted_outputs(&c.plan, &data, 2);
        let published = reveal(&prepared, &keys.secret, &outputs, &upload.state.outlook)
            .unwrap_or_else(|e| panic!("{e}"));
        let outlook = &upload.state.outlook;
        expected += outlook.expected_hints(&c.plan, None);
        for (number, output) in c.plan.outputs.iter().enumerate() {
            let unit = factor(&output.units, &outlook.exponents);
            let steps = outlook.rounded_bits(number, output, None).exp2() / unit;
            let pairs = exact[&output.name].data.iter().zip(&published[&output.name].data);
            numbers += exact[&output.name].data.len();
            moved +=
                pairs.filter(|(exact, published)| (*exact * steps).round() != *published * steps).count();
        }
    }
    let rate = moved as f64 / numbers as f64;
    println!(
        "{name}: {moved} of {numbers} numbers moved, {:.2} %; expected {:.2} %",
        100.0 * rate,
        100.0 * expected / numbers as f64
    );
    (numbers, moved, expected)
}

/// The prediction is one of a deviation, which is right within a small factor, and so is the count.
fn as_predicted((numbers, moved, expected): (usize, usize, f64)) {
    assert!(numbers > 1000);
    let (moved, few) = (moved as f64, 5.0 * expected.sqrt());
    assert!(moved <= 4.0 * expected + few, "{moved} numbers moved, {expected} are expected");
    assert!(moved >= expected / 8.0 - few, "{moved} numbers moved, {expected} are expected");
}

#[test]
fn few_numbers_are_moved_by_their_noise_and_as_many_as_predicted() {
    let sizes = [("n", 32), ("f", 60), ("c", 8), ("T", 2)];
    as_predicted(count("mlr_quadratic_gradient", &hep_tests::small(11, &sizes), 0..3));
}

/// The figure of `docs/security.md`.
#[test]
#[ignore = "takes a minute: cargo test --release -p hep-tests --test published_signs -- --ignored --nocapture"]
fn of_the_example_at_full_security() {
    let dims = vec![("f".to_string(), 384)];
    as_predicted(count("mlr_quadratic_gradient", &Options { dims, ..Options::default() }, 0..4));
    let dims = vec![("n".to_string(), 128), ("f".to_string(), 384)];
    as_predicted(count("mlr_whitened", &Options { dims, ..Options::default() }, 0..2));
}

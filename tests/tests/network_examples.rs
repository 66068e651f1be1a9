//! What the example programs of networks and of linear regression reach in the clear, on data that ship with them.

use hep_compiler::Options;
use hep_tests::training::{Quality, analyzed, train};
use hep_tests::{Named, example, shipped_features, shipped_table};

/// The curve of an example after so many iterations; no score may leave the range of its polynomial.
fn curve(name: &str, data: &Named, dims: &[(&str, usize)]) -> Vec<Quality> {
    let dims = dims.iter().map(|(name, size)| ((*name).to_string(), *size)).collect();
    let program = analyzed(&example(name), &Options { dims, ..Options::default() });
    let curve = train(&program, data);
    let end = program.checks.iter().map(|check| check.domain.1).fold(f64::INFINITY, f64::min);
    let reach = curve.last().map_or(0.0, |last| last.reach);
    assert!(reach <= end, "{name}: scores reach {reach}, the range ends at {end}");
    curve
}

/// Shares after the last iteration, training rows and others; figures of a machine with other libraries may differ by a row.
fn reaches(name: &str, data: &Named, dims: &[(&str, usize)], train: f64, held_out: f64) {
    let last = *curve(name, data, dims).last().unwrap_or_else(|| panic!("{name} has no iterations"));
    let near = |found: f64, expected: f64| (found - expected).abs() <= 0.011;
    assert!(near(last.train, train) && near(last.held_out, held_out), "{name}: {last:?}");
}

const FEATURES: (&str, usize) = ("f", 384);

#[test]
fn two_hidden_layers() {
    let data = shipped_features(512);
    reaches("nn_two_hidden", &data, &[FEATURES], 0.570, 0.391);
    reaches("nn_two_hidden", &data, &[FEATURES, ("T", 3)], 0.758, 0.518);
    reaches("nn_two_hidden", &data, &[FEATURES, ("T", 5)], 0.922, 0.703);
}

#[test]
fn two_hidden_layers_on_mini_batches() {
    let data = shipped_features(512);
    reaches("nn_mini_batches", &data, &[FEATURES], 0.477, 0.323);
    reaches("nn_mini_batches", &data, &[FEATURES, ("T", 3)], 0.930, 0.732);
}

#[test]
fn one_hidden_layer() {
    let data = shipped_features(512);
    reaches("nn_one_hidden", &data, &[FEATURES], 0.953, 0.789);
    reaches("nn_one_hidden", &data, &[FEATURES, ("T", 5)], 0.977, 0.818);
}

#[test]
fn two_hidden_layers_and_one_output() {
    let data = shipped_table("breast_cancer.csv");
    reaches("nn_two_hidden_single", &data, &[], 0.891, 0.901);
    reaches("nn_two_hidden_single", &data, &[("T", 3)], 0.938, 0.924);
}

#[test]
fn real_targets() {
    let data = shipped_table("wine.csv");
    reaches("linear_regression", &data, &[], 0.634, 0.477);
    reaches("nn_one_hidden_regression", &data, &[], 0.618, 0.413);
    reaches("nn_one_hidden_regression", &data, &[("T", 6)], 0.643, 0.463);
}

//! The accuracies of the reconstructed network of arXiv:2504.12623 (algorithms.md §9.6): 400-64-32-10, trained on 128 rows.

use hep_compiler::Options;
use hep_tests::training::{Quality, analysed, train};
use hep_tests::{example, published_features};

const SEEDS: u64 = 10;

/// The example with other random weights, gains of its first layer and biases of its outputs.
fn program(name: &str, seed: u64, gain: &str, bias: &str) -> String {
    let mut text = example(name);
    let mut replace = |from: String, to: String| {
        assert_eq!(text.matches(&from).count(), 1, "`{from}` must occur once");
        text = text.replace(&from, &to);
    };
    replace("1.5 / rms_rows".into(), format!("{gain} / rms_rows"));
    replace("= -3 ".into(), format!("= {bias} "));
    // From the last on, so that no number is replaced twice.
    for layer in [3, 2, 1] {
        replace(format!("seed = {layer},"), format!("seed = {},", 3 * (seed - 1) + layer));
    }
    text
}

fn median(mut list: Vec<f64>) -> f64 {
    list.sort_by(f64::total_cmp);
    f64::midpoint(list[(list.len() - 1) / 2], list[list.len() / 2])
}

/// Medians over the seeds lie within five points of what is expected after so many steps, in per cent.
fn reaches(name: &str, (gain, bias): (&str, &str), exact: bool, expected: &[(usize, f64, f64)]) {
    let Some(data) = published_features(512) else { return };
    let options = Options { exact, dims: vec![("T".into(), 10)], ..Options::default() };
    let curves: Vec<Vec<Quality>> =
        (1..=SEEDS).map(|seed| train(&analysed(&program(name, seed, gain, bias), &options), &data)).collect();
    for &(iteration, trained, held_out) in expected {
        let at = |of: fn(&Quality) -> f64| {
            100.0 * median(curves.iter().map(|curve| of(&curve[iteration - 1])).collect())
        };
        for (name, found, expected) in
            [("train", at(|q| q.train), trained), ("held out", at(|q| q.held_out), held_out)]
        {
            assert!(
                (found - expected).abs() <= 5.0,
                "{name} after {iteration}: {found:.1}, expected {expected}"
            );
        }
    }
}

/// Gains of the first layer and biases of the outputs that go with the true sigmoid and with the cubic.
const TRUE: (&str, &str) = ("0.6", "-2.2");
const CUBIC: (&str, &str) = ("1.5", "-3");

// All tests need the features of the reference program, which lie beside a checkout and may not be shipped.

#[test]
fn with_the_true_sigmoid() {
    reaches("nn_two_hidden", TRUE, true, &[(5, 94.0, 73.0), (10, 99.0, 79.0)]);
}

#[test]
fn with_the_least_squares_cubic() {
    reaches("nn_two_hidden", CUBIC, false, &[(5, 86.0, 63.0), (10, 95.0, 74.0)]);
}

/// Two steps in every epoch; after epochs 3, 5 and 10.
#[test]
fn on_mini_batches() {
    reaches("nn_mini_batches", TRUE, true, &[(6, 96.0, 74.0), (10, 99.0, 78.0), (20, 100.0, 79.0)]);
    reaches("nn_mini_batches", CUBIC, false, &[(6, 86.0, 63.0), (10, 94.0, 72.0), (20, 100.0, 78.0)]);
}

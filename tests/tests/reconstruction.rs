//! The accuracies of the reconstructed networks of arXiv:2504.12623: 400-64-32-10 and 400-64-32-1, trained on 128 rows, as medians over ten random starts. All tests need the features of the reference program,
//! which lie beside a checkout and may not be shipped.

use hep_compiler::Options;
use hep_tests::training::{Quality, analyzed, train};
use hep_tests::{Named, example, published_features};

const SEEDS: u64 = 10;

/// A part of a program, and what stands in its place.
type Change = (&'static str, &'static str);

/// What the true sigmoid needs, and what the least-squares cubic: gains of the first layer, biases of the outputs.
const TRUE: [Change; 2] = [("1.5 / rms_rows", "0.6 / rms_rows"), ("= -3 ", "= -2.2 ")];
const CUBIC: [Change; 0] = [];

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "`{from}` must occur once");
    text.replace(from, to)
}

/// An example with changes and its own random weights.
fn program(name: &str, changes: &[Change], seed: u64) -> String {
    let text = changes.iter().fold(example(name), |text, (from, to)| replaced(&text, from, to));
    // From the last layer on, so that no number is replaced twice.
    [3, 2, 1].into_iter().fold(text, |text, layer| {
        replaced(&text, &format!("seed = {layer},"), &format!("seed = {},", 3 * (seed - 1) + layer))
    })
}

fn median(mut list: Vec<f64>) -> f64 {
    list.sort_by(f64::total_cmp);
    f64::midpoint(list[(list.len() - 1) / 2], list[list.len() / 2])
}

/// A program, its changes, whether it has the true sigmoid, and its data.
struct Run<'a> {
    name: &'a str,
    changes: &'a [Change],
    exact: bool,
    data: &'a Named,
    dims: &'a [(&'a str, usize)],
}

impl Run<'_> {
    /// Medians lie within five points of what is expected after so many steps, in per cent.
    fn reaches(&self, expected: &[(usize, f64, f64)]) {
        let dims = self.dims.iter().map(|(name, size)| ((*name).to_string(), *size)).collect();
        let options = Options { exact: self.exact, dims, ..Options::default() };
        let curve = |seed| train(&analyzed(&program(self.name, self.changes, seed), &options), self.data);
        let curves: Vec<Vec<Quality>> = (1..=SEEDS).map(curve).collect();
        for &(step, trained, held_out) in expected {
            let at = |of: fn(&Quality) -> f64| {
                100.0 * median(curves.iter().map(|curve| of(&curve[step - 1])).collect())
            };
            let (found, others) = (at(|q| q.train), at(|q| q.held_out));
            assert!((found - trained).abs() <= 5.0, "after {step}: {found:.1}, expected {trained}");
            assert!(
                (others - held_out).abs() <= 5.0,
                "held out after {step}: {others:.1}, expected {held_out}"
            );
        }
    }
}

fn digits(name: &str, changes: &[Change], exact: bool, expected: &[(usize, f64, f64)]) {
    let Some(data) = published_features(512) else { return };
    Run { name, changes, exact, data: &data, dims: &[("T", 10)] }.reaches(expected);
}

#[test]
fn with_the_true_sigmoid() {
    digits("nn_two_hidden", &TRUE, true, &[(5, 94.0, 73.0), (10, 99.0, 79.0)]);
}

#[test]
fn with_the_least_squares_cubic() {
    digits("nn_two_hidden", &CUBIC, false, &[(5, 86.0, 63.0), (10, 95.0, 74.0)]);
}

/// Two steps in every epoch; after epochs 3, 5 and 10.
#[test]
fn on_mini_batches() {
    digits("nn_mini_batches", &TRUE, true, &[(6, 96.0, 74.0), (10, 99.0, 78.0), (20, 100.0, 79.0)]);
    digits("nn_mini_batches", &CUBIC, false, &[(6, 86.0, 63.0), (10, 94.0, 72.0), (20, 100.0, 78.0)]);
}

/// One output that says whether a digit is below five, on features that are only centered, with the steps of ten outputs.
#[test]
fn with_a_single_output() {
    let Some(mut data) = published_features(512) else { return };
    if let Some(labels) = data.get_mut("y") {
        labels.data.iter_mut().for_each(|digit| *digit = f64::from(u8::from(*digit < 5.0)));
    }
    let dims = [("f", 400), ("h1", 64), ("h2", 32), ("T", 20)];
    let with_gain = |gain: &'static str| {
        [
            (" / sqrt(variance(X0, over = n))", ""),
            ("bias(min(2, max(-2, Z0)))", "bias(Z0)"),
            ("0.6 / rms_rows", gain),
            ("3.5 / sqrt(h1)", "2.5 / sqrt(h1)"),
            ("40 * B", "75 * B"),
            ("6 / n * G.w3", "3 / n * G.w3"),
            ("6 / n * G.b3", "3 / n * G.b3"),
        ]
    };
    let run = |exact, gain, expected: &[(usize, f64, f64)]| {
        let changes = with_gain(gain);
        Run { name: "nn_two_hidden_single", changes: &changes, exact, data: &data, dims: &dims }
            .reaches(expected);
    };
    run(true, "0.6 / rms_rows", &[(3, 93.0, 79.0), (5, 94.0, 80.0), (20, 100.0, 84.0)]);
    run(false, "1.5 / rms_rows", &[(3, 88.0, 72.0), (5, 93.0, 78.0), (10, 96.0, 82.0), (20, 100.0, 85.0)]);
}

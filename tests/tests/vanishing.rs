//! How gradients shrink with depth, and with the loss: the table of `docs/networks.md`, which this test prints.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::Options;
use hep_compiler::tensor::interpret::Interpreter;
use hep_tests::training::analyzed;
use hep_tests::{Named, published_features, root, shipped_features};
use std::fmt::Write;

/// Units of the hidden layers, as many as a network has.
const UNITS: [usize; 3] = [64, 32, 32];
const ROWS: usize = 128;
/// The cubic of arXiv:2304.03807.
const CUBIC: &str = "0.5 + 0.10679534503216294 * z - 0.00038503259805075 * z ** 3";
/// Biases of the outputs: of a fair coin, and of outputs that are sure of a no.
const BIASES: [f64; 2] = [0.0, -4.0];

/// A network without training: only its first gradient is looked at.
#[derive(Clone, Copy)]
struct Network {
    hidden: usize,
    /// With the true sigmoid, or the cubic in its place.
    exact: bool,
    /// With the cross-entropy, or half the squared error of the outputs.
    entropy: bool,
}

impl Network {
    fn program(self, columns: usize, bias: f64) -> String {
        let layers = self.hidden + 1;
        let to = |layer: usize| if layer == layers { "c".to_owned() } else { format!("h{layer}") };
        let from = |layer: usize| if layer == 1 { "d".to_owned() } else { format!("h{}", layer - 1) };
        let (mut dims, mut fields, mut steps) = (String::new(), String::new(), String::new());
        let mut score = "X".to_owned();
        for layer in 1..=layers {
            if layer < layers {
                write!(dims, "dim h{layer} = {}  ", UNITS[layer - 1]).unwrap();
            }
            let length =
                if layer == 1 { "rms_rows(A0)".to_owned() } else { format!("sqrt({})", from(layer)) };
            let first = format!("normal(seed = {layer}, deviation = 1 / {length})");
            writeln!(fields, "  W{layer} : real[{}, {}] = {first}", to(layer), from(layer)).unwrap();
            writeln!(steps, "  P.W{layer} = P.W{layer} - G.W{layer}").unwrap();
            let input = if layer == 1 { score } else { format!("sigmoid({score})") };
            score = format!("{input} @ P.W{layer}.T");
        }
        let loss = match (self.entropy, self.exact) {
            (true, _) => "-(y * log(sigmoid(z)) + (1 - y) * log(1 - sigmoid(z)))".to_owned(),
            (false, true) => "(sigmoid(z) - y) ** 2 / 2".to_owned(),
            // The derivative of what is evaluated, the slope of the cubic in it.
            (false, false) => format!("({CUBIC} - y) ** 2 / 2"),
        };
        format!(
            "program vanishing  dim n = {ROWS}  dim f = {columns}  dim d = f + 1  dim c = 10  {dims}
             owner X0 : real[n, f]  owner y : class[n, c]
             let A0 = bias(X0 - mean(X0, over = n))
             secret X : real[n, d] = A0  secret Y : onehot[n, c] = one_hot(y)
             params P {{ {fields} b : real[c] = {bias} }}
             let score(P) = {score} + P.b
             loss l(y, z) = {loss}
             approx sigmoid(z) = {CUBIC}
             train {{ for t in 1 .. 1 {{ let G = grad(l, Y, score, at = P) {steps} P.b = P.b - G.b }} }}
             reveal P  predict score(P)"
        )
    }

    fn gradients(self, data: &Named, bias: f64) -> Vec<f64> {
        gradients(&self.program(data["X0"].shape[1], bias), self.exact, self.hidden + 1, data)
    }
}

/// Root mean square of the mean gradient per weight, of every layer.
fn gradients(program: &str, exact: bool, layers: usize, data: &Named) -> Vec<f64> {
    let program = analyzed(program, &Options { exact, ..Options::default() });
    let mut interpreter = Interpreter::new(&program, data).unwrap();
    let step = interpreter.step().unwrap();
    let layer = |layer: usize| {
        let gradient = &step.values[format!("G.W{layer}").as_str()].data;
        let squares: f64 = gradient.iter().map(|g| (g / ROWS as f64).powi(2)).sum();
        (squares / gradient.len() as f64).sqrt()
    };
    (1..=layers).map(layer).collect()
}

fn page() -> String {
    std::fs::read_to_string(root().join("docs/networks.md")).unwrap()
}

/// Cross-entropy and squared error, at both biases.
struct Gradients {
    network: Network,
    found: [[Vec<f64>; 2]; 2],
}

/// The networks of the table, in its order.
fn all(data: &Named) -> Vec<Gradients> {
    let exact = (0..=3).map(|hidden| (hidden, true));
    let networks = exact.chain((1..=3).map(|hidden| (hidden, false)));
    let gradients = |(hidden, exact)| {
        let of = |entropy| {
            let network = Network { hidden, exact, entropy };
            BIASES.map(|bias| network.gradients(data, bias))
        };
        Gradients { network: Network { hidden, exact, entropy: true }, found: [of(true), of(false)] }
    };
    networks.map(gradients).collect()
}

fn lines(all: &[Gradients]) -> String {
    let mut text = String::new();
    let layers = |list: &[f64]| list.iter().map(|x| format!("{x:.1e}")).collect::<Vec<_>>().join(", ");
    for Gradients { network, found } in all {
        let units = if network.exact { "sigmoid" } else { "cubic" };
        for (loss, [start, sure]) in ["cross-entropy", "squared error"].iter().zip(found) {
            let (start, sure) = (layers(start), layers(sure));
            writeln!(text, "| {} | {units} | {loss} | {start} | {sure} |", network.hidden).unwrap();
        }
    }
    text
}

#[test]
fn the_table_of_the_page() {
    let lines = lines(&all(&shipped_features(ROWS)));
    assert!(page().contains(&lines), "docs/networks.md lacks the lines\n{lines}");
}

#[test]
fn the_program_of_the_page_is_one_of_the_table() {
    let page = page();
    let (_, rest) = page.split_once("```hep\n").unwrap();
    let (program, _) = rest.split_once("```").unwrap();
    let data = shipped_features(ROWS);
    let network = Network { hidden: 2, exact: true, entropy: false };
    assert_eq!(gradients(program, true, 3, &data), network.gradients(&data, -4.0));
}

/// Every further hidden layer divides the gradient of the first by the inverse of a slope.
#[test]
fn depth_costs_the_slope_of_the_units() {
    let data = shipped_features(ROWS);
    for (exact, least, most) in [(true, 4.0, 6.0), (false, 9.0, 11.0)] {
        let first = |hidden| Network { hidden, exact, entropy: true }.gradients(&data, 0.0)[0];
        for hidden in [1, 2] {
            let lost = first(hidden) / first(hidden + 1);
            assert!((least..most).contains(&lost), "{hidden} hidden: {lost}");
        }
    }
}

/// What the table says in words.
#[test]
fn the_squared_error_loses_what_the_outputs_slope_says() {
    for Gradients { network, found: [entropy, squared] } in all(&shipped_features(ROWS)) {
        for layer in 0..=network.hidden {
            let lost = |bias: usize| entropy[bias][layer] / squared[bias][layer];
            // p (1 - p) is 1/4 and less at the start, and 0.018 at -4; a polynomial's slope does not go to zero.
            let (start, sure) = (lost(0), lost(1));
            if network.exact {
                assert!((4.0..6.0).contains(&start), "{} hidden, layer {layer}: {start}", network.hidden);
                assert!((23.0..57.0).contains(&sure), "{} hidden, layer {layer}: {sure}", network.hidden);
            } else {
                assert!((8.0..11.0).contains(&start) && (8.0..13.0).contains(&sure), "{start}, {sure}");
            }
        }
    }
}

/// A row of the table: the network, and its gradients at both biases, layer by layer.
struct Row(Network, [&'static [f64]; 2]);

const fn row(hidden: usize, exact: bool, entropy: bool, gradients: [&'static [f64]; 2]) -> Row {
    Row(Network { hidden, exact, entropy }, gradients)
}

const RECONSTRUCTION: [Row; 10] = [
    row(0, true, true, [&[4.3e-2], &[3.3e-2]]),
    row(0, true, false, [&[8.4e-3], &[1.2e-3]]),
    row(1, true, true, [&[3.3e-3, 2.0e-1], &[2.8e-3, 4.7e-2]]),
    row(1, true, false, [&[7.9e-4, 4.6e-2], &[6.3e-5, 9.0e-4]]),
    row(2, true, true, [&[6.7e-4, 3.3e-2, 2.5e-1], &[5.1e-4, 5.8e-3, 4.4e-2]]),
    row(2, true, false, [&[1.5e-4, 7.6e-3, 5.7e-2], &[1.5e-5, 1.6e-4, 1.2e-3]]),
    row(3, true, true, [&[1.6e-4, 5.0e-3, 2.6e-2, 2.1e-1], &[1.4e-4, 1.4e-3, 6.9e-3, 5.0e-2]]),
    row(3, true, false, [&[3.8e-5, 1.2e-3, 6.4e-3, 5.2e-2], &[2.3e-6, 1.9e-5, 1.0e-4, 7.9e-4]]),
    row(2, false, true, [&[1.5e-4, 1.4e-2, 2.2e-1], &[1.2e-4, 1.8e-3, 3.0e-2]]),
    row(2, false, false, [&[1.6e-5, 1.4e-3, 2.4e-2], &[1.1e-5, 1.6e-4, 2.6e-3]]),
];

/// Needs the features of the reference program, which lie beside a checkout and may not be shipped. Other random weights
/// than those of the reconstruction: a factor of two.
#[test]
fn the_reconstruction_on_the_published_features() {
    let Some(data) = published_features(ROWS) else { return };
    for Row(network, gradients) in RECONSTRUCTION {
        for (bias, expected) in BIASES.into_iter().zip(gradients) {
            let found = network.gradients(&data, bias);
            for (found, expected) in found.iter().zip(expected) {
                let factor = (found / expected).max(expected / found);
                assert!(
                    factor < 2.0,
                    "{} hidden, bias {bias}: {found:e}, expected {expected:e}",
                    network.hidden
                );
            }
        }
    }
}

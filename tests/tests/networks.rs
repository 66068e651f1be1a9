//! Networks of any depth and width in the clear: gradients of records of parameters.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use hep_compiler::source::SourceFile;
use hep_compiler::tensor::interpret::Interpreter;
use hep_compiler::{Options, analyze};
use hep_plan::Tensor;
use hep_plan::host::HostOp;
use hep_tests::Named;
use proptest::prelude::*;

/// Widths of the layers from the features to the outputs, and the number of rows.
#[derive(Clone, Debug)]
struct Shape {
    rows: usize,
    widths: Vec<usize>,
}

fn shapes() -> impl Strategy<Value = Shape> {
    (2usize..8, prop::collection::vec(1usize..7, 3..=5), 2usize..5).prop_map(|(rows, mut widths, classes)| {
        *widths.last_mut().unwrap() = classes;
        Shape { rows, widths }
    })
}

/// A network with biases and sigmoid units between its layers.
fn program(shape: &Shape) -> String {
    let layers = shape.widths.len() - 1;
    let dim = |layer: usize| format!("h{layer}");
    let dims: Vec<String> = shape
        .widths
        .iter()
        .enumerate()
        .map(|(layer, width)| format!("dim {} = {width}", dim(layer)))
        .collect();
    let fields: Vec<String> = (1..=layers)
        .map(|l| {
            let (from, to) = (dim(l - 1), dim(l));
            format!(
                "W{l} : real[{to}, {from}] = normal(seed = {l})  b{l} : real[{to}] = normal(seed = {})",
                100 + l
            )
        })
        .collect();
    let score = (1..=layers).fold("X".to_string(), |inner, l| {
        let layer = if l == 1 { inner } else { format!("sigmoid({inner})") };
        format!("({layer} @ P.W{l}.T + P.b{l})")
    });
    let update: Vec<String> = (1..=layers)
        .map(|l| format!("P.W{l}, P.b{l} = P.W{l} - 0.01 * G.W{l}, P.b{l} - 0.01 * G.b{l}"))
        .collect();
    format!(
        "program network  dim n = {}  {}
         owner X0 : real[n, h0]  owner y : class[n, {last}]
         secret X : real[n, h0] = X0  secret Y : onehot[n, {last}] = one_hot(y)
         params P {{ {} }}
         let score(P) = {score}
         loss bce(y, z) = -(y * log(sigmoid(z)) + (1 - y) * log(1 - sigmoid(z)))
         approx sigmoid on -8 .. 8 degree 3
         train {{ for t in 1 .. 1 {{ let G = grad(bce, Y, score, at = P) {} }} }}
         reveal P  predict score(P)",
        shape.rows,
        dims.join("  "),
        fields.join(" "),
        update.join(" "),
        last = dim(layers),
    )
}

/// Weights and biases of every layer.
type Parameters = Vec<(Tensor, Tensor)>;

fn initial(shape: &Shape) -> Parameters {
    let normal = |seed, shape: Vec<usize>| HostOp::Normal { seed, shape }.apply(&[]).unwrap();
    let layer = |(l, pair): (usize, &[usize])| {
        let l = l as u64 + 1;
        (normal(l, vec![pair[1], pair[0]]), normal(100 + l, vec![pair[1]]))
    };
    shape.widths.windows(2).enumerate().map(layer).collect()
}

fn data(shape: &Shape, seed: u64) -> Named {
    let x = HostOp::Normal { seed, shape: vec![shape.rows, shape.widths[0]] }.apply(&[]).unwrap();
    let classes = *shape.widths.last().unwrap();
    let y = (0..shape.rows).map(|row| ((row + seed as usize) % classes) as f64).collect();
    Named::from([("X0".into(), x), ("y".into(), Tensor { shape: vec![shape.rows], data: y })])
}

/// The loss, written out.
fn loss(parameters: &Parameters, data: &Named) -> f64 {
    let (x, y) = (&data["X0"], &data["y"]);
    let width = x.shape[1];
    let row = |(row, label): (&[f64], &f64)| {
        let mut units = row.to_vec();
        for (l, (weights, biases)) in parameters.iter().enumerate() {
            if l > 0 {
                units.iter_mut().for_each(|z| *z = 1.0 / (1.0 + (-*z).exp()));
            }
            let unit = |(w, b): (&[f64], &f64)| w.iter().zip(&units).map(|(w, a)| w * a).sum::<f64>() + b;
            units = weights.data.chunks(weights.shape[1]).zip(&biases.data).map(unit).collect();
        }
        let of = |(class, z): (usize, &f64)| {
            let sign = if class as f64 == *label { -1.0 } else { 1.0 };
            (sign * z).exp().ln_1p()
        };
        units.iter().enumerate().map(of).sum::<f64>()
    };
    x.data.chunks(width).zip(&y.data).map(row).sum()
}

/// The derivative by one number of one tensor, by central differences of fourth order.
fn difference(parameters: &Parameters, data: &Named, layer: usize, bias: bool, index: usize) -> f64 {
    let at = |shift: f64| {
        let mut moved = parameters.clone();
        let tensor = if bias { &mut moved[layer].1 } else { &mut moved[layer].0 };
        tensor.data[index] += shift;
        loss(&moved, data)
    };
    let h = 1e-3;
    (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// With the true functions, one to three hidden layers, shapes that are no powers of two.
    #[test]
    fn gradients_agree_with_finite_differences(shape in shapes(), seed in 1u64..1000) {
        let source = SourceFile::new("network.hep", program(&shape));
        let options = Options { exact: true, ..Options::default() };
        let program = analyze(&source, &options).unwrap_or_else(|errors| panic!("{errors:?}")).program;
        let (data, parameters) = (data(&shape, seed), initial(&shape));
        let mut interpreter = Interpreter::new(&program, &data).unwrap();
        let step = interpreter.step().unwrap();
        for layer in 0..parameters.len() {
            for (bias, name) in [(false, 'W'), (true, 'b')] {
                let found = step.values[format!("G.{name}{}", layer + 1).as_str()];
                for (index, &gradient) in found.data.iter().enumerate() {
                    let expected = difference(&parameters, &data, layer, bias, index);
                    let error = (gradient - expected).abs();
                    prop_assert!(error <= 1e-6, "{name}{}[{index}] is {gradient}, expected {expected}", layer + 1);
                }
            }
        }
    }
}

/// Packs a network on vectors of `slots` slots, which computes what whole tensors do.
fn packed_alike(shape: &Shape, slots: usize) -> Result<(), TestCaseError> {
    // Vectors of either side of a layer meet its weights, and weights each other.
    let text = program(shape).replace(
        "0.01 * G.W2",
        "0.01 * G.W2 * P.b1 * sum(G.W2, over = h1) + 0.02 * P.b2 * P.W2 * P.W2 * sum(P.W2, over = h2)",
    );
    let file = SourceFile::new("network.hep", text);
    let options = Options::default();
    let analysis = analyze(&file, &options).unwrap();
    let tensor = hep_compiler::tensor::passes::optimize(analysis.program.clone());
    let packed = hep_compiler::slot::lower(&tensor, slots).map_err(|e| TestCaseError::fail(e.to_string()))?;
    let violations = hep_compiler::slot::verify::verify(&packed);
    prop_assert!(violations.is_empty(), "{:?}", violations);
    let data = data(shape, 7);
    let meaning = hep_compiler::tensor::interpret::run(&analysis.program, &data, &mut |_| {}).unwrap();
    let found = hep_compiler::slot::interpret::run(&packed, &hep_tests::uploads(&tensor, &data)).unwrap();
    for (name, tensor) in &meaning {
        let difference = found[name].max_difference(tensor);
        prop_assert!(difference <= 1e-9 * tensor.max_abs().max(1.0), "{} is off by {:e}", name, difference);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn networks_keep_their_meaning_in_slots(
        rows in 1usize..100, features in 1usize..40, hidden in prop::collection::vec(1usize..24, 1..=3),
        outputs in prop::sample::select(vec![1usize, 2, 3, 7, 17]), log in 5u32..11,
    ) {
        let widths = [vec![features], hidden, vec![outputs]].concat();
        packed_alike(&Shape { rows, widths }, 1 << log)?;
    }
}

/// Classes, rows and depths that share nothing: the same passes serve them all, on the shortest vectors and on those of
/// a large ring.
#[test]
fn many_rows_classes_and_layers() {
    let sizes: [(usize, &[usize], &[u32]); 4] = [
        (100, &[9, 17], &[7, 14]),
        (300, &[12, 20, 7], &[9, 14]),
        (1000, &[6, 16, 3], &[10, 14]),
        (1000, &[5, 24, 12, 9, 17], &[9, 14]),
    ];
    for (rows, widths, lengths) in sizes {
        for log in lengths {
            packed_alike(&Shape { rows, widths: widths.to_vec() }, 1 << log).unwrap();
        }
    }
}

/// What a step takes at 128 bits, by the number of hidden layers: one level for the products of a layer and two for
/// its polynomial on the way there, and two on the way back; four for the last layer with its gradient and rate.
#[test]
fn networks_of_any_depth_have_secure_parameters() {
    let mut found = Vec::new();
    for widths in [vec![30, 7], vec![30, 16, 17], vec![30, 32, 16, 3], vec![30, 32, 16, 8, 3]] {
        let shape = Shape { rows: 200, widths };
        // Scores inside the range of the polynomials.
        let text = program(&shape).replace("normal(", "0.2 * normal(");
        let file = SourceFile::new("network.hep", text);
        let c = hep_compiler::compile(&file, &Options::default()).unwrap();
        assert!(c.plan.params.security_bits() >= 128.0);
        let report = hep_compiler::explain::report(&c.plan);
        found.push(report.iterations[0].levels);
    }
    assert_eq!(found, [4, 9, 14, 19]);
}

/// Runs a program of two numbers on one sample x = 0.5 with target y = 2; returns what it reveals.
fn two_numbers(parameters: &str, score: &str, body: &str, reveal: &str) -> Named {
    let text = format!(
        "program two  dim n = 1  dim f = 1
         owner X0 : real[n, f]  owner y : real[n]
         secret X : real[n] = mean(X0, over = f)  secret Y : real[n] = y
         {parameters}
         loss sq(y, z) = (z - y) ** 2 / 2
         let g{score}
         train {{ {body} }}
         {reveal}"
    );
    let analysis = analyze(&SourceFile::new("two.hep", text), &Options::default()).unwrap();
    let data = Named::from([
        ("X0".into(), Tensor { shape: vec![1, 1], data: vec![0.5] }),
        ("y".into(), Tensor { shape: vec![1], data: vec![2.0] }),
    ]);
    hep_compiler::tensor::interpret::run(&analysis.program, &data, &mut |_| {}).unwrap()
}

/// A step that follows another in the same iteration sees its result as a number, not as a function of what came before.
#[test]
fn steps_one_after_the_other_are_partial() {
    let body = "var a : real = 0.5  var b : real = 0.25
        for t in 1 .. 1 {
          a = a - 0.1 * grad(sq, Y, g, a, b, at = a)
          b = b - 0.1 * grad(sq, Y, g, a, b, at = b)
        }";
    let found = two_numbers("", "(a, b) = X * a * b", body, "reveal a, b  predict g(a, b)");
    let (x, y, a, b) = (0.5, 2.0, 0.5, 0.25);
    let a = a - 0.1 * (x * a * b - y) * x * b;
    let b = b - 0.1 * (x * a * b - y) * x * a;
    assert!((found["a"].data[0] - a).abs() < 1e-15 && (found["b"].data[0] - b).abs() < 1e-15, "{found:?}");
}

/// Fields of equal value stay two fields.
#[test]
fn equal_fields_have_gradients_of_their_own() {
    let body = "var v : real = 0
        for t in 1 .. 1 {
          let H = grad(sq, Y, g, at = P)
          P.a = P.a - 0.1 * H.a
          P.b = P.a
          let G = grad(sq, Y, g, at = P)
          v = G.a + 10 * G.b
        }";
    let parameters = "params P { a : real = 0.5  b : real = 0.25 }";
    let found = two_numbers(parameters, "(P) = X * P.a + 3 * X * P.b", body, "reveal v, P  predict g(P)");
    let a = 0.5 - 0.1 * (0.5 * 0.5 + 3.0 * 0.5 * 0.25 - 2.0) * 0.5;
    let error = 0.5 * a + 3.0 * 0.5 * a - 2.0;
    let expected = error * 0.5 + 10.0 * error * 1.5;
    assert!((found["v"].data[0] - expected).abs() < 1e-14, "{found:?} instead of {expected}");
}

/// Programs in which homes of several dimensions overlap, one of them with a single element, and in which the first data
/// matrix of the loop is no batch.
#[test]
fn crowded_rows_keep_their_meaning() {
    const HEAD: &str = "program crowded
        dim n = 16  dim f = 4  dim d = f + 1  dim y = 3  dim x = 4  dim z = 1  dim T = 2
        owner X0 : real[n, f]  owner l : class[n, y]
        let A0 = bias(X0 - mean(X0, over = n))
        secret X : real[n, d] = A0  secret Y : onehot[n, y] = one_hot(l)
        params P { C : real[y, d] = normal(seed = 1, deviation = 0.3)  b : real[y] = 0 }
        let score(P) = X @ P.C.T + P.b
        loss bce(y, z) = (y - sigmoid(z)) ** 2
        approx sigmoid on -8 .. 8 degree 3 by least_squares";
    let hollow = "train {
          var V : real[y, x] = normal(seed = 3, deviation = 0.3)
          var A : real[x, d] = normal(seed = 4, deviation = 0.3)
          for t in 1 .. T {
            let G = grad(bce, Y, score, at = P)
            P.C, P.b, V, A = P.C - 0.1 * G.C, P.b - 0.1 * G.b, V - 0.1 * (V.T * G.b).T, A - 0.1 * V.T @ P.C
          }
        }
        reveal P, V, A  predict score(P)";
    let single = "train {
          var V : real[x, y] = normal(seed = 3, deviation = 0.3)
          var A : real[x, d] = normal(seed = 4, deviation = 0.3)
          var U : real[z, y] = normal(seed = 5, deviation = 0.3)
          var Q : real[x, z] = normal(seed = 6, deviation = 0.3)
          for t in 1 .. T {
            let G = grad(bce, Y, score, at = P)
            P.C, P.b, V, A = P.C - 0.1 * G.C, P.b - 0.1 * G.b, V - 0.1 * A @ P.C.T, A - 0.1 * V @ P.C
            Q, U = Q - 0.1 * V @ U.T, U - 0.1 * Q.T @ V
          }
        }
        reveal P, V, A, Q, U  predict score(P)";
    let batches = "secret M : real[f, d] = X0.T @ A0 / n
        train {
          var w : real[d] = 0.1
          for batch in rows(X, Y, size = 4) {
            let r = M @ w
            let G = grad(bce, Y, score, at = P)
            w = w - 0.1 * M.T @ r
            P.C, P.b = P.C - 0.1 / batch * G.C * w, P.b - 0.1 / batch * G.b
          }
        }
        reveal P, w  predict score(P)";
    for (name, rest) in [("hollow", hollow), ("single", single), ("batches", batches)] {
        let options = Options { precision_bits: 1.0, ..hep_tests::small(9, &[]) };
        let c = hep_tests::compiled(&format!("{HEAD}\n{rest}"), &options);
        let data = hep_tests::data(&c.plan, 5);
        hep_tests::forms_agree(&c, &data).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

//! Every lowering keeps the numbers: random sizes, several programs, all forms in the clear.

use hep_compiler::Compilation;
use hep_compiler::optimization::{Optimization, Optimizations};
use hep_tests::{compiled, data, encrypted, example, forms_agree, in_the_clear, promised, small};
use proptest::prelude::*;

/// A multiclass program with the pieces a user would change.
fn multiclass(loss: &str, update: &str, model: &str, scores: &str, start: &str) -> String {
    format!(
        "program variant
         dim n = 8  dim f = 4  dim d = f + 1  dim c = 3  dim T = 2
         owner X0 : real[n, f]
         owner y : class[n, c]
         let A0 = bias(X0 - mean(X0, over = n))
         secret X : real[n, d] = A0
         secret Y : onehot[n, c] = one_hot(y)
         secret B : real[d] = 1 / (1e-3 + row_sums(abs(A0.T @ A0)))
         let logits(A) = {scores}
         loss l(y, z) = {loss}
         approx sigmoid on -8 .. 8 degree 3 by least_squares
         public eta : real[T] = nesterov(T, start = 1)
         train {{
           var W : real[{model}] = {start}
           var V : real[{model}] = {start}
           for t in 1 .. T {{
             let G = grad(l, Y, logits, at = V)
             {update}
           }}
         }}
         reveal W, V
         predict logits(W)"
    )
}

const LOSSES: [&str; 5] = [
    "-log(abs(1 - y - sigmoid(z)))",
    "-(y * log(sigmoid(z)) + (1 - y) * log(1 - sigmoid(z)))",
    "log(1 + exp(-(2*y-1)*z)) + 0.01*z**2",
    "(y - sigmoid(z)) ** 2",
    "(1-y)*z**2 + y*(1-z)**2",
];

const UPDATES: [&str; 4] = [
    "let M = W - (1 + 1 / (t * n)) * B * G   W, V = (1 - eta[t]) * M + eta[t] * V, M",
    "let M = V - 0.1 / t * B * G   W, V = M, (1 - eta[t]) * M + eta[t] * W",
    "W, V = W - 0.02 * G, V - B * G",
    "W, V = W + V * V, V - 0.1 * B * (G + 0.01 * V)",
];

fn agree(text: &str, ring: u32, dims: &[(&str, usize)], seed: u64) -> Result<(), TestCaseError> {
    let c = compiled(text, &hep_compiler::Options { precision_bits: 1.0, ..small(ring, dims) });
    forms_agree(&c, &data(&c.plan, seed)).map_err(TestCaseError::fail)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn multiclass_programs_keep_their_meaning(
        n in 2usize..40, f in 1usize..16, c in 2usize..6, t in 2usize..4,
        loss in 0usize..5, update in 0usize..4, transposed: bool, zero: bool, seed in 1u64..1000,
    ) {
        let (model, scores) = if transposed { ("d, c", "X @ A") } else { ("c, d", "X @ A.T") };
        let start = if zero { "0" } else { "0.05" };
        let text = multiclass(LOSSES[loss], UPDATES[update], model, scores, start);
        agree(&text, 9, &[("n", n), ("f", f), ("c", c), ("T", t)], seed)?;
    }

    #[test]
    fn logistic_regression_keeps_its_meaning(
        n in 2usize..60, f in 1usize..31, t in 1usize..4, seed in 1u64..1000,
    ) {
        agree(&example("lr_nesterov"), 8, &[("n", n), ("f", f), ("T", t)], seed)?;
    }

    #[test]
    fn the_examples_keep_their_meaning(
        n in 2usize..40, f in 1usize..16, c in 2usize..5, published: bool, seed in 1u64..1000,
    ) {
        let name = if published { "mlr_published" } else { "mlr_quadratic_gradient" };
        agree(&example(name), 9, &[("n", n), ("f", f), ("c", c)], seed)?;
    }
}

/// Whatever is left out, and all of it, costs more and computes the same.
#[test]
fn no_optimization_changes_the_meaning() {
    let everything = Optimization::ALL.into_iter().fold(Optimizations::default(), Optimizations::without);
    let each = Optimization::ALL.into_iter().map(|one| Optimizations::default().without(one));
    let programs: [(&str, &[(&str, usize)]); 2] = [
        ("mlr_published", &[("n", 40), ("f", 12), ("c", 3)]),
        ("nn_two_hidden", &[("n", 12), ("f", 20), ("h1", 6), ("h2", 5), ("c", 3), ("T", 1)]),
    ];
    for (name, sizes) in programs {
        for optimizations in each.clone().chain([everything]) {
            let options = hep_compiler::Options { precision_bits: 1.0, optimizations, ..small(9, sizes) };
            let c = compiled(&example(name), &options);
            forms_agree(&c, &data(&c.plan, 3))
                .unwrap_or_else(|error| panic!("{name} with {optimizations:?}: {error}"));
        }
    }
}

/// What the programs of [`VARIANTS`] change.
const BASE: &str = "program variant
dim n = 8  dim f = 4  dim d = f + 1  dim c = 3  dim T = 2
owner X0 : real[n, f] in 0 .. 1
owner y : class[n, c]
let A0 = bias(X0 - mean(X0, over = n))
secret X : real[n, d] = A0
secret Y : onehot[n, c] = one_hot(y)
secret B : real[d] = 1 / (1e-3 + row_sums(abs(A0.T @ A0)))
let logits(A) = X @ A.T
loss l(y, z) = -log(abs(1 - y - sigmoid(z)))
approx sigmoid on -8 .. 8 degree 3 by least_squares
train {
  var W : real[c, d] = 0
  var V : real[c, d] = 0.1
  for t in 1 .. T {
    let G = grad(l, Y, logits, at = V)
    W, V = V, V - B * G
  }
}
reveal V
predict logits(V)";

const UPDATE: &str = "V - B * G";
const FIT: &str = "approx sigmoid on -8 .. 8 degree 3 by least_squares";
const LOSS: &str = "-log(abs(1 - y - sigmoid(z)))";
const B: &str = "secret B :";

/// Programs a user would write: name, replacements in [`BASE`], sizes.
type Variant = (&'static str, &'static [(&'static str, &'static str)], &'static [(&'static str, usize)]);

const VARIANTS: &[Variant] = &[
    ("as it is", &[], &[]),
    // Sizes.
    ("one iteration", &[], &[("T", 1)]),
    ("one sample", &[], &[("n", 1)]),
    ("one feature", &[], &[("f", 1)]),
    ("one class", &[], &[("c", 1)]),
    ("two classes", &[], &[("c", 2)]),
    ("columns a power of two", &[], &[("f", 7)]),
    ("several ciphertexts, the last partly filled", &[], &[("n", 130)]),
    ("several full ciphertexts", &[], &[("n", 96), ("f", 7)]),
    // Losses and approximations.
    ("focal loss", &[(LOSS, "-((1 - sigmoid((2*y-1)*z))**2) * log(sigmoid((2*y-1)*z))")], &[]),
    ("squared error of the score", &[(LOSS, "(y - z)**2"), (FIT, "")], &[]),
    ("even degree", &[(FIT, "approx grad l on -4 .. 4 degree 2 by chebyshev")], &[]),
    ("degree 1", &[(FIT, "approx sigmoid on -8 .. 8 degree 1 by least_squares")], &[]),
    ("degree 5", &[(FIT, "approx sigmoid on -8 .. 8 degree 5 by chebyshev")], &[]),
    ("degree 7", &[(FIT, "approx sigmoid on -8 .. 8 degree 7 by minimax")], &[]),
    ("degree 9", &[(FIT, "approx sigmoid on -8 .. 8 degree 9 by minimax")], &[]),
    (
        "published coefficients",
        &[(FIT, "approx sigmoid(z) = 0.5 + 0.15 * z + 1e-4 * z**2 - 0.0016 * z**3")],
        &[],
    ),
    (
        "two losses",
        &[
            ("train {", "loss k(y, z) = (y - z)**2 train {"),
            (UPDATE, "V - B * G - 0.01 * grad(k, Y, logits, at = V)"),
        ],
        &[],
    ),
    // Updates.
    ("decay", &[(UPDATE, "V - 0.1 * (G + 0.01 * V)")], &[]),
    ("factors before", &[(UPDATE, "V - 0.5 / n * (B * G)")], &[]),
    ("factors behind", &[(UPDATE, "V - B * G * 0.5 / n")], &[]),
    ("factors between", &[(UPDATE, "V - (0.5 * B) * (G / n) / t")], &[]),
    ("decay inside the step", &[(UPDATE, "V - B * (G / 3 + 0.1 * V)")], &[]),
    ("decay of the result", &[(UPDATE, "(V - 0.5 * B * G) * 0.99")], &[]),
    ("signs", &[(UPDATE, "-(-V + B * G)")], &[]),
    ("squares of the model", &[(UPDATE, "V - 0.1 * V * V - B * G")], &[]),
    ("powers of the model", &[(UPDATE, "V * V * V + V * V * V * V + 0.1 * B * G")], &[("T", 3)]),
    ("squares of the gradient", &[(UPDATE, "V - 0.1 * G * G")], &[]),
    ("a public number added", &[(UPDATE, "V + 1 - B * G")], &[]),
    (
        "a public vector added",
        &[("train {", "public a : real[d] = 2 train {"), (UPDATE, "V + a / 9 - B * G")],
        &[],
    ),
    ("divided by a vector", &[("train {", "public a : real[c] = 2 train {"), (UPDATE, "V - G / a")], &[]),
    ("times a matrix", &[("train {", "public a : real[d, c] = 2 train {"), (UPDATE, "V - 0.1 * a * G")], &[]),
    // Variables.
    (
        "one after the other",
        &[("W, V = V, V - B * G", "V = 0.9 * V - B * G  W = W + V"), ("reveal V", "reveal V, W")],
        &[],
    ),
    (
        "one that never changes",
        &[
            ("W, V = V, V - B * G", "V = V - B * G + 0.01 * W"),
            ("W : real[c, d] = 0", "W : real[c, d] = 0.5"),
        ],
        &[],
    ),
    (
        "a public number",
        &[("W : real[c, d] = 0", "s : real = 1"), ("W, V = V, V - B * G", "s, V = s / 2, V - s * B * G")],
        &[],
    ),
    (
        "a public vector",
        &[("W : real[c, d] = 0", "s : real[d] = 1"), ("W, V = V, V - B * G", "s, V = s / 2, V - s * B * G")],
        &[("T", 3)],
    ),
    (
        "a secret vector",
        &[
            ("W : real[c, d] = 0", "q : real[d] = 0.1"),
            ("W, V = V, V - B * G", "q, V = 0.9 * q + 0.01 * B, V - B * G + q"),
        ],
        &[],
    ),
    (
        "a secret beginning",
        &[
            ("train {", "secret W0 : real[c, d] = 0.1 train {"),
            ("V : real[c, d] = 0.1", "V : real[c, d] = W0"),
        ],
        &[],
    ),
    (
        "an average",
        &[
            ("W, V = V, V - B * G", "let M = V - B * G W, V = W + M, M"),
            ("reveal V", "let R = W / T reveal R"),
            ("predict logits(V)", "predict logits(R)"),
        ],
        &[],
    ),
    // Sums, products of three dimensions, hints, batches.
    ("a sum of the gradient", &[(UPDATE, "V - B * G * sum(sum(G * G, over = d), over = c)")], &[]),
    ("sums along features", &[(UPDATE, "V - G * sum(W * G, over = d)")], &[("n", 40)]),
    ("labels times the model", &[(UPDATE, "V - 0.1 * sum(Y * W * V, over = n)")], &[]),
    ("labels and scores", &[(UPDATE, "V - B * G * sum(Y * logits(V), over = n)")], &[("n", 70)]),
    ("data and scores", &[(UPDATE, "V - B * G * (sum(Y * logits(V), over = c) @ X)")], &[("n", 70)]),
    ("data element by element", &[(UPDATE, "V - B * G * sum(X * X, over = n)")], &[("n", 70)]),
    ("all turns", &[("train {", "pack X, V by volley_revolver train {")], &[("n", 100)]),
    ("nested turns", &[("train {", "pack X, V by double_volley_revolver train {")], &[("n", 100), ("f", 30)]),
    (
        "batches",
        &[
            ("for t in 1 .. T {", "for t in 1 .. T { for batch in rows(X, Y, size = 12) {"),
            ("V, V - B * G", "V, V - B * G }"),
        ],
        &[("n", 36)],
    ),
    (
        "batches of several ciphertexts",
        &[
            ("for t in 1 .. T {", "for t in 1 .. T { for batch in rows(X, Y, size = 96) {"),
            ("V, V - B * G", "V, V - B * G }"),
        ],
        &[("n", 192), ("T", 1)],
    ),
    ("scores revealed", &[("reveal V", "let R = logits(V) reveal V, R")], &[("n", 40)]),
    // Secrets outside of the loop, and packings that meet.
    (
        "a product outside of the loop",
        &[(UPDATE, "V - 0.01 * B2 * G"), ("let logits", "let B2 = B * B let logits")],
        &[],
    ),
    (
        "data times a vector",
        &[
            ("secret X :", "secret X1 :"),
            (B, "secret q : real[d] = 0.5 secret B :"),
            ("let logits", "let X = X1 * q let logits"),
        ],
        &[("n", 130)],
    ),
    (
        "data plus a vector",
        &[
            ("secret X :", "secret X1 :"),
            (B, "secret q : real[d] = 0.5 secret B :"),
            ("let logits", "let X = X1 + q let logits"),
        ],
        &[],
    ),
    (
        "weights of samples",
        &[
            (B, "secret q : real[n] = 0.5 secret B :"),
            ("V - B * G", "V - B * (X.T @ (q * (logits(V) - Y))).T"),
        ],
        &[("n", 130)],
    ),
    (
        "data times weights of samples",
        &[
            (B, "secret q : real[n] = 0.5 secret B :"),
            ("V - B * G", "V - B * ((q * X).T @ (logits(V) - Y)).T"),
        ],
        &[("n", 130)],
    ),
    (
        "data plus weights of samples",
        &[
            (B, "secret q : real[n] = 0.5 secret B :"),
            ("V - B * G", "V - B * ((q + X).T @ (logits(V) - Y)).T"),
        ],
        &[],
    ),
    (
        "a bias of each class",
        &[(B, "secret q : real[c] = 0.5 secret B :"), ("V - B * G", "V - B * (X.T @ (q + logits(V) - Y)).T")],
        &[("n", 130)],
    ),
    ("a step of each class", &[(B, "secret q : real[c] = 0.5 secret B :"), (UPDATE, "V - B * q * G")], &[]),
    ("a secret number", &[(B, "secret q : real = 0.5 secret B :"), (UPDATE, "V - q * B * G")], &[]),
    (
        "a vector over a public matrix",
        &[
            ("train {", "public a : real[c, d] = 2 train {"),
            (UPDATE, "V - B * G - 0.01 * (B * a) + (B + a) / 9"),
        ],
        &[],
    ),
];

fn variant(replacements: &[(&str, &str)]) -> String {
    replacements.iter().fold(BASE.to_string(), |text, (old, new)| {
        assert!(text.contains(old), "`{old}` does not occur");
        text.replacen(old, new, 1)
    })
}

#[test]
fn variants_keep_their_meaning() {
    for (name, replacements, dims) in VARIANTS {
        agree(&variant(replacements), 9, dims, 5).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

#[test]
fn encrypted_variants_are_as_precise_as_predicted() {
    let slow = ["degree 9", "several ciphertexts, the last partly filled"];
    for (name, replacements, dims) in VARIANTS.iter().step_by(4).filter(|(name, ..)| !slow.contains(name)) {
        let c = compiled(
            &variant(replacements),
            &hep_compiler::Options { precision_bits: 1.0, ..small(9, dims) },
        );
        let data = data(&c.plan, 3);
        let (_, meaning) = &in_the_clear(&c, &data)[0];
        let found = encrypted(&c.plan, &data, 2);
        for output in &c.plan.outputs {
            let error = found[&output.name].max_difference(&meaning[&output.name]);
            let predicted = promised(&c.plan, &data)[&output.name];
            assert!(error <= predicted, "{name}: {error:e} exceeds {predicted:e}");
            assert!(error * 1000.0 > predicted, "{name}: {predicted:e} is far above {error:e}");
        }
    }
}

/// Products that are summed one by one share relinearizations: sums, rescales and level drops work on three parts.
#[test]
fn ciphertexts_of_three_parts_are_summed_and_rescaled() {
    let optimizations = Optimizations::default().without(Optimization::SumsOfProducts);
    let sizes = [("n", 12), ("f", 20), ("h1", 6), ("h2", 5), ("c", 3), ("T", 1)];
    let options = hep_compiler::Options { precision_bits: 1.0, optimizations, ..small(9, &sizes) };
    let late = compiled(&example("nn_two_hidden"), &options);
    let optimizations = optimizations.without(Optimization::LateRelinearization);
    let early = compiled(&example("nn_two_hidden"), &hep_compiler::Options { optimizations, ..options });
    let relinearizations = |c: &Compilation| c.plan.summary().total.relinearizations;
    let products = early.plan.summary().total.ct_products;
    assert_eq!(relinearizations(&early), products);
    assert!(relinearizations(&late) * 2 < products, "{} {products}", relinearizations(&late));
    let data = data(&late.plan, 3);
    let (_, meaning) = &in_the_clear(&late, &data)[0];
    let found = encrypted(&late.plan, &data, 2);
    let promised = promised(&late.plan, &data);
    for output in &late.plan.outputs {
        let error = found[&output.name].max_difference(&meaning[&output.name]);
        assert!(error <= promised[&output.name], "{}: {error:e}", output.name);
    }
}

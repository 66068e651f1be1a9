//! Small bodies against what a cryptographer would write by hand: counts, the numbers in the clear, and on ciphertexts.

use hep_compiler::optimization::{Optimization, Optimizations};
use hep_compiler::{Compilation, Options};
use hep_plan::summary::Counts;
use hep_tests::{compiled, data, encrypted, forms_agree, in_the_clear, small};
use proptest::prelude::*;

/// A secret `x` over d, one iteration of `s = update`.
fn body(dim: &str, update: &str) -> String {
    format!(
        "program body
         dim n = 4  dim d = {dim}
         owner X0 : real[n, d] in 0 .. 1
         owner y : class[n, 2]
         secret x : real[d] = mean(X0, over = n)
         train {{ var s : real[d] = 0
           for t in 1 .. 1 {{ s = {update} }} }}
         reveal s"
    )
}

/// x ← x² + a three times.
fn squares(a: &str, start: &str) -> String {
    format!(
        "program squares
         dim n = 4  dim d = 8  dim T = 3
         owner X0 : real[n, d] in 0 .. 1
         owner y : class[n, 2]
         secret x0 : real[d] = mean(X0, over = n)
         {start}
         train {{ var x : real[d] = x0
           for t in 1 .. T {{ x = x ** 2 + {a} }} }}
         reveal x"
    )
}

const DOT: &str = "program dot
dim n = 4  dim d = 1024
owner X0 : real[n, d] in 0 .. 1
owner y : class[n, 2]
secret a : real[d] = mean(X0, over = n)
secret b : real[d] = mean(X0 * X0, over = n)
train { var s : real = 0
  for t in 1 .. 1 { s = a @ b } }
reveal s";

const MATRICES: &str = "program matrices
dim i = 16  dim k = 17  dim j = 19
owner X0 : real[i, k] in 0 .. 1
owner y : class[i, 2]
public M : real[k, j] = normal(seed = 3)
public N : real[i, k] = normal(seed = 4, deviation = 0.1)
secret A : real[i, k] = X0
secret B : real[k, j] = (X0.T @ N) @ M
pack A, B by row_major
train { var C : real[i, j] = 0
  for t in 1 .. 1 { C = A @ B } }
reveal C";

/// Counts at a secure ring; the numbers in the clear and on ciphertexts of a small ring.
fn counts(text: &str, ring: u32) -> Counts {
    let small_ring = compiled(text, &Options { precision_bits: 4.0, ..small(ring, &[]) });
    computes(&small_ring);
    compiled(text, &Options { ring_log2: Some(15), ..Options::default() }).plan.summary().total
}

fn computes(c: &Compilation) {
    let data = data(&c.plan, 5);
    forms_agree(c, &data).unwrap_or_else(|e| panic!("{e}"));
    let meaning = &in_the_clear(c, &data)[0].1;
    let found = encrypted(&c.plan, &data, 2);
    for output in &c.plan.outputs {
        let error = found[&output.name].max_difference(&meaning[&output.name]);
        let predicted = (-output.precision_bits).exp2();
        assert!(error <= predicted, "{error:e} exceeds {predicted:e}");
        assert!(meaning[&output.name].max_abs() > 1e-3, "nothing was computed");
    }
}

fn shown(c: Counts) -> String {
    format!(
        "{} products, {} with plaintexts, {} rotations, {} relinearizations, {} rescales, {} levels",
        c.ct_products, c.pt_products, c.rotations, c.relinearizations, c.rescales, c.levels
    )
}

const QUADRATIC: &str =
    "1 products, 0 with plaintexts, 0 rotations, 1 relinearizations, 1 rescales, 1 levels";

#[test]
fn a_quadratic_takes_one_product_and_one_level() {
    for update in
        ["3 * x ** 2 + 5 * x - 2", "(3 * x + 5) * x - 2", "3 * x * x + 5 * x - 2", "-x ** 2 / 7 - 0.3"]
    {
        for dim in ["8", "5"] {
            let text = body(dim, update);
            assert_eq!(shown(counts(&text, 8)), QUADRATIC, "{update} over {dim}");
            let optimizations = Optimizations::default().without(Optimization::ScalarsInScales);
            let products =
                compiled(&text, &Options { ring_log2: Some(15), optimizations, ..Options::default() });
            assert!(
                products.plan.summary().total.pt_products > 0 && products.plan.summary().total.levels > 1
            );
        }
    }
}

/// Also where the scale of x is not free.
#[test]
fn a_quadratic_of_a_quadratic_takes_a_level_each() {
    let c = counts(&squares("x / 2 - 0.2", "").replace("x ** 2", "0.3 * x ** 2"), 8);
    assert_eq!(
        shown(c),
        "3 products, 0 with plaintexts, 0 rotations, 3 relinearizations, 3 rescales, 3 levels"
    );
}

#[test]
fn three_squares_and_a_public_number_take_three_products() {
    let c = counts(&squares("0.25", ""), 8);
    assert_eq!(
        shown(c),
        "3 products, 0 with plaintexts, 0 rotations, 3 relinearizations, 3 rescales, 3 levels"
    );
    let halves = counts(&squares("0.25", "").replace("x ** 2", "0.5 * x ** 2").replace("T = 3", "T = 6"), 8);
    assert_eq!((halves.ct_products, halves.pt_products, halves.levels), (6, 0, 6));
}

#[test]
fn a_dot_product_takes_one_relinearization() {
    let c = counts(DOT, 12);
    assert_eq!(
        shown(c),
        "1 products, 0 with plaintexts, 10 rotations, 1 relinearizations, 1 rescales, 1 levels"
    );
}

#[test]
fn matrices_sent_in_row_major_order_are_multiplied_within_the_published_counts() {
    let c = counts(MATRICES, 15);
    assert!(c.ct_products <= 17 && c.rotations <= 26 && c.relinearizations <= 5 && c.levels <= 2, "{c:?}");
    assert_eq!(
        shown(c),
        "1 products, 1 with plaintexts, 19 rotations, 1 relinearizations, 2 rescales, 2 levels"
    );
}

/// Each element in one slot, in row-major order.
#[test]
fn row_major_uploads_hold_every_element_once_and_in_order() {
    let plan = compiled(MATRICES, &Options { ring_log2: Some(15), ..Options::default() }).plan;
    for input in &plan.inputs {
        let layout = &input.layout;
        assert_eq!(layout.ciphertexts(), 1);
        let elements: usize = layout.shape.iter().product();
        let tensor = hep_plan::Tensor {
            shape: layout.shape.clone(),
            data: (1..=elements).map(|i| i as f64).collect(),
        };
        let slots = layout.pack(&tensor).unwrap().remove(0);
        let held: Vec<f64> = slots.into_iter().filter(|value| *value != 0.0).collect();
        assert_eq!(held, tensor.data, "{}", input.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Numbers in scales change no result, wherever they stand.
    #[test]
    fn polynomials_keep_their_meaning(
        c in proptest::collection::vec(-3.0f64..3.0, 2..7), t in 1u32..4, d in 1usize..9, by in 0.01f64..2.0,
    ) {
        let terms: Vec<String> =
            c.iter().enumerate().map(|(k, c)| format!("({c:.4}) * x ** {k}")).collect();
        let text = format!(
            "program p
             dim n = 4  dim d = {d}
             owner X0 : real[n, d] in 0 .. 1
             owner y : class[n, 2]
             secret x0 : real[d] = mean(X0, over = n)
             secret b : real[d] = mean(X0 * X0, over = n)
             approx sigmoid(z) = 0.5 + 0.15 * z - 0.0016 * z ** 3 on -8 .. 8
             train {{ var x : real[d] = x0  var v : real[d] = 0.1
               for t in 1 .. {t} {{ x, v = 0.1 * ({}) + {by:.3} * v * b, 0.9 * v - 0.3 * x }} }}
             reveal x, v",
            terms[1..].join(" + ")
        );
        let c = compiled(&text, &Options { precision_bits: 1.0, ..small(6, &[]) });
        forms_agree(&c, &data(&c.plan, 7)).map_err(TestCaseError::fail)?;
    }
}

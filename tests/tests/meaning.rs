//! Every lowering keeps the numbers: random sizes, several programs, all forms in the clear.

use hep_tests::{compiled, data, example, in_the_clear, small};
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
    let forms = in_the_clear(&c, &data(&c.plan, seed));
    let (_, meaning) = &forms[0];
    for (form, found) in &forms[1..] {
        prop_assert_eq!(found.len(), meaning.len());
        for (name, tensor) in meaning {
            let tolerance = 1e-9 * tensor.max_abs().max(1.0);
            let difference = found[name].max_difference(tensor);
            prop_assert!(difference <= tolerance, "{} of the {}: off by {:e}", name, form, difference);
        }
    }
    Ok(())
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

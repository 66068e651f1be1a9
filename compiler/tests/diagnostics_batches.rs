//! What users see about loops over mini-batches; snapshots as in `diagnostics.rs`.

use hep_compiler::diagnostics::{codes, render};
use hep_compiler::source::SourceFile;
use hep_compiler::{Options, analyze};

/// Logistic regression on mini-batches.
const PROGRAM: &str = "\
program lr
dim n = 12
dim f = 3
dim T = 2
owner  X0 : real[n, f] in 0 .. 1
owner  y  : class[n, 2]
secret X : real[n, f] = X0
secret Y : bit[n] = y
secret q : real[n] = row_sums(X0)
secret Z : real[f, n] = X0.T
let  score(w) = X @ w
loss nll(y, z) = log(1 + exp(-(2 * y - 1) * z))
approx sigmoid on -8 .. 8 degree 3 by least_squares
train {
  var w : real[f] = 0
  for t in 1 .. T {
    for batch in rows(X, Y, size = 4) {
      w = w - 10 / (t * batch) * grad(nll, Y, score, at = w)
    }
  }
}
reveal w
predict score(w)
";

/// [`PROGRAM`] with one part replaced.
fn with(old: &str, new: &str) -> String {
    assert_eq!(PROGRAM.matches(old).count(), 1, "`{old}` must occur once");
    PROGRAM.replace(old, new)
}

/// The loop and what was done to it, then the messages.
fn report(text: &str) -> String {
    let file = SourceFile::new("program.hep", text);
    let messages = analyze(&file, &Options::default()).map_or_else(|errors| errors, |a| a.warnings);
    for message in &messages {
        assert!(codes::explain(message.code).is_some(), "{} is not in the table", message.code);
    }
    let (_, train) = text.split_once("train {").unwrap_or_default();
    format!("train {{{}\n----\n{}", train.trim_end(), render::render_all(&messages, &file))
}

macro_rules! diagnostics {
    ($($name:ident: $text:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
                insta::assert_snapshot!(concat!("batches_", stringify!($name)), report(&$text));
            });
        }
    )*};
}

/// The statement of the inner loop.
const STEP: &str = "      w = w - 10 / (t * batch) * grad(nll, Y, score, at = w)\n";

diagnostics! {
    accepted: PROGRAM;
    one_epoch: with("  for t in 1 .. T {\n", "").replace("t * batch", "batch").replace("    }\n  }", "    }");
    values_of_an_epoch: with("    for batch", "    let rate = 1 / t\n    for batch").replace("10 / (t", "rate / (t");

    size_that_does_not_divide: with("size = 4", "size = 5");
    size_that_is_no_constant: with("size = 4", "size = Y");
    no_size: with("X, Y, size = 4", "X, Y");
    no_tensors: with("X, Y, size = 4", "size = 4");
    unknown_argument: with("size = 4", "sise = 4");
    rows_that_are_no_samples: with("X, Y, size", "X, Y, Z, f, size");
    an_owners_tensor: with("X, Y, size", "X0, Y, size");
    an_expression: with("X, Y, size", "2 * X, Y, size");
    a_record: with("X, Y, size", "X, Y, P, size").replace("let  score", "params P {\n  a : real[f] = 0\n}\nlet  score");
    a_variable: with("X, Y, size", "X, Y, a, size").replace("  for t", "  var a : real[n] = 0\n  for t");
    twice: with("X, Y, size", "X, Y, X, size");

    labels_of_all_rows: with("X, Y, size", "X, size");
    a_value_of_all_rows: with("grad(nll, Y", "(q @ q) * grad(nll, Y");
    batches_in_batches: with(STEP, &format!("      for b in rows(X, Y, size = 2) {{\n  {STEP}      }}\n"));
    epochs_in_batches: with("  for t in 1 .. T {\n    for batch in rows(X, Y, size = 4) {", "  for batch in rows(X, Y, size = 4) {\n    for t in 1 .. T {");
    two_loops_over_batches: with(STEP, &format!("{STEP}    }}\n    for other in rows(X, Y, size = 4) {{\n"));
    statements_beside: with(STEP, &format!("{STEP}    }}\n    w = 0.5 * w\n    let a = {{\n")).replace("    let a = {\n    }\n", "");
    a_value_of_a_variable: with("    for batch", "    let half = w / 2\n    for batch");
    a_short_vector: with("10 / (t", "eta[t] / (t").replace("dim T = 2", "dim T = 2\ndim k = 1\npublic eta : real[k] = 1");
    rows_as_a_value: with("let  score", "let  part = rows(X, size = 4)\nlet  score");
    a_size_outside: with("predict score(w)", "predict score(w / batch)");
}
